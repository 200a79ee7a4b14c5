//! Versions of an API: added, their documents replaced, published, deprecated, retired.

use gatehouse_core::id::{ApiId, ApiVersionId};
use gatehouse_core::portal::api::{Api, ApiVersion, VersionState, check_label};
use gatehouse_core::portal::openapi::{self, Document};
use gatehouse_core::portal::scope::Scope;
use gatehouse_core::time::Timestamp;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{api_versions, audit, scopes as scope_rows};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{JsonText, ScopeInput, scopes};
use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// A new version of an API, or another document of one. Scopes that the API has stay as they are.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVersion {
    /// An OpenAPI document, 3.0 or 3.1.
    #[schema(value_type = Object)]
    pub document: JsonText,
    /// `info.version` by default.
    pub label: Option<String>,
    /// What is said about scopes that are new.
    #[serde(default)]
    pub scopes: Vec<ScopeInput>,
}

gatehouse_core::text_enum! {
    /// What becomes of a version.
    VersionChange, "version change" {
        /// Seen and served.
        Publish = "publish",
        /// Served, but announced to end.
        Deprecate = "deprecate",
        /// Served no more.
        Retire = "retire",
    }
}

/// A change of state.
#[derive(Clone, Copy, Debug)]
pub struct ChangeVersion {
    /// Which.
    pub change: VersionChange,
    /// When a deprecated version will be switched off.
    pub sunset_at: Option<Timestamp>,
}

/// An API's versions, the oldest first.
pub async fn list_versions(ctx: &Context, api: ApiId) -> Result<Vec<ApiVersion>, ActionError> {
    Ok(super::read(ctx, api).await?.2)
}

/// One version.
pub async fn get_version(ctx: &Context, (api, id): (ApiId, ApiVersionId)) -> Result<ApiVersion, ActionError> {
    Ok(find(ctx, api, id).await?.2)
}

/// Adds a version as a draft, with the scopes that its document has on top.
pub async fn add_version(
    ctx: &Context,
    actor: &Actor,
    api: ApiId,
    input: NewVersion,
) -> Result<ApiVersion, ActionError> {
    let document = super::parse(&input.document)?;
    let (api, existing, _) = super::read(ctx, api).await?;
    let label = input.label.unwrap_or_else(|| document.version.clone());
    super::refuse(check_label(&label).err().into_iter().collect())?;
    let fresh = scopes::missing(ctx, &api, (&document, &input.scopes), &existing)?;
    let version = ApiVersion {
        id: ApiVersionId::new(ctx.now(), ctx.random()),
        api_id: api.id,
        label,
        document: input.document.as_str().to_owned(),
        state: VersionState::Draft,
        sunset_at: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    let event = events::event(ctx, actor, "api_version.created", "api_version", version.id)
        .after(with_scopes(&version, &fresh));
    let stored = version.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            api_versions::insert(tx, &stored).await.map_err(super::taken)?;
            insert_scopes(tx, &fresh).await?;
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, stored.api_id.to_string());
            Ok::<_, ActionError>(())
        })
        .await?;
    Ok(version)
}

/// Puts another document in the place of a version's; its label stays.
pub async fn replace_document(
    ctx: &Context,
    actor: &Actor,
    (api, id): (ApiId, ApiVersionId),
    input: NewVersion,
) -> Result<ApiVersion, ActionError> {
    let document = super::parse(&input.document)?;
    let (api, existing, before) = find(ctx, api, id).await?;
    if input.label.is_some_and(|label| label != before.label) {
        return Err(ActionError::invalid("label", "fixed", "the label of a version never changes: add a version"));
    }
    if before.is_served() {
        super::routes::check(ctx, api.id, &document).await?;
    }
    let fresh = scopes::missing(ctx, &api, (&document, &input.scopes), &existing)?;
    let after = ApiVersion { document: input.document.as_str().to_owned(), updated_at: ctx.now(), ..before.clone() };
    let event = events::event(ctx, actor, "api_version.document_replaced", "api_version", id)
        .before(json!({"operations": operations(&before.document)}))
        .after(json!({"operations": operations(&after.document), "scopes": names(&fresh)}));
    let saved = after.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            save(tx, &saved, before.state).await?;
            insert_scopes(tx, &fresh).await?;
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, saved.api_id.to_string());
            Ok::<_, ActionError>(())
        })
        .await?;
    Ok(after)
}

/// Publishes, deprecates or retires a version.
pub async fn change_version(
    ctx: &Context,
    actor: &Actor,
    (api, id): (ApiId, ApiVersionId),
    input: ChangeVersion,
) -> Result<ApiVersion, ActionError> {
    let (api, _, before) = find(ctx, api, id).await?;
    let (after, action) = match input.change {
        VersionChange::Publish => (before.publish(ctx.now()), "api_version.published"),
        VersionChange::Deprecate => (before.deprecate(input.sunset_at, ctx.now()), "api_version.deprecated"),
        VersionChange::Retire => (before.retire(ctx.now()), "api_version.retired"),
    };
    let after = after.map_err(|error| ActionError::conflict("state", error.to_string()))?;
    if after.is_served() && !before.is_served() {
        super::routes::check(ctx, api.id, &parsed(&before)?).await?;
    }
    let state = |version: &ApiVersion| json!({"state": version.state, "sunset_at": version.sunset_at});
    let event = events::event(ctx, actor, action, "api_version", id).before(state(&before)).after(state(&after));
    let saved = after.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            save(tx, &saved, before.state).await?;
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, saved.api_id.to_string());
            Ok::<_, ActionError>(())
        })
        .await?;
    Ok(after)
}

async fn find(ctx: &Context, api: ApiId, id: ApiVersionId) -> Result<(Api, Vec<Scope>, ApiVersion), ActionError> {
    let (api, scopes, versions) = super::read(ctx, api).await?;
    let version = versions.into_iter().find(|version| version.id == id);
    version.map(|version| (api, scopes, version)).ok_or_else(|| ActionError::not_found("version", id))
}

async fn save(tx: &mut Tx, version: &ApiVersion, from: VersionState) -> Result<(), ActionError> {
    if api_versions::save(tx, version, from).await? { Ok(()) } else { Err(ActionError::changed_meanwhile()) }
}

async fn insert_scopes(tx: &mut Tx, scopes: &[Scope]) -> Result<(), ActionError> {
    for scope in scopes {
        scope_rows::insert(tx, scope).await.map_err(super::taken)?;
    }
    Ok(())
}

/// Documents are checked before they are stored.
fn parsed(version: &ApiVersion) -> Result<Document, ActionError> {
    openapi::parse(&version.document).map_err(|_| ActionError::Internal(format!("document of {}", version.id)))
}

fn names(scopes: &[Scope]) -> Vec<&str> {
    scopes.iter().map(|scope| scope.name.as_str()).collect()
}

fn with_scopes(version: &ApiVersion, scopes: &[Scope]) -> Value {
    json!({"api": version.api_id, "label": version.label, "state": version.state, "scopes": names(scopes)})
}

/// What the audit log shows of a document.
fn operations(document: &str) -> Vec<String> {
    let operations = openapi::parse(document).map(|document| document.operations).unwrap_or_default();
    operations.iter().map(|operation| format!("{} {}", operation.method, operation.path_template)).collect()
}
