//! The consent page, and `POST /oauth2/{server}/v1/authorize/consent`: Allow or Cancel (`product.md`, journey 4).
//!
//! The form is tied to session, request and the very scopes that the page showed, so that nobody allows by a stranger's
//! form, or more than they have read.

use askama::Template;
use axum::extract::Request;
use axum::response::Response;
use gatehouse_core::oauth::authorize::place;
use gatehouse_core::oauth::consent::{self as rules, Again, Asked as AskedScope, Party};
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::resume::{Resume, is_tag, tag};
use gatehouse_core::oauth::user_claims::scope_of;
use gatehouse_core::portal::application::Environment;
use gatehouse_core::portal::scope::{Consent as Rule, Sensitivity};
use gatehouse_store::consents;
use http::StatusCode;
use url::Url;

use super::onward::allow_form_action;
use super::request::{self, Asked, Wanted};
use super::steps::{self, Step};
use super::visit::Visit;
use super::{answer, respond, see_other};
use crate::actions::ActionError;
use crate::actions::authorizations::{self, Authorization, Publisher};
use crate::directory::watch;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Times};
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::App;

/// What the customer is asked.
pub(super) struct Question {
    /// Whether there is anything to ask.
    pub(super) is_asked: bool,
    /// Every scope, those among them that only the `claims` parameter brings.
    scopes: Vec<(String, Rule)>,
    /// Allowed before.
    remembered: Vec<String>,
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
        let (user, id, server) = (who.user.id, application.id, asked.server.id.clone());
        let remembered = app.ctx.db.read(async move |tx| consents::find(tx, user, id, &server).await).await?;
        let remembered = remembered.map(|consent| consent.scopes).unwrap_or_default();
        let rule =
            |name: &str| asked.server.scope(name).map_or_else(|| rules::sign_in_rule(name), |scope| scope.consent);
        let names = wanted.scopes.iter().cloned().chain(by_claims(asked, wanted));
        let scopes: Vec<(String, Rule)> =
            names.map(|name| (rule(&name), name)).map(|(rule, name)| (name, rule)).collect();
        let party = if application.skip_consent { Party::First } else { Party::Third };
        let again = if wanted.request.prompt.consent || anybody_could_be_it(asked) { Again::Yes } else { Again::No };
        let list: Vec<AskedScope<'_>> = scopes.iter().map(|(name, rule)| AskedScope { name, rule: *rule }).collect();
        let is_asked = !rules::to_ask(&list, &remembered, party, again).is_empty();
        Ok(Self { is_asked, scopes, remembered })
    }

    /// What is allowed without a question.
    pub(super) fn unasked(&self, wanted: &Wanted) -> Allowed {
        Allowed { scopes: wanted.scopes.clone(), remember: None }
    }

    /// What is allowed with these ticks. What was left out now is not remembered either.
    fn allowed(&self, wanted: &Wanted, ticked: &[String]) -> Allowed {
        let list: Vec<AskedScope<'_>> =
            self.scopes.iter().map(|(name, rule)| AskedScope { name, rule: *rule }).collect();
        let allowed = rules::allowed(&list, |name| ticked.iter().any(|tick| tick == name));
        let is_allowed = |name: &String| allowed.contains(&name.as_str());
        let asked = |name: &String| self.scopes.iter().any(|(asked, _)| asked == name);
        let before = self.remembered.iter().filter(|name| !asked(name)).cloned();
        Allowed {
            scopes: wanted.scopes.iter().filter(|name| is_allowed(name)).cloned().collect(),
            remember: Some(before.chain(allowed.iter().map(|&name| name.to_owned())).collect()),
        }
    }

    fn names(&self) -> String {
        self.scopes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
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
    application: &'a str,
    description: Option<&'a str>,
    is_sandbox: bool,
    publisher: &'a Publisher,
    /// If it is an address of the web.
    homepage: Option<&'a str>,
    /// Since when the publisher is verified.
    verified: Option<Moment>,
    place: String,
    email: &'a str,
    initials: String,
    lines: Vec<Line<'a>>,
    /// Where it is taken back.
    connected: String,
    request: &'a str,
    token: &'a str,
    account_token: &'a str,
    is_outdated: bool,
}

/// Whether the page is shown for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It is.
    Fresh,
    /// What the form said is no longer so.
    Outdated,
}

/// A scope as the page shows it.
struct Line<'a> {
    name: &'a str,
    title: &'a str,
    sentence: &'a str,
    /// A word for what can do harm.
    mark: &'static str,
    is_flexible: bool,
    was_allowed: bool,
    rank: u8,
}

/// The page.
pub(super) async fn page(
    visit: &Visit,
    asked: &Asked,
    (who, question): (&SignedIn, &Question),
    form: Form,
) -> Response {
    let application = &asked.client.application;
    let publisher = match authorizations::publisher(&visit.app.ctx, application.organization_id).await {
        Ok(publisher) => publisher,
        Err(error) => return failed::page(&error, visit.request_id),
    };
    let now = visit.app.ctx.now();
    let request = asked.carried(asked.resume.unwrap_or(Resume { since: now, chosen: false }));
    let own = |name: &str| format!("/oauth2/{}/v1/authorize/{name}", asked.server.id);
    let template = Page {
        chrome: visit.at.chrome(&visit.app),
        action: own("consent"),
        account_action: own("account"),
        application: &application.name,
        description: application.description.as_deref(),
        is_sandbox: application.environment == Environment::Sandbox,
        verified: publisher.verified_at.map(|at| Moment::new(at, now, &who.user.time_zone)),
        publisher: &publisher,
        homepage: publisher.homepage.as_deref().filter(|address| is_web(address)),
        place: place(&asked.target.redirect_uri),
        email: who.user.email.as_typed(),
        initials: who.chrome(Section::None).account.map(|account| account.initials()).unwrap_or_default(),
        lines: lines(asked, question),
        connected: format!("{}/connected-applications", visit.app.config.portal_url),
        request: &request,
        token: &token(asked, who, question),
        account_token: &super::account::token(asked, who),
        is_outdated: form == Form::Outdated,
    };
    let status = if form == Form::Fresh { StatusCode::OK } else { StatusCode::CONFLICT };
    allow_form_action(page::private(status, &template), &asked.target.redirect_uri)
}

fn token(asked: &Asked, who: &SignedIn, question: &Question) -> String {
    tag(&asked.keys, &["consent", &who.session_id.to_string(), &asked.query, &question.names()])
}

/// What can do most harm first, else in the order asked for.
fn lines<'a>(asked: &'a Asked, question: &'a Question) -> Vec<Line<'a>> {
    let line = |(name, rule): &'a (String, Rule)| {
        let (title, sentence, sensitivity) = match asked.server.scope(name) {
            Some(scope) => (&*scope.title, &*scope.sentence, scope.sensitivity),
            None => about_the_person(name),
        };
        let (mark, rank) = match sensitivity {
            Sensitivity::Restricted => ("Very sensitive", 0),
            Sensitivity::Sensitive => ("Sensitive", 1),
            Sensitivity::Normal => ("", 2),
        };
        let was_allowed = question.remembered.iter().any(|known| known == name);
        Line { name, title, sentence, mark, is_flexible: *rule == Rule::Flexible, was_allowed, rank }
    };
    let mut lines: Vec<_> = question.scopes.iter().map(line).collect();
    lines.sort_by_key(|line| line.rank);
    lines
}

fn about_the_person(name: &str) -> (&'static str, &'static str, Sensitivity) {
    let (title, sentence) = match name {
        "openid" => {
            ("Know that it is you", "It learns an id that stands for your account, to recognize you next time.")
        }
        "profile" => ("See your profile", "Your name, and what else you have filled in, such as language and website."),
        "email" => ("See your e-mail address", "The address of your account, and that it is verified."),
        "address" => ("See your postal address", "As far as you have filled it in."),
        "phone" => ("See your telephone number", "As far as you have filled it in."),
        "offline_access" => {
            ("Keep its access while you are away", "It need not ask you again until you disconnect it.")
        }
        _ => ("Something that this page does not know", "Ask who made the application before you allow it."),
    };
    (title, sentence, Sensitivity::Normal)
}

/// Allow or Cancel.
pub async fn post(visit: Visit, request: Request) -> Response {
    if !csrf::is_ours(request.headers(), &visit.at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let fields = form::read_fields(request, |name| match name {
        "request" | "token" | "decision" => Some(Times::Once),
        "scope" => Some(Times::Often),
        _ => None,
    });
    let mut fields = match fields.await {
        Ok(fields) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let mut one = |name: &str| fields.remove(name).and_then(|mut values| values.pop()).unwrap_or_default();
    let (query, sent, decision) = (one("request"), one("token"), one("decision"));
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
            page(&visit, &asked, (&who, &question), Form::Outdated).await
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
    is_tag(&asked.keys, &["consent", &who.session_id.to_string(), &asked.query, &question.names()], sent)
}

fn denied() -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, "the person did not allow it")
}

/// Writes what is allowed and sends the code.
pub(super) async fn allow(visit: &Visit, asked: &Asked, who: &SignedIn, allowed: Allowed) -> Response {
    let Ok(wanted) = &asked.wanted else { return failed::form_refused(StatusCode::BAD_REQUEST) };
    let authorization = Authorization {
        server: asked.server.clone(),
        application_id: asked.client.application.id,
        session_id: who.session_id,
        target: asked.target.clone(),
        code_challenge: wanted.request.code_challenge.clone(),
        scopes: allowed.scopes,
        resources: wanted.resources.clone(),
        nonce: wanted.request.nonce.clone(),
        claims: wanted.request.claims.as_ref().map(|(text, _)| text.clone()),
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
        Ok(()) => see_other(&asked.path(visit.app.ctx.now())),
        Err(error) => failed::page(&ActionError::Database(error), visit.request_id),
    }
}

/// Whether a homepage may be a link.
fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
