//! APIs of the catalogue, their versions and their scopes, out of OpenAPI documents.

mod catalogue;
mod create;
mod credentials;
mod edit;
mod json_text;
mod routes;
mod scopes;
mod versions;

use gatehouse_core::field::FieldError;
use gatehouse_core::id::ApiId;
use gatehouse_core::portal::api::{Api, ApiVersion};
use gatehouse_core::portal::openapi::{self, Document};
use gatehouse_core::portal::scope::Scope;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{api_versions, apis, authorization_servers, scopes as scope_rows};
use serde::Deserialize;
use utoipa::ToSchema;

pub use catalogue::{Listed, Published, catalogue, published};
pub use create::{NewApi, create};
pub use credentials::{NewApiCredential, create_credential, credentials, revoke_credential};
pub use edit::{EditApi, edit};
pub use json_text::JsonText;
pub use scopes::{EditScope, ScopeInput, add_scope, delete_scope, edit_scope, list_scopes};
pub use versions::{
    ChangeVersion, NewVersion, VersionChange, add_version, change_version, get_version, list_versions, replace_document,
};

use super::ActionError;
use crate::context::Context;

/// Calls per window and application.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanInput {
    /// Calls: 1 to 1000000000.
    pub limit: i64,
    /// Seconds of the window: 1 to 86400.
    pub window: i64,
}

/// APIs in order of id, `limit` of them after `after`.
pub async fn list(ctx: &Context, after: String, limit: i64) -> Result<Vec<Api>, ActionError> {
    Ok(ctx.db.read(async move |tx: &mut Tx| apis::list(tx, &after, limit).await).await?)
}

/// One API.
pub async fn get(ctx: &Context, id: ApiId) -> Result<Api, ActionError> {
    let found = ctx.db.read(async move |tx: &mut Tx| apis::find(tx, id).await).await?;
    found.ok_or_else(|| ActionError::not_found("API", id))
}

/// One API by its name in addresses.
pub async fn get_by_slug(ctx: &Context, slug: &str) -> Result<Api, ActionError> {
    let wanted = slug.to_owned();
    let found = ctx.db.read(async move |tx: &mut Tx| apis::find_by_slug(tx, &wanted).await).await?;
    found.ok_or_else(|| ActionError::not_found("API", slug))
}

/// An API with its scopes and versions.
async fn read(ctx: &Context, id: ApiId) -> Result<(Api, Vec<Scope>, Vec<ApiVersion>), ActionError> {
    let found = ctx.db.read(async move |tx: &mut Tx| {
        let Some(api) = apis::find(tx, id).await? else { return Ok(None) };
        let scopes = scope_rows::list_of_api(tx, id).await?;
        Ok::<_, DbError>(Some((api, scopes, api_versions::list_of_api(tx, id).await?)))
    });
    found.await?.ok_or_else(|| ActionError::not_found("API", id))
}

/// Reads a document; what is wrong with it becomes errors of the field `document`, with a JSON pointer each.
fn parse(document: &JsonText) -> Result<Document, ActionError> {
    openapi::parse(document.as_str()).map_err(|errors| {
        let field = |pointer: &str| format!("document{pointer}");
        let errors = errors.into_iter();
        ActionError::Invalid(
            errors.map(|error| FieldError::new(field(&error.pointer), "invalid_document", error.message)).collect(),
        )
    })
}

/// Audiences are unique over servers and APIs, since both stand in `aud`.
async fn check_audience_free(tx: &mut Tx, audience: &str) -> Result<(), ActionError> {
    match authorization_servers::find_by_audience(tx, audience).await? {
        Some(_) => Err(audience_taken()),
        None => Ok(()),
    }
}

fn audience_taken() -> ActionError {
    ActionError::conflict("audience_taken", "another API or authorization server has this audience")
}

/// What a unique constraint means in words.
fn taken(error: DbError) -> ActionError {
    if error.is_constraint(apis::AUDIENCE_TAKEN) {
        audience_taken()
    } else if error.is_constraint(apis::SLUG_TAKEN) {
        ActionError::conflict("slug_taken", "another API has this slug")
    } else if error.is_constraint(api_versions::LABEL_TAKEN) {
        ActionError::conflict(
            "label_taken",
            "the API has a version of this label: replace its document, or choose another",
        )
    } else if error.is_constraint(scope_rows::NAME_TAKEN) {
        ActionError::conflict(
            "scope_taken",
            "a scope of this name belongs to another API of the same authorization server",
        )
    } else {
        error.into()
    }
}

fn refuse(errors: Vec<FieldError>) -> Result<(), ActionError> {
    if errors.is_empty() { Ok(()) } else { Err(ActionError::Invalid(errors)) }
}

#[cfg(test)]
mod tests;
