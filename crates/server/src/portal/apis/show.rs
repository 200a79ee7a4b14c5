//! `GET /apis/{slug}`: what an API is for, what it takes to use it, and its reference; `GET /apis/{slug}/openapi.json`:
//! the document behind it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::api::{Api, ApiVersion};
use gatehouse_core::portal::openapi::origin;
use gatehouse_core::portal::openapi::reference::{self as document, OperationText};
use gatehouse_core::portal::scope::Scope;
use http::{StatusCode, header};
use serde::Deserialize;

use super::clients::clients;
use super::reference::{GroupView, view};
use super::samples::{self, Sample, Values};
use super::words;
use crate::actions::ActionError;
use crate::actions::apis::{Published, published};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::markdown::lead_and_rest;
use crate::portal::moment::Moment;
use crate::portal::visitor::Visitor;
use crate::portal::{failed, not_found, page};
use crate::state::{App, AppState};

/// Characters of the first paragraph that still stand below the title.
const LONGEST_LEAD: usize = 280;

/// What may stand behind the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    version: Option<String>,
    client: Option<String>,
}

#[derive(Template)]
#[template(path = "apis/show.html")]
struct Show<'a> {
    chrome: Chrome<'a>,
    api: &'a Api,
    lead: String,
    description_html: String,
    plan: String,
    issuer: String,
    token_url: String,
    api_url: String,
    scopes: Vec<ScopeView<'a>>,
    versions: Vec<VersionView<'a>>,
    clients: Vec<Choice>,
    token_samples: Vec<Sample>,
    call_samples: Vec<Sample>,
    groups: Vec<GroupView>,
    is_whole: bool,
}

struct ScopeView<'a> {
    name: &'a str,
    title: &'a str,
    sentence: &'a str,
    sensitivity: (&'static str, &'static str),
    who_asks: &'static str,
}

struct VersionView<'a> {
    label: &'a str,
    state: (&'static str, &'static str),
    sunset: Option<Moment>,
    place: Place,
}

/// Whether a version is the one that is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    Elsewhere,
}

/// The page; 404 for an API that is not published and for a version that is not served.
pub async fn get(
    State(app): State<AppState>,
    (Path(slug), Query(wanted)): (Path<String>, Query<Wanted>),
    visitor: Visitor,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let found = match find(&app, &slug, wanted.version.as_deref()).await {
        Ok(found) => found,
        Err(ActionError::NotFound { .. }) => return not_found::any(State(app), request).await,
        Err(error) => return failed::page(&error, request_id),
    };
    match clients(&app, &visitor, wanted.client.as_deref().unwrap_or_default()).await {
        Ok(clients) => {
            let shown = show(&app, &found, Reader { chrome: visitor.chrome(Section::Apis), clients });
            page::seen_by(&visitor, StatusCode::OK, &shown)
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// The document as it came in.
pub async fn document(
    State(app): State<AppState>,
    (Path(slug), Query(wanted)): (Path<String>, Query<Wanted>),
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match find(&app, &slug, wanted.version.as_deref()).await.map(|found| found.version().cloned()) {
        Ok(Some(version)) => ([(header::CONTENT_TYPE, "application/json")], version.document).into_response(),
        Ok(None) | Err(ActionError::NotFound { .. }) => not_found::any(State(app), request).await,
        Err(error) => failed::page(&error, request_id),
    }
}

/// An API and which of its versions is shown.
struct Found {
    published: Published,
    at: usize,
}

impl Found {
    fn version(&self) -> Option<&ApiVersion> {
        self.published.versions.get(self.at)
    }

    fn place(&self, version: &ApiVersion) -> Place {
        let is_here = self.version().is_some_and(|shown| shown.id == version.id);
        if is_here { Place::Here } else { Place::Elsewhere }
    }
}

/// The newest version that is current, unless another one is wanted.
async fn find(app: &App, slug: &str, version: Option<&str>) -> Result<Found, ActionError> {
    let published = published(&app.ctx, slug).await?;
    let at = match version {
        Some(label) => published.versions.iter().position(|version| version.label == label),
        None => Some(published.versions.iter().position(|version| version.sunset_at.is_none()).unwrap_or_default()),
    };
    at.map(|at| Found { published, at }).ok_or_else(|| ActionError::not_found("version", slug))
}

/// Who looks, with the applications whose client ids the samples may carry.
struct Reader<'a> {
    chrome: Chrome<'a>,
    clients: Vec<Choice>,
}

fn show<'a>(app: &'a App, found: &'a Found, reader: Reader<'a>) -> Show<'a> {
    // Documents are checked before they are stored.
    let reference = found.version().and_then(|version| document::read(&version.document).ok()).unwrap_or_default();
    let client_id = reader.clients.iter().find(|client| client.is_chosen()).map_or("", |client| &client.value);
    let Published { api, scopes, versions } = &found.published;
    let issuer = format!("{}/oauth2/{}", app.config.issuer_url, api.server_id.as_str());
    let token_url = format!("{issuer}/v1/token");
    let elsewhere = found.version().filter(|_| api.upstream.is_none()).and_then(|version| origin(&version.document));
    let api_url = elsewhere.unwrap_or_else(|| app.config.api_url.clone());
    let scope = scopes.iter().find(|scope| scope.grant_types.contains(&GrantType::ClientCredentials));
    let scope = scope.map_or("", |scope| &scope.name);
    let values = Values { token_url: &token_url, api_url: &api_url, client_id, scope };
    let (lead, description_html) = lead_and_rest(&api.description, LONGEST_LEAD);
    let operations: Vec<&OperationText> = reference.groups.iter().flat_map(|group| &group.operations).collect();
    Show {
        chrome: reader.chrome,
        lead,
        description_html,
        plan: words::plan(api.plan),
        scopes: scopes.iter().map(scope_view).collect(),
        versions: versions.iter().map(|version| version_view(app, version, found.place(version))).collect(),
        token_samples: samples::token(&values),
        call_samples: samples::call(&values, &operations),
        clients: reader.clients,
        is_whole: reference.is_whole,
        groups: view(reference, &api_url, samples::header_of(api)),
        api_url,
        issuer,
        token_url,
        api,
    }
}

fn scope_view(scope: &Scope) -> ScopeView<'_> {
    ScopeView {
        name: &scope.name,
        title: &scope.title,
        sentence: &scope.sentence,
        sensitivity: words::sensitivity(scope.sensitivity),
        who_asks: words::who_asks(&scope.grant_types),
    }
}

fn version_view<'a>(app: &App, version: &'a ApiVersion, place: Place) -> VersionView<'a> {
    VersionView {
        label: &version.label,
        state: words::version_state(version.state),
        sunset: version.sunset_at.map(|at| Moment::new(at, app.ctx.now(), "UTC")),
        place,
    }
}
