//! `POST /review/{reference}/ask` and `/note`: a question or a message to the developer, a note to the other reviewers.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::decide::meanwhile;
use super::fill;
use super::show::{self, Typed};
use crate::actions::access_requests::{self, Dossier, NewNote, NewReply, Question};
use crate::actions::{ActionError, FieldError};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Asks the developer, or only tells them.
pub async fn ask(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(reference): Path<String>,
    request: Request,
) -> Response {
    let fields = ["question", "reply", "do"];
    let ([text, reply, step], dossier) = match read((&app, request_id), &signed_in, &reference, (request, fields)).await
    {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    if step == "fill" {
        let typed = Typed { question: fill::question(&dossier, &text, &reply), ..Typed::default() };
        return show::render(&app, &signed_in, &dossier, (StatusCode::OK, &typed, ""));
    }
    let (actor, id, said) = (&signed_in.actor, dossier.request.id, text.clone());
    let done = if step == "tell" {
        access_requests::reply(&app.ctx, actor, id, NewReply { reviewer: None, text: said }).await.map(|_| "told")
    } else {
        access_requests::ask(&app.ctx, actor, id, Question { reviewer: None, text: said }).await.map(|_| "asked")
    };
    let typed = Typed { question: text, ..Typed::default() };
    answer((&app, request_id), &signed_in, &dossier, (done, "question", typed)).await
}

/// Writes a note.
pub async fn note(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(reference): Path<String>,
    request: Request,
) -> Response {
    let ([text], dossier) = match read((&app, request_id), &signed_in, &reference, (request, ["note"])).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let note = NewNote { reviewer: None, text: text.clone() };
    let noted = access_requests::note(&app.ctx, &signed_in.actor, dossier.request.id, note).await;
    let typed = Typed { note: text, ..Typed::default() };
    answer((&app, request_id), &signed_in, &dossier, (noted.map(|_| "noted"), "note", typed)).await
}

async fn read<const N: usize>(
    (app, request_id): (&AppState, RequestId),
    signed_in: &SignedIn,
    reference: &str,
    (request, fields): (Request, [&str; N]),
) -> Result<([String; N], Dossier), Response> {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return Err(failed::form_refused(StatusCode::FORBIDDEN));
    }
    let Form(values) = form::read(request, fields).await.map_err(failed::form_refused)?;
    let dossier = access_requests::dossier(&app.ctx, &signed_in.actor, reference).await;
    let dossier = dossier.map_err(|error| failed::refused(&error, request_id, signed_in.chrome(Section::Review)))?;
    Ok((values, dossier))
}

async fn answer(
    (app, request_id): (&AppState, RequestId),
    signed_in: &SignedIn,
    dossier: &Dossier,
    (done, field, typed): (Result<&'static str, ActionError>, &'static str, Typed),
) -> Response {
    let reference = &dossier.request.reference;
    match done {
        Ok(done) => Redirect::to(&format!("/review/{reference}?done={done}#conversation")).into_response(),
        Err(ActionError::Invalid(errors)) => {
            let named = |error: &FieldError| FieldError::new(field, error.code, error.message.clone());
            let errors = FormErrors::new(&errors.iter().map(named).collect::<Vec<_>>());
            let typed = Typed { errors, ..typed };
            show::render(app, signed_in, dossier, (StatusCode::UNPROCESSABLE_ENTITY, &typed, ""))
        }
        Err(error @ ActionError::Conflict { .. }) => {
            meanwhile((app, request_id), signed_in, reference, (&error, typed)).await
        }
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}
