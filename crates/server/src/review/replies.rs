//! `/review/replies`: the texts that reviewers keep ready, and keeping another one.

use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::portal::canned_reply::{CannedReply, ReplyKind};
use http::StatusCode;

use super::show::After;
use crate::actions::canned_replies::{self, NewCannedReply};
use crate::actions::{ActionError, FieldError};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "review/replies.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    groups: Vec<Group<'a>>,
    kinds: Vec<Choice>,
    typed: Typed,
    errors: FormErrors,
    done: &'static str,
}

struct Group<'a> {
    title: &'static str,
    replies: Vec<&'a CannedReply>,
}

#[derive(Default)]
struct Typed {
    kind: String,
    title: String,
    body: String,
}

/// The list, and the form for another one.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    after: Result<Query<After>, QueryRejection>,
) -> Response {
    let done = after.map_or("", |Query(after)| said(&after.done));
    show((&app, request_id), &signed_in, (Typed::default(), &[]), done).await
}

/// Keeps another one.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let typed = match form::read(request, ["kind", "title", "body"]).await {
        Ok(Form([kind, title, body])) => Typed { kind, title, body },
        Err(status) => return failed::form_refused(status),
    };
    let Ok(kind) = typed.kind.parse() else {
        let error = FieldError::new("kind", "required", "choose what the text is for");
        return show((&app, request_id), &signed_in, (typed, &[error]), "").await;
    };
    let new = NewCannedReply { kind, title: typed.title.clone(), body: typed.body.clone() };
    match canned_replies::create(&app.ctx, &signed_in.actor, new).await {
        Ok(_) => Redirect::to("/review/replies?done=kept").into_response(),
        Err(ActionError::Invalid(errors)) => show((&app, request_id), &signed_in, (typed, &errors), "").await,
        Err(error @ ActionError::Conflict { .. }) => {
            let error = FieldError::new("kind", "too_many", error.to_string());
            show((&app, request_id), &signed_in, (typed, &[error]), "").await
        }
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

/// Never text from the address.
fn said(done: &str) -> &'static str {
    match done {
        "kept" => "Reviewers can pick the text from now on.",
        "changed" => "The text is changed.",
        "deleted" => "The text is deleted. What was sent with its help stays.",
        _ => "",
    }
}

async fn show(
    (app, request_id): (&AppState, RequestId),
    signed_in: &SignedIn,
    (typed, errors): (Typed, &[FieldError]),
    done: &'static str,
) -> Response {
    let replies = match canned_replies::list(&app.ctx, &signed_in.actor).await {
        Ok(replies) => replies,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    let group = |title, kind| Group { title, replies: replies.iter().filter(|reply| reply.kind == kind).collect() };
    let kind = |kind: ReplyKind, label| Choice::new(kind.as_str(), label).among(&[&typed.kind]);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        chrome: signed_in.chrome(Section::Review),
        groups: vec![group("Questions", ReplyKind::Question), group("Reasons to decline", ReplyKind::Decline)],
        kinds: vec![
            kind(ReplyKind::Question, "Question to the developer"),
            kind(ReplyKind::Decline, "Reason to decline"),
        ],
        errors: FormErrors::new(errors),
        typed,
        done,
    };
    page::private(status, &page)
}
