//! `/profile/two-step/app/remove`, `/profile/two-step/codes`, `/profile/passkeys/{id}/remove`: what asks for the password
//! once more before it is done.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{PasskeyId, RequestId};
use http::StatusCode;

use super::{PATH, codes};
use crate::actions::{ActionError, FieldError, factors};
use crate::login::throttle::What;
use crate::login::{Sender, password_first, throttled};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

/// What is about to be done.
#[derive(Clone, PartialEq, Eq)]
enum Question {
    RemoveApp,
    NewCodes,
    RemovePasskey(PasskeyId, String),
}

#[derive(Template)]
#[template(path = "login/confirm_factor.html")]
struct Confirm<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
    question: &'a Question,
    errors: FormErrors,
}

impl Question {
    fn title(&self) -> String {
        match self {
            Self::RemoveApp => "Remove the authenticator app".to_owned(),
            Self::NewCodes => "Make new recovery codes".to_owned(),
            Self::RemovePasskey(_, name) => format!("Remove the passkey “{name}”"),
        }
    }

    const fn text(&self) -> &'static str {
        match self {
            Self::RemoveApp => "Your password alone will sign you in. The recovery codes end too.",
            Self::NewCodes => "The codes that you have now will not work any more.",
            Self::RemovePasskey(..) => "It will not sign you in any more. Delete it on your device as well.",
        }
    }

    fn wants_code(&self) -> bool {
        *self == Self::RemoveApp
    }

    fn is_removal(&self) -> bool {
        *self != Self::NewCodes
    }

    fn path(&self) -> String {
        match self {
            Self::RemoveApp => "/profile/two-step/app/remove".to_owned(),
            Self::NewCodes => "/profile/two-step/codes".to_owned(),
            Self::RemovePasskey(id, _) => format!("/profile/passkeys/{id}/remove"),
        }
    }
}

/// Asks whether the app shall go.
pub async fn get_app(State(app): State<AppState>, user: SignedIn, id: Extension<RequestId>) -> Response {
    ask_about_app(&app, &user, id.0, &Question::RemoveApp).await
}

/// Removes it.
pub async fn post_app(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    answer(&app, &user, (request_id, request), Question::RemoveApp).await
}

/// Asks whether the recovery codes shall be others.
pub async fn get_codes(State(app): State<AppState>, user: SignedIn, id: Extension<RequestId>) -> Response {
    ask_about_app(&app, &user, id.0, &Question::NewCodes).await
}

/// Shows the others.
pub async fn post_codes(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    answer(&app, &user, (request_id, request), Question::NewCodes).await
}

/// Asks whether a passkey shall go.
pub async fn get_passkey(
    State(app): State<AppState>,
    user: SignedIn,
    Path(id): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match passkey(&app, &user, &id).await {
        Ok(question) => match password_first::checked(&app, &user).await {
            Ok(()) => show(&user, &question, &[]),
            Err(page) => page,
        },
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

/// Removes it.
pub async fn post_passkey(
    State(app): State<AppState>,
    user: SignedIn,
    Path(id): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match passkey(&app, &user, &id).await {
        Ok(question) => answer(&app, &user, (request_id, request), question).await,
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

async fn passkey(app: &App, user: &SignedIn, id: &str) -> Result<Question, ActionError> {
    let factors = factors::list(&app.ctx, user.user.id).await?;
    let found = factors.passkeys.into_iter().find(|passkey| passkey.id.to_string() == id);
    found
        .map(|passkey| Question::RemovePasskey(passkey.id, passkey.name))
        .ok_or_else(|| ActionError::not_found("passkey", id))
}

/// Without an app there is nothing to ask.
async fn ask_about_app(app: &App, user: &SignedIn, request_id: RequestId, question: &Question) -> Response {
    match factors::list(&app.ctx, user.user.id).await {
        Ok(factors) if factors.app.is_none() => Redirect::to(PATH).into_response(),
        Ok(_) => show(user, question, &[]),
        Err(error) => failed::page(&error, request_id),
    }
}

async fn answer(
    app: &App,
    user: &SignedIn,
    (request_id, request): (RequestId, Request),
    question: Question,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    let [password, code] = match form::read(request, ["current_password", "code"]).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    if question.wants_code() && code.trim().is_empty() {
        return show(user, &question, &[factors::no_code()]);
    }
    let (account, now) = (user.user.email.key(), app.ctx.now());
    let admitted = app.login_throttle.admit(What::Password, account, sender.address, now);
    let as_code = app.login_throttle.admit(What::Code, &user.user.id.to_string(), sender.address, now);
    let (admitted, as_code) = match (admitted, as_code) {
        (Ok(admitted), Ok(as_code)) => (admitted, as_code),
        (Err(seconds), _) | (_, Err(seconds)) => return throttled::within(user.chrome(Section::None), seconds),
    };
    match act(app, user, &question, (&password, &code)).await {
        Ok(response) => {
            admitted.forgive();
            as_code.forgive();
            response
        }
        Err(ActionError::Invalid(errors)) => show(user, &question, &errors),
        Err(error @ (ActionError::Database(_) | ActionError::Internal(_))) => failed::page(&error, request_id),
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

async fn act(
    app: &App,
    user: &SignedIn,
    question: &Question,
    (password, code): (&str, &str),
) -> Result<Response, ActionError> {
    let (ctx, actor, id) = (&app.ctx, &user.actor, user.user.id);
    let to = |done: &str| Redirect::to(&format!("{PATH}?done={done}")).into_response();
    match question {
        Question::RemoveApp => factors::disable_app(ctx, actor, id, (password, code)).await.map(|()| to("app-removed")),
        Question::NewCodes => factors::renew_codes(ctx, actor, id, password).await.map(|given| codes(user, &given)),
        Question::RemovePasskey(passkey, _) => {
            factors::remove_passkey(ctx, actor, (id, *passkey), password).await.map(|()| to("passkey-removed"))
        }
    }
}

fn show(user: &SignedIn, question: &Question, errors: &[FieldError]) -> Response {
    let page = Confirm {
        chrome: user.chrome(Section::None),
        email: user.user.email.as_typed(),
        question,
        errors: FormErrors::new(errors),
    };
    page::private(if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page)
}
