//! `/organizations/{id}`: name and homepage, members, invitations.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use gatehouse_core::id::{OrganizationId, RequestId};
use gatehouse_core::identity::organization::{MemberRole, Organization};
use http::StatusCode;

use super::refused;
use crate::actions::organizations::{self, MemberOf, OrganizationChange, OrganizationOverview};
use crate::actions::{ActionError, FieldError};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::fields;
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::people::{Done, Invited, Person, member_role, member_roles, see};
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

const SENTENCES: [(&str, &str); 7] = [
    ("made", "The organization is made, and you own it. Invite your colleagues below."),
    ("saved", "The changes are saved."),
    ("joined", "Welcome: you are a member now."),
    ("invited", "The invitation is on its way. Whoever has the address can accept it within 7 days."),
    ("withdrawn", "The invitation is taken back."),
    ("role", "The role is changed."),
    ("removed", "The member is removed."),
];

#[derive(Template)]
#[template(path = "organizations/show.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    done: &'static str,
    replaced: &'a str,
    address: String,
    organization: &'a Organization,
    verified: Option<Moment>,
    role: MemberRole,
    people: Vec<Person>,
    invitations: Vec<Invited>,
    invited_email: &'a str,
    roles: Vec<Choice>,
    invite_errors: FormErrors,
    name: &'a str,
    homepage: &'a str,
    errors: FormErrors,
}

impl Page<'_> {
    fn can_change(&self) -> bool {
        self.role.can_write()
    }

    fn is_owner(&self) -> bool {
        self.role == MemberRole::Owner
    }
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
    /// Name and homepage.
    pub(super) settings: Option<(String, String)>,
    pub(super) errors: Vec<FieldError>,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<OrganizationId>,
    Extension(request_id): Extension<RequestId>,
    Query(done): Query<Done>,
) -> Response {
    let replaced = done.replaced::<MemberRole>(&app, &signed_in);
    let shown = Shown { done: done.sentence(&SENTENCES), replaced, ..Shown::default() };
    show(&app, &signed_in, id, shown, request_id).await
}

/// Saves name and homepage.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<OrganizationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [name, homepage] = match fields(&app, request, ["name", "homepage"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let wanted = Some(homepage.trim().to_owned()).filter(|text| !text.is_empty());
    let change = OrganizationChange { name: Some(name.clone()), homepage: Some(wanted) };
    match organizations::edit(&app.ctx, &signed_in.actor, id, change).await {
        Ok(_) => see(&format!("/organizations/{id}?done=saved")),
        Err(ActionError::Invalid(errors)) => {
            let shown = Shown { settings: Some((name, homepage)), errors, ..Shown::default() };
            show(&app, &signed_in, id, shown, request_id).await
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

pub(super) async fn show(
    app: &App,
    signed_in: &SignedIn,
    id: OrganizationId,
    shown: Shown,
    request_id: RequestId,
) -> Response {
    let found = match organizations::overview(&app.ctx, &signed_in.actor, id).await {
        Ok(found) => found,
        Err(error) => return refused(signed_in, &error, request_id),
    };
    let role = role_of(&found, signed_in);
    let moment = |at| Moment::new(at, app.ctx.now(), &signed_in.user.time_zone);
    let stored = (found.organization.name.clone(), found.organization.homepage.clone().unwrap_or_default());
    let (name, homepage) = shown.settings.unwrap_or(stored);
    let (email, wanted) = shown.invitation.unwrap_or_else(|| (String::new(), MemberRole::Viewer.to_string()));
    let status = match shown.errors.is_empty() && shown.invite_errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = Page {
        chrome: signed_in.chrome(Section::None),
        done: shown.done,
        replaced: &shown.replaced,
        address: format!("/organizations/{id}"),
        organization: &found.organization,
        verified: found.organization.verified_at.map(moment),
        role,
        people: found.members.iter().map(|of| person(&found, of, moment(of.member.created_at), signed_in)).collect(),
        invitations: found
            .invitations
            .iter()
            .map(|open| {
                let who = (open.id, &open.email);
                Invited::new(who, member_role(open.role), open.expires_at, (app, signed_in))
            })
            .collect(),
        invited_email: &email,
        roles: member_roles(role, &wanted),
        invite_errors: FormErrors::new(&shown.invite_errors),
        name: &name,
        homepage: &homepage,
        errors: FormErrors::new(&shown.errors),
    };
    page::private(status, &page)
}

fn person(found: &OrganizationOverview, of: &MemberOf, since: Moment, signed_in: &SignedIn) -> Person {
    let person = Person::new(&of.user, member_role(of.member.role), since, signed_in);
    let may = match role_of(found, signed_in) {
        MemberRole::Owner => true,
        MemberRole::Maintainer => of.member.role != MemberRole::Owner,
        MemberRole::Viewer => false,
    };
    let person = person.managed(if may { "Change or remove" } else { "" });
    if found.keeps(of.user.id) { person.kept() } else { person }
}

fn role_of(found: &OrganizationOverview, reader: &SignedIn) -> MemberRole {
    let mine = found.members.iter().find(|of| of.user.id == reader.user.id);
    mine.map_or(MemberRole::Viewer, |of| of.member.role)
}
