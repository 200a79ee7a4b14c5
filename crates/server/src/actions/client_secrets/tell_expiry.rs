//! Tells those who look after an application that one of its secrets ends soon by its date: 14, 7 and 1 days before,
//! each once whatever restarts. A secret that lives shorter than that hears only of what is left.

use std::time::Duration;

use gatehouse_core::portal::application::{Application, ApplicationState};
use gatehouse_core::portal::client_secret::{ClientSecret, DAYS_TOLD};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{applications, audit, client_secrets};
use serde_json::json;

use crate::actions::events::event;
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;
use crate::mail::texts::Text;

/// Secrets of one look.
const AT_ONCE: i64 = 100;
const DAY: u64 = 86_400;

/// Tells of up to 100 secrets for each number of days; how many it has settled. The most urgent come first: whoever is
/// told of one day is not told of fourteen afterwards.
pub async fn tell_expiry(ctx: &Context) -> Result<usize, ActionError> {
    let (mut settled, now) = (0, ctx.now());
    for days in DAYS_TOLD {
        let due = ctx.db.read(async move |tx| client_secrets::ending_untold(tx, days, now, AT_ONCE).await).await?;
        for secret in due {
            let one = ctx.clone();
            settled += usize::from(ctx.db.write(async move |tx| tell(tx, &one, &secret, days).await).await?);
        }
    }
    Ok(settled)
}

/// `false` when another node was faster.
async fn tell(tx: &mut Tx, ctx: &Context, secret: &ClientSecret, days: u32) -> Result<bool, ActionError> {
    let (Some(end), now) = (secret.expires_at, ctx.now()) else { return Ok(false) };
    if !client_secrets::set_told(tx, secret.id, days).await? {
        return Ok(false);
    }
    let Some(application) = applications::find(tx, secret.application_id).await? else { return Ok(true) };
    if application.state == ApplicationState::Deleted || !secret.usable_at(now) {
        return Ok(true);
    }
    notices::tell_maintainers(tx, ctx, application.organization_id, &notice(&application, secret, (now, end))).await?;
    let actor = Actor { kind: ActorKind::System("secrets"), request_id: None, address: None };
    let event = event(ctx, &actor, "client_secret.expiry_told", "client_secret", secret.id)
        .after(json!({ "application_id": application.id, "days": days, "expires_at": end }));
    audit::record(tx, &event).await?;
    Ok(true)
}

fn notice(application: &Application, secret: &ClientSecret, (now, end): (Timestamp, Timestamp)) -> Notice {
    Notice::new(Text::SecretExpires, format!("/applications/{}/secrets", application.id))
        .with("application", application.name.as_str())
        .with("client_id", application.client_id.as_str())
        .with("secret_name", secret.name.as_str())
        .with("last_four", secret.last_four.as_str())
        .with("remaining", remaining(end.since(now)))
        .at("until", end)
}

/// What is left, which is less than announced when nobody could be told in time.
fn remaining(left: Duration) -> String {
    match left.as_secs().div_ceil(DAY) {
        0 | 1 => "a day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_in_words() {
        for (seconds, expected) in [(10, "a day"), (DAY, "a day"), (DAY + 1, "2 days"), (14 * DAY, "14 days")] {
            assert_eq!(remaining(Duration::from_secs(seconds)), expected);
        }
    }
}
