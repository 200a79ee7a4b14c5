//! Audit events of actions. Every action writes one in its own transaction:
//!
//! ```text
//! let event = events::event(ctx, actor, "user.disabled", "user", user.id).before(json!({"state": "active"}));
//! audit::record(tx, &event).await?;
//! ```
//!
//! `before` and `after` hold what changed. Secrets never enter; e-mail addresses, network addresses and names of people
//! only by [`Draft::personal`], so that they can be deleted later and leave the chain whole.

use std::fmt::Display;
use std::ops::Deref;

use gatehouse_core::id::{ApplicationId, AuditEventId, RequestId};
use gatehouse_core::random::bytes;
use gatehouse_store::audit::{self, Event, Personal};
use serde_json::{Map, Value};

use super::{Actor, ActorKind};
use crate::context::Context;

/// An event that can still be added to.
#[derive(Clone, Debug)]
pub struct Draft {
    event: Event,
    salt: [u8; 32],
}

/// Who did what on what, now. The actor's network address is a personal field.
pub fn event(
    ctx: &Context,
    actor: &Actor,
    action: &'static str,
    target_kind: &'static str,
    target_id: impl Display,
) -> Draft {
    let now = ctx.now();
    let (actor_kind, actor_id) = who(&actor.kind);
    let event = Event {
        id: AuditEventId::new(now, ctx.random()),
        at: now,
        actor_kind,
        actor_id,
        action,
        target_kind,
        target_id: target_id.to_string(),
        before: None,
        after: None,
        request_id: actor.request_id,
        personal: None,
    };
    let draft = Draft { event, salt: bytes(ctx.random()) };
    match &actor.address {
        Some(address) => draft.personal("address", address),
        None => draft,
    }
}

/// What an application brought about at a protocol endpoint, which has no [`Actor`]: an application acts nowhere else.
pub(super) fn event_of_application(
    ctx: &Context,
    (application, request_id): (ApplicationId, RequestId),
    action: &'static str,
    (target_kind, target_id): (&'static str, impl Display),
) -> Draft {
    let now = ctx.now();
    let event = Event {
        id: AuditEventId::new(now, ctx.random()),
        at: now,
        actor_kind: audit::ActorKind::Application,
        actor_id: application.to_string(),
        action,
        target_kind,
        target_id: target_id.to_string(),
        before: None,
        after: None,
        request_id: Some(request_id),
        personal: None,
    };
    Draft { event, salt: bytes(ctx.random()) }
}

impl Draft {
    /// What it was.
    #[must_use]
    pub fn before(mut self, value: Value) -> Self {
        self.event.before = Some(value);
        self
    }

    /// What it became.
    #[must_use]
    pub fn after(mut self, value: Value) -> Self {
        self.event.after = Some(value);
        self
    }

    /// A field that must be deletable: `email`, `name`, `address`.
    #[must_use]
    pub fn personal(mut self, field: &str, value: impl Display) -> Self {
        let personal = self.event.personal.get_or_insert_with(|| Personal { salt: self.salt, fields: Map::new() });
        personal.fields.insert(field.to_owned(), Value::String(value.to_string()));
        self
    }
}

impl Deref for Draft {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.event
    }
}

fn who(actor: &ActorKind) -> (audit::ActorKind, String) {
    match actor {
        ActorKind::User(id) => (audit::ActorKind::User, id.to_string()),
        ActorKind::Operator(id) => (audit::ActorKind::Operator, id.to_string()),
        ActorKind::CommandLine(name) => (audit::ActorKind::CommandLine, name.clone()),
        ActorKind::System(name) => (audit::ActorKind::System, (*name).to_owned()),
    }
}
