//! `id_token_hint` (OpenID Connect Core §3.1.2.1): an ID token of this server that says who the application takes the
//! person for. It may have ended; it must be ours, for this application.

use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::oauth::id_token::ID_TOKEN_TYPE;
use serde::Deserialize;

use crate::directory::Server;

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    /// Tells ID tokens from signed userinfo answers, which have none.
    #[serde(rename = "exp")]
    _expires: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The subject that the hint names.
///
/// # Errors
/// `invalid_request`.
pub(super) fn subject(server: &Server, client_id: &str, hint: &str) -> Result<String, OAuthError> {
    let wrong = || {
        OAuthError::invalid_request("id_token_hint is not an ID token that this server has given to this application")
    };
    let claims = server.verifying.verify(hint, ID_TOKEN_TYPE).map_err(|_| wrong())?;
    let claims: Claims = serde_json::from_slice(&claims).map_err(|_| wrong())?;
    let for_it = match &claims.aud {
        Audience::One(audience) => audience == client_id,
        Audience::Several(audiences) => audiences.iter().any(|audience| audience == client_id),
    };
    if claims.iss == server.issuer && for_it { Ok(claims.sub) } else { Err(wrong()) }
}
