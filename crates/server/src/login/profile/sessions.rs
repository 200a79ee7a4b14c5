//! `POST /profile/sessions/{id}/end`, `POST /profile/sessions/end-others`

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{RequestId, SessionId};
use http::StatusCode;

use crate::actions::{ActionError, sessions};
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Signs one browser of the user out.
pub async fn end(
    State(app): State<AppState>,
    user: SignedIn,
    Path(id): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let done = Redirect::to("/profile?done=ended").into_response();
    // One that is over, or somebody else's, is not there: the list says so.
    let Ok(id) = id.parse::<SessionId>() else { return done };
    match sessions::end(&app.ctx, &user.actor, user.user.id, id).await {
        Ok(()) | Err(ActionError::NotFound { .. }) => done,
        Err(error) => failed::page(&error, request_id),
    }
}

/// Signs every other browser of the user out.
pub async fn end_others(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    match sessions::end_others(&app.ctx, &user.actor, user.user.id, user.session_id).await {
        Ok(_) => Redirect::to("/profile?done=others-ended").into_response(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// `Firefox on Linux`, from what a browser calls itself. The order matters: Edge also says Chrome, and Chrome Safari.
pub(super) fn device(user_agent: &str) -> String {
    let of = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    let browser = of(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = of(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_names() {
        for (user_agent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15", "Safari on macOS"),
            ("curl/8.5.0", "curl"),
            ("<script>", "Unknown browser"),
        ] {
            assert_eq!(device(user_agent), expected);
        }
    }
}
