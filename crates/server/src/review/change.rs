//! `/review/changes/{reference}`: one change, old against new, and the decision.

use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::portal::access_request::ScopeDecision;
use gatehouse_core::portal::application_change::{ApplicationChangeState, ChangedField};
use http::StatusCode;

use super::changes::due;
use super::decide::alert;
use super::show::{After, Contact, contacts};
use super::words::{self, Badge};
use crate::actions::ActionError;
use crate::actions::access_requests::{Seat, homepages};
use crate::actions::application_changes::{self, Address, Decision, Dossier};
use crate::portal::applications::changes::what;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "review/change.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    dossier: &'a Dossier,
    typed: &'a Typed,
    errors: &'a FormErrors,
    done: bool,
    title: &'static str,
    state: Badge,
    due: Option<(Badge, Moment)>,
    proposed_by: &'a str,
    proposed: Moment,
    decided_by: Option<&'a str>,
    ended: Option<Moment>,
    verified: Option<Moment>,
    access: Vec<(&'a str, Vec<&'a str>)>,
    contacts: Vec<Contact<'a>>,
    earlier: Vec<Earlier<'a>>,
    warnings: usize,
    can_decide: bool,
    is_own: bool,
    changes_api_user: bool,
}

struct Earlier<'a> {
    reference: &'a str,
    what: &'static str,
    state: Badge,
    ended: Option<Moment>,
}

/// A form that comes back.
#[derive(Default)]
struct Typed {
    verdict: String,
    reason: String,
    errors: FormErrors,
    /// What happened meanwhile: title and text.
    alert: Option<(&'static str, String)>,
}

/// The page of one change.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(reference): Path<String>,
    after: Result<Query<After>, QueryRejection>,
) -> Response {
    let done = after.is_ok_and(|Query(after)| after.is("decided"));
    shown((&app, request_id), &signed_in, &reference, (StatusCode::OK, &Typed::default(), done)).await
}

/// Approves or declines.
pub async fn decide(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(reference): Path<String>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let typed = match form::read(request, ["verdict", "reason"]).await {
        Ok(Form([verdict, reason])) => Typed { verdict, reason, ..Typed::default() },
        Err(status) => return failed::form_refused(status),
    };
    let (ctx, actor) = (&app.ctx, &signed_in.actor);
    let id = match application_changes::dossier(ctx, actor, &reference).await {
        Ok(dossier) => dossier.change.change.id,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    let decided = match typed.decision() {
        Some(decision) => application_changes::decide(ctx, actor, id, decision).await,
        None => Err(ActionError::invalid("verdict", "required", "approve or decline the change")),
    };
    let (status, typed) = match decided {
        Ok(change) => {
            return Redirect::to(&format!("/review/changes/{}?done=decided", change.reference)).into_response();
        }
        Err(ActionError::Invalid(errors)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Typed { errors: FormErrors::new(&errors), ..typed })
        }
        Err(error @ ActionError::Conflict { .. }) => {
            (StatusCode::CONFLICT, Typed { alert: Some(alert(&error)), ..typed })
        }
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    shown((&app, request_id), &signed_in, &reference, (status, &typed, false)).await
}

impl Typed {
    /// A reason that was typed before *Approve* was chosen is nobody's business.
    fn decision(&self) -> Option<Decision> {
        let decision = self.verdict.parse().ok()?;
        let reason = (decision == ScopeDecision::Declined).then(|| self.reason.clone());
        Some(Decision { reviewer: None, decision, reason })
    }
}

/// The page as it is now, with what was typed when a form comes back.
async fn shown(
    (app, request_id): (&AppState, RequestId),
    signed_in: &SignedIn,
    reference: &str,
    (status, typed, done): (StatusCode, &Typed, bool),
) -> Response {
    match application_changes::dossier(&app.ctx, &signed_in.actor, reference).await {
        Ok(dossier) => page::private(status, &Page::new((app, signed_in), &dossier, (typed, done))),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

impl<'a> Page<'a> {
    fn new(
        (app, signed_in): (&AppState, &'a SignedIn),
        dossier: &'a Dossier,
        (typed, done): (&'a Typed, bool),
    ) -> Self {
        let now = app.ctx.now();
        let moment = |at| Moment::new(at, now, &signed_in.user.time_zone);
        let change = &dossier.change.change;
        let waits = change.state == ApplicationChangeState::Submitted;
        let earlier = dossier.earlier.iter().map(|earlier| Earlier {
            reference: &earlier.change.reference,
            what: what(earlier.change.proposal.field()),
            state: words::change_state(earlier.change.state),
            ended: earlier.change.decided_at.map(moment),
        });
        let access = dossier
            .access
            .iter()
            .map(|access| (access.api.name.as_str(), access.entitlement.effective_scopes(now).collect::<Vec<_>>()));
        Self {
            chrome: signed_in.chrome(Section::Review),
            typed,
            errors: &typed.errors,
            done,
            title: title(change.proposal.field()),
            state: words::change_state(change.state),
            due: due(app, change.state, change.due_at).map(|badge| (badge, moment(change.due_at))),
            proposed_by: dossier.change.name(change.proposed_by),
            proposed: moment(change.created_at),
            decided_by: change.decided_by.map(|id| dossier.change.name(id)),
            ended: change.decided_at.map(moment),
            verified: dossier.organization.verified_at.map(moment),
            access: access.filter(|(_, scopes)| !scopes.is_empty()).collect(),
            contacts: contacts(
                &dossier.contacts,
                &homepages(&dossier.application, &dossier.organization),
                change.proposed_by,
            ),
            earlier: earlier.collect(),
            warnings: dossier.addresses.iter().map(warnings).sum(),
            can_decide: waits && dossier.seat == Seat::Reviewer,
            is_own: dossier.seat == Seat::Own,
            changes_api_user: change.proposal.field() == ChangedField::ApiUser,
            dossier,
        }
    }
}

fn title(field: ChangedField) -> &'static str {
    match field {
        ChangedField::RedirectUris => "changes its redirect URIs",
        ChangedField::PostLogoutRedirectUris => "changes its post-logout URIs",
        ChangedField::ApiUser => "changes its API user",
    }
}

fn warnings(address: &Address) -> usize {
    match address {
        Address::Added(_, warnings) => warnings.len(),
        Address::Kept(_) | Address::Removed(_) => 0,
    }
}
