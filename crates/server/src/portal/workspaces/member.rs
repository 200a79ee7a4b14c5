//! `/workspaces/{id}/members/{user}`: another role, removal, or leaving; and what applications lose by it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{RequestId, UserId, WorkspaceId};
use gatehouse_core::identity::workspace::WorkspaceRole;
use http::StatusCode;

use super::refused;
use crate::actions::{ActionError, FieldError, workspaces};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::fields;
use crate::portal::form_errors::FormErrors;
use crate::portal::page;
use crate::portal::people::{see, workspace_roles};
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

#[derive(Template)]
#[template(path = "workspaces/member.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    address: String,
    workspace: &'a str,
    name: &'a str,
    email: &'a str,
    is_me: bool,
    /// Whether it is the reader, and the last owner.
    must_stay: bool,
    /// None for whom the reader may not give another role.
    roles: Vec<Choice>,
    may_remove: bool,
    /// Applications that no longer read the data then, with their organizations.
    readers: Vec<(String, String)>,
    errors: FormErrors,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(ids): Path<(WorkspaceId, UserId)>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    show(&app, &signed_in, ids, (&[], ""), request_id).await
}

/// `how` is `role` or `remove`.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path((id, user)): Path<(WorkspaceId, UserId)>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [how, role] = match fields(&app, request, ["how", "role"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let (ctx, actor) = (&app.ctx, &signed_in.actor);
    // Admins change members by the management API; the page is for members.
    if let Err(error) = workspaces::overview(ctx, actor, id).await {
        return refused(&signed_in, &error, request_id);
    }
    let done = match (how.as_str(), role.parse::<WorkspaceRole>()) {
        ("remove", _) => workspaces::remove_member(ctx, actor, id, user).await.map(|()| "removed"),
        ("role", Ok(role)) => workspaces::set_member_role(ctx, actor, (id, user), role).await.map(|()| "role"),
        _ => Err(ActionError::invalid("role", "unknown", "choose one of the roles")),
    };
    match done {
        Ok("removed") if user == signed_in.user.id => see("/organizations?done=left"),
        Ok(word) => see(&format!("/workspaces/{id}?done={word}")),
        Err(ActionError::Invalid(errors)) => show(&app, &signed_in, (id, user), (&errors, &role), request_id).await,
        Err(ActionError::Conflict { code: "last_owner", message }) => {
            let errors = [FieldError::new("role", "last_owner", message)];
            show(&app, &signed_in, (id, user), (&errors, &role), request_id).await
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

async fn show(
    app: &App,
    signed_in: &SignedIn,
    (id, user): (WorkspaceId, UserId),
    (errors, chosen): (&[FieldError], &str),
    request_id: RequestId,
) -> Response {
    let found = match workspaces::overview(&app.ctx, &signed_in.actor, id).await {
        Ok(found) => found,
        Err(error) => return refused(signed_in, &error, request_id),
    };
    let of = |user| found.members.iter().find(|of| of.user.id == user);
    let (Some(member), Some(mine)) = (of(user), of(signed_in.user.id)) else {
        return refused(signed_in, &ActionError::not_found("member", user), request_id);
    };
    let is_owner = mine.member.role == WorkspaceRole::Owner;
    let is_me = user == signed_in.user.id;
    // What was sent all the same is answered beside its field.
    let must_stay = is_me && found.keeps(user) && errors.is_empty();
    // Whoever is alone can leave, and be nothing less than its owner.
    let may_change = is_owner && !must_stay && found.members.len() > 1;
    let chosen = if chosen.is_empty() { member.member.role.as_str() } else { chosen };
    let readers = found.readers.iter().filter(|reader| reader.api_user_id == user && reader.reads());
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        chrome: signed_in.chrome(Section::None),
        address: format!("/workspaces/{id}"),
        workspace: &found.workspace.name,
        name: &member.user.name,
        email: member.user.email.as_typed(),
        is_me,
        must_stay,
        roles: if may_change { workspace_roles(chosen) } else { Vec::new() },
        may_remove: (is_owner || is_me) && !must_stay,
        readers: readers.map(|reader| (reader.name.clone(), reader.organization.clone())).collect(),
        errors: FormErrors::new(errors),
    };
    page::private(status, &page)
}
