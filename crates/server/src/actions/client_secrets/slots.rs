//! Slots: an approval opens one, an owner or maintainer collects the secret of it, once. The secret is made in the
//! transaction that uses the slot up; before that there is none that could leak.

use gatehouse_core::id::{ApplicationId, SecretSlotId};
use gatehouse_core::portal::application::{Application, ClientAuthMethod};
use gatehouse_core::portal::client_secret_slot::{ClientSecretSlot, SlotState};
use gatehouse_core::secret::{SecretKind, mint};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, client_secret_slots, client_secrets};
use serde_json::json;

use super::create::{CreatedSecret, NewSecret, draft, insert};
use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, ActorKind, applications, authority};
use crate::context::Context;
use crate::mail::texts::Text;

/// Slots of one transaction.
const AT_ONCE: i64 = 100;

/// All slots of an application, oldest first.
pub async fn list_slots(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Vec<ClientSecretSlot>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            applications::load_for(tx, &actor, id, Want::Look).await?;
            Ok(client_secret_slots::of_application(tx, id).await?)
        })
        .await
}

/// Opens a slot without an approval, as an operator does for somebody who shall see the secret and nobody else. The
/// owners are told.
pub async fn open_slot(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<ClientSecretSlot, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::admin(tx, &actor).await?;
        let (application, _) = super::load(tx, &actor, id).await?;
        super::create::check_type(&application)?;
        if open_one(tx, id, ctx.now()).await?.is_some() {
            let message = "a secret of this application waits to be collected already";
            return Err(ActionError::conflict("slot_open", message));
        }
        let slot = insert_slot(tx, (&ctx, &actor), id).await?;
        let notice = about(Text::SecretWaiting, &application).at("until", slot.expires_at);
        notices::tell_owners(tx, &ctx, application.organization_id, &notice).await?;
        Ok(slot)
    })
    .await
}

/// Opens a slot when something was approved for an application that has no secret to use it with. The caller's
/// transaction; the caller tells people.
pub(in crate::actions) async fn open_after_approval(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    application: &Application,
) -> Result<(), ActionError> {
    if !wants_secret(application) {
        return Ok(());
    }
    let now = ctx.now();
    let secrets = client_secrets::of_application(tx, application.id).await?;
    if secrets.iter().any(|secret| secret.usable_at(now)) || open_one(tx, application.id, now).await?.is_some() {
        return Ok(());
    }
    insert_slot(tx, (ctx, actor), application.id).await.map(drop)
}

/// Makes the secret of a slot and shows it, this once. Only a person collects: whoever has an operator key makes a
/// secret of its own instead.
pub async fn collect(
    ctx: &Context,
    actor: &Actor,
    (id, slot): (ApplicationId, SecretSlotId),
) -> Result<CreatedSecret, ActionError> {
    let ActorKind::User(user) = actor.kind else {
        let message = "only a signed-in person collects a secret: create one instead";
        return Err(ActionError::forbidden("person_needed", message));
    };
    let text = mint(&ctx.secret_prefix, SecretKind::ClientSecret, ctx.random());
    let secret = draft(ctx, actor, id, &NewSecret::default(), &text)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let (application, secrets) = super::load(tx, &actor, id).await?;
        let secret = insert(tx, (&ctx, &actor), (&application, &secrets), secret.clone()).await?;
        let collected = client_secret_slots::collect(tx, (id, slot), (user, secret.id), ctx.now()).await?;
        if collected.is_none() {
            return Err(not_collectable(tx, (id, slot), ctx.now()).await?);
        }
        let event = event(&ctx, &actor, "client_secret.collected", "client_secret", secret.id)
            .after(json!({ "application_id": id, "slot": slot }));
        audit::record(tx, &event).await?;
        Ok(CreatedSecret { client_id: application.client_id, secret, text: text.clone() })
    })
    .await
}

/// Writes down up to 100 slots that nobody used in time, and tells the owners; the number of those that it wrote.
pub async fn lapse_slots(ctx: &Context) -> Result<usize, ActionError> {
    let now = ctx.now();
    let due = ctx.db.read(async move |tx| client_secret_slots::unnoticed(tx, now, AT_ONCE).await).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let actor = Actor { kind: ActorKind::System("secrets"), request_id: None, address: None };
    let (db, ctx) = (&ctx.db, ctx.clone());
    db.write(async move |tx| {
        let mut written = 0;
        for slot in &due {
            // Another node was faster.
            if !client_secret_slots::lapse(tx, slot.id, now).await? {
                continue;
            }
            let event = event(&ctx, &actor, "client_secret_slot.lapsed", "client_secret_slot", slot.id);
            audit::record(tx, &event.after(json!({ "application_id": slot.application_id }))).await?;
            tell_lapsed(tx, &ctx, slot, now).await?;
            written += 1;
        }
        Ok(written)
    })
    .await
}

/// Nobody is told of what does not matter: the application is gone, or has a secret by now.
async fn tell_lapsed(tx: &mut Tx, ctx: &Context, slot: &ClientSecretSlot, now: Timestamp) -> Result<(), ActionError> {
    let application = match applications::load(tx, slot.application_id).await {
        Ok(application) => application,
        Err(ActionError::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let secrets = client_secrets::of_application(tx, application.id).await?;
    if secrets.iter().any(|secret| secret.usable_at(now)) {
        return Ok(());
    }
    notices::tell_owners(tx, ctx, application.organization_id, &about(Text::SecretLapsed, &application)).await
}

fn about(text: Text, application: &Application) -> Notice {
    Notice::new(text, format!("/applications/{}/secrets", application.id))
        .with("application", application.name.as_str())
}

/// Whether it authenticates by a secret at all.
fn wants_secret(application: &Application) -> bool {
    application.application_type.is_confidential()
        && application.token_endpoint_auth_methods.iter().any(|method| {
            use ClientAuthMethod::{ClientSecretBasic, ClientSecretJwt, ClientSecretPost};
            matches!(method, ClientSecretBasic | ClientSecretPost | ClientSecretJwt)
        })
}

async fn open_one(tx: &mut Tx, id: ApplicationId, now: Timestamp) -> Result<Option<ClientSecretSlot>, ActionError> {
    let latest = client_secret_slots::latest(tx, id).await?;
    Ok(latest.filter(|slot| slot.state_at(now) == SlotState::Open))
}

async fn insert_slot(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    application: ApplicationId,
) -> Result<ClientSecretSlot, ActionError> {
    let now = ctx.now();
    let slot = ClientSecretSlot::open(SecretSlotId::new(now, ctx.random()), application, now);
    client_secret_slots::insert(tx, &slot).await?;
    let event = event(ctx, actor, "client_secret_slot.opened", "client_secret_slot", slot.id)
        .after(json!({ "application_id": application, "expires_at": slot.expires_at }));
    audit::record(tx, &event).await?;
    Ok(slot)
}

/// Why a slot gave nothing.
async fn not_collectable(
    tx: &mut Tx,
    (application, id): (ApplicationId, SecretSlotId),
    now: Timestamp,
) -> Result<ActionError, ActionError> {
    let slots = client_secret_slots::of_application(tx, application).await?;
    let slot = slots.iter().find(|slot| slot.id == id);
    Ok(match slot.map(|slot| slot.state_at(now)) {
        None => ActionError::not_found("secret to collect", id),
        Some(SlotState::Lapsed) => {
            ActionError::conflict("slot_lapsed", "nobody collected this secret in time: generate a new one")
        }
        Some(SlotState::Open | SlotState::Collected) => {
            let message = "this secret was collected already and is not shown again: generate a new one if it is lost";
            ActionError::conflict("slot_collected", message)
        }
    })
}

#[cfg(test)]
mod tests;
