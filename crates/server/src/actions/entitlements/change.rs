//! Suspending, resuming and revoking scopes of an entitlement, and its quota.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::entitlement::{self, EntitledScope, EntitledScopeState, Entitlement, EntitlementError};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, entitlements};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, FieldError, applications, authority};
use crate::context::Context;

/// Where scopes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// `active → suspended`.
    Suspend,
    /// `suspended → active`.
    Resume,
    /// `→ revoked`, for good.
    Revoke,
}

/// Which scopes of an entitlement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScopeChange {
    /// Names; all that the change is possible for when left out.
    pub scopes: Option<Vec<String>>,
}

/// Moves scopes of the entitlement of an application to an API (by id or slug).
pub async fn change_scopes(
    ctx: &Context,
    actor: &Actor,
    (id, api): (ApplicationId, String),
    transition: Transition,
    which: ScopeChange,
) -> Result<Entitlement, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let (application, api, before) = load(tx, id, &api).await?;
        match transition {
            // An organization may give up what it has.
            Transition::Revoke => applications::load_for(tx, &actor, id, Want::Change).await.map(drop)?,
            Transition::Suspend | Transition::Resume => authority::admin(tx, &actor).await?,
        }
        let now = ctx.now();
        let names = names(&before, transition, &which, now)?;
        let mut after = next_version(&before, now);
        for scope in after.scopes.iter_mut().filter(|scope| names.contains(&scope.scope)) {
            *scope = transition.apply(scope.clone(), now).map_err(|error| super::refused(&error))?;
        }
        save(tx, &after).await?;
        super::follow(tx, &ctx, (&application, &api), (Some(&before), &after)).await?;
        let event = event(&ctx, &actor, transition.action(), "entitlement", after.id)
            .after(json!({ "application_id": id, "api_id": api.id, "scopes": names }));
        audit::record(tx, &event).await?;
        Ok(after)
    })
    .await
}

/// Sets how many calls the application has per window of the API's plan; `None` takes the plan's own number.
pub async fn set_quota(
    ctx: &Context,
    actor: &Actor,
    (id, api): (ApplicationId, String),
    quota_limit: Option<i64>,
) -> Result<Entitlement, ActionError> {
    super::check_quota(quota_limit).map_err(|error| ActionError::Invalid(vec![error]))?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::admin(tx, &actor).await?;
        let (application, api, before) = load(tx, id, &api).await?;
        let after = Entitlement { quota_limit, ..next_version(&before, ctx.now()) };
        save(tx, &after).await?;
        super::follow(tx, &ctx, (&application, &api), (Some(&before), &after)).await?;
        let event = event(&ctx, &actor, "entitlement.quota_set", "entitlement", after.id)
            .before(json!({ "quota_limit": before.quota_limit }))
            .after(json!({ "quota_limit": after.quota_limit }));
        audit::record(tx, &event).await?;
        Ok(after)
    })
    .await
}

impl Transition {
    fn apply(self, scope: EntitledScope, now: Timestamp) -> Result<EntitledScope, EntitlementError> {
        match self {
            Self::Suspend => entitlement::suspend(scope, now),
            Self::Resume => entitlement::resume(scope, now),
            Self::Revoke => entitlement::revoke(scope, now),
        }
    }

    /// Whether it is possible from this state.
    const fn fits(self, state: EntitledScopeState) -> bool {
        match self {
            Self::Suspend => matches!(state, EntitledScopeState::Active),
            Self::Resume => matches!(state, EntitledScopeState::Suspended),
            Self::Revoke => matches!(state, EntitledScopeState::Active | EntitledScopeState::Suspended),
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Suspend => "entitlement.suspended",
            Self::Resume => "entitlement.resumed",
            Self::Revoke => "entitlement.revoked",
        }
    }
}

async fn load(tx: &mut Tx, id: ApplicationId, api: &str) -> Result<(Application, Api, Entitlement), ActionError> {
    let application = applications::load(tx, id).await?;
    let api = super::find_api(tx, api).await?;
    let entitlement = entitlements::find(tx, id, api.id).await?;
    let missing = || ActionError::not_found("entitlement of this application to the API", &api.slug);
    let entitlement = entitlement.ok_or_else(missing)?;
    Ok((application, api, entitlement))
}

async fn save(tx: &mut Tx, after: &Entitlement) -> Result<(), ActionError> {
    if entitlements::update(tx, after).await? { Ok(()) } else { Err(ActionError::changed_meanwhile()) }
}

fn next_version(before: &Entitlement, now: Timestamp) -> Entitlement {
    Entitlement { updated_at: now, version: before.version + 1, ..before.clone() }
}

/// The scopes that are meant: those named, or all that can.
fn names(
    entitlement: &Entitlement,
    transition: Transition,
    which: &ScopeChange,
    now: Timestamp,
) -> Result<Vec<String>, ActionError> {
    let Some(names) = &which.scopes else {
        let possible = entitlement.scopes.iter().filter(|scope| transition.fits(scope.state_at(now)));
        let names: Vec<_> = possible.map(|scope| scope.scope.clone()).collect();
        let message = "no scope of this entitlement is in a state that allows it";
        return if names.is_empty() { Err(ActionError::conflict("nothing_to_change", message)) } else { Ok(names) };
    };
    super::grant::check_count(names)?;
    let unknown = names.iter().enumerate().filter(|(_, name)| entitlement.scope(name).is_none());
    let mut errors: Vec<_> = unknown
        .map(|(at, _)| FieldError::new(format!("scopes[{at}]"), "unknown", "this scope was never granted here"))
        .collect();
    if names.is_empty() {
        errors.push(FieldError::new("scopes", "required", "name at least one scope, or leave the field out for all"));
    }
    if errors.is_empty() { Ok(names.clone()) } else { Err(ActionError::Invalid(errors)) }
}
