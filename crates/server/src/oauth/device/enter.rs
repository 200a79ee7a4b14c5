//! `/device`: a person types in the code that their device shows (RFC 8628 §3.3).
//!
//! A code in the address (§3.3.1) is filled in and nothing more. Tries are counted by person and network address (§5.1),
//! and a code that never was gets the same words as one that is over.

use askama::Template;
use axum::extract::{Query, Request};
use axum::response::Response;
use gatehouse_core::oauth::user_code::UserCode;
use http::StatusCode;
use serde::Deserialize;

use super::visit::{Visit, sign_in};
use super::{PATH, confirm};
use crate::actions::{FieldError, devices};
use crate::login::throttle::What;
use crate::login::throttled;
use crate::oauth::authorize::see_other;
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::{csrf, failed, page};

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Wanted {
    /// However it is written.
    #[serde(default)]
    user_code: String,
}

#[derive(Template)]
#[template(path = "device/enter.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    action: &'static str,
    user_code: String,
    errors: FormErrors,
}

/// The form.
pub async fn get(visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let code = UserCode::parse(&wanted.user_code);
    if visit.who.is_none() {
        return sign_in(code.as_ref());
    }
    let shown = code.map(|code| code.to_string()).unwrap_or_default();
    show(&visit, StatusCode::OK, (shown, FormErrors::default()))
}

/// On to the question, or the form again.
pub async fn post(visit: Visit, request: Request) -> Response {
    if !csrf::is_ours(request.headers(), &visit.at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let [typed] = match form::read(request, ["user_code"]).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let code = UserCode::parse(&typed);
    let Some(who) = &visit.who else { return sign_in(code.as_ref()) };
    let Some(code) = code else {
        let message = "enter the eight letters that your device shows, such as WDJB-MJHT";
        return again(&visit, (typed, "malformed", message));
    };
    let throttle = &visit.app.login_throttle;
    let admitted = throttle.admit(What::UserCode, &who.user.id.to_string(), visit.address, visit.app.ctx.now());
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::within(visit.at.chrome(&visit.app).bare(), seconds),
    };
    match devices::find_waiting(&visit.app.ctx, &code).await {
        Ok(Some(_)) => {
            admitted.forgive();
            match confirm::path(&visit.app, who, &code) {
                Ok(path) => see_other(&path),
                Err(error) => failed::page(&error, visit.request_id),
            }
        }
        Ok(None) => over(&visit, &code),
        Err(error) => failed::page(&error, visit.request_id),
    }
}

/// The form again for a code that nobody can answer, whyever.
pub(super) fn over(visit: &Visit, code: &UserCode) -> Response {
    let message = "no device waits with this code: compare it with your device, or begin again there, for a code is good \
                   for a few minutes and one answer";
    again(visit, (code.to_string(), "unknown", message))
}

fn again(visit: &Visit, (typed, error, message): (String, &'static str, &'static str)) -> Response {
    let errors = FormErrors::new(&[FieldError::new("user_code", error, message)]);
    show(visit, StatusCode::UNPROCESSABLE_ENTITY, (typed, errors))
}

fn show(visit: &Visit, status: StatusCode, (user_code, errors): (String, FormErrors)) -> Response {
    page::private(status, &Page { chrome: visit.at.chrome(&visit.app).bare(), action: PATH, user_code, errors })
}
