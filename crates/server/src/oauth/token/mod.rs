//! `POST /oauth2/{server}/v1/token` (RFC 6749 §3.2): parse, authenticate the client, dispatch on the grant type.
//! The only file of the token endpoint that knows axum.

mod authorization_code;
mod client_credentials;
mod customer;
mod device_code;
mod refresh_token;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Timestamp;
use serde::Serialize;

use super::client::{Authenticated, authenticate};
use super::failure::Failure;
use super::request::{Form, json, not_admitted, unknown_server};
use crate::directory::Server;
use crate::oauth::addressed::Addressed;
use crate::state::{App, AppState};

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
    Addressed(server_id): Addressed,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match answer(&app, &server_id, request_id, request).await {
        Ok(issued) => json(&issued),
        Err(failure) => failure.into_response(request_id, &app.config.portal_url),
    }
}

async fn answer(app: &App, server_id: &str, request_id: RequestId, request: Request) -> Result<Issued, Failure> {
    let now = app.ctx.now();
    let server = app.directory.server(server_id).ok_or_else(unknown_server)?;
    let form = Form::read(request).await?;
    let params = form.params()?;
    let grant_type = grant_type(&params)?;
    let credentials = form.credentials(&params)?;
    let call = form.call(request_id, now);
    let authenticated = authenticate(app, &credentials, &call).await?;
    let issued = grant(app, &server, &authenticated, (grant_type, &params), now).await;
    if let Err(Failure::Refused(error)) = &issued
        && is_mistake(error.code)
    {
        call.note_proved(app, &authenticated.client.client_id, error, params.get("scope"));
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
    if !server.admission.admits(&by.client.client_id) {
        return Err(not_admitted().into());
    }
    match grant_type {
        GrantType::ClientCredentials => client_credentials::grant(app, server, by, params, now).await,
        GrantType::AuthorizationCode => authorization_code::grant(app, server, by, params, now).await,
        GrantType::RefreshToken => refresh_token::grant(app, server, by, params, now).await,
        GrantType::DeviceCode => device_code::grant(app, server, by, params, now).await,
        GrantType::TokenExchange | GrantType::JwtBearer => Err(unsupported_grant_type().into()),
    }
}

/// Not what a device has to expect while its person makes up their mind.
fn is_mistake(code: ErrorCode) -> bool {
    use ErrorCode::{AccessDenied, AuthorizationPending, ExpiredToken, SlowDown};
    !matches!(code, AuthorizationPending | SlowDown | AccessDenied | ExpiredToken)
}

fn grant_type(params: &Params<'_>) -> Result<GrantType, OAuthError> {
    let Some(text) = params.get("grant_type") else {
        return Err(OAuthError::invalid_request(
            "grant_type is missing: send client_credentials, authorization_code or refresh_token",
        ));
    };
    match text.parse() {
        Ok(GrantType::TokenExchange | GrantType::JwtBearer) | Err(_) => Err(unsupported_grant_type()),
        Ok(grant_type) => Ok(grant_type),
    }
}

fn unsupported_grant_type() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnsupportedGrantType,
        "this grant type is not supported here: the metadata document lists those that are",
    )
}
