//! `GET /review/{reference}`: everything to decide on, on one page. Forms that were not accepted come back here with
//! what was typed.

use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{RequestId, UserId};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::AccessRequestState;
use gatehouse_core::portal::canned_reply::ReplyKind;
use gatehouse_core::portal::review::{MailStanding, mail_standing};
use gatehouse_core::time::Timestamp;
use http::StatusCode;
use serde::Deserialize;

use super::fill;
use super::scopes::{self, ScopeRow};
use super::thread::{self, Entry};
use super::words::{self, Badge};
use crate::actions::access_requests::{self, Dossier, Seat};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::requests::{of_people, of_people_then};
use crate::portal::visitor::SignedIn;
use crate::portal::{failed, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "review/show.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    typed: &'a Typed,
    errors: &'a FormErrors,
    done: &'static str,
    dossier: &'a Dossier,
    state: Badge,
    due: Option<(Badge, Moment)>,
    scopes: Vec<ScopeRow>,
    kept: Vec<String>,
    /// Titles of what it may ask of the people who sign in.
    of_people: Vec<&'static str>,
    of_people_then: &'static str,
    /// Those of them that it may ask for anyhow.
    of_people_held: Vec<&'static str>,
    contacts: Vec<Contact<'a>>,
    questions: Vec<(&'a str, &'a str)>,
    earlier: Vec<Earlier<'a>>,
    thread: Vec<Entry>,
    verified: Option<Moment>,
    assignee: Option<String>,
    is_mine: bool,
    reviewers: Vec<Choice>,
    /// Texts to pick from, for a question and for a reason.
    for_question: Vec<Choice>,
    for_reason: Vec<Choice>,
    /// What may be done now.
    can: Can,
    warnings: usize,
}

/// What the person may do now.
#[derive(Clone, Copy)]
struct Can {
    /// Anything at all.
    review: bool,
    decide: bool,
    ask: bool,
    /// Say something without a question.
    tell: bool,
    is_asked: bool,
    is_own: bool,
    approve_all: bool,
}

/// Somebody of the organization.
pub(super) struct Contact<'a> {
    pub(super) name: &'a str,
    pub(super) email: &'a str,
    pub(super) is_verified: bool,
    pub(super) is_applicant: bool,
    pub(super) standing: Badge,
}

struct Earlier<'a> {
    reference: &'a str,
    application: &'a str,
    api: &'a str,
    state: Badge,
    ended: Moment,
}

/// A form that comes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) verdicts: scopes::Typed,
    pub(super) question: String,
    pub(super) note: String,
    pub(super) errors: FormErrors,
    /// What happened meanwhile: title and text.
    pub(super) alert: Option<(&'static str, String)>,
}

/// What was done just now.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    pub(super) done: String,
}

impl After {
    /// Whether it was this.
    pub(super) fn is(&self, word: &str) -> bool {
        self.done == word
    }
}

/// The page of one request.
pub async fn get(
    State(app): State<AppState>,
    mut signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(reference): Path<String>,
    after: Result<Query<After>, QueryRejection>,
) -> Response {
    // References of changes begin with another letter; whoever types one here is led on.
    if reference.starts_with("C-") && reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Redirect::to(&format!("/review/changes/{reference}")).into_response();
    }
    let dossier = match access_requests::dossier(&app.ctx, &signed_in.actor, &reference).await {
        Ok(dossier) => dossier,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    signed_in.has_seen(&app, &format!("/review/{reference}")).await;
    let done = after.map_or("", |Query(after)| said(&after.done));
    render(&app, &signed_in, &dossier, (StatusCode::OK, &Typed::default(), done))
}

/// Never text from the address.
fn said(done: &str) -> &'static str {
    match done {
        "decided" => "Your decision is kept.",
        "asked" => "The developer has your question. The clock stands still until the answer.",
        "told" => "The developer has your message. The clock goes on.",
        "noted" => "Your note is there for every reviewer.",
        "assigned" => "The request has changed hands.",
        _ => "",
    }
}

/// The page, with what was typed when a form comes back.
pub(super) fn render(
    app: &AppState,
    signed_in: &SignedIn,
    dossier: &Dossier,
    (status, typed, done): (StatusCode, &Typed, &'static str),
) -> Response {
    let (now, reader) = (app.ctx.now(), signed_in.user.id);
    let moment = |at: Timestamp| Moment::new(at, now, &signed_in.user.time_zone);
    let request = &dossier.request;
    let state = request.state_at(now);
    let due = words::due(state, (request.due_at, request.asked_at), &app.ctx.calendar, now);
    let page = Page {
        chrome: signed_in.chrome(Section::Review),
        typed,
        errors: &typed.errors,
        done,
        dossier,
        state: words::state(state),
        due: due.zip(request.due_at.map(moment)),
        scopes: scopes::rows(dossier, reader, &typed.verdicts, (now, &moment)),
        kept: scopes::kept(dossier, now),
        contacts: contacts(
            &dossier.contacts,
            &access_requests::homepages(&dossier.application, &dossier.organization),
            request.created_by,
        ),
        questions: questions(dossier),
        earlier: earlier(dossier, &moment),
        thread: thread::entries(dossier, state, &moment),
        verified: dossier.organization.verified_at.map(moment),
        assignee: request.assignee_id.map(|id| scopes::name(dossier, id)),
        is_mine: request.assignee_id == Some(reader),
        reviewers: reviewers(dossier),
        for_question: fill::choices(&dossier.replies, ReplyKind::Question),
        for_reason: fill::choices(&dossier.replies, ReplyKind::Decline),
        of_people: of_people(&request.sign_in_scopes),
        of_people_then: of_people_then(state),
        of_people_held: of_people_held(dossier, state),
        can: can(dossier, state, reader),
        warnings: dossier.addresses.iter().map(|(_, warnings)| warnings.len()).sum(),
    };
    page::private(status, &page)
}

fn of_people_held(dossier: &Dossier, state: AccessRequestState) -> Vec<&'static str> {
    let asked = dossier.request.sign_in_scopes.iter().copied();
    let held = asked.filter(|scope| state.is_open() && dossier.application.sign_in_scopes.contains(scope));
    of_people(&held.collect::<Vec<_>>())
}

fn can(dossier: &Dossier, state: AccessRequestState, reader: gatehouse_core::id::UserId) -> Can {
    let review = dossier.seat == Seat::Reviewer;
    let open = state.is_open();
    Can {
        review,
        decide: review && open,
        ask: review && matches!(state, AccessRequestState::Submitted | AccessRequestState::InReview),
        tell: review && state.is_under_review(),
        is_asked: state == AccessRequestState::NeedsInformation,
        is_own: dossier.seat == Seat::Own,
        approve_all: scopes::approvable(&dossier.request, reader).count() > 1,
    }
}

/// People, with what their addresses say beside the homepages.
pub(super) fn contacts<'a>(people: &'a [User], homepages: &[String], asker: UserId) -> Vec<Contact<'a>> {
    let contact = |user: &User| match mail_standing(user.email.host(), homepages) {
        MailStanding::Homepage => Badge { tone: "good", words: "Address at the homepage's domain" },
        MailStanding::Elsewhere => Badge { tone: "warning", words: "Another domain than the homepage" },
        MailStanding::Free => Badge { tone: "warning", words: "Free-mail address" },
        MailStanding::Unknown => Badge { tone: "plain", words: "No homepage to compare" },
    };
    people
        .iter()
        .map(|user| Contact {
            name: &user.name,
            email: user.email.as_typed(),
            is_verified: user.is_verified(),
            is_applicant: user.id == asker,
            standing: contact(user),
        })
        .collect()
}

/// The API's questions in their order, then answers to questions that it does not ask any more.
fn questions(dossier: &Dossier) -> Vec<(&str, &str)> {
    let asked = &dossier.api.request_questions;
    let answers = &dossier.request.answers;
    let now = asked.iter().map(|question| {
        let answer = answers.get(&question.name).map_or("", String::as_str);
        (question.label.as_str(), answer)
    });
    let gone = answers.iter().filter(|(name, _)| !asked.iter().any(|question| question.name == **name));
    now.chain(gone.map(|(name, answer)| (name.as_str(), answer.as_str()))).collect()
}

fn earlier<'a>(dossier: &'a Dossier, moment: &dyn Fn(Timestamp) -> Moment) -> Vec<Earlier<'a>> {
    let others = dossier.earlier.iter().filter(|earlier| earlier.reference != dossier.request.reference);
    others
        .map(|earlier| Earlier {
            reference: &earlier.reference,
            application: &earlier.application,
            api: &earlier.api,
            state: words::state(earlier.state),
            ended: moment(earlier.ended_at),
        })
        .collect()
}

fn reviewers(dossier: &Dossier) -> Vec<Choice> {
    let assignee = dossier.request.assignee_id.map(|id| id.to_string()).unwrap_or_default();
    let nobody = Choice::new("", "Nobody").among(&[&assignee]);
    let one = |user: &gatehouse_core::identity::user::User| {
        Choice::new(user.id.to_string(), user.name.clone()).among(&[&assignee])
    };
    std::iter::once(nobody).chain(dossier.reviewers.iter().map(one)).collect()
}
