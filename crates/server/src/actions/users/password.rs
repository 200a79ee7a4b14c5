//! Sets a user's password from outside, by an operator.

use gatehouse_core::id::UserId;
use gatehouse_store::{audit, users};

use super::{find, get};
use crate::actions::{ActionError, Actor, authority, events, fields};
use crate::context::Context;
use crate::password_hashing;

/// Sets a password, whether there was one or not.
pub async fn set_password(ctx: &Context, actor: &Actor, id: UserId, text: &str) -> Result<(), ActionError> {
    let user = get(ctx, id).await?;
    let password =
        fields::password("password", text, Some(&user.email)).map_err(|error| ActionError::Invalid(vec![error]))?;
    let hash = password_hashing::hash(ctx, password).await?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            find(tx, id).await?;
            if !users::set_password(tx, id, &hash).await? {
                return Err(ActionError::changed_meanwhile());
            }
            audit::record(tx, &events::event(&context, &actor, "user.password_set", "user", id)).await?;
            Ok(())
        })
        .await
}
