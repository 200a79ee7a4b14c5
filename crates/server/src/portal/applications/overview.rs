//! `GET /applications/{id}`: an application at one look, and what to do next.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState};
use gatehouse_core::portal::client_secret::ClientSecret;
use gatehouse_core::portal::client_secret_slot::SlotState;
use gatehouse_core::time::Timestamp;
use http::StatusCode;

use super::changes::ChangeShown;
use super::first_call::{Arrival, FirstCall, Sight, first_call};
use super::head::{Head, Tab};
use super::{refused, words};
use crate::actions::applications::{self, Access, Overview};
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
    /// Where it sends customers; empty for one that signs nobody in.
    issuer: String,
    /// The same and what else a sign-in needs, as environment.
    sign_in_env: String,
    arrival: Arrival,
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
        sign_in_env: sign_in_env(app, overview, &issuer(app, overview)),
        issuer: issuer(app, overview),
        arrival: Arrival::new(overview.application.id, overview.calls),
        overview,
    };
    page::private(StatusCode::OK, &page)
}

fn issuer(app: &App, overview: &Overview) -> String {
    if !overview.application.application_type.may_use(GrantType::AuthorizationCode) {
        return String::new();
    }
    let server = overview.access.first().map_or("default", |access| access.api.server_id.as_str());
    format!("{}/oauth2/{server}", app.config.issuer_url)
}

/// What *Sign a customer in* reads, with this application's values; nothing before it has a redirect URI.
fn sign_in_env(app: &App, overview: &Overview, issuer: &str) -> String {
    let application = &overview.application;
    let Some(redirect_uri) = application.redirect_uris.first() else { return String::new() };
    let secret = match application.application_type.is_confidential() {
        true => "WEB_CLIENT_SECRET=''\n",
        false => "",
    };
    format!(
        "ISSUER={issuer}\nTOKEN_URL={issuer}/v1/token\nAPI_URL={}\nWEB_CLIENT_ID={}\n{secret}WEB_REDIRECT_URI='{}'\n",
        app.config.api_url,
        application.client_id,
        redirect_uri.replace('\'', "%27")
    )
}

fn next(overview: &Overview, now: Timestamp, zone: &str) -> Next {
    let is_confidential = overview.application.application_type.is_confidential();
    let slot = overview.secrets.slot.as_ref().filter(|slot| slot.state_at(now) == SlotState::Open);
    let has_access = overview.access.iter().any(|access| access.entitlement.effective_scopes(now).next().is_some());
    if let Some(slot) = slot {
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
