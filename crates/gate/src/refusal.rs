//! Why the gate does not let a request through, and what the caller is told.

use std::borrow::Cow;

use http::StatusCode;

use crate::path::PathError;
use crate::problem::{Challenge, Problem};
use crate::quota::Standing;

/// Every reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The gate has no snapshot yet.
    NotReady,
    /// A path that could be read in two ways.
    Path(PathError),
    /// No route.
    NotFound,
    /// A route, but not for this method; the value of `Allow`.
    MethodNotAllowed(String),
    /// A body over the limit.
    TooLarge,
    /// A token in the address.
    TokenInQuery,
    /// Two tokens, or a token and other credentials.
    TwoTokens,
    /// A header that carries credentials, twice.
    RepeatedHeader,
    /// What stands in the header is no token.
    MalformedHeader,
    /// `token: Bearer …`.
    BearerInTokenHeader,
    /// No token at all.
    NoToken,
    /// A token that is not good here.
    Token(TokenFault),
    /// The token lacks a scope; the alternatives, each space-separated.
    Scope(Vec<String>),
    /// Too many calls.
    Quota(Standing),
}

/// What is wrong with a token. Told to the caller only as far as the signature has proved that the token is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// Not a token of ours, changed, or of another kind; the log says which.
    NotValid,
    /// After `exp`.
    Expired,
    /// Before `nbf` or `iat`.
    NotYet,
    /// Made for another API.
    Audience,
    /// Falls under a revocation.
    Revoked,
}

const HOW: &str = "Send the access token in the header `token` or as `Authorization: Bearer`.";

impl Refusal {
    /// The answer. `realm`: the API's slug, empty before a route is found.
    pub(crate) fn problem(&self, realm: &str) -> Problem {
        match self {
            Self::NotReady => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_ready",
                "The gate has not learned its routes yet. Try again in a second.",
            )
            .with_retry_after(1),
            Self::Path(PathError::TooLong) => {
                Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", "The path is longer than 2048 bytes.")
            }
            Self::Path(error) => Problem::new(StatusCode::BAD_REQUEST, "invalid_path", sentence(error)),
            Self::NotFound => Problem::not_found(
                "No API answers at this path. Paths are case-sensitive; the catalogue lists the operations of each API.",
            ),
            Self::MethodNotAllowed(allow) => Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                format!("This path answers to {allow} only."),
            )
            .with_allow(allow),
            Self::TooLarge => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "content_too_large", "The request's body is too large.")
            }
            Self::NoToken => Problem::new(StatusCode::UNAUTHORIZED, "missing_token", HOW)
                .with_challenge(Challenge { realm, ..Challenge::default() }),
            Self::TokenInQuery | Self::TwoTokens | Self::RepeatedHeader => self.invalid_request(realm),
            Self::MalformedHeader | Self::BearerInTokenHeader => self.invalid_request(realm),
            Self::Token(fault) => fault.problem(realm),
            Self::Scope(alternatives) => insufficient_scope(realm, alternatives),
            Self::Quota(standing) => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "quota_exceeded",
                format!(
                    "The quota of {} calls is used up. The next window begins in {} seconds.",
                    standing.limit, standing.reset
                ),
            )
            .with_retry_after(standing.reset),
        }
    }

    /// The stable word for logs.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::NotReady => "not_ready",
            Self::Path(_) => "path",
            Self::NotFound => "no_route",
            Self::MethodNotAllowed(_) => "method",
            Self::TooLarge => "body_too_large",
            Self::TokenInQuery => "token_in_query",
            Self::TwoTokens => "two_tokens",
            Self::RepeatedHeader => "repeated_header",
            Self::MalformedHeader | Self::BearerInTokenHeader => "malformed_header",
            Self::NoToken => "no_token",
            Self::Token(TokenFault::NotValid) => "token_not_valid",
            Self::Token(TokenFault::Expired) => "token_expired",
            Self::Token(TokenFault::NotYet) => "token_not_yet_valid",
            Self::Token(TokenFault::Audience) => "token_audience",
            Self::Token(TokenFault::Revoked) => "token_revoked",
            Self::Scope(_) => "scope",
            Self::Quota(_) => "quota",
        }
    }

    /// RFC 6750 §3.1, `invalid_request`.
    fn invalid_request(&self, realm: &str) -> Problem {
        let description = match self {
            Self::TokenInQuery => {
                "A token in the address is not accepted: addresses end up in logs. Use the header `token` or \
                 `Authorization: Bearer`."
            }
            Self::TwoTokens => {
                "The headers `token` and `Authorization` carry different credentials. Send the access token in one of \
                 them."
            }
            Self::RepeatedHeader => "A header that carries the access token is there more than once. Send it once.",
            Self::BearerInTokenHeader => "The header `token` carries the token alone, without the word Bearer.",
            _ => "What stands in the header is not a token. Send the access token exactly as it was issued.",
        };
        let challenge =
            Challenge { realm, error: Some("invalid_request"), description: Some(description), scope: None };
        Problem::new(StatusCode::BAD_REQUEST, "invalid_request", description).with_challenge(challenge)
    }
}

impl TokenFault {
    fn problem(self, realm: &str) -> Problem {
        let description = match self {
            Self::NotValid => "The access token is not valid. Get a new one from the token endpoint.",
            Self::Expired => "The access token has expired. Get a new one from the token endpoint.",
            Self::NotYet => "The access token is not valid yet. Check the clocks.",
            Self::Audience => "The access token was issued for another API. Ask for a scope of this one.",
            Self::Revoked => "The access token has been revoked.",
        };
        let challenge = Challenge { realm, error: Some("invalid_token"), description: Some(description), scope: None };
        Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", description).with_challenge(challenge)
    }
}

/// The first alternative is the one that the API's document names first; a challenge can name only one.
fn insufficient_scope(realm: &str, alternatives: &[String]) -> Problem {
    const DESCRIPTION: &str = "The access token lacks a scope that this operation needs.";
    let names = alternatives.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    let challenge = Challenge {
        realm,
        error: Some("insufficient_scope"),
        description: Some(DESCRIPTION),
        scope: alternatives.first().map(String::as_str),
    };
    Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", format!("{DESCRIPTION} It needs {names}."))
        .with_challenge(challenge)
}

/// "the path …" becomes "The path … ."
fn sentence(error: &PathError) -> Cow<'static, str> {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect::<String>().into()
}
