//! `/applications/{id}/secrets/collect`: the secret of an approval, shown once. Looking uses nothing up, so link scanners
//! do no harm; the POST uses the slot up in one conditional statement, and its answer is the only page that ever holds
//! the secret.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId, SecretSlotId};
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::client_secret_slot::SlotState;
use http::StatusCode;

use super::first_call::{FirstCall, Sight, first_call};
use super::head::{Head, Tab};
use super::{fields, refused};
use crate::actions::ActionError;
use crate::actions::applications::{self, Environment, Overview, Secrets};
use crate::actions::client_secrets::{self, CreatedSecret};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

#[derive(Template)]
#[template(path = "applications/collect.html")]
struct Waiting<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    state: SlotState,
    slot: SecretSlotId,
    ends: Moment,
    collected: Option<Moment>,
    collected_by: &'a str,
}

/// The one page with a secret: no `Debug`.
#[derive(Template)]
#[template(path = "applications/secret_shown.html")]
struct Shown<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    client_id: &'a str,
    secret: &'a str,
    env: &'a str,
    first: FirstCall,
    /// Another secret is in use, which may be what this one is made to replace.
    has_others: bool,
}

/// Says what waits, or who came first.
pub async fn get(
    State(app): State<AppState>,
    mut signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    signed_in.has_seen(&app, &format!("/applications/{id}/secrets")).await;
    waiting(&app, &signed_in, id, StatusCode::OK, request_id).await
}

/// Makes the secret and shows it.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [slot] = match fields(&app, request, ["slot"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let Ok(slot) = slot.parse() else { return crate::portal::failed::form_refused(StatusCode::BAD_REQUEST) };
    // Read first: once the secret is made nothing may stand between it and its reader.
    let overview = match applications::overview(&app.ctx, &signed_in.actor, id).await {
        Ok(overview) => overview,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    match client_secrets::collect(&app.ctx, &signed_in.actor, (id, slot)).await {
        Ok(made) => shown(&app, &signed_in, &overview, &made).await,
        Err(ActionError::Conflict { code: "slot_collected" | "slot_lapsed", .. }) => {
            waiting(&app, &signed_in, id, StatusCode::CONFLICT, request_id).await
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// The page with a new secret. It is kept by nobody, and no link from it tells where it was.
pub(super) async fn shown(app: &App, signed_in: &SignedIn, overview: &Overview, made: &CreatedSecret) -> Response {
    let first = first_call(app, overview).await;
    let addresses = (app.config.issuer_url.as_str(), app.config.api_url.as_str());
    let environment = Environment::of(overview, addresses, app.ctx.now());
    let env = environment.with(&made.client_id, &made.text);
    let page = Shown {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, &overview.application, Tab::Secrets),
        client_id: &made.client_id,
        secret: made.text.expose(),
        env: env.expose(),
        first,
        has_others: overview.secrets.secrets.iter().any(|other| other.usable_at(app.ctx.now())),
    };
    page::no_referrer(page::private(StatusCode::OK, &page))
}

async fn waiting(
    app: &App,
    signed_in: &SignedIn,
    id: ApplicationId,
    status: StatusCode,
    request_id: RequestId,
) -> Response {
    match applications::secrets(&app.ctx, &signed_in.actor, id).await {
        Ok((application, secrets)) => said(app, signed_in, (&application, &secrets), status, request_id),
        Err(error) => refused(signed_in, &error, request_id),
    }
}

fn said(
    app: &App,
    signed_in: &SignedIn,
    (application, secrets): (&Application, &Secrets),
    status: StatusCode,
    request_id: RequestId,
) -> Response {
    let Some(slot) = &secrets.slot else {
        return refused(signed_in, &ActionError::not_found("secret to collect", application.id), request_id);
    };
    let now = app.ctx.now();
    let moment = |at| Moment::new(at, now, &signed_in.user.time_zone);
    let by = slot.collected_by.and_then(|user| secrets.people.get(&user));
    let page = Waiting {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, application, Tab::Secrets),
        state: slot.state_at(now),
        slot: slot.id,
        ends: moment(slot.expires_at),
        collected: slot.collected_at.map(moment),
        collected_by: by.map_or("somebody who is gone", String::as_str),
    };
    page::private(status, &page)
}
