//! `GET|POST /oauth2/{server}/v1/logout` (OpenID Connect RP-Initiated Logout 1.0).
//!
//! An `id_token_hint` of the very session that this browser has ends it at once; anything else asks the person first, so
//! that no page of somebody else signs people out (§6). Nobody is sent to an address that the application has not
//! registered, byte for byte, and nobody anywhere without a client that is known (§3).

use askama::Template;
use axum::extract::{RawQuery, Request};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::id_token::ID_TOKEN_TYPE;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::oauth::subject::session_id;
use gatehouse_core::portal::application::ApplicationState;
use http::{StatusCode, header};
use serde::Deserialize;
use url::form_urlencoded;

use super::addressed::Addressed;
use super::authorize::onward::allow_form_action;
use super::authorize::visit::Visit;
use crate::actions::{ActionError, sessions};
use crate::directory::{Server, watch};
use crate::portal::at::At;
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Form};
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed, page};
use crate::state::App;

/// A request that can be carried out.
#[derive(Debug, Default)]
struct Asked {
    /// Name of the application; empty for a person who came by themselves.
    application: String,
    /// Its client id.
    client_id: String,
    /// `sid` of the hint.
    sid: Option<String>,
    /// Where the person goes then, `state` included; empty for a page of ours.
    onward: String,
}

/// What is read of an ID token that may have ended (§2). `aud` is one client.
#[derive(Deserialize)]
struct Hint {
    iss: String,
    aud: String,
    sid: Option<String>,
    /// Tells ID tokens from signed userinfo answers, which have none.
    #[serde(rename = "exp")]
    _expires: i64,
}

/// Why a request is not carried out; for the person and whoever made the application.
enum Refused {
    Wrong(&'static str),
    Failed(ActionError),
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    title: &'a str,
    text: &'a str,
    /// The request, for the form; empty when there is nothing to ask.
    query: &'a str,
    action: &'a str,
    is_question: bool,
}

/// Takes the request as it stands in the address.
pub async fn get(visit: Visit, RawQuery(query): RawQuery) -> Response {
    let Visit { app, at, who, request_id, server_id, .. } = visit;
    let query = query.unwrap_or_default();
    let asked = match read(&app, &server_id, &query).await {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(&app, &at, request_id),
    };
    let Some(who) = who else { return gone(&app, &at, &asked) };
    let is_of_this_session = asked.sid.as_ref().is_some_and(|sid| *sid == session_id(who.session_id, &asked.client_id));
    if is_of_this_session {
        return end(&app, &at, (&who, &asked), request_id).await;
    }
    let text = match asked.application.is_empty() {
        true => "You are signed out of this browser.".to_owned(),
        false => format!("{} asks for it. You are signed out of this browser.", asked.application),
    };
    let action = format!("/oauth2/{server_id}/v1/logout/confirm");
    let page = Page {
        chrome: at.chrome_of(&app, &who).bare(),
        title: "Sign out?",
        text: &text,
        query: &query,
        action: &action,
        is_question: true,
    };
    allow_form_action(page::private(StatusCode::OK, &page), &asked.onward)
}

/// A request in a form becomes one in an address before anybody looks for the session: its cookie is not there when
/// another site's page sends the form (`SameSite=Lax`).
pub async fn post(Addressed(server_id): Addressed, request: Request) -> Response {
    let body = match form::body(request).await {
        Ok(body) => body,
        Err(status) => return failed::form_refused(status),
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form_urlencoded::parse(&body)).finish();
    Redirect::to(&format!("/oauth2/{server_id}/v1/logout?{query}")).into_response()
}

/// The person said yes.
pub async fn confirm(visit: Visit, request: Request) -> Response {
    let Visit { app, at, who, request_id, server_id, .. } = visit;
    if !csrf::is_ours(request.headers(), &at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let query = match form::read(request, ["request"]).await {
        Ok(Form([query])) => query,
        Err(status) => return failed::form_refused(status),
    };
    let asked = match read(&app, &server_id, &query).await {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(&app, &at, request_id),
    };
    match who {
        Some(who) => end(&app, &at, (&who, &asked), request_id).await,
        None => gone(&app, &at, &asked),
    }
}

/// In the order of §2 and §3.
async fn read(app: &App, server_id: &str, query: &str) -> Result<Asked, Refused> {
    let unreadable = |_| Refused::Wrong("The address holds a parameter twice, or one that cannot be read.");
    let params = Params::parse(query.as_bytes()).map_err(unreadable)?;
    let server = app.directory.server(server_id);
    let server = server.ok_or(Refused::Wrong("There is no authorization server of this name."))?;
    let hint = match params.get("id_token_hint") {
        Some(text) => Some(hint(&server, text)?),
        None => None,
    };
    let client_id = match (&hint, params.get("client_id")) {
        (Some(hint), Some(client_id)) if hint.aud != client_id => {
            return Err(Refused::Wrong("client_id and id_token_hint are of two different applications."));
        }
        (Some(hint), _) => hint.aud.as_str(),
        (None, Some(client_id)) => client_id,
        (None, None) => "",
    };
    let wanted = params.get("post_logout_redirect_uri");
    if client_id.is_empty() {
        return match wanted {
            Some(_) => Err(Refused::Wrong("post_logout_redirect_uri needs a client_id or an id_token_hint beside it.")),
            None => Ok(Asked::default()),
        };
    }
    let client = app.directory.client(&app.ctx, client_id).await.map_err(|error| Refused::Failed(error.into()))?;
    let client = client.filter(|client| client.application.state == ApplicationState::Active);
    let client = client.ok_or(Refused::Wrong("client_id is not that of an application of this server."))?;
    let registered = &client.application.post_logout_redirect_uris;
    let onward = match wanted {
        Some(uri) if registered.iter().any(|known| known == uri) => with_state(uri, params.get("state")),
        Some(_) => return Err(Refused::Wrong("post_logout_redirect_uri is not one that the application registered.")),
        None => String::new(),
    };
    let sid = hint.as_ref().and_then(|hint| hint.sid.clone());
    Ok(Asked { application: client.application.name.clone(), client_id: client_id.to_owned(), sid, onward })
}

/// Signature and issuer; not `exp` (§4).
fn hint(server: &Server, text: &str) -> Result<Hint, Refused> {
    let wrong = || Refused::Wrong("id_token_hint is not an ID token of this server.");
    let claims = server.verifying.verify(text, ID_TOKEN_TYPE).map_err(|_| wrong())?;
    let hint: Hint = serde_json::from_slice(&claims).map_err(|_| wrong())?;
    if hint.iss == server.issuer { Ok(hint) } else { Err(wrong()) }
}

/// The registered address as it is, with `state` behind it.
fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    let sign = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{sign}{pair}")
}

/// Ends the session, and what hangs on it.
async fn end(app: &App, at: &At, (who, asked): (&SignedIn, &Asked), request_id: RequestId) -> Response {
    match sessions::end(&app.ctx, &who.actor, who.user.id, who.session_id).await {
        // Another page has just ended it.
        Ok(()) | Err(ActionError::NotFound { .. }) => {}
        Err(error) => return failed::page(&error, request_id),
    }
    if let Err(error) = watch::take_in(app).await {
        // It is done; twice a second the changes are read again.
        tracing::error!(%error, "changes.poll after an action");
    }
    let mut response = gone(app, at, asked);
    response.headers_mut().append(header::SET_COOKIE, visitor::no_cookie_at(at));
    response
}

/// Nobody is signed in, or no longer.
fn gone(app: &App, at: &At, asked: &Asked) -> Response {
    if !asked.onward.is_empty() {
        return Redirect::to(&asked.onward).into_response();
    }
    let page = Page {
        chrome: at.chrome(app).bare(),
        title: "You are signed out",
        text: "You can close this window.",
        query: "",
        action: "",
        is_question: false,
    };
    page::private(StatusCode::OK, &page)
}

impl Refused {
    fn into_response(self, app: &App, at: &At, request_id: RequestId) -> Response {
        match self {
            Self::Failed(error) => failed::page(&error, request_id),
            Self::Wrong(text) => {
                let page = Page {
                    chrome: at.chrome(app).bare(),
                    title: "The application made a mistake",
                    text,
                    query: "",
                    action: "",
                    is_question: false,
                };
                page::private(StatusCode::BAD_REQUEST, &page)
            }
        }
    }
}
