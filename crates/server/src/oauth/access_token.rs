//! Access tokens: the claims of RFC 9068 §2.2, signed with the server's key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::id::{UserId, uuid_v7};
use gatehouse_core::jose::verify::LONGEST_TOKEN;
use gatehouse_core::oauth::acr::Acr;
use gatehouse_core::oauth::claims::{AccessToken, Audience};
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::grant::Authentication;
use gatehouse_core::random::bytes;
use gatehouse_core::time::Timestamp;

use super::client::Authenticated;
use super::failure::Failure;
use crate::directory::Server;
use crate::state::App;

/// A dot and an RSA-2048 signature in base64url, the longest there is.
const LONGEST_SIGNATURE: usize = 343;

/// Seconds that a token lives at most which a node issues that cannot see the changes.
const LIFETIME_BEHIND: i64 = 60;

/// What a token says beside who issues it.
pub(super) struct Content<'a> {
    /// `sub`.
    pub(super) subject: &'a str,
    /// The customer, in whose name it is.
    pub(super) customer: Option<Customer<'a>>,
    /// `scope`, `scp`.
    pub(super) scopes: &'a [&'a str],
    /// The same as one text.
    pub(super) scope: &'a str,
    /// `aud`.
    pub(super) audiences: &'a [&'a str],
    /// `gid`.
    pub(super) gid: &'a str,
    /// Seconds from now.
    pub(super) expires_in: i64,
}

/// A customer, and how they were recognized.
pub(super) struct Customer<'a> {
    /// `uid`; `None` when the subject is all that may be known.
    pub(super) user_id: Option<UserId>,
    /// `auth_time`, `acr`.
    pub(super) authentication: &'a Authentication,
}

/// Has a token signed, and counts it.
pub(super) async fn issue(
    app: &App,
    server: &Server,
    by: &Authenticated,
    content: &Content<'_>,
    now: Timestamp,
) -> Result<String, Failure> {
    let signing = server.signing.clone().ok_or_else(|| no_key(server))?;
    let input = signing_input(app, server, &by.client.client_id, (content, now))?;
    let token = app.signers.sign(signing.key.clone(), input).await?;
    app.token_usage.issued(by, content.audiences.iter().filter_map(|audience| server.api(audience)), now);
    Ok(token)
}

/// Seconds. A token does not outlive what it hangs on. One of a node that may not know what has been taken away ends
/// soon.
pub(super) fn lifetime(
    app: &App,
    server: &Server,
    ends: impl IntoIterator<Item = Option<Timestamp>>,
    now: Timestamp,
) -> i64 {
    let longest = match app.directory.is_behind(app.ctx.clock.steady()) {
        true => server.lifetimes.access_token.min(LIFETIME_BEHIND),
        false => server.lifetimes.access_token,
    };
    let left = ends.into_iter().flatten().map(|end| end.as_secs() - now.as_secs());
    left.fold(longest, i64::min).max(1)
}

/// The server has no key to sign with, which is an error of ours.
pub(super) fn no_key(server: &Server) -> Failure {
    Failure::Internal(format!("authorization server {} has no active signing key", server.id))
}

/// `header.payload`, both base64url (RFC 7515 §5.1).
fn signing_input(
    app: &App,
    server: &Server,
    client_id: &str,
    (content, now): (&Content<'_>, Timestamp),
) -> Result<String, Failure> {
    let mut buffer = uuid::Uuid::encode_buffer();
    let jti = uuid_v7(now, bytes(app.ctx.random())).hyphenated().encode_lower(&mut buffer);
    let issued_at = now.as_secs();
    let uid = content.customer.as_ref().and_then(|customer| customer.user_id).map(|user| user.to_string());
    let claims = AccessToken {
        iss: &server.issuer,
        sub: content.subject,
        aud: Audience(content.audiences),
        exp: issued_at + content.expires_in,
        iat: issued_at,
        nbf: issued_at,
        jti,
        client_id,
        scope: content.scope,
        ver: 1,
        cid: client_id,
        scp: content.scopes,
        gid: content.gid,
        uid: uid.as_deref(),
        auth_time: content.customer.as_ref().map(|customer| customer.authentication.at.as_secs()),
        acr: content.customer.as_ref().map(|customer| Acr::of(&customer.authentication.amr)),
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
