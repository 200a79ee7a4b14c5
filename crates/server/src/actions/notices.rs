//! What people are told, by mail and, where the text says so, in the portal: written in the transaction that it tells
//! of, sent by a job afterwards.
//!
//! ```text
//! let notice = Notice::new(Text::RequestReceived, format!("/requests/{reference}")).with("api", &api.name).at("due", due);
//! notices::tell(tx, ctx, &user, &notice).await?;
//! ```
//!
//! Links are paths of ours under the configured `portal_url`. No notice carries a secret.

use gatehouse_core::id::{NotificationId, OrganizationId, OutboxId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::user::User;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::notifications::{self, Notification};
use gatehouse_store::{organization_members, users};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{ActionError, Actor, ActorKind};
use crate::context::Context;
use crate::mail::texts::{self, Rendered, Text};
use crate::mail::{self, Mail};

/// Of whom we know no time zone.
const NO_ZONE: &str = "Etc/UTC";

/// A text with its values, for whoever reads it.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    text: Text,
    link: String,
    values: Map<String, Value>,
    /// Written in each reader's own time zone.
    times: Vec<(&'static str, Timestamp)>,
}

impl Notice {
    /// `link`: a path of the portal, where the reader goes next.
    pub(super) fn new(text: Text, link: impl Into<String>) -> Self {
        Self { text, link: link.into(), values: Map::new(), times: Vec::new() }
    }

    /// A value of the text.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// A time of the text.
    #[must_use]
    pub(super) fn at(mut self, name: &'static str, time: Timestamp) -> Self {
        self.times.push((name, time));
        self
    }
}

/// Tells one person. Who is not active is told nothing.
pub(super) async fn tell(tx: &mut Tx, ctx: &Context, user: &User, notice: &Notice) -> Result<(), ActionError> {
    if !user.is_active() {
        return Ok(());
    }
    let rendered = render(ctx, notice, (&user.name, &user.time_zone))?;
    let now = ctx.now();
    if let Some(body) = rendered.portal {
        let notification = Notification {
            id: NotificationId::new(now, ctx.random()),
            user_id: user.id,
            kind: notice.text.to_string(),
            title: rendered.subject.clone(),
            body,
            link: Some(notice.link.clone()),
            created_at: now,
            read_at: None,
        };
        notifications::insert(tx, &notification).await?;
    }
    let mail = Mail { to: user.email.as_typed().to_owned(), subject: rendered.subject, text: rendered.text };
    Ok(mail::enqueue(tx, OutboxId::new(now, ctx.random()), &mail, now).await?)
}

/// Tells whoever has an address that there is an invitation: a user where it leads, anybody else where to sign up. Only
/// the owner of the address sees the difference.
pub(super) async fn invite(tx: &mut Tx, ctx: &Context, email: &Email, notice: Notice) -> Result<(), ActionError> {
    if let Some(user) = users::find_by_email(tx, email).await? {
        return tell(tx, ctx, &user, &notice.with("has_account", true)).await;
    }
    let notice = Notice { link: "/sign-up".to_owned(), ..notice.with("has_account", false) };
    let rendered = render(ctx, &notice, ("", NO_ZONE))?;
    let mail = Mail { to: email.as_typed().to_owned(), subject: rendered.subject, text: rendered.text };
    Ok(mail::enqueue(tx, OutboxId::new(ctx.now(), ctx.random()), &mail, ctx.now()).await?)
}

/// In whose name something is told: a user by name and address, everybody else as the team of the portal.
pub(super) async fn who(tx: &mut Tx, actor: &Actor) -> Result<String, ActionError> {
    let user = match actor.kind {
        ActorKind::User(id) => users::find(tx, id).await?,
        ActorKind::Operator(_) | ActorKind::CommandLine(_) | ActorKind::System(_) => None,
    };
    let named = |user: User| format!("{} ({})", user.name, user.email.as_typed());
    Ok(user.map_or_else(|| "The team of the portal".to_owned(), named))
}

/// Puts the values in, for a reader with this name and time zone.
fn render(ctx: &Context, notice: &Notice, (name, time_zone): (&str, &str)) -> Result<Rendered, ActionError> {
    let portal_url = ctx.portal_url()?;
    let mut values = notice.values.clone();
    for (name, time) in &notice.times {
        values.insert((*name).to_owned(), in_words(*time, time_zone).into());
    }
    values.insert("name".to_owned(), name.into());
    values.insert("portal_url".to_owned(), portal_url.into());
    values.insert("link".to_owned(), format!("{portal_url}{}", notice.link).into());
    texts::render(notice.text, &Value::Object(values)).map_err(ActionError::Internal)
}

/// Tells each owner of an organization, one by one.
pub(super) async fn tell_owners(
    tx: &mut Tx,
    ctx: &Context,
    organization: OrganizationId,
    notice: &Notice,
) -> Result<(), ActionError> {
    for member in organization_members::list(tx, organization).await? {
        if member.role != MemberRole::Owner {
            continue;
        }
        if let Some(user) = users::find(tx, member.user_id).await? {
            tell(tx, ctx, &user, notice).await?;
        }
    }
    Ok(())
}

/// Tells each owner and maintainer of an organization, one by one.
pub(super) async fn tell_maintainers(
    tx: &mut Tx,
    ctx: &Context,
    organization: OrganizationId,
    notice: &Notice,
) -> Result<(), ActionError> {
    for member in organization_members::list(tx, organization).await? {
        if !member.role.can_write() {
            continue;
        }
        if let Some(user) = users::find(tx, member.user_id).await? {
            tell(tx, ctx, &user, notice).await?;
        }
    }
    Ok(())
}

/// Day and time as people say them, with the zone: `Tuesday 24 November 2026, 17:00 (Europe/Berlin)`, or `(UTC)`.
fn in_words(time: Timestamp, time_zone: &str) -> String {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let name = if zone == TimeZone::UTC || time_zone == NO_ZONE { "UTC" } else { time_zone };
    time.to_jiff().to_zoned(zone).strftime(&format!("%A %-d %B %Y, %H:%M ({name})")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_readers() {
        let time = Timestamp::from_secs(1_795_345_500);
        assert_eq!(in_words(time, "Europe/Berlin"), "Sunday 22 November 2026, 12:05 (Europe/Berlin)");
        assert_eq!(in_words(time, "Etc/UTC"), "Sunday 22 November 2026, 11:05 (UTC)");
        assert_eq!(in_words(time, "Mars/Base"), "Sunday 22 November 2026, 11:05 (UTC)");
    }
}
