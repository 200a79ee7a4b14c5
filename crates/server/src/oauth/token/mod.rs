//! `POST /oauth2/{server}/v1/token` (RFC 6749 §3.2): parse, authenticate the client, dispatch on the grant type.
//! The only file of the token endpoint that knows axum.

mod authorization_code;
mod client_credentials;
mod customer;
mod refresh_token;

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::client_auth;
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Timestamp;
use gatehouse_gate::refused_calls::Standing;
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;

use super::call::Call;
use super::client::{Authenticated, authenticate};
use super::failure::Failure;
use crate::directory::Server;
use crate::state::{App, AppState};

/// Longest body in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Parameters that belong into the body; in an address they would end in logs and histories (RFC 6749 §3.2).
const BODY_ONLY: &[&str] = &[
    "client_id",
    "client_secret",
    "client_assertion",
    "grant_type",
    "scope",
    "code",
    "code_verifier",
    "refresh_token",
    "username",
    "password",
    "access_token",
    "token",
];

/// The token answer (RFC 6749 §5.1).
#[derive(Debug, Serialize)]
struct Issued {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    scope: String,
    /// Only with `offline_access`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    refresh_token: Option<Secret>,
    /// Only with `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl Issued {
    fn access_token_alone(access_token: String, expires_in: i64, scope: String) -> Self {
        Self { access_token, token_type: "Bearer", expires_in, scope, refresh_token: None, id_token: None }
    }
}

/// The one place where a refresh token leaves.
fn exposed<S: serde::Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}

/// Issues a token.
pub async fn post(
    State(app): State<AppState>,
    Path(server_id): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match answer(&app, &server_id, request_id, request).await {
        Ok(issued) => success(&issued),
        Err(failure) => failure.into_response(request_id, &app.config.portal_url),
    }
}

/// Any other method than POST.
pub async fn not_post(
    State(app): State<AppState>,
    Extension(request_id): Extension<RequestId>,
    method: Method,
) -> Response {
    let text = "the token endpoint takes POST with the parameters in the body";
    let mut response = super::error::method_not_allowed(text, "POST", request_id, &app.config.portal_url);
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn answer(app: &App, server_id: &str, request_id: RequestId, request: Request) -> Result<Issued, Failure> {
    let now = app.ctx.now();
    let server = app.directory.server(server_id).ok_or_else(unknown_server)?;
    let (parts, body) = request.into_parts();
    nothing_in_query(parts.uri.query())?;
    form_body(&parts.headers)?;
    let body = read(&parts.headers, body).await?;
    let params = Params::parse(&body)?;
    let grant_type = grant_type(&params)?;
    let authorization = parts.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let credentials = client_auth::parse(authorization, &params)?;
    let call = Call { request_id, path: parts.uri.path(), peer: peer(&parts.extensions), now };
    let authenticated = authenticate(app, &credentials, &call).await?;
    let issued = grant(app, &server, &authenticated, (grant_type, &params), now).await;
    if let Err(Failure::Refused(error)) = &issued {
        call.note(app, (&authenticated.client.client_id, Standing::Proved), error, &error.description);
    }
    issued
}

async fn grant(
    app: &App,
    server: &Server,
    by: &Authenticated,
    (grant_type, params): (GrantType, &Params<'_>),
    now: Timestamp,
) -> Result<Issued, Failure> {
    if !by.client.application.application_type.may_use(grant_type) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            format!("an application of this type may not use the grant type {grant_type}"),
        )
        .into());
    }
    match grant_type {
        GrantType::ClientCredentials => client_credentials::grant(app, server, by, params, now).await,
        GrantType::AuthorizationCode => authorization_code::grant(app, server, by, params, now).await,
        GrantType::RefreshToken => refresh_token::grant(app, server, by, params, now).await,
        GrantType::DeviceCode | GrantType::TokenExchange | GrantType::JwtBearer => Err(unsupported_grant_type().into()),
    }
}

fn unknown_server() -> OAuthError {
    OAuthError::invalid_request("there is no authorization server of this name: compare the address with the portal's")
        .with_status(404)
}

fn nothing_in_query(query: Option<&str>) -> Result<(), OAuthError> {
    let Some(query) = query else { return Ok(()) };
    let params = Params::parse(query.as_bytes())?;
    match params.first_of(BODY_ONLY) {
        Some(name) => Err(OAuthError::invalid_request(format!(
            "{name} was sent in the address: send all parameters in the body, and change the secret if it was among \
             them"
        ))),
        None => Ok(()),
    }
}

fn form_body(headers: &HeaderMap) -> Result<(), OAuthError> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    if is_form {
        return Ok(());
    }
    Err(OAuthError::invalid_request("the body must be application/x-www-form-urlencoded: set Content-Type so")
        .with_status(415))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, OAuthError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LONGEST_BODY as u64) {
        return Err(too_large());
    }
    match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(OAuthError::invalid_request("the body ended early or came too slowly: send it whole")),
    }
}

fn too_large() -> OAuthError {
    OAuthError::invalid_request("the body is larger than 64 KiB: send only the parameters that are needed")
        .with_status(413)
}

fn grant_type(params: &Params<'_>) -> Result<GrantType, OAuthError> {
    let Some(text) = params.get("grant_type") else {
        return Err(OAuthError::invalid_request(
            "grant_type is missing: send client_credentials, authorization_code or refresh_token",
        ));
    };
    match text.parse() {
        Ok(GrantType::DeviceCode | GrantType::TokenExchange | GrantType::JwtBearer) | Err(_) => {
            Err(unsupported_grant_type())
        }
        Ok(grant_type) => Ok(grant_type),
    }
}

fn unsupported_grant_type() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnsupportedGrantType,
        "this grant type is not supported here: the metadata document lists those that are",
    )
}

/// The network address of the other end, as the listener saw it.
fn peer(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

fn success(issued: &Issued) -> Response {
    let Ok(body) = serde_json::to_vec(issued) else {
        return http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}
