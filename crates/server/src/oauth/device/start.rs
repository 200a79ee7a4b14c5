//! `POST /oauth2/{server}/v1/device/authorize` (RFC 8628 §3.1, §3.2): a device gets a code for itself, and one for its
//! person.
//!
//! Public clients prove nothing here and every answer is a row, so how many there are is bounded by client and network
//! address. Not for scripts in browsers: applications of their type have redirects.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::authorize::scopes;
use gatehouse_core::oauth::device_code::{Decision, DeviceCode, INTERVAL};
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::oauth::user_code::UserCode;
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_store::db::Tx;
use gatehouse_store::device_codes;
use serde::Serialize;

use super::{PATH, path_with};
use crate::directory::Server;
use crate::login::throttle::What;
use crate::oauth::addressed::Addressed;
use crate::oauth::call::Call;
use crate::oauth::client::{Authenticated, authenticate};
use crate::oauth::failure::Failure;
use crate::oauth::request::{Form, json, not_admitted, unknown_server};
use crate::state::{App, AppState};

/// User codes that are tried before something must be wrong; one in a thousand million is taken.
const TRIES: usize = 8;

/// The answer (§3.2). Holds a device code: no `Debug`.
#[derive(Serialize)]
struct Started {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    /// Seconds.
    expires_in: i64,
    /// Seconds.
    interval: i64,
}

/// Lets a device begin.
pub async fn post(
    State(app): State<AppState>,
    Addressed(server_id): Addressed,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match answer(&app, &server_id, request_id, request).await {
        Ok(started) => json(&started),
        Err(failure) => failure.into_response(request_id, &app.config.portal_url),
    }
}

async fn answer(app: &App, server_id: &str, request_id: RequestId, request: Request) -> Result<Started, Failure> {
    let server = app.directory.server(server_id).ok_or_else(unknown_server)?;
    let form = Form::read(request).await?;
    let params = form.params()?;
    let credentials = form.credentials(&params)?;
    let call = form.call(request_id, app.ctx.now());
    let by = authenticate(app, &credentials, &call).await?;
    let started = start(app, &server, &by, &params, &call).await;
    if let Err(Failure::Refused(error)) = &started {
        call.note_proved(app, &by.client.client_id, error, params.get("scope"));
    }
    started
}

async fn start(
    app: &App,
    server: &Server,
    by: &Authenticated,
    params: &Params<'_>,
    call: &Call<'_>,
) -> Result<Started, Failure> {
    let application = &by.client.application;
    if !server.admission.admits(&by.client.client_id) {
        return Err(not_admitted().into());
    }
    if !application.application_type.may_use(GrantType::DeviceCode) {
        let text = "an application of this type may not use the device flow";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text).into());
    }
    if !server.admission.admits(&by.client.client_id) {
        return Err(not_admitted().into());
    }
    let resources: Vec<&str> = params.all("resource").collect();
    let grantable = by.client.grantable(&server.id, GrantType::DeviceCode);
    let known = |audience: &str| server.api(audience).is_some();
    let scopes = scopes(application, (grantable, known), params.get("scope"), &resources, call.now)?;
    if let Err(seconds) = app.login_throttle.admit(What::Device, &by.client.client_id, call.peer, call.now) {
        let text = "too many devices began from here: wait before another one does";
        return Err(OAuthError::new(ErrorCode::SlowDown, text).too_many(seconds).into());
    }
    let code = DeviceCode {
        server_id: server.id.parse().map_err(|_| Failure::Internal("a server id is no server id".to_owned()))?,
        application_id: application.id,
        scopes: scopes.all().map(str::to_owned).collect(),
        resources: resources.into_iter().map(str::to_owned).collect(),
        decision: Decision::Pending,
        grant_id: None,
        interval: INTERVAL,
        polled_at: None,
        created_at: call.now,
        expires_at: call.now.plus_secs(server.lifetimes.device_code),
        used_at: None,
    };
    let (device_code, user_code) = store(app, code).await?;
    let issuer_url = &app.config.issuer_url;
    Ok(Started {
        device_code: device_code.expose().to_owned(),
        user_code: user_code.to_string(),
        verification_uri: format!("{issuer_url}{PATH}"),
        verification_uri_complete: format!("{issuer_url}{}", path_with(&user_code)),
        expires_in: server.lifetimes.device_code,
        interval: INTERVAL,
    })
}

/// Gives it its values, which nobody else has.
async fn store(app: &App, code: DeviceCode) -> Result<(Secret, UserCode), Failure> {
    let device_code = mint(&app.ctx.secret_prefix, SecretKind::DeviceCode, app.ctx.random());
    let (ctx, hash) = (app.ctx.clone(), device_code.hash());
    let write = async move |tx: &mut Tx| {
        for _ in 0..TRIES {
            let user_code = UserCode::generate(ctx.random());
            if device_codes::insert(tx, &code, (hash, user_code.hash())).await? {
                return Ok(user_code);
            }
        }
        Err(Failure::Internal("every user code that was tried is taken".to_owned()))
    };
    let user_code = app.ctx.db.write(write).await?;
    Ok((device_code, user_code))
}
