//! `POST /applications/{id}/api-user`: whose workspaces the application's own tokens see.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};

use super::settings::{Shown, show};
use super::{fields, refused, see};
use crate::actions::{ActionError, applications, users};
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

/// Sets it.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [chosen] = match fields(&app, request, ["api_user"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let before = match applications::find(&app.ctx, &signed_in.actor, id).await {
        Ok(application) => application.api_user_id,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let user = Some(chosen.clone()).filter(|user| !user.is_empty());
    match applications::set_api_user(&app.ctx, &signed_in.actor, id, user).await {
        Ok(application) => {
            let wanted = users::get_by_ref(&app.ctx, &chosen).await.ok().map(|user| user.id);
            let done = match application.api_user_id == wanted {
                true if before == wanted => "api-user-same",
                true => "api-user",
                false => "api-user-waits",
            };
            see(&format!("/applications/{id}/settings?done={done}"))
        }
        Err(ActionError::Invalid(errors)) => match applications::find(&app.ctx, &signed_in.actor, id).await {
            Ok(application) => {
                let shown = Shown::api_user(chosen, errors);
                show(&app, &signed_in, &application, shown, request_id).await
            }
            Err(error) => refused(&signed_in, &error, request_id),
        },
        Err(error) => refused(&signed_in, &error, request_id),
    }
}
