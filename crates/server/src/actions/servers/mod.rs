//! Authorization servers: made and edited. None is ever deleted: its issuer stands in tokens and in others' settings.

mod applications;
mod create;
mod edit;

use gatehouse_core::oauth::authorization_server::{AuthorizationServer, Lifetimes};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{apis, authorization_servers};
use serde::Deserialize;
use utoipa::ToSchema;

pub use applications::{admit, exclude, list_applications};
pub use create::{NewServer, create};
pub use edit::{EditServer, edit};

use super::ActionError;
use crate::context::Context;

/// Lifetimes in seconds; what is left out stays as it is, or becomes the default.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LifetimesInput {
    /// Access token: 60 to 86400, 3600 by default.
    pub access_token: Option<i64>,
    /// ID token: 60 to 86400, 3600 by default.
    pub id_token: Option<i64>,
    /// Authorization code: 10 to 600, 60 by default.
    pub code: Option<i64>,
    /// Refresh token without use: one hour to one year, 30 days by default.
    pub refresh_token_idle: Option<i64>,
    /// Refresh token altogether: one hour to ten years, one year by default.
    pub refresh_token_absolute: Option<i64>,
    /// How long a rotated refresh token gives the same successor: 0 to 300, 30 by default.
    pub refresh_token_leeway: Option<i64>,
    /// Pushed authorization request: 60 to 600, 90 by default.
    pub pushed_authorization_request: Option<i64>,
    /// Device code and user code: 60 to 1800, 600 by default.
    pub device_code: Option<i64>,
    /// Browser session without use: 5 minutes to 12 hours, which is the default.
    pub session_idle: Option<i64>,
    /// Browser session altogether: 5 minutes to 7 days, which is the default.
    pub session_absolute: Option<i64>,
}

impl LifetimesInput {
    fn over(self, base: Lifetimes) -> Lifetimes {
        Lifetimes {
            access_token: self.access_token.unwrap_or(base.access_token),
            id_token: self.id_token.unwrap_or(base.id_token),
            code: self.code.unwrap_or(base.code),
            refresh_token_idle: self.refresh_token_idle.unwrap_or(base.refresh_token_idle),
            refresh_token_absolute: self.refresh_token_absolute.unwrap_or(base.refresh_token_absolute),
            refresh_token_leeway: self.refresh_token_leeway.unwrap_or(base.refresh_token_leeway),
            pushed_authorization_request: self
                .pushed_authorization_request
                .unwrap_or(base.pushed_authorization_request),
            device_code: self.device_code.unwrap_or(base.device_code),
            session_idle: self.session_idle.unwrap_or(base.session_idle),
            session_absolute: self.session_absolute.unwrap_or(base.session_absolute),
        }
    }
}

/// All servers, in order of id.
pub async fn list(ctx: &Context) -> Result<Vec<AuthorizationServer>, ActionError> {
    Ok(ctx.db.read(async |tx: &mut Tx| authorization_servers::all(tx).await).await?)
}

/// One server.
pub async fn get(ctx: &Context, id: &str) -> Result<AuthorizationServer, ActionError> {
    let wanted = id.to_owned();
    let found = ctx.db.read(async move |tx: &mut Tx| authorization_servers::find(tx, &wanted).await).await?;
    found.ok_or_else(|| ActionError::not_found("authorization server", id))
}

/// Audiences are unique over servers and APIs, since both stand in `aud`.
async fn check_audience_free(tx: &mut Tx, audience: &str) -> Result<(), ActionError> {
    if apis::find_by_audience(tx, audience).await?.is_some() { Err(audience_taken()) } else { Ok(()) }
}

fn taken(error: DbError) -> ActionError {
    if error.is_constraint(authorization_servers::AUDIENCE_TAKEN) {
        audience_taken()
    } else if error.is_constraint(authorization_servers::ID_TAKEN) {
        ActionError::conflict("server_exists", "there is an authorization server of this id already")
    } else {
        error.into()
    }
}

fn audience_taken() -> ActionError {
    ActionError::conflict("audience_taken", "another authorization server or API has this audience")
}

#[cfg(test)]
mod tests;
