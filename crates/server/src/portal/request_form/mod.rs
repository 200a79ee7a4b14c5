//! `/apis/{slug}/request`: asking for access to an API, on one page. What was typed is kept when it cannot be accepted,
//! and as a draft when its writer wants so.

mod fields;
mod page;

use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;
use serde::Deserialize;

use self::fields::{Wanted, apply_of, from_request, text, times, with_defaults};
use self::page::{Shown, form};
use super::chrome::Section;
use super::form::{self as forms, Fields};
use super::visitor::SignedIn;
use super::{csrf, failed};
use crate::actions::access_requests::{self, Applied, Options};
use crate::actions::{ActionError, FieldError};
use crate::state::AppState;

/// What may stand behind the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// What was just done.
    done: Option<String>,
    /// An application that is chosen beforehand.
    application: Option<String>,
    /// A request whose answers are filled in.
    again: Option<String>,
}

/// The form: empty, as it was left, or with the answers of an earlier request.
pub async fn get(
    State(app): State<AppState>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    Extension(request_id): Extension<RequestId>,
    signed_in: SignedIn,
) -> Response {
    let options = match access_requests::options(&app.ctx, signed_in.user.id, &slug).await {
        Ok(options) => options,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Apis)),
    };
    let begun = match &asked.again {
        Some(reference) => match access_requests::details(&app.ctx, &signed_in.actor, reference).await {
            Ok(details) => Some(from_request(&details, &options)),
            Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Apis)),
        },
        None => options.draft.as_ref().map(|draft| draft.form.clone()),
    };
    let wanted = asked.application.as_deref();
    // Whoever comes from the page of another application begins anew.
    let begun = begun.filter(|begun| wanted.is_none_or(|wanted| text(begun, "application_id") == wanted));
    let fields = with_defaults(begun.unwrap_or_default(), (&options, &signed_in), wanted, app.ctx.random());
    let shown = Shown { done: asked.done.as_deref(), again: asked.again.as_deref(), ..Shown::default() };
    form(&app, StatusCode::OK, (&signed_in, &options), (&fields, shown))
}

/// Asks, keeps the draft, or throws it away.
pub async fn post(
    State(app): State<AppState>,
    Path(slug): Path<String>,
    Extension(request_id): Extension<RequestId>,
    signed_in: SignedIn,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let options = match access_requests::options(&app.ctx, signed_in.user.id, &slug).await {
        Ok(options) => options,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Apis)),
    };
    let fields = match forms::read_fields(request, |name| times(name, &options.api)).await {
        Ok(fields) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let done = match Wanted::of(&fields) {
        Some(Wanted::Submit) => return submit(&app, (&signed_in, &options), fields, request_id).await,
        Some(Wanted::Save) => save(&app, (&signed_in, &options), &fields).await.map(|()| "saved"),
        Some(Wanted::Discard) => {
            access_requests::discard_draft(&app.ctx, signed_in.user.id, options.api.id).await.map(|()| "discarded")
        }
        None => return failed::form_refused(StatusCode::BAD_REQUEST),
    };
    match done {
        Ok(word) => Redirect::to(&format!("/apis/{}/request?done={word}", options.api.slug)).into_response(),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Apis)),
    }
}

async fn submit(
    app: &AppState,
    (signed_in, options): (&SignedIn, &Options),
    fields: Fields,
    request_id: RequestId,
) -> Response {
    match access_requests::apply(&app.ctx, &signed_in.actor, apply_of(&options.api.slug, &fields)).await {
        Ok(Applied::Made(request)) => {
            Redirect::to(&format!("/requests/{}?done=submitted", request.reference)).into_response()
        }
        Ok(Applied::MadeBefore(request)) => {
            Redirect::to(&format!("/requests/{}?done=already", request.reference)).into_response()
        }
        Err(ActionError::Invalid(errors)) => again(app, (signed_in, options), &fields, &errors).await,
        Err(ActionError::Conflict { code: "request_open", message }) => {
            let error = FieldError::new("application_id", "request_open", message);
            again(app, (signed_in, options), &fields, &[error]).await
        }
        Err(error) => {
            keep(app, (signed_in, options), &fields).await;
            failed::refused(&error, request_id, signed_in.chrome(Section::Apis))
        }
    }
}

/// The form with what is wrong, and a draft of it, so that closing the page loses nothing.
async fn again(
    app: &AppState,
    (signed_in, options): (&SignedIn, &Options),
    fields: &Fields,
    errors: &[FieldError],
) -> Response {
    keep(app, (signed_in, options), fields).await;
    let shown = Shown { errors: fields::errors(errors, fields, &options.api), ..Shown::default() };
    form(app, StatusCode::UNPROCESSABLE_ENTITY, (signed_in, options), (fields, shown))
}

/// The page shows what was typed either way.
async fn keep(app: &AppState, who: (&SignedIn, &Options), fields: &Fields) {
    let ((signed_in, options), form) = (who, fields::draft_of(fields));
    if let Err(error) = access_requests::keep_draft(&app.ctx, signed_in.user.id, options.api.id, form).await {
        tracing::warn!(%error, "request_form.draft_not_kept");
    }
}

async fn save(app: &AppState, (signed_in, options): (&SignedIn, &Options), fields: &Fields) -> Result<(), ActionError> {
    access_requests::save_draft(&app.ctx, signed_in.user.id, options.api.id, fields::draft_of(fields)).await
}
