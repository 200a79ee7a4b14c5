//! `grant_type=client_credentials` (RFC 6749 §4.4).

use gatehouse_core::oauth::entitled::grant as decide;
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::time::Timestamp;

use super::Issued;
use crate::directory::Server;
use crate::oauth::access_token::{self, Content};
use crate::oauth::client::Authenticated;
use crate::oauth::failure::Failure;
use crate::state::App;

/// Decides on the scopes and has the token made. It does not outlive the secret that got it nor an entitlement that it
/// carries.
pub(super) async fn grant(
    app: &App,
    server: &Server,
    by: &Authenticated,
    params: &Params<'_>,
    now: Timestamp,
) -> Result<Issued, Failure> {
    let secret = by.secret().ok_or_else(|| {
        let text = "client_credentials is for clients that authenticate";
        OAuthError::new(ErrorCode::UnauthorizedClient, text)
    })?;
    let grantable = by.client.grantable(&server.id, GrantType::ClientCredentials);
    let resources: Vec<&str> = params.all("resource").collect();
    let known = |audience: &str| server.api(audience).is_some();
    let granted = decide(grantable, known, params.get("scope"), &resources, now)?;
    let expires_in = access_token::lifetime(app, server, [secret.ends_at(), granted.ends_at], now);
    let scope = granted.scopes.join(" ");
    let gid = secret.id.to_string();
    let content = Content {
        subject: &by.client.client_id,
        customer: None,
        scopes: &granted.scopes,
        scope: &scope,
        audiences: &granted.audiences,
        gid: &gid,
        expires_in,
    };
    let access_token = access_token::issue(app, server, by, &content, now).await?;
    Ok(Issued::access_token_alone(access_token, expires_in, scope))
}
