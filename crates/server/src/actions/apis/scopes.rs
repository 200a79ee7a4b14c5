//! Scopes of an API: out of its document, with what people say about each on top; and each by itself.

use gatehouse_core::id::{ApiId, ScopeId};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::openapi::Document;
use gatehouse_core::portal::scope::{Consent, DEFAULT_GRANT_TYPES, MOST_SCOPES, Scope, Sensitivity, check};
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, scopes};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// A scope. What is left out comes from the document, or is usual.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeInput {
    /// As clients ask for it: `studies:read`. Never changes.
    pub name: String,
    /// A few words; the name by default.
    pub title: Option<String>,
    /// What it allows, in a sentence that a customer understands; the document's description by default.
    pub sentence: Option<String>,
    /// `normal` (default), `sensitive` or `restricted`.
    #[schema(value_type = Option<String>)]
    pub sensitivity: Option<Sensitivity>,
    /// `implicit`, `required` (default) or `flexible`.
    #[schema(value_type = Option<String>)]
    pub consent: Option<Consent>,
    /// Which grant types may ask for it; those of the document's flows by default.
    #[schema(value_type = Option<Vec<String>>)]
    pub grant_types: Option<Vec<GrantType>>,
}

impl ScopeInput {
    /// Nothing but the name.
    pub const fn named(name: String) -> Self {
        Self { name, title: None, sentence: None, sensitivity: None, consent: None, grant_types: None }
    }

    fn about(&self) -> EditScope {
        EditScope {
            title: self.title.clone(),
            sentence: self.sentence.clone(),
            sensitivity: self.sensitivity,
            consent: self.consent,
            grant_types: self.grant_types.clone(),
        }
    }
}

/// What is said about a scope; what is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditScope {
    /// A few words.
    pub title: Option<String>,
    /// What it allows, in a sentence that a customer understands.
    pub sentence: Option<String>,
    /// `normal`, `sensitive` or `restricted`.
    #[schema(value_type = Option<String>)]
    pub sensitivity: Option<Sensitivity>,
    /// `implicit`, `required` or `flexible`.
    #[schema(value_type = Option<String>)]
    pub consent: Option<Consent>,
    /// Which grant types may ask for it.
    #[schema(value_type = Option<Vec<String>>)]
    pub grant_types: Option<Vec<GrantType>>,
}

impl EditScope {
    fn over(&self, scope: Scope) -> Scope {
        Scope {
            title: self.title.as_ref().map_or(scope.title, |title| title.trim().to_owned()),
            sentence: self.sentence.as_ref().map_or(scope.sentence, |sentence| sentence.trim().to_owned()),
            sensitivity: self.sensitivity.unwrap_or(scope.sensitivity),
            consent: self.consent.unwrap_or(scope.consent),
            grant_types: self.grant_types.clone().unwrap_or(scope.grant_types),
            ..scope
        }
    }
}

/// The scopes that an API is missing: those of the document and those named, without the ones it has.
pub(super) fn missing(
    ctx: &Context,
    api: &Api,
    (document, inputs): (&Document, &[ScopeInput]),
    existing: &[Scope],
) -> Result<Vec<Scope>, ActionError> {
    let described = document.scopes.iter().map(|scope| scope.name.as_str());
    let mut names: Vec<&str> = Vec::new();
    for name in inputs.iter().map(|input| input.name.as_str()).chain(described) {
        if !names.contains(&name) && !existing.iter().any(|scope| scope.name == name) {
            names.push(name);
        }
    }
    if names.len() + existing.len() > MOST_SCOPES {
        return Err(ActionError::invalid("scopes", "too_many", format!("an API has at most {MOST_SCOPES} scopes")));
    }
    let mut made = Vec::with_capacity(names.len());
    for name in names {
        let place = made.len() + existing.len();
        let about = inputs.iter().find(|input| input.name == name).map(ScopeInput::about);
        made.push(about.unwrap_or_default().over(usual(ctx, api, (document, name), place)));
    }
    let errors: Vec<_> = made.iter().enumerate().flat_map(|(at, scope)| check(scope, at)).collect();
    super::refuse(errors).map(|()| made)
}

/// A scope as its document describes it, or as it is without any.
fn usual(ctx: &Context, api: &Api, (document, name): (&Document, &str), place: usize) -> Scope {
    let described = document.scopes.iter().find(|scope| scope.name == name);
    let sentence = described.map(|scope| scope.description.as_str()).filter(|text| !text.is_empty());
    let grants = described.map(|scope| scope.grant_types.clone()).filter(|grants| !grants.is_empty());
    Scope {
        id: ScopeId::new(ctx.now(), ctx.random()),
        api_id: api.id,
        server_id: api.server_id.clone(),
        name: name.to_owned(),
        title: name.to_owned(),
        sentence: one_line(sentence.unwrap_or(name)),
        sensitivity: Sensitivity::Normal,
        consent: Consent::Required,
        grant_types: grants.unwrap_or_else(|| DEFAULT_GRANT_TYPES.to_vec()),
        position: i64::try_from(place).unwrap_or(i64::MAX),
        created_at: ctx.now(),
        updated_at: ctx.now(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An API's scopes, in their order.
pub async fn list_scopes(ctx: &Context, api: ApiId) -> Result<Vec<Scope>, ActionError> {
    Ok(super::read(ctx, api).await?.1)
}

/// Adds a scope that no document speaks of yet.
pub async fn add_scope(ctx: &Context, actor: &Actor, api: ApiId, input: ScopeInput) -> Result<Scope, ActionError> {
    let (api, existing, _) = super::read(ctx, api).await?;
    if existing.iter().any(|scope| scope.name == input.name) {
        return Err(ActionError::conflict("scope_exists", "the API has a scope of this name: edit it"));
    }
    let nothing = Document {
        title: String::new(),
        description: String::new(),
        version: String::new(),
        scopes: Vec::new(),
        operations: Vec::new(),
    };
    let scope = missing(ctx, &api, (&nothing, &[input]), &existing)?.remove(0);
    let event = events::event(ctx, actor, "scope.created", "scope", scope.id).after(fields(&scope));
    let stored = scope.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            scopes::insert(tx, &stored).await.map_err(super::taken)?;
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, stored.api_id.to_string());
            Ok::<_, ActionError>(())
        })
        .await?;
    Ok(scope)
}

/// Edits what is said about a scope, and who may ask for it.
pub async fn edit_scope(
    ctx: &Context,
    actor: &Actor,
    (api, id): (ApiId, ScopeId),
    input: EditScope,
) -> Result<Scope, ActionError> {
    let before = find(ctx, api, id).await?;
    let after = Scope { updated_at: ctx.now(), ..input.over(before.clone()) };
    super::refuse(check(&after, 0))?;
    let event = events::event(ctx, actor, "scope.edited", "scope", id).before(fields(&before)).after(fields(&after));
    let saved = after.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            if !scopes::save(tx, &saved).await? {
                return Err(ActionError::changed_meanwhile());
            }
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, saved.api_id.to_string());
            Ok(())
        })
        .await?;
    Ok(after)
}

/// Deletes a scope that nobody has ever asked for.
pub async fn delete_scope(ctx: &Context, actor: &Actor, (api, id): (ApiId, ScopeId)) -> Result<(), ActionError> {
    let scope = find(ctx, api, id).await?;
    let event = events::event(ctx, actor, "scope.deleted", "scope", id).before(fields(&scope));
    let actor = actor.clone();
    let deleted = ctx.db.write(async move |tx: &mut Tx| {
        authority::admin(tx, &actor).await?;
        if !scopes::delete(tx, id).await? {
            return Err(ActionError::not_found("scope", id));
        }
        audit::record(tx, &event).await?;
        tx.change(Topic::Api, api.to_string());
        Ok(())
    });
    match deleted.await {
        Err(ActionError::Database(error)) if error.is_constraint(scopes::IN_USE) => {
            let message = "applications have asked for this scope: it stays; take its grant types away instead";
            Err(ActionError::conflict("scope_in_use", message))
        }
        other => other,
    }
}

async fn find(ctx: &Context, api: ApiId, id: ScopeId) -> Result<Scope, ActionError> {
    let found = ctx.db.read(async move |tx: &mut Tx| scopes::find(tx, id).await).await?;
    found.filter(|scope| scope.api_id == api).ok_or_else(|| ActionError::not_found("scope", id))
}

/// For the audit log.
pub(super) fn fields(scope: &Scope) -> Value {
    json!({
        "name": scope.name,
        "title": scope.title,
        "sentence": scope.sentence,
        "sensitivity": scope.sensitivity,
        "consent": scope.consent,
        "grant_types": scope.grant_types,
    })
}
