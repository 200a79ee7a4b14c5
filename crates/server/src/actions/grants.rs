//! Authorizations of customers: how they end. Whatever comes of a grant carries its id, so one predicate takes all of
//! it back, at introspection and at every gate.

use gatehouse_core::id::{ApplicationId, RequestId, SessionId, UserId};
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::revocation::{CLOCK_SKEW, LONGEST_ACCESS_TOKEN, Predicate};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{audit, grants};

use super::events;
use super::revoking::revoke_issued;
use crate::context::Context;

/// Which of a user's grants end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Every one.
    All,
    /// Those of one application.
    Of(ApplicationId),
    /// Every one but those that were given in a session.
    NotIn(SessionId),
}

/// Why a grant ends at an endpoint of its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The client gave it back (RFC 7009).
    Revoked,
    /// Its code came a second time.
    CodeReused,
    /// A refresh token came that was exchanged before.
    RefreshTokenReused,
    /// Its device code came a second time.
    DeviceCodeReused,
}

/// Ends one grant, with its codes, refresh tokens and access tokens. `false` when it had ended before. `request_id`: of
/// the client's request that shows it.
pub(crate) async fn end(
    tx: &mut Tx,
    ctx: &Context,
    grant: &Grant,
    (why, request_id): (Why, RequestId),
) -> Result<bool, DbError> {
    if !grants::end(tx, grant.id, ctx.now()).await? {
        return Ok(false);
    }
    revoke(tx, ctx, grant).await?;
    let action = match why {
        Why::Revoked => "grant.revoked",
        Why::CodeReused => "grant.code_reused",
        Why::RefreshTokenReused => "grant.refresh_token_reused",
        Why::DeviceCodeReused => "grant.device_code_reused",
    };
    let event = events::event_of_application(ctx, (grant.application_id, request_id), action, ("grant", grant.id));
    audit::record(tx, &event).await?;
    Ok(true)
}

/// Ends grants of a user. Returns how many.
pub(crate) async fn end_of_user(tx: &mut Tx, ctx: &Context, user: UserId, which: Which) -> Result<usize, DbError> {
    let now = ctx.now();
    let ended = match which {
        Which::All => grants::end_of_user(tx, user, None, now).await?,
        Which::Of(application) => grants::end_of_user(tx, user, Some(application), now).await?,
        Which::NotIn(session) => grants::end_of_user_but(tx, user, session, now).await?,
    };
    revoke_each(tx, ctx, &ended).await
}

/// Ends what hangs on a session: grants without `offline_access`.
pub(crate) async fn end_of_session(tx: &mut Tx, ctx: &Context, session: SessionId) -> Result<usize, DbError> {
    let ended = grants::end_of_session(tx, session, ctx.now()).await?;
    revoke_each(tx, ctx, &ended).await
}

async fn revoke_each(tx: &mut Tx, ctx: &Context, ended: &[Grant]) -> Result<usize, DbError> {
    for grant in ended {
        revoke(tx, ctx, grant).await?;
    }
    Ok(ended.len())
}

/// A grant of which nothing has come for longer than an access token can live has none that a predicate could speak of.
async fn revoke(tx: &mut Tx, ctx: &Context, grant: &Grant) -> Result<(), DbError> {
    let last = grant.last_used_at.plus(LONGEST_ACCESS_TOKEN).plus(CLOCK_SKEW).plus(CLOCK_SKEW);
    if last < ctx.now() {
        return Ok(());
    }
    revoke_issued(tx, ctx, Predicate::Grant { gid: grant.id.to_string() }).await
}
