//! `/applications/{id}/members`: who sees and changes the application, and whose it is.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use http::StatusCode;

use super::head::{Head, Tab};
use super::{Done, refused};
use crate::actions::applications;
use crate::actions::organizations;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::people::{Person, member_role};
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

const SENTENCES: [(&str, &str); 2] = [
    ("transferred", "The application belongs to its new organization now. Its owners have a mail."),
    (
        "transferred-without",
        "The application belongs to its new organization now. Its API user is no verified member there and was taken \
         away: choose another in the settings.",
    ),
];

#[derive(Template)]
#[template(path = "applications/members.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    organization: &'a str,
    address: String,
    is_verified: bool,
    people: Vec<Person>,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    Query(done): Query<Done>,
) -> Response {
    let application = match applications::find(&app.ctx, &signed_in.actor, id).await {
        Ok(application) => application,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let found = match organizations::overview(&app.ctx, &signed_in.actor, application.organization_id).await {
        Ok(found) => found,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let moment = |at| Moment::new(at, app.ctx.now(), &signed_in.user.time_zone);
    let members = found.members.iter();
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(&signed_in, &application, Tab::Members).done(&done.done, &SENTENCES),
        organization: &found.organization.name,
        address: format!("/organizations/{}", found.organization.id),
        is_verified: found.organization.verified_at.is_some(),
        people: members
            .map(|of| Person::new(&of.user, member_role(of.member.role), moment(of.member.created_at), &signed_in))
            .collect(),
    };
    page::private(StatusCode::OK, &page)
}
