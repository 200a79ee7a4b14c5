//! The first call of an application: the two commands that make it, and whether it has arrived.
//! `GET /applications/{id}/first-call` is the part of the page that a script asks for while it is looked at.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::openapi::reference::{self, OperationText};
use gatehouse_store::usage::Sums;
use http::StatusCode;

use super::{refused, words};
use crate::actions::apis::published;
use crate::actions::applications::{self, Environment, Overview};
use crate::portal::apis::samples::{self, Sample, Values};
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

/// What the commands are made of.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstCall {
    /// Gets a token; empty when the application cannot by itself.
    pub(super) token: Vec<Sample>,
    /// Calls the API with it; empty when nobody knows what to call.
    pub(super) call: Vec<Sample>,
    /// Whose data the tokens see.
    pub(super) sight: Sight,
    /// The gate sees the calls; else they go straight to the API.
    pub(super) is_through_gate: bool,
    /// Where the API is described.
    pub(super) api: Option<(String, String)>,
}

/// What the application's own tokens see; with nothing to see every call for data answers 404.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Sight {
    /// It has no API user.
    #[default]
    NoApiUser,
    /// Its API user is in no workspace; name and address, so that its owners know whom to invite.
    NoWorkspace(String, String),
    /// Something.
    Workspaces,
}

/// Whether calls have arrived.
#[derive(Template)]
#[template(path = "applications/first_call.html")]
pub(super) struct Arrival {
    address: String,
    accepted: String,
    refused: String,
    has_accepted: bool,
    has_refused: bool,
    /// The gate let something through.
    has_passed: bool,
}

impl Arrival {
    pub(super) fn new(id: ApplicationId, sums: Sums) -> Self {
        let (accepted, refused) = (sums.answered(), sums.refused + sums.failed);
        Self {
            address: format!("/applications/{id}"),
            accepted: words::number(accepted),
            refused: words::number(refused),
            has_accepted: accepted > 0,
            has_refused: refused > 0,
            has_passed: sums.failed > 0,
        }
    }
}

/// The part of the page, by itself.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match applications::calls(&app.ctx, &signed_in.actor, id).await {
        Ok(sums) => page::private(StatusCode::OK, &Arrival::new(id, sums)),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// The commands for the first API that the application may call by itself. Without its description there is a token to
/// get and nothing to call.
pub(super) async fn first_call(app: &App, overview: &Overview) -> FirstCall {
    let now = app.ctx.now();
    let environment = Environment::of(overview, (&app.config.issuer_url, &app.config.api_url), now);
    let found = applications::for_programs(overview, now).filter(|_| !environment.scope.is_empty());
    let Some((access, scopes)) = found else { return FirstCall::default() };
    let values = Values {
        token_url: &environment.token_url,
        api_url: &environment.api_url,
        client_id: &overview.application.client_id,
        scope: &scopes[0],
    };
    FirstCall {
        token: samples::token(&values),
        call: call(app, &access.api, &values).await,
        is_through_gate: access.api.upstream.is_some(),
        api: Some((access.api.slug.clone(), access.api.name.clone())),
        sight: sight(overview),
    }
}

fn sight(overview: &Overview) -> Sight {
    match &overview.api_user {
        None => Sight::NoApiUser,
        Some(_) if overview.workspaces > 0 => Sight::Workspaces,
        Some(user) => Sight::NoWorkspace(user.name.clone(), user.email.as_typed().to_owned()),
    }
}

/// The documentation's own samples where they know the API, else its first operation that only reads.
async fn call(app: &App, api: &Api, values: &Values<'_>) -> Vec<Sample> {
    let Ok(published) = published(&app.ctx, &api.slug).await else { return Vec::new() };
    let version = published.versions.iter().find(|version| version.sunset_at.is_none());
    let Some(reference) = version.and_then(|version| reference::read(&version.document).ok()) else {
        return Vec::new();
    };
    let operations: Vec<&OperationText> = reference.groups.iter().flat_map(|group| &group.operations).collect();
    let known = samples::call(values, &operations);
    if !known.is_empty() {
        return known;
    }
    let reads = operations.iter().find(|operation| operation.method.as_str() == "GET");
    let base = (values.api_url, samples::header_of(api));
    let curl = |operation: &&OperationText| Sample { language: "curl", text: samples::curl(base, operation) };
    reads.map(curl).into_iter().collect()
}
