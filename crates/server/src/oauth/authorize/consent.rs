//! The consent page, and `POST /oauth2/{server}/v1/authorize/consent`: Allow or Cancel (`product.md`, journey 4).
//!
//! The form is tied to session, request and the very scopes that the page showed, so that nobody allows by a stranger's
//! form, or more than they have read.

use askama::Template;
use axum::extract::Request;
use axum::response::Response;
use gatehouse_core::oauth::authorize::place;
use gatehouse_core::oauth::consent::{Again, Party};
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::resume::{is_tag, tag};
use gatehouse_core::oauth::user_claims::scope_of;
use http::StatusCode;

use super::onward::allow_form_action;
use super::request::{self, Asked, Wanted};
use super::steps::{self, Step};
use super::visit::Visit;
use super::{answer, respond, see_other};
use crate::actions::ActionError;
use crate::actions::authorizations::{self, Authorization};
use crate::directory::watch;
use crate::oauth::asking::{AskedScopes, Asking, Form, Line};
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Times};
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::App;

/// What the customer is asked.
pub(super) struct Question {
    /// Whether there is anything to ask.
    pub(super) is_asked: bool,
    /// Every scope, those among them that only the `claims` parameter brings.
    scopes: AskedScopes,
}

/// What is allowed, and what to remember of it.
pub(super) struct Allowed {
    scopes: Vec<String>,
    /// `None`: nothing was asked.
    remember: Option<Vec<String>>,
}

impl Question {
    pub(super) async fn of(app: &App, asked: &Asked, wanted: &Wanted, who: &SignedIn) -> Result<Self, ActionError> {
        let application = &asked.client.application;
        let names = wanted.scopes.iter().cloned().chain(by_claims(asked, wanted));
        let scopes = AskedScopes::of(app, &asked.server, (application.id, who.user.id), names).await?;
        let party = if application.skip_consent { Party::First } else { Party::Third };
        let again = if wanted.request.prompt.consent || anybody_could_be_it(asked) { Again::Yes } else { Again::No };
        Ok(Self { is_asked: scopes.is_anything_to_ask(party, again), scopes })
    }

    /// What is allowed without a question.
    pub(super) fn unasked(&self, wanted: &Wanted) -> Allowed {
        Allowed { scopes: wanted.scopes.clone(), remember: None }
    }

    /// What is allowed with these ticks.
    fn allowed(&self, wanted: &Wanted, ticked: &[String]) -> Allowed {
        let allowed = self.scopes.allowed(ticked);
        let remember = self.scopes.to_remember(&allowed);
        let scopes = wanted.scopes.iter().filter(|name| allowed.contains(name)).cloned().collect();
        Allowed { scopes, remember: Some(remember) }
    }
}

/// Scopes whose claims the `claims` parameter asks for one by one: they tell the same about the person.
fn by_claims(asked: &Asked, wanted: &Wanted) -> Vec<String> {
    let Some((_, claims)) = &wanted.request.claims else { return Vec::new() };
    let approved = |scope: &str| asked.client.application.sign_in_scopes.iter().any(|own| own.as_str() == scope);
    let mut names: Vec<String> = Vec::new();
    for scope in claims.names().filter_map(scope_of).filter(|scope| approved(scope)) {
        if !wanted.scopes.iter().chain(&names).any(|name| name == scope) {
            names.push(scope.to_owned());
        }
    }
    names
}

/// A program on a device proves nothing, and any other one there may take its redirect URI: what was allowed to it before
/// may now be asked by somebody else, so the person is asked each time (RFC 8252 §8.6).
fn anybody_could_be_it(asked: &Asked) -> bool {
    let is_public = !asked.client.application.application_type.is_confidential();
    is_public && !asked.target.redirect_uri.starts_with("https://")
}

#[derive(Template)]
#[template(path = "authorize/consent.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    action: String,
    account_action: String,
    asking: Asking<'a>,
    place: String,
    lines: Vec<Line<'a>>,
    request: &'a str,
    token: &'a str,
    account_token: &'a str,
    /// Why the page is shown once more; empty for the first time.
    outdated: String,
    reader: String,
}

/// The page.
pub(super) async fn page(
    visit: &Visit,
    asked: &Asked,
    (who, question): (&SignedIn, &Question),
    form: Form,
) -> Response {
    let asking = match Asking::of(&visit.app, &asked.client.application, who).await {
        Ok(asking) => asking,
        Err(error) => return failed::page(&error, visit.request_id),
    };
    let template = Page {
        chrome: visit.at.chrome(&visit.app).bare(),
        action: asked.own_path("authorize/consent"),
        account_action: asked.own_path(super::account::FORM),
        asking,
        place: place(&asked.target.redirect_uri),
        lines: question.scopes.lines(&asked.server),
        request: &asked.carried(),
        token: &token(asked, who, question),
        account_token: &super::account::token(asked, who),
        outdated: form.outdated(who),
        reader: who.user.id.to_string(),
    };
    let status = if form == Form::Fresh { StatusCode::OK } else { StatusCode::CONFLICT };
    allow_form_action(page::private(status, &template), &asked.target.redirect_uri)
}

fn token(asked: &Asked, who: &SignedIn, question: &Question) -> String {
    tag(&asked.keys, &["consent", &who.session_id.to_string(), &asked.query, &question.scopes.names()])
}

/// Allow or Cancel.
pub async fn post(visit: Visit, request: Request) -> Response {
    if !csrf::is_ours(request.headers(), &visit.at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let fields = form::read_fields(request, |name| match name {
        "request" | "token" | "decision" | "as" => Some(Times::Once),
        "scope" => Some(Times::Often),
        _ => None,
    });
    let mut fields = match fields.await {
        Ok(fields) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let mut one = |name: &str| fields.remove(name).and_then(|mut values| values.pop()).unwrap_or_default();
    let (query, sent, decision, reader) = (one("request"), one("token"), one("decision"), one("as"));
    let ticked = fields.remove("scope").unwrap_or_default();
    let asked = match request::read(&visit.app, &visit.server_id, &query).await {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(&visit),
    };
    let step = match steps::next(&visit.app, &asked, visit.who.as_ref()).await {
        Ok(step) => step,
        Err(error) => return failed::page(&error, visit.request_id),
    };
    match (step, decision.as_str()) {
        (Step::Ask(who, question), _) if !is_token(&asked, (&who, &question), &sent) => {
            page(&visit, &asked, (&who, &question), Form::Outdated(reader)).await
        }
        (Step::Ask(who, question), "allow") => match &asked.wanted {
            Ok(wanted) => allow(&visit, &asked, &who, question.allowed(wanted, &ticked)).await,
            Err(error) => answer::error(&visit, &asked, error),
        },
        (Step::Ask(..) | Step::Allow(..), "cancel") => answer::error(&visit, &asked, &denied()),
        (Step::Ask(..), _) => failed::form_refused(StatusCode::BAD_REQUEST),
        // Signed out meanwhile, or allowed in another window: on as if the page had just been asked for.
        (step, _) => respond(&visit, &asked, step).await,
    }
}

fn is_token(asked: &Asked, (who, question): (&SignedIn, &Question), sent: &str) -> bool {
    is_tag(&asked.keys, &["consent", &who.session_id.to_string(), &asked.query, &question.scopes.names()], sent)
}

fn denied() -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, "the person did not allow it")
}

/// Writes what is allowed and sends the code.
pub(super) async fn allow(visit: &Visit, asked: &Asked, who: &SignedIn, allowed: Allowed) -> Response {
    let Ok(wanted) = &asked.wanted else { return failed::form_refused(StatusCode::BAD_REQUEST) };
    let claims = wanted.request.claims.as_ref();
    let authorization = Authorization {
        server: asked.server.clone(),
        application_id: asked.client.application.id,
        session_id: who.session_id,
        target: asked.target.clone(),
        code_challenge: wanted.request.code_challenge.clone(),
        scopes: allowed.scopes,
        resources: wanted.resources.clone(),
        nonce: wanted.request.nonce.clone(),
        claims: claims.and_then(|(_, claims)| claims.narrowed(&asked.client.application.sign_in_scopes)),
        remember: allowed.remember,
    };
    match authorizations::authorize(&visit.app.ctx, &who.actor, authorization).await {
        Ok(code) => answer::code(visit, asked, &code),
        Err(ActionError::Conflict { .. } | ActionError::NotFound { .. }) => begin_again(visit, asked).await,
        Err(error) => failed::page(&error, visit.request_id),
    }
}

/// Something is no longer as it was when this was decided: once more, with what is so now.
async fn begin_again(visit: &Visit, asked: &Asked) -> Response {
    match watch::poll(&visit.app).await {
        Ok(()) => see_other(&asked.path()),
        Err(error) => failed::page(&ActionError::Database(error), visit.request_id),
    }
}
