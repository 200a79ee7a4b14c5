//! `/organizations`: the reader's organizations and workspaces, and the invitations that wait for an answer.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::{InvitationId, RequestId};
use gatehouse_core::identity::workspace::{Workspace, WorkspaceRole};
use http::StatusCode;

use super::refused;
use crate::actions::invitations::{self, Place, Waiting};
use crate::actions::sessions::Membership;
use crate::actions::workspaces;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::people::{Done, member_role, workspace_role};
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

const SENTENCES: [(&str, &str); 2] =
    [("declined", "The invitation is declined."), ("left", "You are no longer a member.")];

#[derive(Template)]
#[template(path = "organizations/list.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    done: &'static str,
    is_verified: bool,
    invitations: Vec<Line>,
    organizations: Vec<Entry>,
    workspaces: Vec<Entry>,
}

/// An invitation.
struct Line {
    id: InvitationId,
    name: String,
    kind: &'static str,
    role: &'static str,
    ends: Moment,
}

/// A place of the reader's.
struct Entry {
    address: String,
    name: String,
    role: &'static str,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Query(done): Query<Done>,
) -> Response {
    let waiting = match invitations::waiting(&app.ctx, &signed_in.user).await {
        Ok(waiting) => waiting,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let mine = match workspaces::mine(&app.ctx, signed_in.user.id).await {
        Ok(mine) => mine,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let page = Page {
        chrome: signed_in.chrome(Section::None),
        done: done.sentence(&SENTENCES),
        is_verified: signed_in.user.is_verified(),
        invitations: waiting.into_iter().map(|waiting| line(&app, &signed_in, waiting)).collect(),
        organizations: signed_in.organizations.iter().map(organization).collect(),
        workspaces: mine.into_iter().map(workspace).collect(),
    };
    page::private(StatusCode::OK, &page)
}

fn line(app: &App, signed_in: &SignedIn, waiting: Waiting) -> Line {
    let (kind, role) = match waiting.place {
        Place::Organization(_, role) => ("Organization", member_role(role)),
        Place::Workspace(_, role) => ("Workspace", workspace_role(role)),
    };
    let ends = Moment::new(waiting.expires_at, app.ctx.now(), &signed_in.user.time_zone);
    Line { id: waiting.id, name: waiting.name, kind, role, ends }
}

fn organization(mine: &Membership) -> Entry {
    let address = format!("/organizations/{}", mine.organization_id);
    Entry { address, name: mine.name.clone(), role: member_role(mine.role) }
}

fn workspace((mine, role): (Workspace, WorkspaceRole)) -> Entry {
    Entry { address: format!("/workspaces/{}", mine.id), name: mine.name, role: workspace_role(role) }
}
