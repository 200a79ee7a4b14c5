//! `POST /organizations/{id}/invitations` and `…/{invitation}/withdraw`

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{InvitationId, OrganizationId, RequestId};

use super::refused;
use super::show::{Shown, show};
use crate::actions::organizations::{self, NewOrganizationInvitation};
use crate::actions::{ActionError, FieldError};
use crate::portal::form::fields;
use crate::portal::people::{see, see_invited, too_many_mails};
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

/// Invites an address. The answer is the same whether it has an account or not.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<OrganizationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [email, role] = match fields(&app, request, ["email", "role"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    // Strangers are refused before they use up anything.
    if let Err(error) = organizations::overview(&app.ctx, &signed_in.actor, id).await {
        return refused(&signed_in, &error, request_id);
    }
    if let Some(answer) = too_many_mails(&app, &signed_in, &email) {
        return answer;
    }
    let invited = match role.parse() {
        Ok(role) => {
            let input = NewOrganizationInvitation { email: email.clone(), role };
            organizations::invite(&app.ctx, &signed_in.actor, id, input).await
        }
        Err(_) => Err(ActionError::invalid("role", "unknown", "choose one of the roles")),
    };
    match invited {
        Ok(made) => {
            let replaced = made.replaced.as_ref().map(|old| (old.role.as_str(), old.created_at));
            see_invited(&format!("/organizations/{id}"), replaced)
        }
        Err(error) => match beside_field(error) {
            Ok(errors) => {
                let shown = Shown { invitation: Some((email, role)), invite_errors: errors, ..Shown::default() };
                show(&app, &signed_in, id, shown, request_id).await
            }
            Err(error) => refused(&signed_in, &error, request_id),
        },
    }
}

/// Takes an invitation back.
pub async fn withdraw(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path((id, invitation)): Path<(OrganizationId, InvitationId)>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if let Err(answer) = fields(&app, request, []).await {
        return answer;
    }
    match organizations::withdraw_invitation(&app.ctx, &signed_in.actor, (id, invitation)).await {
        Ok(()) => see(&format!("/organizations/{id}?done=withdrawn")),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// What the form shows at its address.
pub(in crate::portal) fn beside_field(error: ActionError) -> Result<Vec<FieldError>, ActionError> {
    match error {
        ActionError::Invalid(errors) => Ok(errors),
        ActionError::Conflict { code: code @ ("already_member" | "too_many_invitations"), message } => {
            Ok(vec![FieldError::new("email", code, message)])
        }
        error => Err(error),
    }
}
