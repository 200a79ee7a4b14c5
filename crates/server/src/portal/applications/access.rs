//! `GET /applications/{id}/access`: what the application may do, API by API and scope by scope.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::portal::api::ApiState;
use gatehouse_core::time::Timestamp;
use http::StatusCode;

use super::head::{Head, Tab};
use super::words::{self, Badge};
use super::{Done, refused};
use crate::actions::applications::{self, Access, Overview};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::requests;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

const SENTENCES: [(&str, &str); 1] = [("given-up", "The access was given up. Tokens with it are refused from now on.")];

#[derive(Template)]
#[template(path = "applications/access.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    application: ApplicationId,
    overview: &'a Overview,
    apis: Vec<Api<'a>>,
}

struct Api<'a> {
    slug: &'a str,
    name: &'a str,
    quota: String,
    is_raised: bool,
    is_offered: bool,
    can_give_up: bool,
    scopes: Vec<Scope<'a>>,
}

struct Scope<'a> {
    name: &'a str,
    sentence: &'a str,
    mark: &'static str,
    state: Badge,
    since: Moment,
    until: Option<Moment>,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    Query(done): Query<Done>,
) -> Response {
    let overview = match applications::overview(&app.ctx, &signed_in.actor, id).await {
        Ok(found) => found,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let now = app.ctx.now();
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(&signed_in, &overview.application, Tab::Access).done(&done.done, &SENTENCES),
        application: id,
        overview: &overview,
        apis: overview.access.iter().map(|access| api(access, now, &signed_in.user.time_zone)).collect(),
    };
    page::private(StatusCode::OK, &page)
}

fn api<'a>(access: &'a Access, now: Timestamp, zone: &str) -> Api<'a> {
    let plan = access.api.plan;
    let scope = |held: &'a gatehouse_core::portal::entitlement::EntitledScope| {
        let known = access.scopes.iter().find(|scope| scope.id == held.scope_id);
        Scope {
            name: &held.scope,
            sentence: known.map_or("", |scope| scope.sentence.as_str()),
            mark: known.map_or("", |scope| requests::words::sensitivity(scope.sensitivity)),
            state: words::scope_state(held.state_at(now)),
            since: Moment::new(held.granted_at, now, zone),
            until: held.ended_at.or(held.expires_at).map(|at| Moment::new(at, now, zone)),
        }
    };
    Api {
        slug: &access.api.slug,
        name: &access.api.name,
        quota: words::quota(access.entitlement.quota_limit.unwrap_or(plan.limit), plan),
        is_raised: access.entitlement.quota_limit.is_some(),
        is_offered: access.api.state == ApiState::Published,
        can_give_up: access.entitlement.scopes.iter().any(|scope| words::stands(scope.state_at(now))),
        scopes: access.entitlement.scopes.iter().map(scope).collect(),
    }
}
