//! `/profile/two-step`: what the user signs in with beside the password.

pub mod app;
pub mod confirm;
pub mod passkeys;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::secret::Secret;
use http::StatusCode;

use super::passkey::Here;
use super::profile::Wanted;
use crate::actions::factors;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{failed, page};
use crate::state::AppState;

const PATH: &str = "/profile/two-step";

#[derive(Template)]
#[template(path = "login/two_step.html")]
struct TwoStep<'a> {
    chrome: Chrome<'a>,
    app: Option<App>,
    passkeys: Vec<Passkey>,
    /// Whether browsers allow passkeys at the portal's address.
    here: Here,
    /// A sentence about what was done before; may be empty.
    done: &'static str,
}

struct App {
    since: Moment,
    used: Moment,
    codes_left: i64,
}

struct Passkey {
    id: String,
    name: String,
    since: Moment,
    used: Option<Moment>,
}

#[derive(Template)]
#[template(path = "login/recovery_codes.html")]
struct Codes<'a> {
    chrome: Chrome<'a>,
    codes: Vec<&'a str>,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    user: SignedIn,
    Query(wanted): Query<Wanted>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let factors = match factors::list(&app.ctx, user.user.id).await {
        Ok(factors) => factors,
        Err(error) => return failed::page(&error, request_id),
    };
    let moment = |at| Moment::new(at, app.ctx.now(), &user.user.time_zone);
    let passkeys = factors.passkeys.iter().map(|passkey| Passkey {
        id: passkey.id.to_string(),
        name: passkey.name.clone(),
        since: moment(passkey.created_at),
        used: passkey.last_used_at.map(moment),
    });
    let page = TwoStep {
        chrome: user.chrome(Section::None),
        app: factors.app.as_ref().map(|kept| App {
            since: moment(kept.created_at),
            used: moment(kept.last_used_at),
            codes_left: factors.codes_left,
        }),
        passkeys: passkeys.collect(),
        here: Here::of(&app),
        done: match wanted.done() {
            "app-removed" => "The authenticator app is removed. Your password alone signs you in.",
            "passkey-added" => "The passkey is added. Every other browser is signed out.",
            "passkey-removed" => "The passkey is removed.",
            _ => "",
        },
    };
    page::private(StatusCode::OK, &page)
}

/// Recovery codes, this once.
fn codes(user: &SignedIn, codes: &[Secret]) -> Response {
    let codes = codes.iter().map(Secret::expose).collect();
    page::private(StatusCode::OK, &Codes { chrome: user.chrome(Section::None), codes })
}
