//! `POST /invitations/{id}`: the answer of whoever is invited to an organization or a workspace.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{InvitationId, RequestId};

use super::chrome::Section;
use super::failed;
use super::form::fields;
use super::people::see;
use super::visitor::SignedIn;
use crate::actions::ActionError;
use crate::actions::invitations::{self, Place};
use crate::state::AppState;

/// Accepts or declines.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<InvitationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [answer] = match fields(&app, request, ["answer"]).await {
        Ok(values) => values,
        Err(refused) => return refused,
    };
    let done = match answer.as_str() {
        "accept" => invitations::accept(&app.ctx, &signed_in.actor, id).await.map(|place| match place {
            Place::Organization(id, _) => format!("/organizations/{id}?done=joined"),
            Place::Workspace(id, _) => format!("/workspaces/{id}?done=joined"),
        }),
        "decline" => {
            let declined = invitations::decline(&app.ctx, &signed_in.actor, id).await;
            declined.map(|()| "/organizations?done=declined".to_owned())
        }
        _ => Err(ActionError::invalid("answer", "unknown", "must be accept or decline")),
    };
    match done {
        Ok(address) => see(&address),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::None)),
    }
}
