//! The document behind `sector_identifier_uri` (OpenID Connect Core §8.1, Registration §5): a JSON array that lists every
//! redirect URI of each application which shares pairwise subjects.
//!
//! Without the look an application could name the sector of somebody else and learn who of its customers is also theirs.
//! It is fetched by the client for addresses of developers, before the transaction that writes; the transaction goes by
//! what was read, whatever changed meanwhile.

use gatehouse_core::portal::application::Application;
use http::StatusCode;

use crate::actions::{ActionError, FieldError};
use crate::context::Context;

const FIELD: &str = "sector_identifier_uri";

/// A document that was read.
pub(super) struct Sector {
    uri: String,
    lists: Vec<String>,
}

/// Reads it where the change needs it: nobody who changes a name depends on another machine. The fields of `wanted` are
/// checked.
pub(super) async fn fetch(
    ctx: &Context,
    (before, wanted): (&Application, &Application),
) -> Result<Option<Sector>, ActionError> {
    let Some(uri) = wanted.sector_identifier_uri.clone().filter(|_| matters(before, wanted)) else { return Ok(None) };
    let answer = ctx.outbound.get(&uri, "application/json").await;
    let answer = answer.map_err(|error| refused("unreachable", format!("it cannot be read: {error}")))?;
    if answer.status != StatusCode::OK {
        let status = answer.status.as_u16();
        return Err(refused("unreachable", format!("it answered {status}: it must answer 200 with a list in JSON")));
    }
    let lists = serde_json::from_slice(&answer.body)
        .map_err(|_| refused("invalid_document", "it must answer a JSON array of redirect URIs, all of them texts"))?;
    Ok(Some(Sector { uri, lists }))
}

/// Whether every redirect URI is in the document that was read.
pub(super) fn check(read: Option<&Sector>, (before, wanted): (&Application, &Application)) -> Result<(), ActionError> {
    let Some(uri) = wanted.sector_identifier_uri.as_ref().filter(|_| matters(before, wanted)) else { return Ok(()) };
    // Somebody else was faster, and this was not read for what is there now.
    let read = read.filter(|read| read.uri == *uri).ok_or_else(ActionError::changed_meanwhile)?;
    match wanted.redirect_uris.iter().find(|uri| !read.lists.contains(uri)) {
        None => Ok(()),
        Some(missing) if before.sector_identifier_uri.as_ref() == Some(uri) => {
            let message = format!("{missing} is not in the list behind the sector identifier URI: add it there first");
            Err(ActionError::Invalid(vec![FieldError::new("redirect_uris", "not_in_sector", message)]))
        }
        Some(missing) => Err(refused("not_in_sector", format!("the list there does not hold {missing}"))),
    }
}

/// Whether a change touches what the document is about.
fn matters(before: &Application, wanted: &Application) -> bool {
    before.sector_identifier_uri != wanted.sector_identifier_uri
        || wanted.redirect_uris.iter().any(|uri| !before.redirect_uris.contains(uri))
}

fn refused(code: &'static str, message: impl Into<String>) -> ActionError {
    ActionError::Invalid(vec![FieldError::new(FIELD, code, message)])
}
