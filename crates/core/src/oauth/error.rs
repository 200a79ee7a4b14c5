//! Protocol errors (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, RFC 6750 §3.1, RFC 8628 §3.5,
//! RFC 8707 §2): the code, the public text, the status.

use std::borrow::Cow;

crate::text_enum! {
    /// The `error` member.
    ErrorCode, "OAuth error" {
        /// RFC 6749 §5.2.
        InvalidRequest = "invalid_request",
        /// RFC 6749 §5.2.
        InvalidClient = "invalid_client",
        /// RFC 6749 §5.2.
        UnauthorizedClient = "unauthorized_client",
        /// RFC 6749 §5.2.
        UnsupportedGrantType = "unsupported_grant_type",
        /// RFC 6749 §5.2.
        InvalidScope = "invalid_scope",
        /// RFC 8707 §2.
        InvalidTarget = "invalid_target",
        /// RFC 6749 §5.2: code, refresh token or device code is invalid, has ended, or is another client's.
        InvalidGrant = "invalid_grant",
        /// RFC 6749 §4.1.2.1: the customer or a rule said no.
        AccessDenied = "access_denied",
        /// RFC 6749 §4.1.2.1.
        UnsupportedResponseType = "unsupported_response_type",
        /// OpenID Connect Core §3.1.2.6.
        LoginRequired = "login_required",
        /// OpenID Connect Core §3.1.2.6.
        ConsentRequired = "consent_required",
        /// OpenID Connect Core §3.1.2.6.
        InteractionRequired = "interaction_required",
        /// OpenID Connect Core §3.1.2.6.
        AccountSelectionRequired = "account_selection_required",
        /// OpenID Connect Unmet Authentication Requirements §2.
        UnmetAuthenticationRequirements = "unmet_authentication_requirements",
        /// OpenID Connect Core §3.1.2.6.
        RequestNotSupported = "request_not_supported",
        /// OpenID Connect Core §3.1.2.6.
        RequestUriNotSupported = "request_uri_not_supported",
        /// OpenID Connect Core §3.1.2.6.
        RegistrationNotSupported = "registration_not_supported",
        /// RFC 8628 §3.5: the user has not decided yet.
        AuthorizationPending = "authorization_pending",
        /// RFC 8628 §3.5: the device asks too often.
        SlowDown = "slow_down",
        /// RFC 8628 §3.5.
        ExpiredToken = "expired_token",
        /// RFC 6750 §3.1.
        InvalidToken = "invalid_token",
        /// RFC 6750 §3.1.
        InsufficientScope = "insufficient_scope",
        /// RFC 6749 §4.1.2.1, used at every endpoint.
        ServerError = "server_error",
        /// RFC 6749 §4.1.2.1, used at every endpoint.
        TemporarilyUnavailable = "temporarily_unavailable",
    }
}

/// A refused protocol request. The description is public, so it says nothing about what exists to somebody who did not
/// prove to be the client, and it is made of the characters of RFC 6749 §5.2 only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// `error`.
    pub code: ErrorCode,
    /// `error_description`: what is wrong and what to do.
    pub description: Cow<'static, str>,
    /// HTTP status.
    pub status: u16,
    /// Whether the client used the `Authorization` header, so that the answer carries `WWW-Authenticate`.
    pub challenge: Challenge,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u32>,
}

/// Whether an answer carries `WWW-Authenticate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// No.
    None,
    /// `Basic` (RFC 6749 §5.2: the scheme that the client may use).
    Basic,
    /// `Bearer` with the error (RFC 6750 §3).
    Bearer,
    /// `Bearer` alone: the request had no token at all (RFC 6750 §3.1).
    BearerAlone,
}

impl OAuthError {
    /// An error with the usual status of its code.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let status = match code {
            ErrorCode::InvalidClient | ErrorCode::InvalidToken => 401,
            ErrorCode::InsufficientScope => 403,
            ErrorCode::ServerError => 500,
            ErrorCode::TemporarilyUnavailable => 503,
            _ => 400,
        };
        Self { code, description: printable(description.into()), status, challenge: Challenge::None, retry_after: None }
    }

    /// `invalid_request`.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// `invalid_grant`.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }

    /// `invalid_client`.
    pub fn invalid_client(description: impl Into<Cow<'static, str>>, challenge: Challenge) -> Self {
        Self { challenge, ..Self::new(ErrorCode::InvalidClient, description) }
    }

    /// With `WWW-Authenticate`.
    #[must_use]
    pub fn with_challenge(self, challenge: Challenge) -> Self {
        Self { challenge, ..self }
    }

    /// Another status than the code's usual one (413, 415, 429).
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// 429 with `Retry-After`.
    #[must_use]
    pub fn too_many(self, retry_after: u32) -> Self {
        Self { status: 429, retry_after: Some(retry_after), ..self }
    }
}

/// RFC 6749 §5.2: `error_description` holds %x20-21, %x23-5B, %x5D-7E only.
fn printable(text: Cow<'static, str>) -> Cow<'static, str> {
    let fits = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    if text.chars().all(fits) {
        return text;
    }
    Cow::Owned(text.chars().map(|c| if fits(c) { c } else { '?' }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_to_the_characters_of_the_rfc() {
        let error = OAuthError::invalid_request("a \"quoted\" \\ naïve\n text");
        assert_eq!(error.description, "a ?quoted? ? na?ve? text");
        assert_eq!(error.status, 400);
    }
}
