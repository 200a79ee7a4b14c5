//! Granting scopes: by an operator at once, or by the decision on an access request.

use gatehouse_core::id::{AccessRequestId, ApplicationId, EntitlementId};
use gatehouse_core::portal::api::{Api, ApiState};
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::entitlement::{self, EntitledScope, Entitlement, Grant};
use gatehouse_core::portal::scope::{MOST_SCOPES, Scope};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, entitlements, scopes};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::events::event;
use crate::actions::{ActionError, Actor, FieldError, applications, authority};
use crate::context::Context;

/// Which scopes of which API are granted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntitlement {
    /// The API, by id or slug.
    pub api: String,
    /// Names of its scopes; all of them when left out.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// Days until the scopes end, 1–3650; for good unless said otherwise.
    #[serde(default)]
    pub expires_in_days: Option<i64>,
    /// Calls per window of the API's plan, instead of the plan's own number.
    #[serde(default)]
    pub quota_limit: Option<i64>,
}

/// What is granted, once names are scopes.
pub(in crate::actions) struct Grants {
    /// The scopes.
    pub(in crate::actions) scopes: Vec<Scope>,
    /// Until when.
    pub(in crate::actions) expires_at: Option<Timestamp>,
    /// Instead of the plan's own; `None` leaves it as it is.
    pub(in crate::actions) quota_limit: Option<i64>,
    /// The request that led to it.
    pub(in crate::actions) request_id: Option<AccessRequestId>,
}

/// Grants scopes of an API to an application, without an access request.
pub async fn grant(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
    input: NewEntitlement,
) -> Result<Entitlement, ActionError> {
    let expires_at = check(&input, ctx.now())?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::admin(tx, &actor).await?;
        let application = applications::load(tx, id).await?;
        let api = super::find_api(tx, &input.api).await?;
        let all = scopes::list_of_api(tx, api.id).await?;
        let scopes = match &input.scopes {
            Some(names) => by_name(&all, names)?,
            None => all,
        };
        let grants = Grants { scopes, expires_at, quota_limit: input.quota_limit, request_id: None };
        grant_in(tx, (&ctx, &actor), (&application, &api), grants).await
    })
    .await
}

fn check(input: &NewEntitlement, now: Timestamp) -> Result<Option<Timestamp>, ActionError> {
    let mut errors: Vec<FieldError> = super::check_quota(input.quota_limit).err().into_iter().collect();
    if input.expires_in_days.is_some_and(|days| !(1..=3_650).contains(&days)) {
        errors.push(FieldError::new("expires_in_days", "out_of_range", "must be between 1 and 3650"));
    }
    if input.scopes.as_ref().is_some_and(Vec::is_empty) {
        errors.push(FieldError::new("scopes", "required", "name at least one scope, or leave the field out for all"));
    }
    if !errors.is_empty() {
        return Err(ActionError::Invalid(errors));
    }
    Ok(input.expires_in_days.map(|days| now.plus_secs(days * 86_400)))
}

/// The scopes of these names, in the order of the API.
pub(in crate::actions) fn by_name(all: &[Scope], names: &[String]) -> Result<Vec<Scope>, ActionError> {
    check_count(names)?;
    let unknown = names.iter().enumerate().filter(|(_, name)| !all.iter().any(|scope| scope.name == **name));
    let errors: Vec<_> = unknown
        .map(|(at, _)| FieldError::new(format!("scopes[{at}]"), "unknown", "the API has no scope of this name"))
        .collect();
    if !errors.is_empty() {
        return Err(ActionError::Invalid(errors));
    }
    Ok(all.iter().filter(|scope| names.contains(&scope.name)).cloned().collect())
}

/// Before each name is looked for.
pub(super) fn check_count(names: &[String]) -> Result<(), ActionError> {
    if names.len() > MOST_SCOPES {
        return Err(ActionError::invalid("scopes", "too_many", format!("name at most {MOST_SCOPES} scopes")));
    }
    Ok(())
}

/// Grants, in the caller's transaction.
pub(in crate::actions) async fn grant_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (application, api): (&Application, &Api),
    grants: Grants,
) -> Result<Entitlement, ActionError> {
    if api.state == ApiState::Retired {
        return Err(ActionError::conflict("api_retired", "the API is retired: nothing of it can be granted any more"));
    }
    if grants.scopes.is_empty() {
        return Err(ActionError::conflict("no_scopes", "the API has no scopes yet: there is nothing to grant"));
    }
    let before = entitlements::find(tx, application.id, api.id).await?;
    let after = next(ctx, before.as_ref(), (application, api), &grants)?;
    let written = match &before {
        Some(_) => entitlements::update(tx, &after).await?,
        None => entitlements::insert(tx, &after).await?,
    };
    if !written {
        return Err(ActionError::changed_meanwhile());
    }
    super::follow(tx, ctx, (application, api), (before.as_ref(), &after)).await?;
    let names: Vec<_> = grants.scopes.iter().map(|scope| &scope.name).collect();
    let event = event(ctx, actor, "entitlement.granted", "entitlement", after.id).after(json!({
        "application_id": application.id,
        "api_id": api.id,
        "scopes": names,
        "expires_at": grants.expires_at,
        "quota_limit": after.quota_limit,
        "request_id": grants.request_id,
    }));
    audit::record(tx, &event).await?;
    Ok(after)
}

/// The entitlement with the new scopes among those that it has.
fn next(
    ctx: &Context,
    before: Option<&Entitlement>,
    (application, api): (&Application, &Api),
    grants: &Grants,
) -> Result<Entitlement, ActionError> {
    let now = ctx.now();
    let mut scopes: Vec<EntitledScope> = before.map(|before| before.scopes.clone()).unwrap_or_default();
    for scope in &grants.scopes {
        let place = scopes.iter().position(|one| one.scope_id == scope.id);
        let wanted = Grant { scope_id: scope.id, scope: scope.name.clone(), expires_at: grants.expires_at };
        let granted =
            entitlement::grant(place.map(|at| &scopes[at]), wanted, now).map_err(|error| super::refused(&error))?;
        match place {
            Some(at) => scopes[at] = granted,
            None => scopes.push(granted),
        }
    }
    Ok(Entitlement {
        id: before.map_or_else(|| EntitlementId::new(now, ctx.random()), |before| before.id),
        application_id: application.id,
        api_id: api.id,
        request_id: grants.request_id.or(before.and_then(|before| before.request_id)),
        quota_limit: grants.quota_limit.or(before.and_then(|before| before.quota_limit)),
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: now,
        version: before.map_or(1, |before| before.version + 1),
        scopes,
    })
}
