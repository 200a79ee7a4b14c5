//! `POST /oauth2/{server}/v1/revoke` (RFC 7009): a client takes back a token of its own.
//!
//! 200 also for a token that is unknown, has ended or is another client's (§2.2): nobody learns which. A revocation that
//! could not be carried out is an error (CVE-2020-15223).

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use gatehouse_core::id::{GrantId, RequestId, RevocationId};
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::oauth::revocation::{Predicate, Revocation};
use gatehouse_core::secret::{SecretHash, SecretKind, well_formed};
use gatehouse_core::time::Timestamp;
use gatehouse_gate::Verified;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{grants, refresh_tokens, revocations};
use serde_json::json;

use super::addressed::Addressed;
use super::client::{Authenticated, authenticate};
use super::failure::Failure;
use super::presented::{is_revoked, own};
use super::request::{self, Form, unknown_server};
use crate::actions;
use crate::actions::grants::Why;
use crate::directory::{Server, watch};
use crate::state::{App, AppState};

/// Revokes a token.
pub async fn post(
    State(app): State<AppState>,
    Addressed(server_id): Addressed,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match answer(&app, &server_id, request_id, request).await {
        Ok(()) => request::json(&json!({})),
        Err(failure) => failure.into_response(request_id, &app.config.portal_url),
    }
}

async fn answer(app: &App, server_id: &str, request_id: RequestId, request: Request) -> Result<(), Failure> {
    let now = app.ctx.now();
    let server = app.directory.server(server_id).ok_or_else(unknown_server)?;
    let form = Form::read(request).await?;
    let params = form.params()?;
    let credentials = form.credentials(&params)?;
    let by = authenticate(app, &credentials, &form.call(request_id, now)).await?;
    let token = params.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    // What a token is shows in its form, so `token_type_hint` tells nothing new (§2.1).
    if well_formed(SecretKind::RefreshToken, token) {
        revoke_family(app, &server, &by, token).await?;
    } else if let Some(token) = own(app, &server, token).filter(|token| token.client_id == by.client.client_id) {
        revoke_access_token(app, &token, now).await?;
    }
    // This node knows before the answer is given.
    Ok(watch::take_in(app).await?)
}

/// A refresh token ends with everything that came of its grant (§2.1).
async fn revoke_family(app: &App, server: &Server, by: &Authenticated, token: &str) -> Result<(), Failure> {
    let hash = SecretHash::of(token);
    let (ctx, server_id, application) = (app.ctx.clone(), server.id.clone(), by.client.application.id);
    let why = (Why::Revoked, by.request_id);
    let ended = app.ctx.db.write(async move |tx: &mut Tx| {
        let Some(token) = refresh_tokens::find(tx, hash).await? else { return Ok(None) };
        let Some(grant) = grants::find(tx, token.grant_id).await? else { return Ok(None) };
        if grant.application_id != application || grant.server_id.as_str() != server_id {
            return Ok(None);
        }
        let ended = actions::grants::end(tx, &ctx, &grant, why).await?;
        Ok::<Option<GrantId>, DbError>(ended.then_some(grant.id))
    });
    if let Some(grant) = ended.await? {
        tracing::info!(grant.id = %grant, "grant.ended_by_its_client");
    }
    Ok(())
}

/// This one token alone. What is over, or taken back already, needs no row.
async fn revoke_access_token(app: &App, token: &Verified, now: Timestamp) -> Result<(), Failure> {
    if now >= token.expires || is_revoked(app, token) {
        return Ok(());
    }
    let predicate = Predicate::Token { jti: token.jti.clone() };
    let id = RevocationId::new(now, app.ctx.random());
    let until = token.issued.max(now);
    let revocation = Revocation { issued_until: until, ..Revocation::new(id, predicate, now) };
    Ok(app.ctx.db.write(async move |tx: &mut Tx| revocations::insert(tx, &revocation).await).await?)
}
