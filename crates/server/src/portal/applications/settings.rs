//! `/applications/{id}/settings`: what the application is called and where it lives.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::portal::application::{Application, ApplicationType};
use gatehouse_core::portal::application_change::{ApplicationChange as Waiting, ChangedField, Reviewed};
use http::StatusCode;

use super::changes::{ChangeShown, withdraw_of};
use super::head::{Head, Tab};
use super::{Done, fields, lines, refused, see};
use crate::actions::application_changes::{self, Change};
use crate::actions::applications::{self, ApplicationChange};
use crate::actions::organizations::{self, MemberOf};
use crate::actions::{ActionError, FieldError};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

const SENTENCES: [(&str, &str); 8] = [
    ("saved", "The changes are saved."),
    ("waits", "Saved. New URIs wait for a review; those in use keep working until then."),
    ("taken-out", "Saved. What you took out of the field waits no more."),
    ("api-user", "The API user is set. Tokens see its workspaces within a second."),
    ("api-user-same", "Nothing was changed: this is the API user already."),
    ("api-user-waits", "The new API user waits for a review; the present one stays until then."),
    ("withdrawn", "The change is withdrawn. What is in use stays."),
    ("too-late", "The change had ended already."),
];

const FIELDS: [&str; 10] = [
    "name",
    "description",
    "homepage",
    "logo_url",
    "contacts",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "redirect_uris_change",
    "post_logout_redirect_uris_change",
];

/// What was typed, in the order of [`FIELDS`].
struct Typed {
    name: String,
    description: String,
    homepage: String,
    logo_url: String,
    contacts: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    backchannel_logout_uri: String,
    /// References of the changes whose addresses the fields show beside those in use.
    redirect_uris_change: String,
    post_logout_redirect_uris_change: String,
}

#[derive(Template)]
#[template(path = "applications/settings.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    typed: Typed,
    errors: FormErrors,
    signs_people_in: bool,
    has_api_user: bool,
    /// What the reader changes and reviewers must see again.
    reviewed: Reviewed,
    waiting: Vec<ChangeShown>,
    ended: Vec<ChangeShown>,
    api_users: Vec<Choice>,
    api_user_errors: FormErrors,
}

impl Page<'_> {
    fn shows_waiting(&self) -> bool {
        !self.typed.redirect_uris_change.is_empty() || !self.typed.post_logout_redirect_uris_change.is_empty()
    }
}

/// The forms as they are stored.
pub async fn get(
    State(app): State<AppState>,
    mut signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    Query(done): Query<Done>,
) -> Response {
    match applications::find(&app.ctx, &signed_in.actor, id).await {
        Ok(application) => {
            signed_in.has_seen(&app, &format!("/applications/{id}/settings")).await;
            let shown = Shown { done: &done.done, ..Shown::default() };
            show(&app, &signed_in, &application, shown, request_id).await
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// Saves, or shows what is wrong beside each field and keeps what was typed.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let typed = match fields(&app, request, FIELDS).await {
        Ok(values) => Typed::from(values),
        Err(answer) => return answer,
    };
    let waited = match application_changes::of_application(&app.ctx, &signed_in.actor, id).await {
        Ok(changes) => changes.open,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    match applications::change(&app.ctx, &signed_in.actor, id, typed.change()).await {
        Ok(application) => match take_back(&app, &signed_in, &application, &typed).await {
            Ok(taken_out) => {
                let became = if taken_out { "taken-out" } else { typed.became(&application, &waited) };
                see(&format!("/applications/{id}/settings?done={became}"))
            }
            Err(error) => refused(&signed_in, &error, request_id),
        },
        Err(ActionError::Invalid(errors)) => match applications::find(&app.ctx, &signed_in.actor, id).await {
            Ok(application) => {
                let shown = Shown { typed: Some(typed), errors: by_field(&errors), ..Shown::default() };
                show(&app, &signed_in, &application, shown, request_id).await
            }
            Err(error) => refused(&signed_in, &error, request_id),
        },
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// Withdraws what waited and was taken out of its field. What was added to takes the place of what waited anyhow.
async fn take_back(
    app: &App,
    signed_in: &SignedIn,
    application: &Application,
    typed: &Typed,
) -> Result<bool, ActionError> {
    let mut any = false;
    for (typed, in_use, reference) in [
        (&typed.redirect_uris, &application.redirect_uris, &typed.redirect_uris_change),
        (
            &typed.post_logout_redirect_uris,
            &application.post_logout_redirect_uris,
            &typed.post_logout_redirect_uris_change,
        ),
    ] {
        if !reference.is_empty() && lines(typed).iter().all(|uri| in_use.contains(uri)) {
            match withdraw_of(app, &signed_in.actor, (application.id, reference)).await {
                Ok(()) => any = true,
                // It has ended meanwhile.
                Err(ActionError::Conflict { .. } | ActionError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(any)
}

/// What the page shows beside the application.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// What was typed; the stored fields without it.
    typed: Option<Typed>,
    done: &'a str,
    errors: Vec<FieldError>,
    pub(super) api_user: Option<String>,
    pub(super) api_user_errors: Vec<FieldError>,
}

impl Shown<'_> {
    /// The stored fields, with what is wrong about the API user.
    pub(super) fn api_user(chosen: String, errors: Vec<FieldError>) -> Self {
        Self { api_user: Some(chosen), api_user_errors: errors, ..Self::default() }
    }
}

pub(super) async fn show(
    app: &App,
    signed_in: &SignedIn,
    application: &Application,
    shown: Shown<'_>,
    request_id: RequestId,
) -> Response {
    let members = match organizations::list_members(&app.ctx, application.organization_id).await {
        Ok(members) => members,
        Err(error) => return refused(signed_in, &error, request_id),
    };
    let changes = match application_changes::of_application(&app.ctx, &signed_in.actor, application.id).await {
        Ok(changes) => changes,
        Err(error) => return refused(signed_in, &error, request_id),
    };
    let (now, zone) = (app.ctx.now(), signed_in.user.time_zone.as_str());
    let stored = application.api_user_id.map(|user| user.to_string()).unwrap_or_default();
    let status = match shown.errors.is_empty() && shown.api_user_errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, application, Tab::Settings).done(shown.done, &SENTENCES),
        typed: shown.typed.unwrap_or_else(|| Typed::of(application, &changes.open)),
        errors: FormErrors::new(&shown.errors),
        signs_people_in: application.application_type != ApplicationType::Service,
        has_api_user: application.application_type.is_confidential(),
        reviewed: changes.reviewed,
        waiting: ChangeShown::all(&changes.open, now, zone),
        ended: ChangeShown::all(&changes.ended, now, zone),
        api_users: api_users(&members, shown.api_user.as_deref().unwrap_or(&stored)),
        api_user_errors: FormErrors::new(&shown.api_user_errors),
    };
    page::private(status, &page)
}

fn api_users(members: &[MemberOf], chosen: &str) -> Vec<Choice> {
    let fit = members.iter().filter(|member| member.user.is_active() && member.user.is_verified());
    let one = |member: &MemberOf| {
        let label = format!("{} ({})", member.user.name, member.user.email.as_typed());
        Choice::new(member.user.id.to_string(), label).among(&[chosen])
    };
    std::iter::once(Choice::new("", "Nobody: its own tokens see no data").among(&[chosen]))
        .chain(fit.map(one))
        .collect()
}

impl From<[String; 10]> for Typed {
    fn from(values: [String; 10]) -> Self {
        let [name, description, homepage, logo_url, contacts, uris @ ..] = values;
        let [redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, changes @ ..] = uris;
        let [redirect_uris_change, post_logout_redirect_uris_change] = changes;
        Self {
            name,
            description,
            homepage,
            logo_url,
            contacts,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            redirect_uris_change,
            post_logout_redirect_uris_change,
        }
    }
}

impl Typed {
    /// The stored fields; of addresses also what waits, so that whoever adds another one does not lose it.
    fn of(application: &Application, waiting: &[Change]) -> Self {
        let waits = |field| waiting.iter().map(|change| &change.change).find(|change| change.proposal.field() == field);
        let (redirects, logouts) = (waits(ChangedField::RedirectUris), waits(ChangedField::PostLogoutRedirectUris));
        let wanted = [redirects, logouts].into_iter().flatten().fold(application.clone(), |wanted, change| {
            change.proposal.apply(wanted).unwrap_or_else(|_| application.clone())
        });
        let reference = |change: Option<&Waiting>| change.map_or_else(String::new, |change| change.reference.clone());
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            name: application.name.clone(),
            description: text(&application.description),
            homepage: text(&application.homepage),
            logo_url: text(&application.logo_url),
            contacts: application.contacts.join("\n"),
            redirect_uris: wanted.redirect_uris.join("\n"),
            post_logout_redirect_uris: wanted.post_logout_redirect_uris.join("\n"),
            backchannel_logout_uri: text(&application.backchannel_logout_uri),
            redirect_uris_change: reference(redirects),
            post_logout_redirect_uris_change: reference(logouts),
        }
    }

    /// What became of it, as a word of [`SENTENCES`]: addresses that are neither in use nor waited before wait now.
    fn became(&self, application: &Application, waited: &[Change]) -> &'static str {
        let is_as = |redirects: &[String], logouts: &[String]| {
            lines(&self.redirect_uris) == redirects && lines(&self.post_logout_redirect_uris) == logouts
        };
        let before = Self::of(application, waited);
        let was = is_as(&lines(&before.redirect_uris), &lines(&before.post_logout_redirect_uris));
        let is_settled = was || is_as(&application.redirect_uris, &application.post_logout_redirect_uris);
        if is_settled { "saved" } else { "waits" }
    }

    /// Browsers send line ends as CR LF.
    fn change(&self) -> ApplicationChange {
        let text = |value: &String| Some(Some(value.replace("\r\n", "\n").trim().to_owned()));
        ApplicationChange {
            name: Some(self.name.clone()),
            description: text(&self.description),
            homepage: text(&self.homepage),
            logo_url: text(&self.logo_url),
            contacts: Some(lines(&self.contacts)),
            redirect_uris: Some(lines(&self.redirect_uris)),
            post_logout_redirect_uris: Some(lines(&self.post_logout_redirect_uris)),
            backchannel_logout_uri: text(&self.backchannel_logout_uri),
            ..ApplicationChange::default()
        }
    }
}

/// `redirect_uris[2]` is the third line of its field.
fn by_field(errors: &[FieldError]) -> Vec<FieldError> {
    let one = |error: &FieldError| {
        let Some((field, rest)) = error.field.split_once('[') else { return error.clone() };
        let Ok(at) = rest.trim_end_matches(']').parse::<usize>() else { return error.clone() };
        FieldError::new(field.to_owned(), error.code, format!("line {}: {}", at + 1, error.message))
    };
    errors.iter().map(one).collect()
}
