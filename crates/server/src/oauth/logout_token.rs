//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4), signed like the application's ID tokens.

use gatehouse_core::jose::sign;
use gatehouse_core::oauth::logout_token::{Events, LOGOUT_TOKEN_LIFETIME, LOGOUT_TOKEN_TYPE, LogoutToken};
use gatehouse_core::oauth::subject::{session_id, subject};
use gatehouse_core::portal::application::Application;
use gatehouse_core::random::bytes;

use crate::actions::logout_messages::Ended;
use crate::context::Context;
use crate::directory::{Directory, Server};

/// One for an application, good from now on for two minutes. `Err` says what of ours is missing.
pub(crate) fn issue(
    ctx: &Context,
    directory: &Directory,
    (server, application): (&Server, &Application),
    ended: &Ended,
) -> Result<String, String> {
    let alg = application.id_token_signed_response_alg;
    let signing = server.id_signing(alg).ok_or_else(|| format!("there is no active signing key for {alg}"))?;
    let now = ctx.now();
    let jti = gatehouse_core::id::uuid_v7(now, bytes(ctx.random())).to_string();
    let claims = LogoutToken {
        iss: &server.issuer,
        sub: &subject(application, ended.user, &directory.pairwise),
        aud: &application.client_id,
        iat: now.as_secs(),
        exp: now.as_secs() + LOGOUT_TOKEN_LIFETIME,
        jti: &jti,
        sid: &session_id(ended.session, &application.client_id),
        events: Events::default(),
    };
    sign::jwt(&signing.key, LOGOUT_TOKEN_TYPE, &claims).map_err(|error| error.to_string())
}
