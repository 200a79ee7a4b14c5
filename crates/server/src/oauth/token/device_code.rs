//! `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4, §3.5).
//!
//! As with codes, one statement uses the device code up in the transaction that writes what it gives, so of any number of
//! requests one succeeds, and a second use takes back what the first gave.

use gatehouse_core::oauth::carried::Asked;
use gatehouse_core::oauth::device_code::{DeviceCode, Polled};
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::secret::{Secret, SecretKind, mint, well_formed};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{device_codes, grants};

use super::Issued;
use super::customer::{self, Exchanged, First};
use crate::actions;
use crate::actions::grants::Why;
use crate::directory::{Server, watch};
use crate::oauth::client::Authenticated;
use crate::oauth::failure::Failure;
use crate::state::App;

/// Answers a device that asks whether its person has allowed it.
pub(super) async fn grant(
    app: &App,
    server: &Server,
    by: &Authenticated,
    params: &Params<'_>,
    now: Timestamp,
) -> Result<Issued, Failure> {
    let code = params.get("device_code").ok_or_else(|| OAuthError::invalid_request("device_code is missing"))?;
    // The checksum costs no look-up (`security.md` I).
    if !well_formed(SecretKind::DeviceCode, code) {
        return Err(not_good().into());
    }
    customer::ready(server, by)?;
    let resources: Vec<&str> = params.all("resource").collect();
    let asked = Asked { scope: None, resources: &resources };
    match redeem(app, (server, by), (code, &resources), now).await? {
        Outcome::Redeemed(exchanged) => customer::answer(app, server, by, (*exchanged, &asked), now).await,
        Outcome::Wait(error) => Err(error.into()),
        Outcome::Reused => {
            // The gate of this node knows before the answer is given.
            watch::poll(app).await?;
            Err(OAuthError::invalid_grant(
                "this device code was used before, so what it gave is taken back: begin again",
            )
            .into())
        }
    }
}

/// What a presented device code came to; all three are committed.
enum Outcome {
    Redeemed(Box<Exchanged>),
    Wait(OAuthError),
    Reused,
}

async fn redeem(
    app: &App,
    (server, by): (&Server, &Authenticated),
    (code, resources): (&str, &[&str]),
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let hash = Secret::new(code.to_owned()).hash();
    let resources: Vec<String> = resources.iter().map(|&resource| resource.to_owned()).collect();
    let refresh_token = mint(&app.ctx.secret_prefix, SecretKind::RefreshToken, app.ctx.random());
    let (ctx, by) = (app.ctx.clone(), by.clone());
    let server = app.directory.server(&server.id).ok_or_else(|| Failure::Internal("server is gone".to_owned()))?;
    let write = async move |tx: &mut Tx| {
        let code = device_codes::hold(tx, hash).await?.ok_or_else(not_good)?;
        is_theirs(&code, &server, &by)?;
        let grant_id = match code.poll(now) {
            Polled::Redeem(grant_id) => grant_id,
            Polled::Refused(error) => return Err(error.into()),
            Polled::Wait { interval, error } => {
                device_codes::polled(tx, hash, interval, now).await?;
                return Ok(Outcome::Wait(error));
            }
            Polled::Reused(grant_id) => {
                if let Some(grant_id) = grant_id
                    && let Some(grant) = grants::find(tx, grant_id).await?
                {
                    actions::grants::end(tx, &ctx, &grant, (Why::DeviceCodeReused, by.request_id)).await?;
                }
                return Ok(Outcome::Reused);
            }
        };
        if !device_codes::use_up(tx, hash, now).await? {
            return Err(not_good().into());
        }
        let first = First { server: &server, by: &by, resources: &resources, refresh_token: &refresh_token };
        let exchanged = first.exchange(tx, grant_id, now).await?.ok_or_else(not_good)?;
        Ok::<_, Failure>(Outcome::Redeemed(Box::new(exchanged)))
    };
    app.ctx.db.write(write).await
}

/// Bound to server and client (§5.2). Nothing is used up, and nobody slowed down, by a request that fails here.
fn is_theirs(code: &DeviceCode, server: &Server, by: &Authenticated) -> Result<(), OAuthError> {
    let theirs = code.server_id.as_str() == server.id && code.application_id == by.client.application.id;
    if theirs { Ok(()) } else { Err(not_good()) }
}

/// The same words for everything that a stranger could try (RFC 6749 §5.2).
fn not_good() -> OAuthError {
    OAuthError::invalid_grant(
        "the device code is unknown, is over, was taken back, or was given to another client: begin again at the device \
         authorization endpoint",
    )
}
