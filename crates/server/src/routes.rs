//! THE table: every path and the function that answers it. `hosts.rs` puts its parts under the base addresses.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::state::AppState;
use crate::{login, manage, oauth, operator, portal, review};

/// At `portal_url`.
pub(crate) fn portal(app: &AppState) -> Router<AppState> {
    Router::new()
        .route("/", get(portal::home::get))
        .route("/apis", get(portal::apis::list::get))
        .route("/apis/{slug}", get(portal::apis::show::get))
        .route("/apis/{slug}/openapi.json", get(portal::apis::show::document))
        .route("/reveal/{token}", get(portal::reveal::get).post(portal::reveal::post))
        .route("/set-up/done", get(portal::set_up::done))
        .route("/set-up/{token}", get(portal::set_up::get).post(portal::set_up::post))
        .merge(accounts())
        .merge(sign_in())
        .merge(desk())
        .merge(applications())
        .route("/docs", get(portal::docs::index))
        .route("/docs/{*page}", get(portal::docs::get))
        // /manage/…: every noun of `manage/mod.rs`, described by /manage/v1/openapi.json.
        .merge(manage::router(&app.ctx, &app.error_pages).with_state(()))
}

/// Signing in and out, part of [`portal`]; where issuers have a host of their own, there too.
pub(crate) fn sign_in() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(login::sign_in::get).post(login::sign_in::post))
        .route("/sign-in/again", post(login::step_up::post))
        .route("/sign-in/code", get(login::code::get).post(login::code::post))
        .route("/sign-out", post(login::sign_out::post))
}

/// Accounts of people, and who belongs together: organizations, workspaces, invitations; at `portal_url`.
fn accounts() -> Router<AppState> {
    use login::two_step::{self, confirm};
    use portal::connected_applications as connected;
    use portal::{invitations, organizations, workspaces};
    Router::new()
        .route("/sign-up", get(login::sign_up::get).post(login::sign_up::post))
        .route("/sign-up/check-mail", get(login::sign_up::check_mail))
        .route("/verify-email", get(login::verify_email::get).post(login::verify_email::post))
        .route("/verify-email/{token}", get(login::verify_email::get_link).post(login::verify_email::post_link))
        .route("/forgot-password", get(login::forgot_password::get).post(login::forgot_password::post))
        .route("/forgot-password/check-mail", get(login::forgot_password::check_mail))
        .route("/reset-password/{token}", get(login::reset_password::get).post(login::reset_password::post))
        .route("/sign-in/passkey", post(login::passkey::post))
        .route("/profile/two-step", get(two_step::get))
        .route("/profile/two-step/app", get(two_step::app::get).post(two_step::app::post))
        .route("/profile/two-step/app/remove", get(confirm::get_app).post(confirm::post_app))
        .route("/profile/two-step/codes", get(confirm::get_codes).post(confirm::post_codes))
        .route("/profile/passkeys", get(two_step::passkeys::get).post(two_step::passkeys::post))
        .route("/profile/passkeys/{id}/remove", get(confirm::get_passkey).post(confirm::post_passkey))
        .route("/connected-applications", get(connected::get))
        .route("/connected-applications/{id}/disconnect", get(connected::confirm).post(connected::disconnect))
        .route("/profile", get(login::profile::get).post(login::profile::post))
        .route("/profile/shared", get(login::profile::shared::get).post(login::profile::shared::post))
        .route("/profile/email", get(login::profile::email::get).post(login::profile::email::post))
        .route("/profile/email/cancel", post(login::profile::email::cancel))
        .route("/profile/email/{token}", get(login::profile::email::get_link).post(login::profile::email::post_link))
        .route("/profile/password", post(login::profile::password::post))
        .route("/profile/sessions/end-others", post(login::profile::sessions::end_others))
        .route("/profile/sessions/{id}/end", post(login::profile::sessions::end))
        .route("/organizations", get(organizations::list::get))
        .route("/organizations/new", get(organizations::create::get).post(organizations::create::post))
        .route("/organizations/{id}", get(organizations::show::get).post(organizations::show::post))
        .route("/organizations/{id}/invitations", post(organizations::invite::post))
        .route("/organizations/{id}/invitations/{invitation}/withdraw", post(organizations::invite::withdraw))
        .route("/organizations/{id}/members/{user}", get(organizations::member::get).post(organizations::member::post))
        .route("/workspaces", get(workspaces::list))
        .route("/workspaces/{id}", get(workspaces::show::get).post(workspaces::show::post))
        .route("/workspaces/{id}/invitations", post(workspaces::invite::post))
        .route("/workspaces/{id}/invitations/{invitation}/withdraw", post(workspaces::invite::withdraw))
        .route("/workspaces/{id}/members/{user}", get(workspaces::member::get).post(workspaces::member::post))
        .route("/invitations/{id}", post(invitations::post))
}

/// The review desk.
fn desk() -> Router<AppState> {
    Router::new()
        .route("/review", get(review::queue::get))
        .route("/review/replies", get(review::replies::get).post(review::replies::post))
        .route("/review/replies/{id}", get(review::reply::get).post(review::reply::post))
        .route("/review/replies/{id}/delete", post(review::reply::delete))
        .route("/review/together", get(review::together::get))
        .route("/review/together/assign", post(review::together::assign::post))
        .route("/review/together/decide", post(review::together::decide::post))
        .route("/review/changes", get(review::changes::get))
        .route("/review/changes/{reference}", get(review::change::get))
        .route("/review/changes/{reference}/decide", post(review::change::decide))
        .route("/review/{reference}", get(review::show::get))
        .route("/review/{reference}/assign", post(review::assign::post))
        .route("/review/{reference}/ask", post(review::message::ask))
        .route("/review/{reference}/note", post(review::message::note))
        .route("/review/{reference}/decide", post(review::decide::post))
}

/// Asking for access, and what a developer has; part of [`portal`].
fn applications() -> Router<AppState> {
    use portal::applications::{
        access, api_user, changes, collect, delete, first_call, give_up, list, members, overview, secret, secrets,
        settings, transfer, usage,
    };
    Router::new()
        .route("/apis/{slug}/request", get(portal::request_form::get).post(portal::request_form::post))
        .route("/requests", get(portal::requests::list))
        .route("/requests/{reference}", get(portal::requests::show))
        .route("/requests/{reference}/answer", post(portal::requests::answer))
        .route("/requests/{reference}/reply", post(portal::requests::reply))
        .route("/requests/{reference}/submit", post(portal::requests::submit))
        .route("/requests/{reference}/withdraw", get(portal::requests::withdrawal).post(portal::requests::withdraw))
        .route("/applications", get(list::get))
        .route("/applications/{id}", get(overview::get))
        .route("/applications/{id}/first-call", get(first_call::get))
        .route("/applications/{id}/access", get(access::get))
        .route("/applications/{id}/access/{api}/give-up", get(give_up::get).post(give_up::post))
        .route("/applications/{id}/secrets", get(secrets::get).post(secrets::post))
        .route("/applications/{id}/secrets/collect", get(collect::get).post(collect::post))
        .route("/applications/{id}/secrets/{secret}", get(secret::get).post(secret::post))
        .route("/applications/{id}/usage", get(usage::get))
        .route("/applications/{id}/settings", get(settings::get).post(settings::post))
        .route("/applications/{id}/api-user", post(api_user::post))
        .route("/applications/{id}/changes/{reference}/withdraw", post(changes::withdraw))
        .route("/applications/{id}/members", get(members::get))
        .route("/applications/{id}/transfer", get(transfer::get).post(transfer::post))
        .route("/applications/{id}/delete", get(delete::get).post(delete::post))
}

/// At `issuer_url`.
pub(crate) fn issuers(app: &AppState) -> Router<AppState> {
    use oauth::authorize::{self, account, consent};
    use oauth::device::{confirm, enter, start};
    use oauth::{introspect, logout, metadata, request};
    Router::new()
        .route("/device", get(enter::get).post(enter::post))
        .route("/device/confirm", get(confirm::get).post(confirm::post))
        .route("/device/done", get(confirm::done))
        .route("/oauth2/{server}/v1/device/authorize", post(start::post).fallback(request::not_post))
        .route("/oauth2/{server}/v1/authorize", get(authorize::get).post(authorize::post))
        .route("/oauth2/{server}/v1/authorize/consent", post(consent::post))
        .route("/oauth2/{server}/v1/authorize/account", post(account::post))
        .route("/oauth2/{server}/v1/logout", get(logout::get).post(logout::post))
        .route("/oauth2/{server}/v1/logout/confirm", post(logout::confirm))
        .merge(for_scripts().layer(from_fn_with_state(app.clone(), oauth::cors::layer)))
        .route("/oauth2/{server}/v1/introspect", post(introspect::post).fallback(request::not_post))
        .route("/oauth2/{server}/v1/keys", get(oauth::keys::get).fallback(oauth::document::not_get))
        .route("/oauth2/{server}/.well-known/oauth-authorization-server", metadata::methods())
        .route("/.well-known/oauth-authorization-server/oauth2/{server}", metadata::methods())
        .route("/oauth2/{server}/.well-known/openid-configuration", metadata::methods())
        .route("/.well-known/openid-configuration/oauth2/{server}", metadata::methods())
}

/// What programs in browsers may call, too.
fn for_scripts() -> Router<AppState> {
    Router::new()
        .route("/oauth2/{server}/v1/token", post(oauth::token::post).fallback(oauth::request::not_post))
        .route("/oauth2/{server}/v1/revoke", post(oauth::revoke::post).fallback(oauth::request::not_post))
        .route("/oauth2/{server}/v1/userinfo", oauth::userinfo::methods())
}

/// What the operator's listener answers.
pub fn operator(app: &AppState) -> Router {
    Router::new()
        .route("/healthz", get(operator::healthz::get))
        .route("/readyz", get(operator::readyz::get))
        .route("/metrics", get(operator::metrics::get))
        .fallback(portal::not_found::any)
        .with_state(app.clone())
}
