//! `/requests/{reference}`: one request, for the organization that asks.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::scope::about_the_person;
use gatehouse_core::portal::access_request::{AccessRequestState, MAX_BODY, MessageKind, RequestedScope, UNANSWERED};
use gatehouse_core::portal::application::{ApplicationState, ApplicationType, SignInScope};
use http::StatusCode;
use serde::Deserialize;

use super::words;
use crate::actions::access_requests::{Details, Thread};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

/// What may stand behind the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    done: Option<String>,
}

/// What was typed as an answer and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) text: String,
    pub(super) errors: FormErrors,
}

#[derive(Template)]
#[template(path = "requests/show.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    details: &'a Details,
    done: &'a str,
    typed: &'a Typed,
    state: AccessRequestState,
    badge: (&'static str, &'static str),
    submitted: Option<Moment>,
    due: Option<Due>,
    /// When an unanswered question ends the request.
    ends: Option<Moment>,
    scopes: Vec<Scope>,
    events: Vec<Event>,
    answers: Vec<(&'a str, &'a str)>,
    /// Titles of what it may ask of the people who sign in.
    of_people: Vec<&'static str>,
    of_people_then: &'static str,
    /// After submitting.
    /// Beside the answer's field.
    hint: String,
}

struct Due {
    at: Moment,
    is_over: bool,
}

struct Scope {
    name: String,
    title: String,
    sentence: String,
    mark: &'static str,
    badge: (&'static str, &'static str),
    reason: Option<String>,
}

struct Event {
    tone: &'static str,
    title: String,
    at: Moment,
    body: Option<String>,
}

impl Page<'_> {
    fn is_open(&self) -> bool {
        self.state.is_open()
    }

    fn is_draft(&self) -> bool {
        self.state == AccessRequestState::Draft
    }

    fn needs_answer(&self) -> bool {
        self.state == AccessRequestState::NeedsInformation
    }

    /// Reviewers read it, and have not asked.
    fn may_add(&self) -> bool {
        self.details.may_write && self.state.is_under_review() && !self.needs_answer()
    }

    /// There is no page of it any more.
    fn is_deleted(&self) -> bool {
        self.details.application.state == ApplicationState::Deleted
    }

    /// What the application's page has for whoever was approved.
    fn next_steps(&self) -> &'static str {
        match self.details.application.application_type {
            ApplicationType::Service => "credentials, and the first call",
            ApplicationType::Web => "credentials, the first call, and how people sign in",
            ApplicationType::Browser => "the client id, and how people sign in",
            ApplicationType::Native => "the client id, and how people sign in, also on a device without a browser",
        }
    }

    /// Asking again makes sense once the request has ended with less than everything.
    fn may_ask_again(&self) -> bool {
        self.details.may_write && !self.is_open() && self.state != AccessRequestState::Approved
    }
}

/// The page; what the portal told of this request is read now.
pub async fn get(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
    Extension(request_id): Extension<RequestId>,
    mut signed_in: SignedIn,
) -> Response {
    let details = match super::load(&app, &signed_in, (&reference, request_id)).await {
        Ok(details) => details,
        Err(response) => return response,
    };
    signed_in.has_seen(&app, &format!("/requests/{}", details.request.reference)).await;
    let done = asked.done.unwrap_or_default();
    render(&app, StatusCode::OK, (&signed_in, &details), (&done, &Typed::default()))
}

/// The page, after a form that was not accepted with what was typed.
pub(super) fn render(
    app: &AppState,
    status: StatusCode,
    (signed_in, details): (&SignedIn, &Details),
    (done, typed): (&str, &Typed),
) -> Response {
    let now = app.ctx.now();
    let request = &details.request;
    let state = request.state_at(now);
    let moment = |at| Moment::new(at, now, &signed_in.user.time_zone);
    let decides = matches!(state, AccessRequestState::Submitted | AccessRequestState::InReview);
    let due = request.due_at.filter(|_| decides).map(|due| Due { at: moment(due), is_over: due < now });
    let questions = details.api.request_questions.iter();
    let answers = questions.filter_map(|question| {
        Some((question.label.as_str(), request.answers.get(&question.name).filter(|text| !text.is_empty())?.as_str()))
    });
    let page = Page {
        chrome: signed_in.chrome(Section::Requests),
        details,
        done,
        typed,
        state,
        badge: words::state(state),
        submitted: request.submitted_at.map(moment),
        due,
        ends: request.asked_at.filter(|_| state.is_open()).map(|asked| moment(asked.plus(UNANSWERED))),
        scopes: request.scopes.iter().map(|scope| shown(scope, details, state)).collect(),
        events: events(details, state, &moment),
        answers: answers.collect(),
        of_people: of_people(&request.sign_in_scopes),
        of_people_then: of_people_then(state),
        hint: format!("The reviewers read it. At most {MAX_BODY} characters."),
    };
    page::private(status, &page)
}

/// What becomes of [`of_people`], or has.
pub(crate) fn of_people_then(state: AccessRequestState) -> &'static str {
    match state {
        AccessRequestState::Approved | AccessRequestState::PartlyApproved => {
            "The application may ask for it now; each person is asked first."
        }
        state if state.is_open() => "It comes with the first scope that is approved; each person is asked first.",
        _ => "It comes with an approved scope, and none was approved.",
    }
}

/// What the application may ask of the people who sign in, as they read it.
pub(crate) fn of_people(scopes: &[SignInScope]) -> Vec<&'static str> {
    let about = scopes.iter().filter_map(|scope| about_the_person(scope.as_str()));
    about.map(|(title, _)| title).collect()
}

fn shown(scope: &RequestedScope, details: &Details, state: AccessRequestState) -> Scope {
    let known = details.scopes.iter().find(|known| known.id == scope.scope_id);
    Scope {
        name: scope.scope.clone(),
        title: known.map_or_else(|| scope.scope.clone(), |known| known.title.clone()),
        sentence: known.map(|known| known.sentence.clone()).unwrap_or_default(),
        mark: words::sensitivity(scope.sensitivity),
        badge: words::decision(scope.decision, state),
        reason: scope.reason.clone(),
    }
}

/// What happened, oldest first.
fn events(
    details: &Details,
    state: AccessRequestState,
    moment: &impl Fn(gatehouse_core::time::Timestamp) -> Moment,
) -> Vec<Event> {
    let request = &details.request;
    let mut events = Vec::new();
    let submitted = request.submitted_at.map(|at| Event {
        tone: "info",
        title: format!("{} submitted the request", details.developer),
        at: moment(at),
        body: None,
    });
    events.extend(submitted);
    events.extend(details.thread.iter().map(|said| {
        let Thread { message, author } = said;
        let (tone, verb) = match message.kind {
            MessageKind::Question => ("warning", "asked"),
            MessageKind::Answer => ("plain", "answered"),
            MessageKind::Reply | MessageKind::Note => ("plain", "wrote"),
        };
        let body = Some(message.body.clone());
        Event { tone, title: format!("{author} {verb}"), at: moment(message.created_at), body }
    }));
    let ended = request.decided_at.or(request.asked_at.map(|asked| asked.plus(UNANSWERED)));
    if let Some(at) = ended.filter(|_| !state.is_open()) {
        let (tone, title) = match state {
            AccessRequestState::Approved => ("good", "All scopes were approved"),
            AccessRequestState::PartlyApproved => ("good", "Some scopes were approved"),
            AccessRequestState::Declined => ("danger", "The request was declined"),
            AccessRequestState::Expired => ("plain", "The question was not answered within 30 days"),
            _ => ("plain", "The request was withdrawn"),
        };
        events.push(Event { tone, title: title.to_owned(), at: moment(at), body: None });
    }
    events
}
