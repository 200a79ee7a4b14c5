//! `/workspaces`: where customers' data lives, who sees it, and which applications read it. One file per page.

pub mod invite;
pub mod member;
pub mod show;

use axum::response::{Redirect, Response};
use gatehouse_core::id::RequestId;

use super::chrome::Section;
use super::failed;
use super::visitor::SignedIn;
use crate::actions::ActionError;

/// The list stands beside that of organizations.
pub async fn list(_: SignedIn) -> Redirect {
    Redirect::to("/organizations#workspaces")
}

/// The page of an action that was not done.
fn refused(signed_in: &SignedIn, error: &ActionError, request_id: RequestId) -> Response {
    failed::refused(error, request_id, signed_in.chrome(Section::None))
}
