//! `GET /applications/{id}`: an application at one look, and what to do next.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState};
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_core::portal::client_secret::ClientSecret;
use gatehouse_core::portal::client_secret_slot::SlotState;
use gatehouse_core::time::Timestamp;
use http::StatusCode;

use super::changes::ChangeShown;
use super::first_call::{Arrival, FirstCall, Sight, first_call};
use super::head::{Head, Tab};
use super::{refused, words};
use crate::actions::applications::{self, Access, Environment, Overview};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

#[derive(Template)]
#[template(path = "applications/overview.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    overview: &'a Overview,
    next: Next,
    /// The first call is what is missing.
    is_first: bool,
    access: Vec<Line<'a>>,
    waiting: Vec<ChangeShown>,
    secrets: usize,
    made: Moment,
    first: FirstCall,
    signs_in: bool,
    is_native: bool,
    /// The reference of the open request that asks what people may be asked for; empty without one.
    asks_people: &'a str,
    /// Where it sends customers.
    issuer: String,
    /// The same and what else a sign-in needs, as environment.
    sign_in_env: String,
    arrival: Arrival,
}

impl Page<'_> {
    /// Of an application without access: what is so, and what to do.
    fn no_access(&self) -> (&'static str, &'static str) {
        match self.overview.access.is_empty() {
            true => (
                "This application may call no API yet.",
                "Find the API that you want to use and request access for it.",
            ),
            false => (
                "This application may call no API any more.",
                "What it had was given up, revoked, or has run out. Request access again.",
            ),
        }
    }
}

/// The one thing to do next.
enum Next {
    /// The secret waits until then.
    Collect(Moment),
    /// It may call and has no secret.
    Generate,
    /// Nothing was asked for yet.
    Request,
    /// The last request was declined, or had no answer; the last word says which.
    AskAgain { reference: String, became: &'static str },
    /// Reviewers have the word, or the developer has to answer.
    Review { reference: String, is_asked: bool },
    /// Everything is there but a call.
    Call,
    /// Nothing.
    Nothing,
}

struct Line<'a> {
    slug: &'a str,
    name: &'a str,
    scopes: Vec<&'a str>,
    quota: String,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    mut signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    signed_in.has_seen_only(&app, &format!("/applications/{id}")).await;
    match applications::overview(&app.ctx, &signed_in.actor, id).await {
        Ok(overview) => show(&app, &signed_in, &overview).await,
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

async fn show(app: &App, signed_in: &SignedIn, overview: &Overview) -> Response {
    let (now, zone) = (app.ctx.now(), signed_in.user.time_zone.as_str());
    let environment = Environment::of(overview, (&app.config.issuer_url, &app.config.api_url), now);
    let lines = overview.access.iter().map(|access| line(access, now)).filter(|line| !line.scopes.is_empty());
    let next = next(overview, now, zone);
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, &overview.application, Tab::Overview),
        is_first: matches!(next, Next::Call),
        next,
        access: lines.collect(),
        waiting: ChangeShown::all(&overview.changes, now, zone),
        secrets: usable(overview, now).count(),
        made: Moment::new(overview.application.created_at, now, zone),
        first: first_call(app, overview).await,
        sign_in_env: environment.without_secret(&overview.application),
        is_native: overview.application.application_type == ApplicationType::Native,
        asks_people: asks_people(overview),
        signs_in: overview.application.application_type.may_use(GrantType::AuthorizationCode),
        issuer: environment.issuer,
        arrival: Arrival::new(overview.application.id, overview.calls),
        overview,
    };
    page::private(StatusCode::OK, &page)
}

fn asks_people(overview: &Overview) -> &str {
    let asking = overview.open_requests.iter().find(|request| !request.sign_in_scopes.is_empty());
    asking.map_or("", |request| request.reference.as_str())
}

fn next(overview: &Overview, now: Timestamp, zone: &str) -> Next {
    let is_confidential = overview.application.application_type.is_confidential();
    let slot = overview.secrets.slot.as_ref().filter(|slot| slot.state_at(now) == SlotState::Open);
    let has_access = overview.access.iter().any(|access| access.entitlement.effective_scopes(now).next().is_some());
    if let Some(slot) = slot.filter(|_| has_access) {
        return Next::Collect(Moment::new(slot.expires_at, now, zone));
    }
    if !has_access {
        return match overview.open_requests.last() {
            Some(request) => {
                Next::Review { reference: request.reference.clone(), is_asked: request.asked_at.is_some() }
            }
            None => match &overview.in_vain {
                Some(request) => Next::AskAgain { reference: request.reference.clone(), became: became(request, now) },
                None => Next::Request,
            },
        };
    }
    if is_confidential && usable(overview, now).next().is_none() {
        return Next::Generate;
    }
    if is_confidential && overview.calls.answered() == 0 { Next::Call } else { Next::Nothing }
}

fn became(request: &AccessRequest, now: Timestamp) -> &'static str {
    match request.state_at(now) {
        AccessRequestState::Declined => "declined",
        _ => "closed, because a question had no answer",
    }
}

fn usable(overview: &Overview, now: Timestamp) -> impl Iterator<Item = &ClientSecret> {
    overview.secrets.secrets.iter().filter(move |secret| secret.usable_at(now))
}

fn line(access: &Access, now: Timestamp) -> Line<'_> {
    let limit = access.entitlement.quota_limit.unwrap_or(access.api.plan.limit);
    Line {
        slug: &access.api.slug,
        name: &access.api.name,
        scopes: access.entitlement.effective_scopes(now).collect(),
        quota: words::quota(limit, access.api.plan),
    }
}
