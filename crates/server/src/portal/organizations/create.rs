//! `/organizations/new`: an organization of one's own, before the first request would make one.

use askama::Template;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::refused;
use crate::actions::organizations::{self, NewOrganization};
use crate::actions::{ActionError, FieldError};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::fields;
use crate::portal::form_errors::FormErrors;
use crate::portal::page;
use crate::portal::people::see;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "organizations/new.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    is_verified: bool,
    name: &'a str,
    homepage: &'a str,
    errors: FormErrors,
}

/// The form.
pub async fn get(signed_in: SignedIn) -> Response {
    show(&signed_in, ["", ""], &[])
}

/// Makes it; whoever does owns it.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [name, homepage] = match fields(&app, request, ["name", "homepage"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let wanted = Some(homepage.trim().to_owned()).filter(|text| !text.is_empty());
    let input = NewOrganization { name: name.clone(), homepage: wanted, owner: None };
    match organizations::create(&app.ctx, &signed_in.actor, input).await {
        Ok(organization) => see(&format!("/organizations/{}?done=made", organization.id)),
        Err(ActionError::Invalid(errors)) => show(&signed_in, [&name, &homepage], &errors),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

fn show(signed_in: &SignedIn, [name, homepage]: [&str; 2], errors: &[FieldError]) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = signed_in.chrome(Section::None);
    let is_verified = signed_in.user.is_verified();
    page::private(status, &Page { chrome, is_verified, name, homepage, errors: FormErrors::new(errors) })
}
