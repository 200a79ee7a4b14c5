//! `/profile/shared`: what applications can learn about the user, once the user allows it.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::profile::{PostalAddress, Profile};
use http::StatusCode;

use super::Wanted;
use crate::actions::{ActionError, FieldError, accounts};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

const FIELDS: [&str; 14] = [
    "given_name",
    "family_name",
    "nickname",
    "preferred_username",
    "picture",
    "website",
    "birthdate",
    "locale",
    "phone_number",
    "address.street_address",
    "address.postal_code",
    "address.locality",
    "address.region",
    "address.country",
];

#[derive(Template)]
#[template(path = "login/shared.html")]
struct Shared<'a> {
    chrome: Chrome<'a>,
    profile: &'a Profile,
    address: PostalAddress,
    /// A sentence about what was done before; may be empty.
    done: &'static str,
    errors: FormErrors,
}

impl Shared<'_> {
    /// A field as its input shows it.
    fn shown<'a>(&self, text: &'a Option<String>) -> &'a str {
        text.as_deref().unwrap_or_default()
    }
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    user: SignedIn,
    Query(wanted): Query<Wanted>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let done = if wanted.done() == "saved" { "What applications can learn about you is saved." } else { "" };
    match accounts::shared_profile(&app.ctx, user.user.id).await {
        Ok(profile) => show(&user, &profile, done, &[]),
        Err(error) => failed::page(&error, request_id),
    }
}

/// Saves all fields.
pub async fn post(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let typed = match form::read(request, FIELDS).await {
        Ok(Form(fields)) => typed(fields),
        Err(status) => return failed::form_refused(status),
    };
    match accounts::edit_shared_profile(&app.ctx, &user.actor, user.user.id, &typed).await {
        Ok(_) => Redirect::to("/profile/shared?done=saved").into_response(),
        Err(ActionError::Invalid(errors)) => show(&user, &typed, "", &errors),
        Err(error) => failed::page(&error, request_id),
    }
}

fn typed(fields: [String; 14]) -> Profile {
    let [given, family, nickname, username, picture, website, birthdate, locale, phone, rest @ ..] = fields.map(Some);
    let [street_address, postal_code, locality, region, country] = rest;
    Profile {
        given_name: given,
        family_name: family,
        nickname,
        preferred_username: username,
        picture,
        website,
        birthdate,
        locale,
        phone_number: phone,
        address: Some(PostalAddress { street_address, locality, region, postal_code, country }),
    }
}

fn show(user: &SignedIn, profile: &Profile, done: &'static str, errors: &[FieldError]) -> Response {
    let page = Shared {
        chrome: user.chrome(Section::None),
        profile,
        address: profile.address.clone().unwrap_or_default(),
        done,
        errors: FormErrors::new(errors),
    };
    page::private(if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page)
}
