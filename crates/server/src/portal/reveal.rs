//! `/reveal/{token}`: shows a secret once, to whoever has the whole link. The GET uses nothing up, so that link scanners
//! and previews do no harm. The POST gives what was sealed, and `assets/reveal.js` opens it with the key behind the `#`,
//! which no browser sends: there is no form, for an answer without script would be of use to nobody.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use gatehouse_core::id::RequestId;
use gatehouse_core::jose::base64url;
use http::{StatusCode, header};
use serde::Serialize;

use super::chrome::{Chrome, Section};
use super::moment::Moment;
use super::{failed, form, page};
use crate::actions::{ActionError, Actor, ActorKind, client_secrets};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "reveal.html")]
struct Reveal {
    chrome: Chrome<'static>,
    ends: Moment,
}

#[derive(Template)]
#[template(path = "reveal_over.html")]
struct Over {
    chrome: Chrome<'static>,
}

/// What the script and the command line open.
#[derive(Serialize)]
struct Revealed {
    sealed: String,
}

const CHROME: Chrome<'static> = Chrome::public(Section::None).bare();

/// Says what waits, and that it is shown once.
pub async fn get(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match client_secrets::open_link(&app.ctx, &token).await {
        Ok(Some(link)) => {
            let ends = Moment::new(link.expires_at, app.ctx.now(), "UTC");
            page::no_referrer(page::private(StatusCode::OK, &Reveal { chrome: CHROME, ends }))
        }
        Ok(None) => over(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// Uses the link up.
pub async fn post(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string());
    if let Err(answer) = form::fields(&app, request, []).await {
        return answer;
    }
    let actor = Actor { kind: ActorKind::System("reveal"), request_id: Some(request_id), address };
    match client_secrets::reveal_link(&app.ctx, &actor, &token).await {
        Ok(sealed) => {
            let revealed = Json(Revealed { sealed: base64url(&sealed) });
            page::no_referrer(([(header::CACHE_CONTROL, "no-store")], revealed).into_response())
        }
        Err(ActionError::Conflict { .. }) => over(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// Used, ended, cut or never made: a stranger learns nothing more.
fn over() -> Response {
    page::no_referrer(page::private(StatusCode::GONE, &Over { chrome: CHROME }))
}
