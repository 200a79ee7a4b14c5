//! The one mapping of failed actions to HTTP, for the management API and whatever else answers problem+json.
//!
//! A handler returns [`Refusal`]. It has no body yet: [`render`], which every router that uses it has as a layer, makes
//! the problem+json with the request id, and logs internal errors once, with the same id.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gatehouse_core::id::RequestId;
use gatehouse_gate::problem::{ErrorPages, FieldProblem, Problem, X_REQUEST_ID, request_id_value};
use gatehouse_store::db::DbError;
use http::StatusCode;

use crate::actions::{ActionError, FieldError};
use crate::context::Context;

/// Why a request was not done: what the caller is told, and what only the log is.
#[derive(Clone, Debug)]
pub struct Refusal(Box<Answer>);

#[derive(Clone, Debug)]
struct Answer {
    problem: Problem,
    log: Option<String>,
}

impl Refusal {
    /// What the caller is told.
    pub const fn problem(&self) -> &Problem {
        &self.0.problem
    }
}

/// The public side of a failed action.
pub fn problem(error: &ActionError) -> Problem {
    match error {
        ActionError::NotFound { .. } => Problem::not_found(sentence(&error.to_string())),
        ActionError::Invalid(fields) => invalid(fields),
        ActionError::Conflict { code, .. } => Problem::new(StatusCode::CONFLICT, code, sentence(&error.to_string())),
        ActionError::Forbidden { code, .. } => Problem::new(StatusCode::FORBIDDEN, code, sentence(&error.to_string())),
        ActionError::Database(DbError::Unavailable(_) | DbError::Busy(_)) => {
            let detail = "The database does not answer in time. Nothing was changed; try again in a moment.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).with_retry_after(2)
        }
        ActionError::Database(
            DbError::Constraint(_)
            | DbError::Unreadable(_)
            | DbError::NewerSchema { .. }
            | DbError::OtherSchema { .. }
            | DbError::Engine(_),
        )
        | ActionError::Internal(_) => Problem::internal(),
    }
}

/// What is told of one action among several that was not done: its code and a sentence. Our own fault is logged here.
pub fn told(error: &ActionError) -> (&'static str, String) {
    let code = problem(error).code();
    match error {
        ActionError::Database(_) | ActionError::Internal(_) => {
            tracing::error!(%error, "action.failed_among_several");
            (code, "Something failed on our side. Try again in a moment.".to_owned())
        }
        _ => (code, sentence(&error.to_string())),
    }
}

/// Fields that cannot be accepted.
pub fn invalid(fields: &[FieldError]) -> Problem {
    let errors = fields.iter().map(|f| FieldProblem::new(f.field.clone(), f.code, f.message.clone())).collect();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields cannot be accepted; see errors.")
        .with_errors(errors)
}

impl From<ActionError> for Refusal {
    fn from(error: ActionError) -> Self {
        let log = match &error {
            ActionError::Database(_) | ActionError::Internal(_) => Some(error.to_string()),
            ActionError::NotFound { .. }
            | ActionError::Invalid(_)
            | ActionError::Conflict { .. }
            | ActionError::Forbidden { .. } => None,
        };
        Self(Box::new(Answer { problem: problem(&error), log }))
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        ActionError::Database(error).into()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(Answer { problem, log: None }))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.problem().status();
        response.extensions_mut().insert(self);
        response
    }
}

/// The outermost layer of a router whose handlers return [`Refusal`]: gives the request an id if it has none yet, and
/// every refusal, and every 404 or 405 of the router itself, its body.
pub async fn render(State((ctx, pages)): State<(Context, ErrorPages)>, mut request: Request, next: Next) -> Response {
    let request_id = match request.extensions().get::<RequestId>() {
        Some(id) => *id,
        None => RequestId::new(ctx.now(), ctx.random()),
    };
    request.extensions_mut().insert(request_id);
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let Answer { problem, log } = *refusal.0;
        if let Some(detail) = log {
            tracing::error!(request.id = %request_id, error = detail, "request.failed");
        }
        return problem.into_response(request_id, &pages);
    }
    if let Some(problem) = of_router(&response) {
        return problem.into_response(request_id, &pages);
    }
    response.headers_mut().entry(X_REQUEST_ID).or_insert(request_id_value(request_id));
    response
}

/// axum answers 405 without a body, and adds `Allow` after this layer.
fn of_router(response: &Response) -> Option<Problem> {
    let detail = "This address does not answer to this method; the Allow header lists those that it answers to.";
    (response.status() == StatusCode::METHOD_NOT_ALLOWED)
        .then(|| Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail))
}

/// A text with a capital letter and a full stop. The name of a parameter stays as it is written.
pub(crate) fn sentence(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.contains('_') && first.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return format!("The parameter {}.", text.trim_end_matches('.'));
    }
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    format!("{}{}.", first.to_uppercase(), letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_with_a_capital_and_keep_names() {
        assert_eq!(sentence("enter the code"), "Enter the code.");
        assert_eq!(sentence("response_type is missing."), "The parameter response_type is missing.");
        assert_eq!(sentence("public_api.read is not yours"), "Public_api.read is not yours.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn internal_detail_stays_inside() {
        let secret = "relation users, host db.internal";
        let cases = [
            (ActionError::Database(DbError::Unavailable(secret.to_owned())), 503, "unavailable"),
            (ActionError::Database(DbError::Busy(secret.to_owned())), 503, "unavailable"),
            (ActionError::Database(DbError::Constraint(secret.to_owned())), 500, "server_error"),
            (ActionError::Database(DbError::Unreadable(secret.to_owned())), 500, "server_error"),
            (ActionError::Database(DbError::Engine(secret.to_owned())), 500, "server_error"),
            (ActionError::Internal(secret.to_owned()), 500, "server_error"),
        ];
        for (error, status, code) in cases {
            let refusal = Refusal::from(error);
            assert_eq!((refusal.problem().status().as_u16(), refusal.problem().code()), (status, code));
            assert!(!format!("{:?}", refusal.problem()).contains(secret));
            assert!(refusal.0.log.is_some_and(|log| log.contains(secret)), "the log says it");
        }
    }

    #[test]
    fn what_the_caller_did_is_told_and_not_logged() {
        let cases = [
            (ActionError::not_found("user", "usr_x"), 404, "not_found"),
            (ActionError::invalid("name", "required", "enter a name"), 422, "invalid"),
            (ActionError::forbidden("not_allowed", "only owners can do this"), 403, "not_allowed"),
            (ActionError::conflict("last_owner", "make somebody else an owner first"), 409, "last_owner"),
        ];
        for (error, status, code) in cases {
            let refusal = Refusal::from(error);
            assert_eq!((refusal.problem().status().as_u16(), refusal.problem().code()), (status, code));
            assert!(refusal.0.log.is_none());
        }
        assert_eq!(sentence("there is no user x."), "There is no user x.");
    }
}
