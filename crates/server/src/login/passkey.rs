//! `POST /sign-in/passkey`, and the form that a script fills in. Without script it stays hidden: the password is the way.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use gatehouse_core::id::{RequestId, UserId};
use gatehouse_core::identity::passkey::{ALGORITHMS, Assertion, Passkey, RelyingParty};
use gatehouse_core::jose::{base64url, from_base64url};
use http::{HeaderMap, StatusCode};

use super::code::entered;
use super::throttle::What;
use super::{Sender, form_token, return_to, sign_in, step_up, throttled};
use crate::actions::factors::ticket::{self, Ticket};
use crate::actions::{FieldError, factors};
use crate::portal::at::At;
use crate::portal::form::{self, Form};
use crate::portal::visitor::Visitor;
use crate::portal::{csrf, failed};
use crate::state::{App, AppState};

const FIELDS: [&str; 9] = [
    "credential_id",
    "client_data",
    "authenticator_data",
    "signature",
    "user_handle",
    "ticket",
    "token",
    "return_to",
    "step_up",
];

/// What a page needs to ask for a passkey.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Comes back with the answer.
    pub(super) ticket: String,
    /// In base64url.
    pub(super) challenge: String,
    /// The relying party's id.
    pub(super) site: String,
}

impl Question {
    /// `None` where passkeys do not work: the address is none for them or not the portal's, or nothing can be sealed.
    pub(super) fn new(app: &App, at: &str, browser: &str, of: Ticket) -> Option<Self> {
        if at != app.config.portal_url {
            return None;
        }
        let site = RelyingParty::of(&app.config.portal_url)?.id;
        let ticket = ticket::issue(&app.ctx, browser, of).ok()?;
        Some(Self { challenge: base64url(&ticket::challenge(&ticket)), ticket, site })
    }
}

/// Whether browsers allow passkeys at the portal's address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Allowed,
    Refused,
}

impl Here {
    pub(super) fn of(app: &App) -> Self {
        if RelyingParty::of(&app.config.portal_url).is_some() { Self::Allowed } else { Self::Refused }
    }

    pub(super) fn allows(self) -> bool {
        self == Self::Allowed
    }
}

/// What a page of the portal needs to have a passkey made.
pub(super) struct Making {
    pub(super) question: Question,
    /// The user's id, which comes back with every use.
    pub(super) user: String,
    pub(super) algorithms: String,
    /// Credentials of the user, which the browser does not make once more.
    pub(super) known: String,
}

impl Making {
    /// `None` where passkeys do not work.
    pub(super) fn new(app: &App, browser: &str, user: UserId, known: &[Passkey]) -> Option<Self> {
        let question = Question::new(app, &app.config.portal_url, browser, Ticket::NewPasskey { user })?;
        let known: Vec<String> = known.iter().map(|passkey| base64url(&passkey.credential.credential_id)).collect();
        let algorithms: Vec<String> = ALGORITHMS.iter().map(ToString::to_string).collect();
        Some(Self { question, user: user.to_string(), algorithms: algorithms.join(" "), known: known.join(" ") })
    }
}

/// Signs in by what the authenticator has signed; whoever is signed in already proves it anew.
pub async fn post(
    State(app): State<AppState>,
    at: At,
    Visitor(visitor): Visitor,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let headers = request.headers().clone();
    let (sender, request) = Sender::of(request, request_id);
    let [credential, client_data, data, signature, handle, ticket, token, target, wanted] =
        match form::read(request, FIELDS).await {
            Ok(Form(fields)) => fields,
            Err(status) => return failed::form_refused(status),
        };
    let target = return_to::checked(&target, &at);
    let bytes = |text: &str| from_base64url(text).unwrap_or_default();
    let answer = Assertion {
        credential_id: bytes(&credential),
        client_data: bytes(&client_data),
        authenticator_data: bytes(&data),
        signature: bytes(&signature),
        user_handle: bytes(&handle),
    };
    let admitted = match app.login_throttle.admit(What::Passkey, &credential, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::on_the_way((&app, &at), &target, seconds).await,
    };
    // Somebody who is asked to prove more stays who they are; on the sign-in page anybody may come.
    let stepping = visitor.clone().filter(|_| !wanted.is_empty());
    let session = stepping.as_ref().map(|user| (user.user.id, user.session_id));
    let entering = match presented((&app, &at, &headers), (&token, &ticket)) {
        Some(ticket) => {
            let actor = sender.actor("sign_in");
            factors::by_passkey(&app.ctx, &actor, (ticket, &answer), session, sender.device.clone()).await
        }
        None => Ok(None),
    };
    match entering {
        Ok(Some(done)) => {
            admitted.forgive();
            if let (Some(before), None) = (visitor, stepping) {
                sign_in::end_before(&app, &before).await;
            }
            entered(&app, &at, &done, &target).await
        }
        Ok(None) => {
            tracing::info!(request.id = %request_id, "sign_in.passkey_refused");
            let message = "the passkey was not accepted: try once more, or use your password";
            let error = FieldError::new("email", "passkey", message);
            match (stepping, wanted.parse()) {
                (Some(user), Ok(wanted)) => {
                    let asked = step_up::Asked { wanted, return_to: &target };
                    step_up::show((&app, &at, &headers), &user, (&asked, &[error])).await
                }
                _ => sign_in::refused((&app, &at, &headers), &target, error).await,
            }
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// The ticket, if it was given to this browser and comes with the form's token.
pub(super) fn presented(
    (app, at, headers): (&App, &str, &HeaderMap),
    (token, text): (&str, &str),
) -> Option<ticket::Presented> {
    form_token::matches(headers, at, token).then(|| ticket::read(&app.ctx, token, text))?
}
