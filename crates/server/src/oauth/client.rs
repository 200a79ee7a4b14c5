//! Authenticates the client of a protocol request (RFC 6749 §2.3.1).
//!
//! Against enumeration: an unknown client id, a wrong secret and a malformed one get the same words, and the same work
//! is done for an unknown id and a wrong secret: a comparison, and with the first refusal of an id one read that finds
//! nothing. Only who presents a right secret learns that it has ended or that the application is suspended.

use std::borrow::Cow;
use std::sync::Arc;

use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::client_auth::{ClientCredentials, refused};
use gatehouse_core::oauth::error::{Challenge, OAuthError};
use gatehouse_core::portal::application::{ApplicationState, ClientAuthMethod};
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

/// What the client of a suspended application reads.
const SUSPENDED: &str = "the application is suspended: its page in the portal says why and whom to ask";

/// A client that has proved to be itself. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The client.
    pub client: Arc<Client>,
    /// By what.
    pub proof: Proof,
    /// Of the request in which it did.
    pub request_id: RequestId,
}

/// What a client has proved itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// One of its secrets, by its place in `client.secrets`.
    Secret(usize),
    /// Nothing: a public client, which its codes and refresh tokens bind to it (RFC 6749 §2.1).
    None,
}

impl Authenticated {
    /// The secret that it used.
    pub fn secret(&self) -> Option<&ClientSecret> {
        match self.proof {
            Proof::Secret(place) => self.client.secrets.get(place),
            Proof::None => None,
        }
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
    let Denied { error, standing, reason } = match check(app, credentials, call).await? {
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
    call: &Call<'_>,
) -> Result<Result<Authenticated, Denied>, Failure> {
    let (client_id, secret, method) = match credentials {
        ClientCredentials::Secret { client_id, secret, method } => (client_id, secret, method),
        ClientCredentials::None { client_id, challenge } => return public(app, (client_id, *challenge), call).await,
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
        ApplicationState::Suspended => Err(OAuthError::invalid_client(SUSPENDED, challenge)),
        ApplicationState::Active if !client.application.token_endpoint_auth_methods.contains(method) => {
            Err(OAuthError::invalid_client(
                format!("the application does not allow {method}: its page in the portal lists what it allows"),
                challenge,
            ))
        }
        ApplicationState::Active => usable(&client.secrets[secret], challenge, call.now),
    };
    Ok(may
        .map(|()| Authenticated { client, proof: Proof::Secret(secret), request_id: call.request_id })
        .map_err(Denied::proved))
}

/// A client id without a secret: enough for a public client, nothing for any other. An unknown id and one of a client
/// that has to authenticate get the same words.
async fn public(
    app: &App,
    (client_id, challenge): (&str, Challenge),
    call: &Call<'_>,
) -> Result<Result<Authenticated, Denied>, Failure> {
    let text = "client_secret is missing: only public clients go without";
    let missing = || Denied::claimed(OAuthError::invalid_client(text, challenge), text);
    let Some(client) = app.directory.client(&app.ctx, client_id).await? else { return Ok(Err(missing())) };
    let application = &client.application;
    let is_public = !application.application_type.is_confidential()
        && application.token_endpoint_auth_methods.contains(&ClientAuthMethod::None);
    Ok(match application.state {
        ApplicationState::Active if is_public => {
            Ok(Authenticated { client, proof: Proof::None, request_id: call.request_id })
        }
        ApplicationState::Suspended if is_public => {
            Err(Denied::claimed(OAuthError::invalid_client(SUSPENDED, challenge), SUSPENDED))
        }
        ApplicationState::Active | ApplicationState::Suspended | ApplicationState::Deleted => Err(missing()),
    })
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
