//! `POST /oauth2/{server}/v1/introspect` (RFC 7662): what a token is worth now.
//!
//! An application asks about its own tokens, an API with a credential of its own about access tokens with its audience;
//! everything else is `{"active":false}` and nothing more, whatever the reason (§2.2): nobody can look for tokens here
//! (§4). A public client proves nothing, so it may not ask.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId, UserId};
use gatehouse_core::identity::user::User;
use gatehouse_core::oauth::client_auth::{ClientCredentials, refused};
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::oauth::subject::subject;
use gatehouse_core::secret::{SecretHash, SecretKind, well_formed};
use gatehouse_core::time::Timestamp;
use gatehouse_gate::OnBehalfOf;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{grants, refresh_tokens, users};
use serde::Serialize;

use super::addressed::Addressed;
use super::call::Call;
use super::client::{Authenticated, Proof, authenticate};
use super::failure::Failure;
use super::presented;
use super::request::{Form, json, unknown_server};
use crate::directory::{Client, Resource, Server, watch};
use crate::state::{App, AppState};

/// The answer (§2.2).
#[derive(Debug, Default, Serialize)]
struct Introspection {
    active: bool,
    #[serde(flatten)]
    of: Option<Box<Of>>,
}

/// What is said of a token that is good.
#[derive(Debug, Serialize)]
struct Of {
    scope: String,
    client_id: Arc<str>,
    /// Only of access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    exp: i64,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    iss: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// The customer, where the application knows them by the same name as everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<UserId>,
}

/// One is a string (RFC 7519 §4.1.3).
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Who asks.
enum Caller {
    Application(Authenticated),
    Api(Arc<Resource>),
}

/// Answers.
pub async fn post(
    State(app): State<AppState>,
    Addressed(server_id): Addressed,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match answer(&app, &server_id, request_id, request).await {
        Ok(introspection) => json(&introspection),
        Err(failure) => failure.into_response(request_id, &app.config.portal_url),
    }
}

async fn answer(app: &App, server_id: &str, request_id: RequestId, request: Request) -> Result<Introspection, Failure> {
    let now = app.ctx.now();
    let form = Form::read(request).await?;
    let params = form.params()?;
    let credentials = form.credentials(&params)?;
    // Before anything is looked up: who asks may have lost the right to.
    watch::take_in(app).await?;
    let server = app.directory.server(server_id).ok_or_else(unknown_server)?;
    let caller = caller(app, &credentials, &form.call(request_id, now)).await?;
    let token = params.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    // What a token is shows in its form, so `token_type_hint` tells nothing new (§2.1).
    let of = match (&caller, well_formed(SecretKind::RefreshToken, token)) {
        (Caller::Application(by), true) => refresh_token(app, &server, (&by.client, token), now).await?,
        (Caller::Api(_), true) => None,
        (caller, false) => access_token(app, &server, (caller, token), now).await?,
    };
    Ok(Introspection { active: of.is_some(), of: of.map(Box::new) })
}

/// An API shows itself by the form of its credential.
async fn caller(app: &App, credentials: &ClientCredentials, call: &Call<'_>) -> Result<Caller, Failure> {
    let challenge = credentials.challenge();
    let ClientCredentials::Secret { client_id, secret, .. } = credentials else {
        let text = "introspection is for clients that authenticate: a public client looks at its tokens by using them";
        return Err(OAuthError::invalid_client(text, challenge).into());
    };
    if !well_formed(SecretKind::ApiCredential, secret.expose()) {
        let by = authenticate(app, credentials, call).await?;
        return match by.proof {
            Proof::Secret(_) => Ok(Caller::Application(by)),
            Proof::None => Err(refused(challenge).into()),
        };
    }
    let resource = app.directory.resource(&app.ctx, secret.hash()).await?;
    match resource.filter(|resource| resource.credential_id.to_string() == *client_id) {
        Some(resource) => {
            app.token_usage.asked(resource.credential_id, call.now);
            Ok(Caller::Api(resource))
        }
        None => Err(match app.throttle.failed(client_id, call.peer, call.now) {
            Some(seconds) => refused(challenge).too_many(seconds),
            None => refused(challenge),
        }
        .into()),
    }
}

async fn access_token(
    app: &App,
    server: &Server,
    (caller, text): (&Caller, &str),
    now: Timestamp,
) -> Result<Option<Of>, Failure> {
    let Some(live) = presented::live(app, server, text, now).await? else { return Ok(None) };
    let token = &live.token;
    let mut scopes = live.scopes(server, now);
    match caller {
        Caller::Application(by) if by.client.client_id != token.client_id => return Ok(None),
        Caller::Application(_) => {}
        Caller::Api(api) => {
            let revoked = app.gate.snapshot().revocations.cover(token, &api.audience);
            if revoked || !token.audiences.contains(&api.audience) {
                return Ok(None);
            }
            // An API learns of its own scopes only (§2.2).
            scopes.retain(|name| server.scope(name).is_some_and(|scope| *scope.audience == api.audience));
        }
    }
    if scopes.is_empty() && !token.scopes.is_empty() {
        return Ok(None);
    }
    let uid = match token.on_behalf_of {
        OnBehalfOf::User(user) => Some(user),
        OnBehalfOf::Application | OnBehalfOf::CustomerOf(_) => None,
    };
    Ok(Some(Of {
        scope: scopes.join(" "),
        client_id: token.client_id.clone(),
        token_type: Some("Bearer"),
        exp: token.expires.as_secs(),
        iat: token.issued_at.as_secs(),
        nbf: Some(token.begins.as_secs()),
        sub: token.subject.to_string(),
        aud: Some(match token.audiences.as_slice() {
            [one] => Audience::One(one.clone()),
            many => Audience::Many(many.to_vec()),
        }),
        iss: token.issuer.clone(),
        jti: Some(token.jti.clone()),
        uid,
    }))
}

async fn refresh_token(
    app: &App,
    server: &Server,
    (client, text): (&Client, &str),
    now: Timestamp,
) -> Result<Option<Of>, Failure> {
    if !server.admission.admits(&client.client_id) {
        return Ok(None);
    }
    let (hash, own, server_id) = (SecretHash::of(text), client.application.id, server.id.clone());
    let found = app.ctx.db.read(async move |tx: &mut Tx| usable(tx, hash, (own, &server_id), now).await).await?;
    let Some((token, grant)) = found else { return Ok(None) };
    let on_behalf_of = OnBehalfOf::User(grant.user_id);
    let still = |name: &&String| client.has(&server.id, name, on_behalf_of, now);
    let scopes: Vec<&str> = grant.scopes.iter().filter(still).map(String::as_str).collect();
    if scopes.is_empty() {
        return Ok(None);
    }
    Ok(Some(Of {
        scope: scopes.join(" "),
        client_id: client.client_id.clone(),
        token_type: None,
        exp: token.expires_at.as_secs(),
        iat: token.created_at.as_secs(),
        nbf: None,
        sub: subject(&client.application, grant.user_id, &app.directory.pairwise),
        aud: None,
        iss: server.issuer.clone(),
        jti: None,
        uid: None,
    }))
}

type Found = (gatehouse_core::oauth::refresh::RefreshToken, gatehouse_core::oauth::grant::Grant);

/// A token of this application that could be exchanged now.
async fn usable(
    tx: &mut Tx,
    hash: SecretHash,
    (own, server_id): (ApplicationId, &str),
    now: Timestamp,
) -> Result<Option<Found>, DbError> {
    let Some(token) = refresh_tokens::find(tx, hash).await? else { return Ok(None) };
    let Some(grant) = grants::find(tx, token.grant_id).await? else { return Ok(None) };
    let unused = token.used_at.is_none() && now < token.expires_at;
    let ours = grant.application_id == own && grant.server_id.as_str() == server_id;
    if !unused || !ours || !grant.is_live(now) {
        return Ok(None);
    }
    let active = users::find(tx, grant.user_id).await?.is_some_and(|user: User| user.is_active());
    Ok(active.then_some((token, grant)))
}
