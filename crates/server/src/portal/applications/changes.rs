//! What of an application waits for a review, on its pages, and
//! `POST /applications/{id}/changes/{reference}/withdraw`.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::portal::application_change::{ApplicationChangeState, ChangedField, Proposal};
use gatehouse_core::time::Timestamp;

use super::words::Badge;
use super::{fields, refused, see};
use crate::actions::application_changes::{self, Change};
use crate::actions::{ActionError, Actor};
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::state::{App, AppState};

/// A change as the pages of its application show it.
pub(super) struct ChangeShown {
    pub(super) reference: String,
    pub(super) what: &'static str,
    pub(super) badge: Badge,
    /// What comes, and what goes.
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) proposed_by: String,
    pub(super) proposed: Moment,
    pub(super) due: Moment,
    pub(super) ended: Option<Moment>,
    pub(super) reason: String,
}

impl ChangeShown {
    pub(super) fn of(change: &Change, now: Timestamp, zone: &str) -> Self {
        let moment = |at| Moment::new(at, now, zone);
        let found = &change.change;
        let (added, removed) = match &found.proposal {
            Proposal::RedirectUris(addresses) | Proposal::PostLogoutRedirectUris(addresses) => {
                (addresses.added().cloned().collect(), addresses.removed().cloned().collect())
            }
            Proposal::ApiUser { before, after } => {
                let name = |id: &Option<_>| vec![id.map_or("Nobody", |id| change.name(id)).to_owned()];
                (name(after), name(before))
            }
        };
        Self {
            reference: found.reference.clone(),
            what: what(found.proposal.field()),
            badge: badge(found.state),
            added,
            removed,
            proposed_by: change.name(found.proposed_by).to_owned(),
            proposed: moment(found.created_at),
            due: moment(found.due_at),
            ended: found.decided_at.map(moment),
            reason: found.reason.clone().unwrap_or_default(),
        }
    }

    /// Several, for one reader.
    pub(super) fn all(changes: &[Change], now: Timestamp, zone: &str) -> Vec<Self> {
        changes.iter().map(|change| Self::of(change, now, zone)).collect()
    }
}

/// What changes, as a heading.
pub(crate) fn what(field: ChangedField) -> &'static str {
    match field {
        ChangedField::RedirectUris => "Redirect URIs",
        ChangedField::PostLogoutRedirectUris => "Post-logout URIs",
        ChangedField::ApiUser => "API user",
    }
}

/// Where a change stands.
pub(crate) fn badge(state: ApplicationChangeState) -> Badge {
    match state {
        ApplicationChangeState::Submitted => ("info", "Waits for review"),
        ApplicationChangeState::Approved => ("good", "Approved"),
        ApplicationChangeState::Declined => ("danger", "Declined"),
        ApplicationChangeState::Withdrawn => ("plain", "Withdrawn"),
    }
}

/// Takes a change back.
pub async fn withdraw(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path((id, reference)): Path<(ApplicationId, String)>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if let Err(answer) = fields(&app, request, []).await {
        return answer;
    }
    match withdraw_of(&app, &signed_in.actor, (id, &reference)).await {
        Ok(()) => see(&format!("/applications/{id}/settings?done=withdrawn")),
        Err(ActionError::Conflict { .. }) => see(&format!("/applications/{id}/settings?done=too-late")),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

pub(super) async fn withdraw_of(
    app: &App,
    actor: &Actor,
    (id, reference): (ApplicationId, &str),
) -> Result<(), ActionError> {
    let change = application_changes::find(&app.ctx, actor, reference).await?;
    if change.application_id != id {
        return Err(ActionError::not_found("application change", reference));
    }
    application_changes::withdraw(&app.ctx, actor, change.id).await.map(drop)
}
