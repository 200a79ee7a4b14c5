//! `/requests` and `/requests/{reference}`: what an organization asked for, and what became of it.

mod answer;
mod list;
mod show;
mod submit;
mod withdraw;
pub(super) mod words;

pub use answer::{post as answer, reply};
pub use list::get as list;
pub use show::get as show;
pub(crate) use show::{of_people, of_people_then};
pub use submit::post as submit;
pub use withdraw::{get as withdrawal, post as withdraw};

use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;

use super::chrome::Section;
use super::failed;
use super::visitor::SignedIn;
use crate::actions::ActionError;
use crate::actions::access_requests::{self, Details};
use crate::state::AppState;

/// The request of this reference, or the page that says why not. A reviewer of another organization is sent to the
/// review desk.
async fn load(
    app: &AppState,
    signed_in: &SignedIn,
    (reference, request_id): (&str, RequestId),
) -> Result<Details, Response> {
    match access_requests::details(&app.ctx, &signed_in.actor, reference).await {
        Ok(details) => Ok(details),
        Err(ActionError::NotFound { .. }) if signed_in.is_reviewer() && is_reference(reference) => {
            Err(Redirect::to(&format!("/review/{reference}")).into_response())
        }
        Err(error) => Err(failed::refused(&error, request_id, signed_in.chrome(Section::Requests))),
    }
}

/// Whether the text can stand in an address as it is.
fn is_reference(text: &str) -> bool {
    text.len() == 10 && text.starts_with("R-") && text.bytes().skip(2).all(|byte| byte.is_ascii_alphanumeric())
}
