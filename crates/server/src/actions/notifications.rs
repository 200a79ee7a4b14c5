//! Messages of the portal that their reader has seen.

use gatehouse_core::id::UserId;
use gatehouse_store::notifications::{self, Reach, Unread};

use super::ActionError;
use crate::context::Context;

/// The user has seen what was told of this path of the portal. Returns what is still unread.
pub async fn seen(ctx: &Context, user: UserId, (path, reach): (&str, Reach)) -> Result<Unread, ActionError> {
    let (path, now) = (path.to_owned(), ctx.now());
    ctx.db
        .write(async move |tx| {
            notifications::mark_read_of(tx, user, (&path, reach), now).await?;
            Ok(notifications::count_unread(tx, user).await?)
        })
        .await
}
