//! Messages of the portal that their reader has seen.

use gatehouse_core::id::UserId;
use gatehouse_store::notifications::{self, Unread};

use super::ActionError;
use crate::context::Context;

/// The user has seen what was told of this path of the portal and the pages below it. Returns what is still unread.
pub async fn seen(ctx: &Context, user: UserId, path: &str) -> Result<Unread, ActionError> {
    let (path, now) = (path.to_owned(), ctx.now());
    ctx.db
        .write(async move |tx| {
            notifications::mark_read_of(tx, user, &path, now).await?;
            Ok(notifications::count_unread(tx, user).await?)
        })
        .await
}
