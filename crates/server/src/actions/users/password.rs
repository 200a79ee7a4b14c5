//! Sets a user's password from outside, by an operator.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::one_time_link::Purpose;
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, one_time_links, users};

use super::{find, get};
use crate::actions::grants::{self, Which};
use crate::actions::{ActionError, Actor, authority, events, fields, sessions};
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
            replace_password(tx, &context, id, &hash).await?;
            audit::record(tx, &events::event(&context, &actor, "user.password_set", "user", id)).await?;
            Ok(())
        })
        .await
}

/// Writes a password, signs every browser of the user out and ends everything that was allowed to applications; links to choose another one end, and a
/// change of address that whoever knew the old one may have asked for.
pub(in crate::actions) async fn replace_password(
    tx: &mut Tx,
    ctx: &Context,
    id: UserId,
    hash: &PasswordHash,
) -> Result<(), ActionError> {
    if !users::set_password(tx, id, hash).await? {
        return Err(ActionError::changed_meanwhile());
    }
    for purpose in [Purpose::ResetPassword, Purpose::ChangeEmail] {
        one_time_links::discard_unused_of(tx, purpose, id).await?;
    }
    sessions::end_rows_in(tx, ctx, id, None).await?;
    grants::end_of_user(tx, ctx, id, Which::All).await?;
    Ok(())
}
