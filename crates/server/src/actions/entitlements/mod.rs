//! Entitlements: granting scopes of an API to an application, and taking them away again, scope by scope.

mod change;
mod grant;
mod show;

use gatehouse_core::oauth::revocation::Predicate;
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::entitlement::{Entitlement, EntitlementError};
use gatehouse_store::apis;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;

pub use change::{ScopeChange, Transition, change_scopes, set_quota};
pub(super) use grant::{Grants, by_name, grant_in};
pub use grant::{NewEntitlement, grant};
pub use show::list;

use super::{ActionError, FieldError, revoking};
use crate::context::Context;

/// An API by id or slug.
pub(super) async fn find_api(tx: &mut Tx, text: &str) -> Result<Api, ActionError> {
    let found = match text.parse() {
        Ok(id) => apis::find(tx, id).await?,
        Err(_) => apis::find_by_slug(tx, text).await?,
    };
    found.ok_or_else(|| ActionError::not_found("API", text))
}

fn refused(error: &EntitlementError) -> ActionError {
    ActionError::conflict(error.code(), error.to_string())
}

/// Calls per window: from 1, or the plan's own.
fn check_quota(limit: Option<i64>) -> Result<(), FieldError> {
    match limit {
        Some(limit) if !(1..=1_000_000_000).contains(&limit) => {
            let message = "must be between 1 and 1000000000 calls per window of the plan; null takes the plan's own";
            Err(FieldError::new("quota_limit", "out_of_range", message))
        }
        _ => Ok(()),
    }
}

fn tokens_of(application: &Application, api: &Api) -> Predicate {
    Predicate::ApplicationApi { client_id: application.client_id.clone(), audience: api.audience.clone() }
}

/// Tells the data plane, and makes the tokens that are out follow: while nothing is effective none may pass; when
/// scopes were taken away and others stay, the application asks for new tokens.
async fn follow(
    tx: &mut Tx,
    ctx: &Context,
    (application, api): (&Application, &Api),
    (before, after): (Option<&Entitlement>, &Entitlement),
) -> Result<(), ActionError> {
    let now = ctx.now();
    tx.change(Topic::Application, &application.client_id);
    let effective = |name: &str| after.scope(name).is_some_and(|scope| scope.effective_at(now));
    let lost = before.is_some_and(|before| before.effective_scopes(now).any(|name| !effective(name)));
    let had_none = before.is_none_or(|before| before.effective_scopes(now).next().is_none());
    let has_none = after.effective_scopes(now).next().is_none();
    match (had_none, has_none) {
        (false, true) => revoking::revoke_all(tx, ctx, tokens_of(application, api)).await?,
        (true, false) => revoking::let_live(tx, ctx, &tokens_of(application, api)).await?,
        _ if lost => revoking::revoke_issued(tx, ctx, tokens_of(application, api)).await?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
