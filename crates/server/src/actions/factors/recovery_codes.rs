//! Ten codes for the day on which the app is lost.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::recovery_code::{self, HOW_MANY};
use gatehouse_core::secret::Secret;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, recovery_codes, totp_seeds};

use super::change::still;
use crate::actions::accounts::prove;
use crate::actions::{ActionError, Actor, events};
use crate::context::Context;

/// Ten others instead of those that there were, for whoever knows the password and has an app.
pub async fn renew_codes(ctx: &Context, actor: &Actor, id: UserId, password: &str) -> Result<Vec<Secret>, ActionError> {
    let hash = prove(ctx, id, password).await?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            still(tx, id, &hash).await?;
            if totp_seeds::find(tx, id).await?.is_none() {
                let message = "recovery codes stand in for an app: set one up first";
                return Err(ActionError::invalid("current_password", "no_app", message));
            }
            audit::record(tx, &events::event(&context, &actor, "user.recovery_codes_renewed", "user", id)).await?;
            give(tx, &context, id).await
        })
        .await
}

/// Writes ten new ones.
pub(super) async fn give(tx: &mut Tx, ctx: &Context, user: UserId) -> Result<Vec<Secret>, ActionError> {
    let codes: Vec<Secret> = (0..HOW_MANY).map(|_| recovery_code::generate(ctx.random())).collect();
    let hashes: Vec<_> = codes.iter().filter_map(|code| recovery_code::hash(user, code.expose())).collect();
    recovery_codes::replace(tx, user, &hashes).await?;
    Ok(codes)
}
