//! `grant_type=client_credentials` (RFC 6749 §4.4; claims by RFC 9068 §2.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::id::uuid_v7;
use gatehouse_core::jose::verify::LONGEST_TOKEN;
use gatehouse_core::oauth::claims::{AccessToken, Audience};
use gatehouse_core::oauth::entitled::{Granted, grant as decide};
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::params::Params;
use gatehouse_core::random::bytes;
use gatehouse_core::time::Timestamp;

use super::Issued;
use crate::directory::Server;
use crate::oauth::client::Authenticated;
use crate::oauth::failure::Failure;
use crate::state::App;

/// A dot and an RSA-2048 signature in base64url, the longest there is.
const LONGEST_SIGNATURE: usize = 343;

/// Seconds that a token lives at most which a node issues that cannot see the changes.
const LIFETIME_BEHIND: i64 = 60;

/// Decides on the scopes, writes the claims, has them signed.
pub(super) async fn grant(
    app: &App,
    server: &Server,
    by: &Authenticated,
    params: &Params<'_>,
    now: Timestamp,
) -> Result<Issued, Failure> {
    let grantable = by.client.client_credentials.get(&server.id).map(Vec::as_slice).unwrap_or_default();
    let resources: Vec<&str> = params.all("resource").collect();
    let known = |audience: &str| server.api(audience).is_some();
    let granted = decide(grantable, known, params.get("scope"), &resources, now)?;
    let expires_in = lifetime(app, server, by, &granted, now);
    let scope = granted.scopes.join(" ");
    let signing = server.signing.clone().ok_or_else(|| no_key(server))?;
    let input = signing_input(app, server, by, &Body { granted: &granted, scope: &scope, expires_in, now })?;
    let access_token = app.signers.sign(signing.key.clone(), input).await?;
    app.token_usage.issued(by, granted.audiences.iter().filter_map(|audience| server.api(audience)), now);
    Ok(Issued { access_token, token_type: "Bearer", expires_in, scope })
}

/// Seconds. A token does not outlive the secret that got it nor an entitlement that it carries. One of a node that may
/// not know what has been taken away ends soon.
fn lifetime(app: &App, server: &Server, by: &Authenticated, granted: &Granted<'_>, now: Timestamp) -> i64 {
    let longest = match app.directory.is_behind(app.ctx.clock.steady()) {
        true => server.access_token_lifetime.min(LIFETIME_BEHIND),
        false => server.access_token_lifetime,
    };
    let ends = [by.secret().ends_at(), granted.ends_at];
    let left = ends.into_iter().flatten().map(|end| end.as_secs() - now.as_secs());
    left.fold(longest, i64::min).max(1)
}

struct Body<'a> {
    granted: &'a Granted<'a>,
    scope: &'a str,
    expires_in: i64,
    now: Timestamp,
}

/// `header.payload`, both base64url (RFC 7515 §5.1).
fn signing_input(app: &App, server: &Server, by: &Authenticated, body: &Body<'_>) -> Result<String, Failure> {
    let mut buffer = uuid::Uuid::encode_buffer();
    let jti = uuid_v7(body.now, bytes(app.ctx.random())).hyphenated().encode_lower(&mut buffer);
    let gid = by.secret().id.to_string();
    let client_id: &str = &by.client.client_id;
    let issued_at = body.now.as_secs();
    let claims = AccessToken {
        iss: &server.issuer,
        sub: client_id,
        aud: Audience(&body.granted.audiences),
        exp: issued_at + body.expires_in,
        iat: issued_at,
        nbf: issued_at,
        jti,
        client_id,
        scope: body.scope,
        ver: 1,
        cid: client_id,
        scp: &body.granted.scopes,
        gid: &gid,
    };
    let payload = serde_json::to_vec(&claims).map_err(|error| Failure::Internal(error.to_string()))?;
    let header = server.signing.as_ref().map_or("", |signing| &signing.header);
    // Room for the signature too, so that the text is not moved again.
    let mut input = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + 2 + LONGEST_SIGNATURE);
    input.push_str(header);
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(&payload, &mut input);
    if input.len() + LONGEST_SIGNATURE > LONGEST_TOKEN {
        let text = "the token would be too long to be accepted anywhere: ask for fewer scopes, or for one resource";
        return Err(OAuthError::new(ErrorCode::InvalidScope, text).into());
    }
    Ok(input)
}

fn no_key(server: &Server) -> Failure {
    Failure::Internal(format!("authorization server {} has no active signing key", server.id))
}
