//! What a customer has let applications do, and how they take it back (`product.md`, journey 4).
//!
//! An application is connected as long as something is remembered or lasts: a consent that spares the next question, or
//! an authorization with its refresh tokens.

use gatehouse_core::id::{ApplicationId, UserId};
use gatehouse_core::oauth::consent::Consent;
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::scope::about_the_person;
use gatehouse_core::portal::application::{Application, ApplicationState};
use gatehouse_core::portal::scope::{Scope, Sensitivity};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{applications, audit, consents, entitlements, grants, organizations, scopes, users};
use serde_json::json;

use super::grants::{Which, end_of_user};
use super::{ActionError, Actor, ActorKind, authority, events};
use crate::context::Context;

/// An application that a customer has let do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The application.
    pub application: Application,
    /// The organization behind it.
    pub publisher: String,
    /// What it may do, what can do most harm first.
    pub scopes: Vec<Allowed>,
    /// Since when.
    pub since: Timestamp,
    /// When it last did something; `None` when nothing of it lasts now.
    pub last_used_at: Option<Timestamp>,
}

/// One thing that an application may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Name of the scope.
    pub name: String,
    /// What it allows in a few words, as the consent page says it.
    pub title: String,
    /// The same in a sentence.
    pub sentence: String,
    /// How much harm it can do.
    pub sensitivity: Sensitivity,
    /// Whether the application has it now: what it gave up or lost does nothing.
    pub is_in_force: bool,
}

/// Of one user, in the order of their names. A user sees their own, operators and admins anybody's.
pub async fn list(ctx: &Context, actor: &Actor, user: UserId) -> Result<Vec<Connected>, ActionError> {
    let (actor, now) = (actor.clone(), ctx.now());
    ctx.db
        .read(async move |tx| {
            check(tx, &actor, user).await?;
            let (consents, grants) =
                (consents::list_of_user(tx, user).await?, grants::live_of_user(tx, user, now).await?);
            let mut ids: Vec<ApplicationId> = consents.iter().map(|consent| consent.application_id).collect();
            ids.extend(grants.iter().map(|grant| grant.application_id));
            ids.sort();
            ids.dedup();
            let catalogue = if ids.is_empty() { Vec::new() } else { scopes::all(tx).await? };
            let mut connected = Vec::new();
            for id in ids {
                let of = (
                    of_application(&consents, id, |one| one.application_id),
                    of_application(&grants, id, |one| one.application_id),
                );
                connected.extend(one(tx, id, of, (&catalogue, now)).await?);
            }
            connected.sort_by(|a, b| {
                a.application.name.cmp(&b.application.name).then(a.application.id.cmp(&b.application.id))
            });
            Ok(connected)
        })
        .await
}

/// Takes back everything that a user has let an application do: refresh tokens and access tokens at once, and what was
/// remembered, so that the application has to ask again.
pub async fn disconnect(
    ctx: &Context,
    actor: &Actor,
    (user, application): (UserId, ApplicationId),
) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            check(tx, &actor, user).await?;
            let forgotten = consents::remove(tx, user, application).await?;
            let ended = end_of_user(tx, &context, user, Which::Of(application)).await?;
            if forgotten == 0 && ended == 0 {
                return Err(ActionError::not_found("connected application", application));
            }
            let event = events::event(&context, &actor, "application.disconnected", "user", user)
                .before(json!({ "application": application, "grants": ended }));
            audit::record(tx, &event).await?;
            Ok(())
        })
        .await
}

/// The name of an application that a user had let do something, also after it was disconnected.
pub async fn name_of(
    ctx: &Context,
    actor: &Actor,
    (user, application): (UserId, ApplicationId),
) -> Result<String, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            check(tx, &actor, user).await?;
            let found = match grants::were_of_user(tx, user, application).await? {
                true => applications::find(tx, application).await?,
                false => None,
            };
            let found = found.ok_or_else(|| ActionError::not_found("connected application", application))?;
            Ok(found.name)
        })
        .await
}

fn of_application<T: Clone>(all: &[T], id: ApplicationId, of: impl Fn(&T) -> ApplicationId) -> Vec<T> {
    all.iter().filter(|one| of(one) == id).cloned().collect()
}

async fn one(
    tx: &mut Tx,
    id: ApplicationId,
    (consents, grants): (Vec<Consent>, Vec<Grant>),
    (catalogue, now): (&[Scope], Timestamp),
) -> Result<Option<Connected>, DbError> {
    let Some(application) = applications::find(tx, id).await? else { return Ok(None) };
    if application.state == ApplicationState::Deleted {
        return Ok(None);
    }
    let publisher = organizations::find(tx, application.organization_id).await?;
    let entitlements = entitlements::of_application(tx, id).await?;
    let has = |name: &str| {
        let mut held = entitlements.iter().flat_map(|held| held.effective_scopes(now));
        held.any(|held| held == name) || application.sign_in_scopes.iter().any(|held| held.as_str() == name)
    };
    let since = consents.iter().map(|one| one.created_at).chain(grants.iter().map(|one| one.created_at)).min();
    let mut scopes: Vec<Allowed> = Vec::new();
    let names = consents.iter().flat_map(|one| one.scopes.iter().map(|name| (&one.server_id, name)));
    let names = names.chain(grants.iter().flat_map(|one| one.scopes.iter().map(|name| (&one.server_id, name))));
    for (server_id, name) in names {
        if scopes.iter().any(|known| known.name == *name) {
            continue;
        }
        let known = catalogue.iter().find(|scope| scope.server_id == *server_id && scope.name == *name);
        let (title, sentence) = match known {
            Some(scope) => (scope.title.as_str(), scope.sentence.as_str()),
            None => without_api(name),
        };
        scopes.push(Allowed {
            is_in_force: has(name),
            name: name.clone(),
            title: title.to_owned(),
            sentence: sentence.to_owned(),
            sensitivity: known.map_or(Sensitivity::Normal, |scope| scope.sensitivity),
        });
    }
    scopes.sort_by_key(|scope| match scope.sensitivity {
        Sensitivity::Restricted => 0,
        Sensitivity::Sensitive => 1,
        Sensitivity::Normal => 2,
    });
    Ok(Some(Connected {
        publisher: publisher.map(|organization| organization.name).unwrap_or_default(),
        scopes,
        since: since.unwrap_or(application.created_at),
        last_used_at: grants.iter().map(|one| one.last_used_at).max(),
        application,
    }))
}

/// Of scopes about the person, and of those that an API no longer has.
fn without_api(name: &str) -> (&'static str, &'static str) {
    about_the_person(name).unwrap_or(("Something that no API offers any more", ""))
}

/// What another user allowed is no business of a user.
async fn check(tx: &mut Tx, actor: &Actor, user: UserId) -> Result<(), ActionError> {
    match actor.kind {
        ActorKind::User(id) if id == user => Ok(()),
        ActorKind::User(_) => authority::admin(tx, actor).await.map_err(|_| ActionError::not_found("user", user)),
        ActorKind::Operator(_) | ActorKind::CommandLine(_) | ActorKind::System(_) => {
            users::find(tx, user).await?.map(drop).ok_or_else(|| ActionError::not_found("user", user))
        }
    }
}
