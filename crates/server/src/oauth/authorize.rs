//! `GET|POST /oauth2/{server}/v1/authorize` (RFC 6749 §4.1.1; OAuth 2.1 draft §4.1.1; OpenID Connect Core §3.1.2).
//!
//! 1. `request` reads who asks and where the answer may go. What is wrong with either is shown to the person on a page
//!    of ours and goes nowhere (RFC 9700 §4.11.2).
//! 2. `steps` decides what comes next: sign in, prove more, choose the account, consent; or the answer. Unless the
//!    application wants no page shown, nothing leaves for its redirect URI before somebody has signed in, errors included.
//! 3. Nothing is stored until the customer allows it: every page carries the request in its address, with a value that
//!    says what has been answered since ([`gatehouse_core::oauth::resume`]).

pub mod account;
mod answer;
pub mod consent;
mod hint;
pub(crate) mod onward;
mod refused;
mod request;
mod steps;
pub(super) mod verify_first;
pub(crate) mod visit;

use axum::extract::{RawQuery, Request};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::oauth::params::Params;
use http::{HeaderValue, StatusCode, header};
use url::form_urlencoded;

use crate::login::step_up;
use crate::oauth::asking::Form;
use crate::portal::failed;
use crate::portal::form;
use refused::Refused;
use request::Asked;
use steps::Step;
use visit::Visit;

/// Takes the request as it stands in the address.
pub async fn get(visit: Visit, RawQuery(query): RawQuery) -> Response {
    let asked = match request::read(&visit.app, &visit.server_id, query.as_deref().unwrap_or_default()).await {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(&visit),
    };
    match steps::next(&visit.app, &asked, visit.who.as_ref()).await {
        Ok(step) => respond(&visit, &asked, step).await,
        Err(error) => failed::page(&error, visit.request_id),
    }
}

/// A request in a form becomes one in an address before anybody looks for the session: its cookie is not there when
/// another site's page sends the form (`SameSite=Lax`).
pub async fn post(visit: Visit, request: Request) -> Response {
    let body = match form::body(request).await {
        Ok(body) => body,
        Err(status) => return failed::form_refused(status),
    };
    if let Err(error) = Params::parse(&body) {
        return Refused::nobody(&error).into_response(&visit);
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form_urlencoded::parse(&body)).finish();
    see_other(&format!("{}?{query}", visit.path))
}

/// What comes next, as an answer.
async fn respond(visit: &Visit, asked: &Asked, step: Step) -> Response {
    match step {
        Step::SignIn => see_other(&onward::sign_in(&asked.path())),
        Step::Again(wanted) => see_other(&step_up::address(&asked.path(), wanted)),
        Step::Verify(who) => verify_first::page(visit, asked, &who),
        Step::Choose(who) => account::page(visit, asked, &who, StatusCode::OK),
        Step::Ask(who, question) => consent::page(visit, asked, (&who, &question), Form::Fresh).await,
        Step::Allow(who, allowed) => consent::allow(visit, asked, &who, allowed).await,
        Step::Refuse(error) => answer::error(visit, asked, &error),
    }
}

/// 303: whatever the method was, the next is GET (RFC 9700 §4.12). Addresses with a request in them are nobody's to know.
pub(in crate::oauth) fn see_other(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
