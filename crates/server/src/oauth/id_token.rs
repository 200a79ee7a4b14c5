//! ID tokens (OpenID Connect Core §3.1.3.6), signed with the application's algorithm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::acr::Acr;
use gatehouse_core::oauth::claims_request::ClaimsRequest;
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::id_token::{IdToken, at_hash};
use gatehouse_core::oauth::subject::session_id;
use gatehouse_core::oauth::user_claims::Person;
use gatehouse_core::portal::application::Application;
use gatehouse_core::time::Timestamp;
use serde_json::{Map, Value};

use super::failure::Failure;
use crate::directory::{Server, Signing};
use crate::state::App;

/// Of whom and for whom it is.
pub(super) struct About<'a> {
    /// The application.
    pub(super) application: &'a Application,
    /// The authorization.
    pub(super) grant: &'a Grant,
    /// The customer.
    pub(super) person: &'a Person,
    /// `sub`.
    pub(super) subject: &'a str,
    /// `nonce`; only in the one that comes with the code (§12.2).
    pub(super) nonce: Option<&'a str>,
    /// The access token beside it.
    pub(super) access_token: &'a str,
}

/// Seconds after which a key that is not there is asked for again: a job looks once a minute.
const KEY_MADE_WITHIN: u32 = 60;

/// The key that signs for an application.
///
/// # Errors
/// `temporarily_unavailable` while it is not made yet: of a new server, or after the first application has chosen the
/// algorithm.
pub(super) fn signing(server: &Server, alg: Algorithm) -> Result<&Signing, Failure> {
    server.id_signing(alg).ok_or_else(|| {
        tracing::warn!(server.id = server.id.as_str(), key.alg = %alg, "id_token.no_key_yet");
        let text = format!("the keys of this server for {alg} are being made: try again in a minute");
        let error = OAuthError::new(ErrorCode::TemporarilyUnavailable, text);
        OAuthError { retry_after: Some(KEY_MADE_WITHIN), ..error }.into()
    })
}

/// Has one signed.
pub(super) async fn issue(app: &App, server: &Server, about: &About<'_>, now: Timestamp) -> Result<String, Failure> {
    let signing = signing(server, about.application.id_token_signed_response_alg)?;
    let grant = about.grant;
    let sid = grant.session_id.map(|session| session_id(session, &about.application.client_id));
    let issued_at = now.as_secs();
    let claims = IdToken {
        iss: &server.issuer,
        sub: about.subject,
        aud: &about.application.client_id,
        exp: issued_at + server.lifetimes.id_token,
        iat: issued_at,
        auth_time: grant.authentication.at.as_secs(),
        nonce: about.nonce,
        acr: Acr::of(&grant.authentication.amr),
        amr: &grant.authentication.amr,
        sid: sid.as_deref(),
        at_hash: &at_hash(about.application.id_token_signed_response_alg, about.access_token),
        more: requested(about),
    };
    let payload = serde_json::to_vec(&claims).map_err(|error| Failure::Internal(error.to_string()))?;
    let input = format!("{}.{}", signing.header, URL_SAFE_NO_PAD.encode(&payload));
    Ok(app.signers.sign(signing.key.clone(), input).await?)
}

/// The claims of the person that the `claims` parameter names for the ID token, as far as the application is approved
/// for their scope.
fn requested(about: &About<'_>) -> Map<String, Value> {
    let Some(Ok(request)) = about.grant.claims.as_deref().map(ClaimsRequest::parse) else { return Map::new() };
    about.person.claims(request.approved_for_id_token(&about.application.sign_in_scopes))
}
