//! `/applications/{id}/secrets/{secret}`: ending one secret, in the way that fits: with a grace, at once, or as one that
//! fell into wrong hands.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, ClientSecretId, RequestId};
use gatehouse_core::portal::client_secret::ClientSecretState;
use http::StatusCode;

use super::head::{Head, Tab};
use super::secrets::{Line, line};
use super::{fields, refused, see};
use crate::actions::client_secrets::{self, Retirement, Revocation};
use crate::actions::{ActionError, applications};
use crate::error::sentence;
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

/// Graces in seconds, and how they are called.
const GRACES: [(&str, &str); 5] =
    [("3600", "1 hour"), ("21600", "6 hours"), ("86400", "24 hours"), ("259200", "3 days"), ("604800", "7 days")];

/// Unless something else is chosen.
const DEFAULT_GRACE: &str = "86400";

#[derive(Template)]
#[template(path = "applications/secret.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    line: Line<'a>,
    is_active: bool,
    is_usable: bool,
    is_last: bool,
    graces: Vec<Choice>,
    errors: FormErrors,
    /// Why it was not done.
    problem: String,
}

/// The ways to end it.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(secret): Path<(ApplicationId, ClientSecretId)>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    show(&app, &signed_in, secret, (StatusCode::OK, String::new()), request_id).await
}

/// Ends it.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(secret): Path<(ApplicationId, ClientSecretId)>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [how, grace, last_active] = match fields(&app, request, ["how", "grace", "last_active"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let last_active = last_active == "yes";
    let (ctx, actor) = (&app.ctx, &signed_in.actor);
    let (word, ended) = match how.as_str() {
        "retire" => {
            let retirement = Retirement { grace_seconds: grace.parse().ok(), last_active };
            ("retired", client_secrets::retire(ctx, actor, secret, retirement).await)
        }
        "revoke" => {
            let revocation = Revocation { compromised: false, last_active };
            ("revoked", client_secrets::revoke(ctx, actor, secret, revocation).await)
        }
        "compromised" => {
            let revocation = Revocation { compromised: true, last_active };
            ("compromised", client_secrets::revoke(ctx, actor, secret, revocation).await)
        }
        _ => return crate::portal::failed::form_refused(StatusCode::BAD_REQUEST),
    };
    match ended {
        Ok(_) => see(&format!("/applications/{}/secrets?done={word}", secret.0)),
        Err(ActionError::Conflict { code, message }) => {
            let message = match code {
                "last_active_secret" => LAST.to_owned(),
                _ => sentence(&message),
            };
            show(&app, &signed_in, secret, (StatusCode::CONFLICT, message), request_id).await
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

const LAST: &str = "This is the last active secret: without it the application gets no tokens. Generate another one first, \
                    or tick that it may end all the same.";

async fn show(
    app: &App,
    signed_in: &SignedIn,
    (id, secret): (ApplicationId, ClientSecretId),
    (status, problem): (StatusCode, String),
    request_id: RequestId,
) -> Response {
    let (application, secrets) = match applications::secrets(&app.ctx, &signed_in.actor, id).await {
        Ok(found) => found,
        Err(error) => return refused(signed_in, &error, request_id),
    };
    let now = app.ctx.now();
    let Some(found) = secrets.secrets.iter().find(|one| one.id == secret) else {
        return refused(signed_in, &ActionError::not_found("client secret", secret), request_id);
    };
    let is_active = found.state_at(now) == ClientSecretState::Active;
    let others = secrets.secrets.iter().filter(|one| one.id != secret);
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, &application, Tab::Secrets),
        line: line(found, &secrets, now, &signed_in.user.time_zone),
        is_active,
        is_usable: found.usable_at(now),
        is_last: is_active && !others.into_iter().any(|one| one.state_at(now) == ClientSecretState::Active),
        graces: GRACES.map(|(value, words)| Choice::new(value, words).among(&[DEFAULT_GRACE])).into(),
        errors: FormErrors::default(),
        problem,
    };
    page::private(status, &page)
}
