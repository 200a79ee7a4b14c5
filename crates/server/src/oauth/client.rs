//! Authenticates the client of a protocol request (RFC 6749 §2.3.1).
//!
//! Against enumeration: an unknown client id, a wrong secret and a malformed one get the same words, and the same work
//! is done for an unknown id and a wrong secret: a comparison, and with the first refusal of an id one read that finds
//! nothing. Only who presents a right secret learns that it has ended or that the application is suspended.

use std::borrow::Cow;
use std::sync::Arc;

use gatehouse_core::oauth::client_auth::{ClientCredentials, refused};
use gatehouse_core::oauth::error::{Challenge, OAuthError};
use gatehouse_core::portal::application::ApplicationState;
use gatehouse_core::portal::client_secret::{ClientSecret, ClientSecretState};
use gatehouse_core::secret::{SecretHash, SecretKind, well_formed};
use gatehouse_core::time::Timestamp;
use gatehouse_gate::refused_calls::Standing;

use super::call::Call;
use super::failure::Failure;
use crate::directory::Client;
use crate::state::App;

/// What the owners read of a secret that is not theirs.
const WRONG: &str = "the client secret was not one of this application: compare its last four characters with the list of \
                     secrets";

/// What they read of a text that is no secret.
const MALFORMED: &str = "what was sent as client secret is not a whole secret of Gatehouse: cut off, changed, or with \
                         blanks or quotes around it";

/// A client that has proved to be itself.
#[derive(Debug)]
pub struct Authenticated {
    /// The client.
    pub client: Arc<Client>,
    /// Place of the secret that it used in `client.secrets`.
    pub secret: usize,
}

impl Authenticated {
    /// The secret that it used.
    pub fn secret(&self) -> &ClientSecret {
        &self.client.secrets[self.secret]
    }
}

/// Finds the client and checks what it presents. A refusal is noted for the owners of the application.
///
/// # Errors
/// `invalid_client`, 429 after too many failures, or a failure of ours.
pub async fn authenticate(
    app: &App,
    credentials: &ClientCredentials,
    call: &Call<'_>,
) -> Result<Authenticated, Failure> {
    let challenge = credentials.challenge();
    let Denied { error, standing, reason } = match check(app, credentials, call.now).await? {
        Ok(authenticated) => return Ok(authenticated),
        Err(denied) => denied,
    };
    let error = match app.throttle.failed(credentials.client_id(), call.peer, call.now) {
        Some(seconds) => OAuthError::invalid_client("too many failed attempts: wait before you try again", challenge)
            .too_many(seconds),
        None => error,
    };
    call.note(app, (credentials.client_id(), standing), &error, &reason);
    Err(error.into())
}

/// Why a client is not let in: what it is told, and what the owners of the application may know.
struct Denied {
    error: OAuthError,
    standing: Standing,
    reason: Cow<'static, str>,
}

impl Denied {
    /// Anybody could have sent this: a client id is public.
    fn claimed(error: OAuthError, reason: &'static str) -> Self {
        Self { error, standing: Standing::Claimed, reason: reason.into() }
    }

    /// The secret was right.
    fn proved(error: OAuthError) -> Self {
        Self { reason: error.description.clone(), error, standing: Standing::Proved }
    }
}

async fn check(
    app: &App,
    credentials: &ClientCredentials,
    now: Timestamp,
) -> Result<Result<Authenticated, Denied>, Failure> {
    let ClientCredentials::Secret { client_id, secret, method } = credentials else {
        let text = "client_secret is missing: this grant type is for clients that authenticate";
        return Ok(Err(Denied::claimed(OAuthError::invalid_client(text, Challenge::None), text)));
    };
    let challenge = credentials.challenge();
    // The checksum costs nothing and says nothing about any client, so it may answer early.
    if !well_formed(SecretKind::ClientSecret, secret.expose()) {
        return Ok(Err(Denied::claimed(refused(challenge), MALFORMED)));
    }
    let client = app.directory.client(&app.ctx, client_id).await?;
    let presented = secret.hash();
    let Some(client) = client else {
        // As much work as for a known client; its read is in the directory.
        std::hint::black_box(presented == SecretHash::from_bytes([0; 32]));
        return Ok(Err(Denied::claimed(refused(challenge), WRONG)));
    };
    let Some(secret) = client.secrets.iter().position(|known| known.hash == presented) else {
        app.directory.refuse(&app.ctx, &client).await?;
        return Ok(Err(Denied::claimed(refused(challenge), WRONG)));
    };
    let may = match client.application.state {
        ApplicationState::Deleted => Err(refused(challenge)),
        ApplicationState::Suspended => Err(OAuthError::invalid_client(
            "the application is suspended: its page in the portal says why and whom to ask",
            challenge,
        )),
        ApplicationState::Active if !client.application.token_endpoint_auth_methods.contains(method) => {
            Err(OAuthError::invalid_client(
                format!("the application does not allow {method}: its page in the portal lists what it allows"),
                challenge,
            ))
        }
        ApplicationState::Active => usable(&client.secrets[secret], challenge, now),
    };
    Ok(may.map(|()| Authenticated { client, secret }).map_err(Denied::proved))
}

fn usable(secret: &ClientSecret, challenge: Challenge, now: Timestamp) -> Result<(), OAuthError> {
    match secret.state_at(now) {
        ClientSecretState::Active | ClientSecretState::Retiring => Ok(()),
        ClientSecretState::Revoked => Err(OAuthError::invalid_client(
            "this client secret was revoked: use another one of the application or generate one in the portal",
            challenge,
        )),
        ClientSecretState::Expired => Err(OAuthError::invalid_client(
            "this client secret has expired: use another one of the application or generate one in the portal",
            challenge,
        )),
    }
}
