//! `GET|POST /oauth2/{server}/v1/userinfo` (OpenID Connect Core §5.3): what the customer lets the application know.
//!
//! The token comes in the header, on POST also in the body (RFC 6750 §2.1, §2.2), never in the address (§2.3 is not
//! supported) and never twice. Refusals as RFC 6750 §3 has them.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::id::{GrantId, RequestId};
use gatehouse_core::identity::user::User;
use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::claims_request::ClaimsRequest;
use gatehouse_core::oauth::error::{Challenge, ErrorCode, OAuthError};
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::oauth::scope::OPENID;
use gatehouse_core::oauth::user_claims::Person;
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Timestamp;
use gatehouse_gate::OnBehalfOf;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{grants, profiles, users};
use http::request::Parts;
use http::{HeaderValue, Method, header};
use serde_json::{Map, Value, json};

use super::addressed::Addressed;
use super::failure::Failure;
use super::id_token;
use super::presented::{self, Live};
use super::request::{form_body, json, read, unknown_server};
use crate::directory::{Server, watch};
use crate::state::{App, AppState};

/// What is answered.
enum Answer {
    Json(Map<String, Value>),
    Signed(String),
}

/// What the address takes.
pub fn methods() -> MethodRouter<AppState> {
    get(answer).post(answer).fallback(other_method)
}

/// Answers.
async fn answer(
    State(app): State<AppState>,
    Addressed(server_id): Addressed,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match claims(&app, &server_id, request).await {
        Ok(Answer::Json(claims)) => json(&claims),
        Ok(Answer::Signed(token)) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/jwt")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::PRAGMA, HeaderValue::from_static("no-cache")),
            ];
            (headers, token).into_response()
        }
        Err(failure) => failure.into_response(request_id, &app.config.portal_url),
    }
}

/// Any other method.
async fn other_method(State(app): State<AppState>, Extension(request_id): Extension<RequestId>) -> Response {
    let text = "this endpoint takes GET and POST";
    super::error::method_not_allowed(text, "GET, HEAD, POST", request_id, &app.config.portal_url)
}

async fn claims(app: &App, server_id: &str, request: Request) -> Result<Answer, Failure> {
    let now = app.ctx.now();
    let token = token(request).await?;
    watch::take_in(app).await?;
    let server = app.directory.server(server_id).ok_or_else(unknown_server)?;
    let live = presented::live(app, &server, token.expose(), now).await?.ok_or_else(invalid_token)?;
    let (grant, person) = customer(app, &live, now).await?.ok_or_else(invalid_token)?;
    let scopes = live.scopes(&server, now);
    if !scopes.contains(&OPENID) {
        let text = "the token has not the scope openid: ask for it at the authorization endpoint";
        return Err(OAuthError::new(ErrorCode::InsufficientScope, text).with_challenge(Challenge::Bearer).into());
    }
    let mut claims = person.claims_of_scopes(|scope| scopes.contains(&scope));
    if let Some(Ok(request)) = grant.claims.as_deref().map(ClaimsRequest::parse) {
        let approved = &live.client.application.sign_in_scopes;
        claims.append(&mut person.claims(request.approved_for_userinfo(approved)));
    }
    claims.insert("sub".to_owned(), json!(*live.token.subject));
    match live.client.application.userinfo_signed_response_alg {
        None => Ok(Answer::Json(claims)),
        Some(alg) => Ok(Answer::Signed(signed(app, &server, (&live, alg), claims).await?)),
    }
}

/// The token of a request, from the one place where it is.
async fn token(request: Request) -> Result<Secret, OAuthError> {
    let (parts, body) = request.into_parts();
    if let Some(query) = parts.uri.query()
        && Params::parse(query.as_bytes()).map_err(bearer)?.first_of(&["access_token"]).is_some()
    {
        let text = "access_token was sent in the address: send it in the Authorization header";
        return Err(bearer(OAuthError::invalid_request(text)));
    }
    let by_header = header_token(&parts).map_err(bearer)?;
    let by_body = match parts.method == Method::POST && form_body(&parts.headers).is_ok() {
        true => {
            let body = read(&parts.headers, body).await.map_err(bearer)?;
            Params::parse(&body).map_err(bearer)?.get("access_token").map(|token| Secret::new(token.to_owned()))
        }
        false => None,
    };
    match (by_header, by_body) {
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (Some(_), Some(_)) => {
            let text = "two ways of sending the token: use the Authorization header or access_token in the body";
            Err(bearer(OAuthError::invalid_request(text)))
        }
        (None, None) => {
            let text = "no access token: send it as Authorization: Bearer";
            Err(OAuthError::new(ErrorCode::InvalidToken, text).with_challenge(Challenge::BearerAlone))
        }
    }
}

/// RFC 6750 §2.1; the scheme compares without case (RFC 9110 §11.1).
fn header_token(parts: &Parts) -> Result<Option<Secret>, OAuthError> {
    let mut lines = parts.headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(OAuthError::invalid_request("more than one Authorization header: send one"));
    }
    let pair = line.to_str().ok().and_then(|line| line.trim().split_once(' '));
    match pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        Some((_, token)) => Ok(Some(Secret::new(token.trim().to_owned()))),
        None => Err(OAuthError::invalid_request("the Authorization header is not Bearer with an access token")),
    }
}

/// Grant and customer, both good now. An application's own token has none.
async fn customer(app: &App, live: &Live, now: Timestamp) -> Result<Option<(Grant, Person)>, Failure> {
    if live.token.on_behalf_of == OnBehalfOf::Application {
        return Ok(None);
    }
    let Some(id) = live.token.grant.as_ref().and_then(|gid| gid.parse::<GrantId>().ok()) else { return Ok(None) };
    let read = async move |tx: &mut Tx| {
        let Some(grant) = grants::find(tx, id).await?.filter(|grant| grant.is_live(now)) else { return Ok(None) };
        let Some(user) = users::find(tx, grant.user_id).await?.filter(User::is_active) else { return Ok(None) };
        let profile = profiles::find(tx, grant.user_id).await?.unwrap_or_default();
        Ok::<_, DbError>(Some((grant, Person { user, profile })))
    };
    Ok(app.ctx.db.read(read).await?)
}

/// With `iss` and `aud`, as §5.3.2 wants of a signed answer.
async fn signed(
    app: &App,
    server: &Server,
    (live, alg): (&Live, Algorithm),
    mut claims: Map<String, Value>,
) -> Result<String, Failure> {
    let signing = id_token::signing(server, alg)?;
    claims.insert("iss".to_owned(), json!(server.issuer));
    claims.insert("aud".to_owned(), json!(*live.client.client_id));
    let payload = serde_json::to_vec(&claims).map_err(|error| Failure::Internal(error.to_string()))?;
    let input = format!("{}.{}", signing.header, URL_SAFE_NO_PAD.encode(&payload));
    Ok(app.signers.sign(signing.key.clone(), input).await?)
}

/// The same words whatever is wrong with it.
fn invalid_token() -> OAuthError {
    let text = "the access token is not one of a customer's, has expired or was taken back";
    OAuthError::new(ErrorCode::InvalidToken, text).with_challenge(Challenge::Bearer)
}

fn bearer(error: OAuthError) -> OAuthError {
    error.with_challenge(Challenge::Bearer)
}
