//! `GET /applications`: the applications of the reader's organizations.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::portal::application::{ApplicationState, Environment};
use gatehouse_core::time::Timestamp;
use gatehouse_store::application_summaries::ApplicationSummary;
use http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded;

use super::words::{self, Badge};
use crate::actions::applications;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

/// Applications of one page.
const ON_A_PAGE: usize = 50;

/// What may stand behind the `?`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Wanted {
    /// Part of a name, client id, API or organization.
    #[serde(default)]
    q: String,
    /// One of [`FILTERS`].
    #[serde(default)]
    show: String,
    /// From 1 on.
    #[serde(default)]
    page: Option<usize>,
    #[serde(default)]
    done: String,
}

/// Word of the address, words of the link, who is shown.
type Filter = (&'static str, &'static str, fn(&ApplicationSummary) -> bool);

const FILTERS: [Filter; 5] = [
    ("", "All", |_| true),
    ("production", "Production", |line| line.environment == Environment::Production),
    ("sandbox", "Sandbox", |line| line.environment == Environment::Sandbox),
    ("attention", "Needs attention", words::needs_attention),
    ("suspended", "Suspended", |line| line.state == ApplicationState::Suspended),
];

#[derive(Template)]
#[template(path = "applications/list.html")]
struct List<'a> {
    chrome: Chrome<'a>,
    q: &'a str,
    show: &'a str,
    filters: Vec<FilterLink>,
    lines: Vec<Line<'a>>,
    has_any: bool,
    has_organizations: bool,
    is_deleted: bool,
    found: usize,
    previous: String,
    next: String,
}

struct FilterLink {
    address: String,
    words: &'static str,
    count: usize,
    is_here: bool,
}

struct Line<'a> {
    summary: &'a ApplicationSummary,
    state: Badge,
    secret: String,
    last_used: Option<Moment>,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let all = match applications::mine(&app.ctx, &signed_in.actor).await {
        Ok(all) => all,
        Err(error) => return super::refused(&signed_in, &error, request_id),
    };
    let matching: Vec<&ApplicationSummary> = all.iter().filter(|line| matches(line, &wanted.q)).collect();
    let shown = FILTERS.iter().find(|(word, ..)| *word == wanted.show).unwrap_or(&FILTERS[0]);
    let filters = FILTERS.iter().map(|(word, words, fits)| FilterLink {
        address: address(&wanted.q, word, 1),
        words,
        count: matching.iter().filter(|line| fits(line)).count(),
        is_here: *word == shown.0,
    });
    let found: Vec<_> = matching.iter().filter(|line| shown.2(line)).collect();
    let pages = found.len().div_ceil(ON_A_PAGE).max(1);
    let here = wanted.page.unwrap_or(1).clamp(1, pages);
    let (now, zone) = (app.ctx.now(), signed_in.user.time_zone.as_str());
    let lines = found.iter().skip((here - 1) * ON_A_PAGE).take(ON_A_PAGE).map(|line| self::line(line, now, zone));
    let other =
        |page: usize| if (1..=pages).contains(&page) { address(&wanted.q, shown.0, page) } else { String::new() };
    let list = List {
        chrome: signed_in.chrome(Section::Applications),
        q: &wanted.q,
        show: shown.0,
        filters: filters.collect(),
        lines: lines.collect(),
        has_any: !all.is_empty(),
        has_organizations: !signed_in.organizations.is_empty(),
        is_deleted: wanted.done == "deleted",
        found: found.len(),
        previous: other(here - 1),
        next: other(here + 1),
    };
    page::private(StatusCode::OK, &list)
}

/// Every word of the search is somewhere in it.
fn matches(line: &ApplicationSummary, q: &str) -> bool {
    let mut text = format!("{} {} {} {}", line.name, line.organization, line.application_type, line.apis.join(" "));
    text = text.to_lowercase();
    let is_there = |word: &str| text.contains(&word.to_lowercase()) || line.client_id.contains(word);
    q.split_whitespace().take(10).all(is_there)
}

fn address(q: &str, show: &str, page: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("q", q), ("show", show)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    if page > 1 {
        query.append_pair("page", &page.to_string());
    }
    let query = query.finish();
    if query.is_empty() { "/applications".to_owned() } else { format!("/applications?{query}") }
}

fn line<'a>(summary: &'a ApplicationSummary, now: Timestamp, zone: &str) -> Line<'a> {
    let moment = |at| Moment::new(at, now, zone);
    let secret = match (summary.secret_created_at, summary.secret_ends_at) {
        (_, Some(ends)) if summary.secrets > 1 => format!("{}, one until {}", summary.secrets, moment(ends).day()),
        (_, Some(ends)) => format!("Until {}", moment(ends).day()),
        (Some(made), None) if summary.secrets > 1 => format!("{}, one of {}", summary.secrets, moment(made).day()),
        (Some(made), None) => format!("Made {}", moment(made).distance()),
        (None, None) if summary.application_type.is_confidential() => "None".to_owned(),
        (None, None) => "Needs none".to_owned(),
    };
    Line { summary, state: words::standing(summary), secret, last_used: summary.last_used_at.map(moment) }
}

impl Line<'_> {
    fn application_type(&self) -> &'static str {
        words::application_type(self.summary.application_type)
    }

    fn is_sandbox(&self) -> bool {
        self.summary.environment == Environment::Sandbox
    }

    fn calls(&self) -> String {
        words::number(self.summary.calls)
    }
}
