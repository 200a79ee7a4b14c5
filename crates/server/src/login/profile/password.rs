//! `POST /profile/password`

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::{StatusCode, header};

use super::{Page, show};
use crate::actions::ActionError;
use crate::actions::accounts::{self, ProfileChange};
use crate::login::throttle::What;
use crate::login::{Sender, throttled};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Form};
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Changes the password of whoever knows the present one; this browser goes on with a new session.
pub async fn post(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    let [current, new] = match form::read(request, ["current_password", "password"]).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let email = user.user.email.key();
    let admitted = match app.login_throttle.admit(What::Password, email, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::within(user.chrome(Section::None), seconds),
    };
    let (id, device) = (user.user.id, sender.device);
    match accounts::change_password(&app.ctx, &user.actor, id, (&current, &new), device).await {
        Ok(opened) => {
            admitted.forgive();
            let mut response = Redirect::to("/profile?done=password").into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::cookie(&app, &opened.cookie));
            response
        }
        Err(ActionError::Invalid(errors)) => {
            if errors.iter().all(|error| error.field != "current_password") {
                admitted.forgive();
            }
            let typed = ProfileChange { name: user.user.name.clone(), time_zone: user.user.time_zone.clone() };
            let page = Page { status: StatusCode::UNPROCESSABLE_ENTITY, typed, done: "", errors };
            show(&app, &user, request_id, page).await
        }
        Err(error) => failed::page(&error, request_id),
    }
}
