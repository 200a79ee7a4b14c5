//! What applications may learn about a user, beside name and e-mail address, once the user allows it.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::profile::{self, PostalAddress, Profile};
use gatehouse_store::{audit, profiles};
use serde_json::{Value, json};

use crate::actions::{ActionError, Actor, ActorKind, authority, events, users};
use crate::context::Context;

/// The fields of a user.
pub async fn shared_profile(ctx: &Context, id: UserId) -> Result<Profile, ActionError> {
    let found = ctx.db.read(async move |tx| profiles::find(tx, id).await).await?;
    found.ok_or_else(|| ActionError::not_found("user", id))
}

/// Writes all of them; a blank one is left out. Gives them as they are kept.
pub async fn edit_shared_profile(
    ctx: &Context,
    actor: &Actor,
    id: UserId,
    input: &Profile,
) -> Result<Profile, ActionError> {
    let after = tidied(input);
    let wrong = profile::check(&after);
    if !wrong.is_empty() {
        return Err(ActionError::Invalid(wrong));
    }
    let (context, actor, kept) = (ctx.clone(), actor.clone(), after.clone());
    ctx.db
        .write(async move |tx| {
            if actor.kind != ActorKind::User(id) {
                authority::admin(tx, &actor).await?;
            }
            users::find(tx, id).await?;
            let before = profiles::find(tx, id).await?.unwrap_or_default();
            if !profiles::save(tx, id, &kept).await? {
                return Err(ActionError::changed_meanwhile());
            }
            let text = serde_json::to_string(&kept).map_err(|error| ActionError::Internal(error.to_string()))?;
            let event = events::event(&context, &actor, "user.shared_profile_changed", "user", id)
                .before(json!({ "fields": names(&before) }))
                .after(json!({ "fields": names(&kept) }))
                .personal("profile", &text);
            audit::record(tx, &event).await?;
            Ok(())
        })
        .await?;
    Ok(after)
}

/// Without blanks around texts, and without empty ones. Forms end lines by CR LF.
fn tidied(input: &Profile) -> Profile {
    let text = |text: &Option<String>| {
        text.as_ref().map(|text| text.trim().replace("\r\n", "\n")).filter(|text| !text.is_empty())
    };
    let address = input.address.as_ref().map(|address| PostalAddress {
        street_address: text(&address.street_address),
        locality: text(&address.locality),
        region: text(&address.region),
        postal_code: text(&address.postal_code),
        country: text(&address.country),
    });
    Profile {
        given_name: text(&input.given_name),
        family_name: text(&input.family_name),
        nickname: text(&input.nickname),
        preferred_username: text(&input.preferred_username),
        picture: text(&input.picture),
        website: text(&input.website),
        birthdate: text(&input.birthdate),
        locale: text(&input.locale),
        // As people write numbers.
        phone_number: text(&input.phone_number).map(|number| number.replace([' ', '-', '(', ')'], "")),
        address: address.filter(|address| *address != PostalAddress::default()),
    }
}

/// Which fields there are, for the audit log; the values are personal.
fn names(profile: &Profile) -> Vec<String> {
    match serde_json::to_value(profile) {
        Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}
