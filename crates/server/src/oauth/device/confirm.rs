//! `/device/confirm`: who asks, for what, with the code to compare; Allow or Cancel (RFC 8628 §3.3, §5.4), and
//! `/device/done`, which says that the device goes on by itself.
//!
//! The address holds the code with a tag of the session, which only [`super::enter`] gives: no code is tried here. The form
//! is tied to session, code and the very scopes that the page showed, like the one of the consent page.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, Request};
use axum::response::Response;
use gatehouse_core::oauth::authorization_server::Lifetimes;
use gatehouse_core::oauth::resume::{Key, is_tag, tag};
use gatehouse_core::oauth::user_code::UserCode;
use gatehouse_core::time::Timestamp;
use http::{StatusCode, header};
use serde::Deserialize;

use super::visit::{Visit, sign_in};
use super::{PATH, enter, path_with};
use crate::actions::devices::{self, Permission, Waiting};
use crate::actions::{ActionError, sessions};
use crate::directory::Server;
use crate::login::step_up::{self, StepUp};
use crate::oauth::asking::{AskedScopes, Asking, Form, Line};
use crate::oauth::authorize::{onward, see_other, verify_first};
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Times};
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed, page};
use crate::state::App;

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    user_code: String,
    #[serde(default)]
    tag: String,
}

#[derive(Template)]
#[template(path = "device/confirm.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    action: String,
    asking: Asking<'a>,
    user_code: String,
    lines: Vec<Line<'a>>,
    token: String,
    /// Why the page is shown once more; empty for the first time.
    outdated: String,
    reader: String,
}

#[derive(Template)]
#[template(path = "device/done.html")]
struct Done<'a> {
    chrome: Chrome<'a>,
    is_allowed: bool,
}

/// The address of the question for somebody who has typed the code in.
pub(super) fn path(app: &App, who: &SignedIn, code: &UserCode) -> Result<String, ActionError> {
    let tag = tag(&keys(app)?, &["entered", &who.session_id.to_string(), &code.to_string()]);
    Ok(format!("{PATH}/confirm?user_code={code}&tag={tag}"))
}

/// The question.
pub async fn get(visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let (who, question) = match question(&visit, (&wanted.user_code, &wanted.tag)).await {
        Ok(found) => found,
        Err(response) => return *response,
    };
    show(&visit, (who, &question), Form::Fresh).await
}

/// Allow or Cancel, or another account.
pub async fn post(visit: Visit, Query(wanted): Query<Wanted>, request: Request) -> Response {
    if !csrf::is_ours(request.headers(), &visit.at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let fields = form::read_fields(request, |name| match name {
        "token" | "decision" | "as" => Some(Times::Once),
        "scope" => Some(Times::Often),
        _ => None,
    });
    let mut fields = match fields.await {
        Ok(fields) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let mut one = |name: &str| fields.remove(name).and_then(|mut values| values.pop()).unwrap_or_default();
    let (token, decision, reader) = (one("token"), one("decision"), one("as"));
    let ticked = fields.remove("scope").unwrap_or_default();
    let (who, question) = match question(&visit, (&wanted.user_code, &wanted.tag)).await {
        Ok(found) => found,
        Err(response) => return *response,
    };
    if !question.is_token(who, &token) {
        return show(&visit, (who, &question), Form::Outdated(reader)).await;
    }
    match decision.as_str() {
        "allow" => allow(&visit, (who, &question), &ticked).await,
        "cancel" => {
            let denied = devices::deny(&visit.app.ctx, &who.actor, &question.waiting.user_code).await;
            answered(&visit, &question, denied.map(|()| "denied"))
        }
        "another" => use_another_account(&visit, (who, &question)).await,
        _ => failed::form_refused(StatusCode::BAD_REQUEST),
    }
}

/// The end: the device asks by itself.
pub async fn done(visit: Visit, Query(wanted): Query<Ended>) -> Response {
    let is_allowed = match wanted.answer.as_str() {
        "allowed" => true,
        "denied" => false,
        _ => return see_other(PATH),
    };
    page::private(StatusCode::OK, &Done { chrome: visit.at.chrome(&visit.app).bare(), is_allowed })
}

/// What the address of the last page says.
#[derive(Default, Deserialize)]
pub struct Ended {
    #[serde(default)]
    answer: String,
}

/// What somebody is asked.
struct Question {
    waiting: Waiting,
    server: Arc<Server>,
    scopes: AskedScopes,
    keys: Vec<Key>,
}

impl Question {
    /// Ties a form to session, code and scopes.
    fn token(&self, who: &SignedIn) -> String {
        let (session, code) = (who.session_id.to_string(), self.waiting.user_code.to_string());
        tag(&self.keys, &["device", &session, &code, &self.scopes.names()])
    }

    fn is_token(&self, who: &SignedIn, sent: &str) -> bool {
        let (session, code) = (who.session_id.to_string(), self.waiting.user_code.to_string());
        is_tag(&self.keys, &["device", &session, &code, &self.scopes.names()], sent)
    }
}

/// What to ask whoever looks, or where they have to go first.
async fn question<'a>(
    visit: &'a Visit,
    (typed, sent): (&str, &str),
) -> Result<(&'a SignedIn, Question), Box<Response>> {
    let Some(code) = UserCode::parse(typed) else { return Err(Box::new(see_other(PATH))) };
    let Some(who) = &visit.who else { return Err(Box::new(sign_in(Some(&code)))) };
    let failure = |error: ActionError| Box::new(failed::page(&error, visit.request_id));
    let keys = keys(&visit.app).map_err(failure)?;
    if !is_tag(&keys, &["entered", &who.session_id.to_string(), &code.to_string()], sent) {
        return Err(Box::new(see_other(&path_with(&code))));
    }
    let waiting = devices::find_waiting(&visit.app.ctx, &code).await.map_err(failure)?;
    let server = waiting.as_ref().and_then(|waiting| visit.app.directory.server(waiting.code.server_id.as_str()));
    let may = |(waiting, server): &(Waiting, Arc<Server>)| server.admission.admits(&waiting.application.client_id);
    let Some((waiting, server)) = waiting.zip(server).filter(may) else {
        return Err(Box::new(enter::over(visit, &code)));
    };
    let own = || path(&visit.app, who, &code).map_err(failure);
    if !who.user.is_verified() {
        let name = waiting.application.name.as_str();
        return Err(Box::new(verify_first::page_for((&visit.app, &visit.at), name, who, &own()?)));
    }
    if is_too_old((&waiting, &server.lifetimes), who, visit.app.ctx.now()) {
        return Err(Box::new(see_other(&step_up::address(&own()?, StepUp::Login))));
    }
    let of = (waiting.application.id, who.user.id);
    let names = waiting.code.scopes.iter().cloned();
    let scopes = AskedScopes::of(&visit.app, &server, of, names).await.map_err(failure)?;
    Ok((who, Question { waiting, server, scopes, keys }))
}

/// Whether the sign-in was too long ago for the server's lifetimes, or, unless it was for this device, for the
/// application's `default_max_age`.
fn is_too_old((waiting, lifetimes): (&Waiting, &Lifetimes), who: &SignedIn, now: Timestamp) -> bool {
    let at = who.authenticated_at;
    let is_for_it = at >= waiting.code.created_at;
    waiting.application.default_max_age.is_some_and(|seconds| now > at.plus_secs(seconds) && !is_for_it)
        || lifetimes.session_is_over(at, who.idle, now)
}

async fn show(visit: &Visit, (who, question): (&SignedIn, &Question), form: Form) -> Response {
    let code = &question.waiting.user_code;
    let made = Asking::of(&visit.app, &question.waiting.application, who).await;
    let (asking, action) = match made.and_then(|asking| Ok((asking, path(&visit.app, who, code)?))) {
        Ok(made) => made,
        Err(error) => return failed::page(&error, visit.request_id),
    };
    let template = Page {
        chrome: visit.at.chrome(&visit.app).bare(),
        action,
        asking,
        user_code: code.to_string(),
        lines: question.scopes.lines(&question.server),
        token: question.token(who),
        outdated: form.outdated(who),
        reader: who.user.id.to_string(),
    };
    let status = if form == Form::Fresh { StatusCode::OK } else { StatusCode::CONFLICT };
    page::private(status, &template)
}

async fn allow(visit: &Visit, (who, question): (&SignedIn, &Question), ticked: &[String]) -> Response {
    let scopes = question.scopes.allowed(ticked);
    let remember = question.scopes.to_remember(&scopes);
    let permission = Permission { server: question.server.clone(), session_id: who.session_id, scopes, remember };
    let allowed = devices::allow(&visit.app.ctx, &who.actor, &question.waiting.user_code, permission).await;
    answered(visit, question, allowed.map(|()| "allowed"))
}

fn answered(visit: &Visit, question: &Question, answer: Result<&'static str, ActionError>) -> Response {
    match answer {
        Ok(answer) => see_other(&format!("{PATH}/done?answer={answer}")),
        // Another window was faster, or time has run out.
        Err(ActionError::Conflict { .. } | ActionError::NotFound { .. }) => {
            enter::over(visit, &question.waiting.user_code)
        }
        Err(error) => failed::page(&error, visit.request_id),
    }
}

/// A browser has one session: this one ends, and the next one is for the device.
async fn use_another_account(visit: &Visit, (who, question): (&SignedIn, &Question)) -> Response {
    match sessions::end(&visit.app.ctx, &who.actor, who.user.id, who.session_id).await {
        // Another window has just ended it.
        Ok(()) | Err(ActionError::NotFound { .. }) => {}
        Err(error) => return failed::page(&error, visit.request_id),
    }
    let mut response = see_other(&onward::sign_in(&path_with(&question.waiting.user_code)));
    response.headers_mut().append(header::SET_COOKIE, visitor::no_cookie_at(&visit.at));
    response
}

fn keys(app: &App) -> Result<Vec<Key>, ActionError> {
    Ok(app.ctx.key_encryption_keys()?.derive("device pages", b""))
}
