//! The account choice, and `POST /oauth2/{server}/v1/authorize/account`: go on as whoever is signed in, or use another
//! account (OpenID Connect Core §3.1.2.1, `prompt=select_account`). The consent page leads here, too.

use askama::Template;
use axum::extract::Request;
use axum::response::Response;
use gatehouse_core::oauth::resume::{is_tag, tag};
use http::{StatusCode, header};

use super::onward::{self, Onward, allow_form_action};
use super::request::{self, Asked};
use super::see_other;
use super::visit::Visit;
use crate::actions::{ActionError, sessions};
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Form};
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed, page};
use crate::state::App;

/// Where the form goes.
pub(super) const FORM: &str = "authorize/account";

#[derive(Template)]
#[template(path = "authorize/account.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    action: String,
    application: &'a str,
    initials: String,
    email: &'a str,
    name: &'a str,
    request: &'a str,
    token: &'a str,
}

/// The page.
pub(super) fn page(visit: &Visit, asked: &Asked, who: &SignedIn, status: StatusCode) -> Response {
    let template = Page {
        chrome: visit.at.chrome(&visit.app).bare(),
        action: asked.own_path(FORM),
        application: &asked.client.application.name,
        initials: who.initials(),
        email: who.user.email.as_typed(),
        name: &who.user.name,
        request: &asked.carried(),
        token: &token(asked, who),
    };
    allow_form_action(page::private(status, &template), &asked.target.redirect_uri)
}

/// The form by which somebody who confirms that it is them goes on as somebody else.
pub(crate) struct Another {
    pub(crate) action: String,
    pub(crate) request: String,
    pub(crate) token: String,
}

impl Another {
    /// With what it leads on to; `None` where no application waits.
    pub(crate) async fn of(app: &App, return_to: &str, who: &SignedIn) -> (Onward, Option<Self>) {
        let (onward, asked) = Onward::read(app, return_to).await;
        let another = asked.map(|asked| Self {
            action: asked.own_path(FORM),
            request: asked.carried(),
            token: token(&asked, who),
        });
        (onward, another)
    }
}

/// Ties a form to session and request.
pub(super) fn token(asked: &Asked, who: &SignedIn) -> String {
    tag(&asked.keys, &["account", &who.session_id.to_string(), &asked.query])
}

/// Goes on, or signs out and in.
pub async fn post(visit: Visit, request: Request) -> Response {
    if !csrf::is_ours(request.headers(), &visit.at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let [query, sent, choice] = match form::read(request, ["request", "token", "choice"]).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let asked = match request::read(&visit.app, &visit.server_id, &query).await {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(&visit),
    };
    // Signed out meanwhile: signing in is the choice.
    let Some(who) = &visit.who else { return see_other(&asked.path()) };
    if !is_tag(&asked.keys, &["account", &who.session_id.to_string(), &asked.query], &sent) {
        return page(&visit, &asked, who, StatusCode::CONFLICT);
    }
    match choice.as_str() {
        "this" => see_other(&asked.path_chosen()),
        "another" => sign_out(&visit, &asked, who).await,
        _ => failed::form_refused(StatusCode::BAD_REQUEST),
    }
}

/// A browser has one session: this one ends, and the next one is for the request.
async fn sign_out(visit: &Visit, asked: &Asked, who: &SignedIn) -> Response {
    match sessions::end(&visit.app.ctx, &who.actor, who.user.id, who.session_id).await {
        // Another window has just ended it.
        Ok(()) | Err(ActionError::NotFound { .. }) => {}
        Err(error) => return failed::page(&error, visit.request_id),
    }
    let mut response = see_other(&onward::sign_in(&asked.path()));
    response.headers_mut().append(header::SET_COOKIE, visitor::no_cookie_at(&visit.at));
    response
}
