//! What every installation has from its first start on: the authorization server `default` with keys, and the built-in
//! Results API in the catalogue.

use gatehouse_core::portal::api::{ApiState, ReviewPolicy};
use gatehouse_core::portal::scope::Sensitivity;

use crate::actions::apis::{self, JsonText, NewApi, ScopeInput};
use crate::actions::servers::{self, LifetimesInput, NewServer};
use crate::actions::{ActionError, Actor, keys};
use crate::context::Context;
use crate::results;

/// The authorization server that is always there.
pub const SERVER: &str = "default";
/// The Results API's name in addresses.
pub const RESULTS: &str = "results";

/// Makes what is missing, and refuses when signing keys cannot be opened. An operator who wants none of it retires it; what is there is left as it is.
pub async fn ensure(ctx: &Context, actor: &Actor) -> Result<(), ActionError> {
    match servers::get(ctx, SERVER).await {
        Err(ActionError::NotFound { .. }) => unless_just_made(servers::create(ctx, actor, default_server()).await)?,
        found => drop(found?),
    }
    keys::check_readable(ctx).await?;
    match apis::get_by_slug(ctx, RESULTS).await {
        Err(ActionError::NotFound { .. }) => unless_just_made(apis::create(ctx, actor, results_api()).await),
        found => found.map(drop),
    }
}

/// Another node that starts at the same time may be first.
fn unless_just_made<T>(made: Result<T, ActionError>) -> Result<(), ActionError> {
    match made {
        Ok(_) | Err(ActionError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn default_server() -> NewServer {
    NewServer {
        id: SERVER.to_owned(),
        name: "Default".to_owned(),
        audience: "api://default".to_owned(),
        access_token_signing_alg: None,
        open_to: None,
        lifetimes: LifetimesInput::default(),
        key_rotation_interval: None,
    }
}

fn results_api() -> NewApi {
    NewApi {
        document: JsonText::from_text(results::OPENAPI.to_owned()),
        audience: "api://results".to_owned(),
        server: Some(SERVER.to_owned()),
        slug: Some(RESULTS.to_owned()),
        name: None,
        description: None,
        label: None,
        upstream: Some(results::UPSTREAM.to_owned()),
        plan: None,
        scopes: vec![
            ScopeInput { sensitivity: Some(Sensitivity::Sensitive), ..titled("public_api.read", "Read all results") },
            titled("studies:read", "Read tests, sessions and scores"),
        ],
        review_policy: ReviewPolicy::default(),
        request_questions: Vec::new(),
        terms_url: None,
        state: Some(ApiState::Published),
    }
}

fn titled(name: &str, title: &str) -> ScopeInput {
    ScopeInput { title: Some(title.to_owned()), ..ScopeInput::named(name.to_owned()) }
}
