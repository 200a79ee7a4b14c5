//! `/applications`: what a developer has. One file per page; each reads by one action and writes by one action.

pub mod access;
pub mod api_user;
pub mod changes;
pub mod collect;
pub mod delete;
pub mod first_call;
pub mod give_up;
mod head;
pub mod list;
pub mod members;
pub mod overview;
pub mod secret;
pub mod secrets;
pub mod settings;
pub mod transfer;
pub mod usage;
pub(super) mod words;

use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use serde::Deserialize;

use super::chrome::Section;
use super::failed;
use super::form::fields;
use super::visitor::SignedIn;
use crate::actions::ActionError;

/// What may stand behind the `?` after a form was sent: a word that the page has a sentence for.
#[derive(Debug, Default, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// The page of an action that was not done.
fn refused(signed_in: &SignedIn, error: &ActionError, request_id: RequestId) -> Response {
    failed::refused(error, request_id, signed_in.chrome(Section::Applications))
}

/// After a form was done.
fn see(address: &str) -> Response {
    Redirect::to(address).into_response()
}

/// Lines of a field that holds several values, without empty ones.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
