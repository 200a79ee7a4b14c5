//! `grant_type=authorization_code` (RFC 6749 §4.1.3; OAuth 2.1 draft §4.1.3; OpenID Connect Core §3.1.3).
//!
//! One statement uses the code up in the transaction that writes its first refresh token, so of any number of requests
//! one succeeds. A second use means that the code was in two hands: what the first gave is taken back (§4.1.2).

use gatehouse_core::oauth::carried::Asked;
use gatehouse_core::oauth::code::Code;
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::secret::{Secret, SecretKind, mint, well_formed};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{codes, grants, sessions};

use super::Issued;
use super::customer::{self, Exchanged, First};
use crate::actions;
use crate::actions::grants::Why;
use crate::directory::{Server, watch};
use crate::oauth::client::Authenticated;
use crate::oauth::failure::Failure;
use crate::state::App;

/// Redeems a code.
pub(super) async fn grant(
    app: &App,
    server: &Server,
    by: &Authenticated,
    params: &Params<'_>,
    now: Timestamp,
) -> Result<Issued, Failure> {
    let code = params.get("code").ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
    // The checksum costs no look-up (`security.md` I).
    if !well_formed(SecretKind::Code, code) {
        return Err(not_good().into());
    }
    customer::ready(server, by)?;
    let resources: Vec<&str> = params.all("resource").collect();
    let asked = Asked { scope: None, resources: &resources };
    let exchanged = match redeem(app, server, by, (params, &asked), now).await? {
        Outcome::Redeemed(exchanged) => *exchanged,
        Outcome::Reused => {
            // The gate of this node knows before the answer is given.
            watch::poll(app).await?;
            return Err(OAuthError::invalid_grant(
                "this code was used before, so what it gave is taken back: begin again at the authorization endpoint",
            )
            .into());
        }
    };
    customer::answer(app, server, by, (exchanged, &asked), now).await
}

/// What a presented code came to; both are committed.
enum Outcome {
    Redeemed(Box<Exchanged>),
    Reused,
}

async fn redeem(
    app: &App,
    server: &Server,
    by: &Authenticated,
    (params, asked): (&Params<'_>, &Asked<'_>),
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let hash = Secret::new(params.get("code").unwrap_or_default().to_owned()).hash();
    let sent = Sent {
        redirect_uri: params.get("redirect_uri").map(str::to_owned),
        code_verifier: params.get("code_verifier").map(str::to_owned),
    };
    let resources: Vec<String> = asked.resources.iter().map(|&resource| resource.to_owned()).collect();
    let refresh_token = mint(&app.ctx.secret_prefix, SecretKind::RefreshToken, app.ctx.random());
    let (ctx, server_id, by) = (app.ctx.clone(), server.id.clone(), by.clone());
    let server = app.directory.server(&server_id).ok_or_else(|| Failure::Internal("server is gone".to_owned()))?;
    let write = async move |tx: &mut Tx| {
        let code = codes::find(tx, hash).await?.ok_or_else(not_good)?;
        let grant = grants::find(tx, code.grant_id).await?.ok_or_else(not_good)?;
        check(&code, &grant, (&server.id, &by), &sent)?;
        if !codes::use_up(tx, hash, now).await? {
            if now >= code.expires_at && code.used_at.is_none() {
                return Err(not_good().into());
            }
            actions::grants::end(tx, &ctx, &grant, (Why::CodeReused, by.request_id)).await?;
            return Ok(Outcome::Reused);
        }
        session_goes_on(tx, &grant, now).await?;
        let first = First { server: &server, by: &by, resources: &resources, refresh_token: &refresh_token };
        let exchanged = first.exchange(tx, grant.id, now).await?.ok_or_else(not_good)?;
        Ok::<_, Failure>(Outcome::Redeemed(Box::new(exchanged)))
    };
    app.ctx.db.write(write).await
}

/// What the token request repeats of the authorization request.
struct Sent {
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

/// Bound to server, client, redirect URI and challenge (`security.md` B). Nothing of a code is used up by a request that
/// fails here: who has not the verifier cannot spoil it for who has.
fn check(code: &Code, grant: &Grant, (server_id, by): (&str, &Authenticated), sent: &Sent) -> Result<(), OAuthError> {
    if grant.server_id.as_str() != server_id || grant.application_id != by.client.application.id {
        return Err(not_good());
    }
    code.check(sent.redirect_uri.as_deref(), sent.code_verifier.as_deref())
}

/// A code ends with the session of the browser that got it.
async fn session_goes_on(tx: &mut Tx, grant: &Grant, now: Timestamp) -> Result<(), Failure> {
    let Some(session) = grant.session_id else { return Ok(()) };
    match sessions::find(tx, session).await? {
        Some(session) if session.is_live(now) => Ok(()),
        Some(_) | None => Err(not_good().into()),
    }
}

/// The same words for everything that a stranger could try (RFC 6749 §5.2).
fn not_good() -> OAuthError {
    OAuthError::invalid_grant(
        "the code is unknown, has expired, or was given to another client: begin again at the authorization endpoint",
    )
}
