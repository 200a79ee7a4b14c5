//! `/applications/{id}/secrets`: the list, and generating another one. The text of a new secret is on the answer to the
//! POST and on no other page.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, ClientSecretId, RequestId};
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::client_secret::{ClientSecret, ClientSecretState};
use gatehouse_core::portal::client_secret_slot::SlotState;
use gatehouse_core::time::Timestamp;
use http::StatusCode;

use super::collect;
use super::head::{Head, Tab};
use super::words::{self, Badge};
use super::{Done, fields, refused};
use crate::actions::applications::{self, Secrets};
use crate::actions::client_secrets::{self, NewSecret, Newest};
use crate::actions::{ActionError, FieldError};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

const SENTENCES: [(&str, &str); 3] = [
    ("retired", "The secret retires: it is good until its grace ends."),
    ("revoked", "The secret was revoked. It and the tokens that it got are refused from now on."),
    (
        "compromised",
        "The secret was revoked, its tokens are refused, and the owners of the organization are told. Look through the \
         usage for calls that are not yours.",
    ),
];

/// What was typed.
struct Typed {
    name: String,
    days: String,
    newest: String,
}

#[derive(Template)]
#[template(path = "applications/secrets.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    slot: &'static str,
    slot_ends: Option<Moment>,
    lines: Vec<Line<'a>>,
    ended: Vec<Line<'a>>,
    typed: Typed,
    lives: Vec<Choice>,
    errors: FormErrors,
}

pub(super) struct Line<'a> {
    pub(super) secret: &'a ClientSecret,
    pub(super) state: Badge,
    pub(super) made_by: String,
    pub(super) made: Moment,
    pub(super) last_used: Option<Moment>,
    pub(super) ends: Option<Moment>,
    pub(super) ended: Option<Moment>,
}

/// The list and the form.
pub async fn get(
    State(app): State<AppState>,
    mut signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    Query(done): Query<Done>,
) -> Response {
    signed_in.has_seen(&app, &format!("/applications/{id}/secrets")).await;
    match applications::secrets(&app.ctx, &signed_in.actor, id).await {
        Ok((application, secrets)) => {
            let typed = Typed { name: String::new(), days: String::new(), newest: newest(&secrets) };
            show(&app, &signed_in, (&application, &secrets), &done.done, (typed, &[]))
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// Generates one and shows it, this once.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [name, days, newest] = match fields(&app, request, ["name", "expires_in_days", "newest"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let typed = Typed { name, days, newest };
    // Read first: once the secret is made nothing may stand between it and its reader.
    let overview = match applications::overview(&app.ctx, &signed_in.actor, id).await {
        Ok(overview) => overview,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let made = match typed.input() {
        Ok(input) => client_secrets::create(&app.ctx, &signed_in.actor, id, input).await,
        Err(error) => Err(ActionError::Invalid(vec![error])),
    };
    match made {
        Ok(made) => collect::shown(&app, &signed_in, &overview, &made).await,
        Err(ActionError::Invalid(errors)) => {
            show(&app, &signed_in, (&overview.application, &overview.secrets), "", (typed, &errors))
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

impl Typed {
    fn input(&self) -> Result<NewSecret, FieldError> {
        let name = Some(self.name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        let expires_in_days = match self.days.as_str() {
            "" => None,
            days => {
                Some(days.parse().map_err(|_| FieldError::new("expires_in_days", "invalid", "choose one of these"))?)
            }
        };
        let newest: Option<ClientSecretId> = self.newest.parse().ok();
        Ok(NewSecret { name, expires_in_days, only_after: Some(Newest(newest)) })
    }
}

/// So that a form that is sent twice makes one secret.
fn newest(secrets: &Secrets) -> String {
    secrets.secrets.last().map(|secret| secret.id.to_string()).unwrap_or_default()
}

fn show(
    app: &App,
    signed_in: &SignedIn,
    (application, secrets): (&Application, &Secrets),
    done: &str,
    (typed, errors): (Typed, &[FieldError]),
) -> Response {
    let now = app.ctx.now();
    let zone = signed_in.user.time_zone.as_str();
    let open = secrets.slot.as_ref().filter(|slot| slot.state_at(now) == SlotState::Open);
    let usable = secrets.secrets.iter().any(|secret| secret.usable_at(now));
    let lapsed = secrets.slot.as_ref().is_some_and(|slot| slot.state_at(now) == SlotState::Lapsed);
    let lines = secrets.secrets.iter().rev().map(|secret| line(secret, secrets, now, zone));
    let (lines, ended) = lines.partition(|line| line.secret.usable_at(now));
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let lives =
        [("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("180", "In 180 days"), ("365", "In a year")];
    let lives = lives.map(|(value, words)| Choice::new(value, words).among(&[typed.days.as_str()])).into();
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, application, Tab::Secrets).done(done, &SENTENCES),
        slot: match open {
            Some(_) => "open",
            None if lapsed && !usable => "lapsed",
            None => "",
        },
        slot_ends: open.map(|slot| Moment::new(slot.expires_at, now, zone)),
        lines,
        ended,
        typed,
        lives,
        errors: FormErrors::new(errors),
    };
    page::private(status, &page)
}

pub(super) fn line<'a>(secret: &'a ClientSecret, secrets: &Secrets, now: Timestamp, zone: &str) -> Line<'a> {
    let moment = |at| Moment::new(at, now, zone);
    let state = secret.state_at(now);
    let person = secret.created_by.parse().ok().and_then(|user| secrets.people.get(&user));
    let is_over = matches!(state, ClientSecretState::Revoked | ClientSecretState::Expired);
    Line {
        secret,
        state: words::secret_state(state),
        made_by: person.cloned().unwrap_or_else(|| maker(&secret.created_by)),
        made: moment(secret.created_at),
        last_used: secret.last_used_at.map(moment),
        ends: secret.ends_at().filter(|_| !is_over).map(moment),
        ended: secret.ended_at.or(secret.ends_at()).filter(|_| is_over).map(moment),
    }
}

/// Operators, jobs and people who are gone, without the ids that say nothing to a developer.
fn maker(created_by: &str) -> String {
    match created_by.split('_').next() {
        Some("usr") => "a former user".to_owned(),
        Some("opk") => "an operator".to_owned(),
        _ => created_by.to_owned(),
    }
}
