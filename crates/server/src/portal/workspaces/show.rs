//! `/workspaces/{id}`: members, invitations, the applications that read the data, and the tests that it is about.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use gatehouse_core::id::{RequestId, WorkspaceId};
use gatehouse_core::identity::workspace::WorkspaceRole;
use gatehouse_core::portal::application::ApplicationState;
use gatehouse_store::results::tests::WorkspaceTest;
use gatehouse_store::workspace_readers::WorkspaceReader;
use http::StatusCode;

use super::refused;
use crate::actions::workspaces::{self, WorkspaceMemberOf, WorkspaceOverview};
use crate::actions::{ActionError, FieldError};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::fields;
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::people::{Done, Invited, Person, see, workspace_role, workspace_roles};
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

const SENTENCES: [(&str, &str); 6] = [
    ("saved", "The name is changed."),
    ("joined", "Welcome: you are a member now, and see the data of this workspace."),
    ("invited", "The invitation is on its way. Whoever has the address can accept it within 14 days."),
    ("withdrawn", "The invitation is taken back."),
    ("role", "The role is changed."),
    ("removed", "The member is removed, and so is what applications saw in their name."),
];

#[derive(Template)]
#[template(path = "workspaces/show.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    done: &'static str,
    replaced: &'a str,
    address: String,
    title: &'a str,
    is_owner: bool,
    people: Vec<Person>,
    readers: Vec<Reader>,
    /// Have a member as API user, and no access.
    others: Vec<Reader>,
    tests: &'a [WorkspaceTest],
    has_more_tests: bool,
    invitations: Vec<Invited>,
    invited_email: &'a str,
    roles: Vec<Choice>,
    invite_errors: FormErrors,
    name: &'a str,
    errors: FormErrors,
}

/// An application that reads the data.
struct Reader {
    name: String,
    organization: String,
    is_verified: bool,
    state: (&'static str, &'static str),
    api_user: String,
    /// The page where that member is removed.
    removal: String,
    last_used: Option<Moment>,
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) done: &'static str,
    /// Which invitation a new one took the place of.
    pub(super) replaced: String,
    /// Address and role of an invitation.
    pub(super) invitation: Option<(String, String)>,
    pub(super) invite_errors: Vec<FieldError>,
    pub(super) name: Option<String>,
    pub(super) errors: Vec<FieldError>,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<WorkspaceId>,
    Extension(request_id): Extension<RequestId>,
    Query(done): Query<Done>,
) -> Response {
    let replaced = done.replaced::<WorkspaceRole>(&app, &signed_in);
    let shown = Shown { done: done.sentence(&SENTENCES), replaced, ..Shown::default() };
    show(&app, &signed_in, id, shown, request_id).await
}

/// Gives the workspace another name.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<WorkspaceId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [name] = match fields(&app, request, ["name"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    // Admins rename by the management API; the page is for members.
    if let Err(error) = workspaces::overview(&app.ctx, &signed_in.actor, id).await {
        return refused(&signed_in, &error, request_id);
    }
    match workspaces::rename(&app.ctx, &signed_in.actor, id, &name).await {
        Ok(_) => see(&format!("/workspaces/{id}?done=saved")),
        Err(ActionError::Invalid(errors)) => {
            let shown = Shown { name: Some(name), errors, ..Shown::default() };
            show(&app, &signed_in, id, shown, request_id).await
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

pub(super) async fn show(
    app: &App,
    signed_in: &SignedIn,
    id: WorkspaceId,
    shown: Shown,
    request_id: RequestId,
) -> Response {
    let found = match workspaces::overview(&app.ctx, &signed_in.actor, id).await {
        Ok(found) => found,
        Err(error) => return refused(signed_in, &error, request_id),
    };
    let role = role_of(&found, signed_in);
    let (email, wanted) = shown.invitation.unwrap_or_else(|| (String::new(), WorkspaceRole::Member.to_string()));
    let name = shown.name.unwrap_or_else(|| found.workspace.name.clone());
    let status = match shown.errors.is_empty() && shown.invite_errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let readers = |shown: fn(&WorkspaceReader) -> bool| -> Vec<Reader> {
        let shown = found.readers.iter().filter(|reader| shown(reader));
        shown.map(|reader| Reader::new(app, signed_in, &found, reader)).collect()
    };
    let shown_tests = found.tests.len().min(usize::try_from(workspaces::MOST_TESTS).unwrap_or_default());
    let page = Page {
        chrome: signed_in.chrome(Section::None),
        done: shown.done,
        replaced: &shown.replaced,
        address: format!("/workspaces/{id}"),
        title: &found.workspace.name,
        is_owner: role == WorkspaceRole::Owner,
        people: found.members.iter().map(|of| person(app, &found, of, signed_in)).collect(),
        readers: readers(WorkspaceReader::reads),
        others: readers(|reader| !reader.reads()),
        tests: &found.tests[..shown_tests],
        has_more_tests: shown_tests < found.tests.len(),
        invitations: found
            .invitations
            .iter()
            .map(|open| {
                let who = (open.id, &open.email);
                Invited::new(who, workspace_role(open.role), open.expires_at, (app, signed_in))
            })
            .collect(),
        invited_email: &email,
        roles: workspace_roles(&wanted),
        invite_errors: FormErrors::new(&shown.invite_errors),
        name: &name,
        errors: FormErrors::new(&shown.errors),
    };
    page::private(status, &page)
}

fn person(app: &App, found: &WorkspaceOverview, of: &WorkspaceMemberOf, signed_in: &SignedIn) -> Person {
    let since = Moment::new(of.member.created_at, app.ctx.now(), &signed_in.user.time_zone);
    let person = Person::new(&of.user, workspace_role(of.member.role), since, signed_in);
    let reader = role_of(found, signed_in);
    let person = person.managed(if reader == WorkspaceRole::Owner { "Change or remove" } else { "" });
    if found.keeps(of.user.id) { person.kept() } else { person }
}

fn role_of(found: &WorkspaceOverview, reader: &SignedIn) -> WorkspaceRole {
    let mine = found.members.iter().find(|of| of.user.id == reader.user.id);
    mine.map_or(WorkspaceRole::Member, |of| of.member.role)
}

impl Reader {
    fn new(app: &App, signed_in: &SignedIn, found: &WorkspaceOverview, reader: &WorkspaceReader) -> Self {
        let api_user = found.members.iter().find(|of| of.user.id == reader.api_user_id);
        let moment = |at| Moment::new(at, app.ctx.now(), &signed_in.user.time_zone);
        Self {
            name: reader.name.clone(),
            organization: reader.organization.clone(),
            is_verified: reader.verified_at.is_some(),
            state: match (reader.state, reader.has_access) {
                (ApplicationState::Active, true) => ("good", "Reads"),
                (ApplicationState::Active, false) => ("plain", "No access now"),
                (ApplicationState::Suspended | ApplicationState::Deleted, _) => ("warning", "Suspended"),
            },
            api_user: api_user.map(|of| of.user.name.clone()).unwrap_or_default(),
            removal: format!("/workspaces/{}/members/{}", found.workspace.id, reader.api_user_id),
            last_used: reader.last_used_at.map(moment),
        }
    }
}
