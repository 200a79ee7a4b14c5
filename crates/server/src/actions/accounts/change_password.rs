//! A signed-in user chooses another password. Every other browser is signed out, and this one gets a new session.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_store::{audit, users as user_rows};

use crate::actions::notices::{self, Notice};
use crate::actions::sessions::{self, Opened};
use crate::actions::{ActionError, Actor, events, fields, users};
use crate::context::Context;
use crate::mail::texts::Text;
use crate::password_hashing;

/// Where whoever did not change it chooses a new one.
pub(super) const FORGOT: &str = "/forgot-password";

/// Changes the password of whoever knows the present one.
pub async fn change_password(
    ctx: &Context,
    actor: &Actor,
    id: UserId,
    (current, new): (&str, &str),
    device: Device,
) -> Result<Opened, ActionError> {
    let user = users::get(ctx, id).await?;
    let hash = prove(ctx, id, current).await?;
    if current == new {
        return Err(ActionError::invalid("password", "same", "this is your present password: choose another one"));
    }
    let password =
        fields::password("password", new, Some(&user.email)).map_err(|error| ActionError::Invalid(vec![error]))?;
    let new_hash = password_hashing::hash(ctx, password).await?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            if user_rows::password_hash(tx, id).await? != hash {
                return Err(ActionError::changed_meanwhile());
            }
            users::replace_password(tx, &context, id, &new_hash).await?;
            audit::record(tx, &events::event(&context, &actor, "user.password_changed", "user", id)).await?;
            let notice = Notice::new(Text::PasswordChanged, FORGOT).at("at", context.now());
            notices::tell(tx, &context, &user, &notice).await?;
            let amr = [AuthenticationMethod::Password];
            sessions::open_in(tx, (&context, &actor), id, (&amr, &device)).await
        })
        .await
}

/// The hash of the present password, for whoever knows it: what is done with it must find the same one again.
pub(in crate::actions) async fn prove(
    ctx: &Context,
    id: UserId,
    current: &str,
) -> Result<Option<PasswordHash>, ActionError> {
    if current.is_empty() {
        return Err(ActionError::invalid("current_password", "required", "enter your present password"));
    }
    let hash = ctx.db.read(async move |tx| user_rows::password_hash(tx, id).await).await?;
    let Some(known) = hash.clone() else {
        let message = "your account has no password yet: choose one first, by the page for forgotten passwords";
        return Err(ActionError::invalid("current_password", "no_password", message));
    };
    if password_hashing::verify(ctx, known, current.to_owned()).await? {
        return Ok(hash);
    }
    Err(ActionError::invalid("current_password", "wrong", "this is not your present password"))
}
