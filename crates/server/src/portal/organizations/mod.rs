//! `/organizations`: the teams that the reader belongs to, and what they are invited to. One file per page.

pub mod create;
pub mod invite;
pub mod list;
pub mod member;
pub mod show;

use axum::response::Response;
use gatehouse_core::id::RequestId;

use super::chrome::Section;
use super::failed;
use super::visitor::SignedIn;
use crate::actions::ActionError;

/// The page of an action that was not done.
fn refused(signed_in: &SignedIn, error: &ActionError, request_id: RequestId) -> Response {
    failed::refused(error, request_id, signed_in.chrome(Section::None))
}
