//! Answers and errors of the Results API.

use axum::body::Body;
use gatehouse_core::id::RequestId;
use gatehouse_core::results::params::ParamError;
use gatehouse_gate::caller::Caller;
use gatehouse_gate::problem::{FieldProblem, Problem};
use gatehouse_store::db::DbError;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

/// Seconds after which a caller may try again when the database is away.
const RETRY_AFTER: u64 = 2;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Parameters that cannot be accepted.
    Params(Vec<ParamError>),
    /// Nothing there, or nothing for this caller.
    NotFound(&'static str),
    /// The database.
    Database(DbError),
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

/// The one place where results and failures become HTTP.
pub(super) fn respond<T: Serialize>(result: Result<T, Failure>, caller: &Caller) -> Response<Body> {
    match result {
        Ok(value) => json(&value, caller),
        Err(failure) => failure.problem(caller.request_id).into_response(caller.request_id, &caller.error_pages),
    }
}

fn json<T: Serialize>(value: &T, caller: &Caller) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(error) => {
            tracing::error!(event = "results.unwritable", request_id = %caller.request_id, %error);
            Problem::internal().into_response(caller.request_id, &caller.error_pages)
        }
    }
}

impl Failure {
    fn problem(self, request_id: RequestId) -> Problem {
        match self {
            Self::Params(errors) => invalid(errors),
            Self::NotFound(detail) => Problem::not_found(detail),
            Self::Database(error @ (DbError::Unavailable(_) | DbError::Busy(_))) => {
                tracing::error!(event = "results.database_away", request_id = %request_id, %error);
                let detail = "The data cannot be read at the moment. Try again in a few seconds.";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", detail)
                    .with_retry_after(RETRY_AFTER)
            }
            Self::Database(error) => {
                tracing::error!(event = "results.database_failed", request_id = %request_id, %error);
                Problem::internal()
            }
        }
    }
}

/// Names every parameter and its rule: once for people, once for programs.
fn invalid(errors: Vec<ParamError>) -> Problem {
    let detail = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let errors = errors.into_iter().map(|error| FieldProblem::new(error.parameter, "invalid", error.rule)).collect();
    Problem::new(StatusCode::BAD_REQUEST, "invalid_parameter", detail).with_errors(errors)
}
