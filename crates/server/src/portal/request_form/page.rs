//! The page of the form.

use askama::Template;
use axum::response::Response;
use gatehouse_core::oauth::scope::about_the_person;
use gatehouse_core::portal::access_request::{MAX_BODY, Sensitivity};
use gatehouse_core::portal::api::RequestQuestion;
use gatehouse_core::portal::application::{ApplicationType, Environment, SignInScope};
use gatehouse_core::portal::application_fields::MAX_DESCRIPTION;
use gatehouse_core::portal::scope::Scope;
use gatehouse_store::access_request_drafts::Draft;
use http::StatusCode;

use super::fields::{scopes, sign_in_scopes, text};
use crate::actions::access_requests::{Asker, Options, is_same_form};
use crate::portal::apis::words::plan;
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::Fields;
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

/// What the page shows besides the form.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub(super) errors: FormErrors,
    /// What was just done.
    pub(super) done: Option<&'a str>,
    /// The request whose answers are filled in.
    pub(super) again: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "requests/form.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    title: String,
    /// Of the API's page.
    address: String,
    options: &'a Options,
    fields: &'a Fields,
    shown: Shown<'a>,
    open: Option<Open<'a>>,
    /// The address that must be verified first.
    unverified: Option<&'a str>,
    draft: Option<Moment>,
    /// When another form for this API was kept.
    other_draft: Option<Moment>,
    which: Vec<Choice>,
    applications: Vec<Choice>,
    types: Vec<Choice>,
    environments: Vec<Choice>,
    organizations: Vec<Choice>,
    people: Vec<Choice>,
    scopes: Vec<Choice>,
    sign_in_scopes: Vec<Choice>,
    questions: Vec<Question<'a>>,
    hints: Hints,
    due: Moment,
    /// The plan in words, as a rule beside the expected volume.
    plan: String,
}

/// The chosen application asks already.
struct Open<'a> {
    title: String,
    reference: &'a str,
}

/// A question of the API.
struct Question<'a> {
    field: String,
    label: &'a str,
    value: &'a str,
    need: &'static str,
}

/// Rules that hold numbers.
struct Hints {
    description: String,
    purpose: String,
    volume: String,
}

impl Page<'_> {
    fn value(&self, name: &str) -> &str {
        text(self.fields, name)
    }

    fn errors(&self) -> &FormErrors {
        &self.shown.errors
    }
}

pub(super) fn form(
    app: &AppState,
    status: StatusCode,
    (signed_in, options): (&SignedIn, &Options),
    (fields, shown): (&Fields, Shown<'_>),
) -> Response {
    let (now, zone) = (app.ctx.now(), signed_in.user.time_zone.as_str());
    let moment = |draft: &Draft| Moment::new(draft.updated_at, now, zone);
    let (draft, other_draft) = match options.draft.as_ref() {
        Some(other) if !is_same_form(&other.form, fields) => (None, Some(moment(other))),
        own => (own.filter(|_| shown.errors.is_empty()).map(moment), None),
    };
    let chosen = |name: &str| [text(fields, name).to_owned()];
    let page = Page {
        chrome: signed_in.chrome(Section::Apis),
        unverified: (!signed_in.user.is_verified()).then(|| signed_in.user.email.as_typed()),
        draft,
        other_draft,
        which: which(&chosen("application")),
        applications: options.applications.iter().map(|asker| asker_choice(asker, &chosen("application_id"))).collect(),
        types: types(&chosen("type")),
        environments: environments(&chosen("environment")),
        organizations: organizations(options, &chosen("organization")),
        people: people(options, signed_in, &chosen("api_user")),
        scopes: options.scopes.iter().map(|scope| scope_choice(scope, options, scopes(fields))).collect(),
        sign_in_scopes: SignInScope::ALL
            .iter()
            .map(|scope| about_people(*scope, options, sign_in_scopes(fields)))
            .collect(),
        questions: options.api.request_questions.iter().map(|question| asked(question, fields)).collect(),
        hints: hints(&plan(options.api.plan)),
        title: format!("Request access to {}", options.api.name),
        address: format!("/apis/{}", options.api.slug),
        open: asking(options, fields).and_then(open),
        due: Moment::new(app.ctx.calendar.due(now), now, zone),
        plan: plan(options.api.plan),
        options,
        fields,
        shown,
    };
    page::private(status, &page)
}

fn which(chosen: &[String]) -> Vec<Choice> {
    [
        ("new", "A new application", "You get a client id when you submit."),
        ("existing", "An application that you have", "It keeps its client id and its secrets."),
    ]
    .map(|(value, label, hint)| Choice::new(value, label).hint(hint).among(chosen))
    .into()
}

fn asker_choice(asker: &Asker, chosen: &[String]) -> Choice {
    let name = &asker.application.name;
    let label = match &asker.open {
        Some(open) => format!("{name} – asks already ({})", open.reference),
        None => name.clone(),
    };
    Choice::new(asker.application.id.to_string(), label).among(chosen)
}

fn types(chosen: &[String]) -> Vec<Choice> {
    let words = |kind: ApplicationType| match kind {
        ApplicationType::Service => (
            "Service",
            "Runs on a server, without people: a nightly export, a connector, a dashboard. It signs in with a secret.",
        ),
        ApplicationType::Web => (
            "Web application",
            "Has a server, and people sign in with their own account. It keeps a secret, and can also call by itself.",
        ),
        ApplicationType::Browser => (
            "Browser application",
            "Runs only in the browser, such as a single-page application. People sign in; there is no secret.",
        ),
        ApplicationType::Native => (
            "Native application",
            "On a phone, a computer, a television or a command line. People sign in; there is no secret.",
        ),
    };
    let kinds = [ApplicationType::Service, ApplicationType::Web, ApplicationType::Browser, ApplicationType::Native];
    let choice = |kind: ApplicationType| {
        let (label, hint) = words(kind);
        Choice::new(kind.as_str(), label).hint(hint).among(chosen)
    };
    kinds.map(choice).into()
}

fn environments(chosen: &[String]) -> Vec<Choice> {
    let words = [
        (Environment::Production, "Production", "For real customers and real data."),
        (Environment::Sandbox, "Sandbox", "For trying things out; redirect URIs may be http://localhost."),
    ];
    words.map(|(value, label, hint)| Choice::new(value.as_str(), label).hint(hint).among(chosen)).into()
}

fn organizations(options: &Options, chosen: &[String]) -> Vec<Choice> {
    let known = options.organizations.iter().map(|(id, name)| Choice::new(id.to_string(), name).among(chosen));
    known.chain([Choice::new("new", "A new organization").among(chosen)]).collect()
}

fn people(options: &Options, signed_in: &SignedIn, chosen: &[String]) -> Vec<Choice> {
    let label = |id, name: &str| if id == signed_in.user.id { format!("{name} (you)") } else { name.to_owned() };
    let one = |user: &gatehouse_core::identity::user::User| {
        Choice::new(user.id.to_string(), label(user.id, &user.name)).among(chosen)
    };
    options.people.iter().map(one).collect()
}

fn scope_choice(scope: &Scope, options: &Options, chosen: &[String]) -> Choice {
    let hint = with_holders(&scope.sentence, options, |asker| asker.held.contains(&scope.name));
    let mark = match scope.sensitivity {
        Sensitivity::Normal => "",
        Sensitivity::Sensitive => "Sensitive",
        Sensitivity::Restricted => "Restricted: two reviewers decide",
    };
    Choice::new(&scope.name, format!("{} ({})", scope.title, scope.name)).hint(hint).mark(mark).among(chosen)
}

/// In the words that customers read before they allow it.
fn about_people(scope: SignInScope, options: &Options, chosen: &[String]) -> Choice {
    let (title, sentence) = about_the_person(scope.as_str()).unwrap_or_default();
    let hint = with_holders(sentence, options, |asker| asker.application.sign_in_scopes.contains(&scope));
    Choice::new(scope.as_str(), format!("{title} ({scope})")).hint(hint).among(chosen)
}

/// What it is, and which applications have it.
fn with_holders(sentence: &str, options: &Options, has: impl Fn(&Asker) -> bool) -> String {
    let holders = options.applications.iter().filter(|asker| has(asker));
    let names: Vec<&str> = holders.map(|asker| asker.application.name.as_str()).collect();
    match names.is_empty() {
        true => sentence.to_owned(),
        false => format!("{sentence} Granted already to {}.", names.join(", ")),
    }
}

/// The application that is chosen. What others ask for is none of its business: the list marks them.
fn asking<'a>(options: &'a Options, fields: &Fields) -> Option<&'a Asker> {
    let id = text(fields, "application_id");
    let chosen = options.applications.iter().find(|asker| asker.application.id.to_string() == id);
    chosen.filter(|_| text(fields, "application") == "existing")
}

fn open(asker: &Asker) -> Option<Open<'_>> {
    let title = format!("{} asks for this API already", asker.application.name);
    asker.open.as_ref().map(|request| Open { title, reference: &request.reference })
}

fn asked<'a>(question: &'a RequestQuestion, fields: &'a Fields) -> Question<'a> {
    let field = format!("answers.{}", question.name);
    let value = text(fields, &field);
    Question { value, field, label: &question.label, need: if question.required { "required" } else { "optional" } }
}

fn hints(plan: &str) -> Hints {
    Hints {
        description: format!("What it is, in a sentence or two. At most {MAX_DESCRIPTION} characters."),
        purpose: format!(
            "What you build and what happens with the data. Reviewers read this first. At most {MAX_BODY} characters."
        ),
        volume: format!("A guess is fine, such as: 500 calls a day, at night. The plan allows {plan}."),
    }
}
