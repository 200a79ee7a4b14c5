//! Authorizations of customers: how they end. Whatever comes of a grant carries its id, so one predicate takes all of
//! it back, at introspection and at every gate.

use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::revocation::Predicate;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::grants;

use super::revoking::revoke_issued;
use crate::context::Context;

/// Ends one grant, with its codes, refresh tokens and access tokens. `false` when it had ended before.
pub(crate) async fn end(tx: &mut Tx, ctx: &Context, grant: &Grant) -> Result<bool, DbError> {
    if !grants::end(tx, grant.id, ctx.now()).await? {
        return Ok(false);
    }
    revoke(tx, ctx, grant).await?;
    Ok(true)
}

async fn revoke(tx: &mut Tx, ctx: &Context, grant: &Grant) -> Result<(), DbError> {
    revoke_issued(tx, ctx, Predicate::Grant { gid: grant.id.to_string() }).await
}
