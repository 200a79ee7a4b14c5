//! Mails that actions send through the outbox: written in the same transaction, sent by a job afterwards.

use gatehouse_core::id::{OrganizationId, OutboxId};
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::user::UserState;
use gatehouse_store::db::Tx;
use gatehouse_store::{organization_members, users};

use super::ActionError;
use crate::context::Context;
use crate::mail::{self, Mail};

/// A mail as plain text.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    /// One line.
    pub(super) subject: String,
    /// Plain text.
    pub(super) text: String,
}

/// To each active owner of an organization, one by one.
pub(super) async fn to_owners(
    tx: &mut Tx,
    ctx: &Context,
    organization: OrganizationId,
    notice: &Notice,
) -> Result<(), ActionError> {
    for member in organization_members::list(tx, organization).await? {
        if member.role != MemberRole::Owner {
            continue;
        }
        let Some(user) = users::find(tx, member.user_id).await? else { continue };
        if user.state == UserState::Active {
            send(tx, ctx, user.email.as_typed(), notice).await?;
        }
    }
    Ok(())
}

async fn send(tx: &mut Tx, ctx: &Context, to: &str, notice: &Notice) -> Result<(), ActionError> {
    let now = ctx.now();
    let mail = Mail { to: to.to_owned(), subject: notice.subject.clone(), text: notice.text.clone() };
    Ok(mail::enqueue(tx, OutboxId::new(now, ctx.random()), &mail, now).await?)
}
