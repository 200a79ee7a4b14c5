//! How a protocol request fails: refused by a rule, or by something of ours that is only logged.

use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_store::db::DbError;

use super::error;
use super::signer::SignError;

/// The two families of errors; public text and log detail never mix.
#[derive(Debug)]
pub enum Failure {
    /// The answer says why.
    Refused(OAuthError),
    /// Logged once with the request id; the answer says `server_error` or `temporarily_unavailable`.
    Database(DbError),
    /// Logged once with the request id; the answer says `server_error`.
    Internal(String),
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl Failure {
    /// Logs what is ours and makes the answer.
    pub fn into_response(self, request_id: RequestId, portal_url: &str) -> Response {
        let public = match self {
            Self::Refused(error) => error,
            Self::Database(cause @ (DbError::Unavailable(_) | DbError::Busy(_))) => {
                tracing::error!(request.id = %request_id, error = %cause, "protocol request failed: database away");
                OAuthError::new(ErrorCode::TemporarilyUnavailable, "the service cannot answer now: try again soon")
            }
            Self::Database(cause) => server_error(request_id, &cause.to_string()),
            Self::Internal(cause) => server_error(request_id, &cause),
        };
        error::response(&public, request_id, portal_url)
    }
}

fn server_error(request_id: RequestId, cause: &str) -> OAuthError {
    tracing::error!(request.id = %request_id, error = cause, "protocol request failed");
    OAuthError::new(ErrorCode::ServerError, "something went wrong on our side: quote the request_id when you report it")
}
