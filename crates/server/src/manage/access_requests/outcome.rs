//! What became of one of several requests.

use gatehouse_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::AccessRequestView;
use crate::actions::access_requests::Outcome;
use crate::error::told;

/// What became of one of several requests.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessRequestOutcome)]
pub struct OutcomeView {
    /// As it was named.
    pub request: String,
    /// As it is now; null when nothing was done.
    pub access_request: Option<AccessRequestView>,
    /// Why nothing was done; null when it was.
    pub error: Option<OutcomeError>,
}

/// Why nothing was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessRequestOutcomeError)]
pub struct OutcomeError {
    /// A stable word, such as `changed_meanwhile`.
    pub code: String,
    /// In words.
    pub detail: String,
}

impl OutcomeView {
    /// As of `now`.
    pub fn at(outcome: Outcome, now: Timestamp) -> Self {
        let (access_request, error) = match outcome.done {
            Ok(request) => (Some(AccessRequestView::at(&request, now)), None),
            Err(error) => {
                let (code, detail) = told(&error);
                (None, Some(OutcomeError { code: code.to_owned(), detail }))
            }
        };
        Self { request: outcome.request, access_request, error }
    }
}
