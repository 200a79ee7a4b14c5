//! Client authentication (RFC 6749 §2.3): which client speaks, and what it proves itself with.
//!
//! One enum, so that keys and mutual TLS become further variants and no handler looks at headers itself. Against
//! confusion of two credentials in one request: more than one method is refused (§2.3).

use super::error::{Challenge, OAuthError};
use super::params::{Params, decode};
use crate::portal::application::ClientAuthMethod;
use crate::secret::Secret;

/// Longest client id or secret that is looked at.
const LONGEST: usize = 512;

/// What a request presents.
#[derive(Debug)]
pub enum ClientCredentials {
    /// `client_secret_basic` or `client_secret_post`.
    Secret {
        /// As presented; nothing is known about it yet.
        client_id: String,
        /// As presented.
        secret: Secret,
        /// Which of the two.
        method: ClientAuthMethod,
    },
    /// A client id alone: a public client. An empty secret is none (RFC 6749 §2.3.1); several programs send their id so.
    None {
        /// As presented.
        client_id: String,
        /// Whether the header was used.
        challenge: Challenge,
    },
}

impl ClientCredentials {
    /// The client that the request claims to come from.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Secret { client_id, .. } | Self::None { client_id, .. } => client_id,
        }
    }

    /// Whether a refusal carries `WWW-Authenticate` (RFC 6749 §5.2).
    pub fn challenge(&self) -> Challenge {
        match self {
            Self::Secret { method: ClientAuthMethod::ClientSecretBasic, .. } => Challenge::Basic,
            Self::Secret { .. } => Challenge::None,
            Self::None { challenge, .. } => *challenge,
        }
    }
}

/// Reads the credentials from the `Authorization` header lines and the body.
///
/// # Errors
/// `invalid_request` for two methods at once, `invalid_client` when there is none or it cannot be read.
pub fn parse<'h>(
    mut authorization: impl Iterator<Item = &'h [u8]>,
    params: &Params<'_>,
) -> Result<ClientCredentials, OAuthError> {
    if params.first_of(&["client_assertion", "client_assertion_type"]).is_some() {
        return Err(OAuthError::invalid_client(
            "client_assertion is not supported: use client_secret_basic or client_secret_post",
            Challenge::None,
        ));
    }
    let header = authorization.next();
    if authorization.next().is_some() {
        return Err(OAuthError::invalid_request("more than one Authorization header: send one"));
    }
    match header {
        Some(header) => basic(header, params),
        None => post(params),
    }
}

fn basic(header: &[u8], params: &Params<'_>) -> Result<ClientCredentials, OAuthError> {
    let (client_id, secret) = read_basic(header).ok_or_else(|| {
        OAuthError::invalid_client(
            "the Authorization header is not Basic base64(client_id:client_secret), each of the two form-urlencoded",
            Challenge::Basic,
        )
    })?;
    if params.first_of(&["client_secret"]).is_some() {
        return Err(OAuthError::invalid_request(
            "two ways of client authentication: use the Authorization header or client_secret in the body, not both",
        ));
    }
    if params.get("client_id").is_some_and(|id| id != client_id) {
        return Err(OAuthError::invalid_request("client_id in the body is not that of the Authorization header"));
    }
    if secret.expose().is_empty() {
        return Ok(ClientCredentials::None { client_id, challenge: Challenge::Basic });
    }
    Ok(ClientCredentials::Secret { client_id, secret, method: ClientAuthMethod::ClientSecretBasic })
}

/// RFC 7617 §2, with the id and the secret form-urlencoded first (RFC 6749 §2.3.1). `None` for anything else.
fn read_basic(header: &[u8]) -> Option<(String, Secret)> {
    use base64::Engine as _;

    let header = std::str::from_utf8(header).ok()?;
    let (scheme, credentials) = header.trim_matches(' ').split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || credentials.len() > 4 * LONGEST {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(credentials.trim_start_matches(' ')).ok()?;
    let text = Secret::new(String::from_utf8(bytes).ok()?);
    let (client_id, secret) = text.expose().split_once(':')?;
    let client_id = decode(client_id).ok()?.into_owned();
    let secret = Secret::new(decode(secret).ok()?.into_owned());
    let fits = !client_id.is_empty() && client_id.len() <= LONGEST && secret.expose().len() <= LONGEST;
    fits.then_some((client_id, secret))
}

fn post(params: &Params<'_>) -> Result<ClientCredentials, OAuthError> {
    let Some(client_id) = params.get("client_id") else {
        return Err(OAuthError::invalid_client(
            "no client authentication: send client_id and client_secret in the body, or an Authorization header",
            Challenge::None,
        ));
    };
    let client_id = client_id.to_owned();
    match params.get("client_secret") {
        Some(secret) if client_id.len() <= LONGEST && secret.len() <= LONGEST => Ok(ClientCredentials::Secret {
            client_id,
            secret: Secret::new(secret.to_owned()),
            method: ClientAuthMethod::ClientSecretPost,
        }),
        Some(_) => Err(refused(Challenge::None)),
        None => Ok(ClientCredentials::None { client_id, challenge: Challenge::None }),
    }
}

/// The one answer for an unknown client, a wrong secret, and anything else that proves nothing.
pub fn refused(challenge: Challenge) -> OAuthError {
    OAuthError::invalid_client(
        "the client id or the client secret is not right: compare them with those of the application in the portal",
        challenge,
    )
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;
    use crate::oauth::error::ErrorCode;

    fn read(headers: &[&[u8]], body: &[u8]) -> Result<(String, String, ClientAuthMethod), OAuthError> {
        let params = Params::parse(body)?;
        match parse(headers.iter().copied(), &params)? {
            ClientCredentials::Secret { client_id, secret, method } => {
                Ok((client_id, secret.expose().to_owned(), method))
            }
            ClientCredentials::None { client_id, .. } => Ok((client_id, String::new(), ClientAuthMethod::None)),
        }
    }

    fn header(text: &[u8]) -> Vec<u8> {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text)).into_bytes()
    }

    #[test]
    fn reads_each_method() {
        let basic = ("id".into(), "se:cret".into(), ClientAuthMethod::ClientSecretBasic);
        assert_eq!(read(&[&header(b"id:se%3Acret")], b""), Ok(basic.clone()));
        assert_eq!(read(&[&header(b"id:se:cret")], b"client_id=id"), Ok(basic.clone()));
        let shouted = String::from_utf8(header(b"id:se:cret")).expect("text").replace("Basic ", "bASIC  ");
        assert_eq!(read(&[shouted.as_bytes()], b""), Ok(basic));
        let post = ("id".into(), "s".into(), ClientAuthMethod::ClientSecretPost);
        assert_eq!(read(&[], b"client_id=id&client_secret=s"), Ok(post));
        assert_eq!(read(&[], b"client_id=id"), Ok(("id".into(), String::new(), ClientAuthMethod::None)));
    }

    #[test]
    fn an_empty_secret_is_none() {
        let alone = ("id".into(), String::new(), ClientAuthMethod::None);
        assert_eq!(read(&[&header(b"id:")], b""), Ok(alone.clone()));
        assert_eq!(read(&[], b"client_id=id&client_secret="), Ok(alone));
        let params = Params::parse(b"").expect("parameters");
        let read = parse(std::iter::once(header(b"id:").as_slice()), &params).expect("is read");
        assert_eq!(read.challenge(), Challenge::Basic, "a refusal says so in the words of the header");
    }

    #[test]
    fn refuses_two_methods() {
        let header = header(b"id:s");
        for (headers, body) in [
            (vec![header.as_slice()], b"client_id=id&client_secret=s".as_slice()),
            (vec![header.as_slice()], b"client_secret="),
            (vec![header.as_slice()], b"client_id=other"),
            (vec![header.as_slice(), header.as_slice()], b""),
        ] {
            assert_eq!(read(&headers, body).expect_err("is refused").code, ErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn refuses_headers_that_cannot_be_read() {
        let long = header(format!("{}:s", "x".repeat(600)).as_bytes());
        let cases: Vec<Vec<u8>> = vec![
            b"Basic".to_vec(),
            b"Basic ".to_vec(),
            b"Bearer abc".to_vec(),
            b"Basic %%%".to_vec(),
            b"Basic aWQ6cw".to_vec(),
            b"\xff".to_vec(),
            header(b"no colon"),
            header(b":s"),
            header(b"\xff:\xff"),
            header(b"i\0d:s"),
            header(b"i%00d:s"),
            header(b"id:%ff"),
            long,
        ];
        for case in cases {
            let error = read(&[&case], b"").expect_err("is refused");
            assert_eq!((error.code, error.challenge), (ErrorCode::InvalidClient, Challenge::Basic), "{case:?}");
        }
    }

    #[test]
    fn refuses_nothing_and_assertions() {
        assert_eq!(read(&[], b"client_secret=s").expect_err("is refused").code, ErrorCode::InvalidClient);
        assert_eq!(read(&[], b"client_id=&client_secret=s").expect_err("is refused").code, ErrorCode::InvalidClient);
        assert_eq!(
            read(&[], b"client_id=i&client_assertion=x").expect_err("is refused").code,
            ErrorCode::InvalidClient
        );
    }
}
