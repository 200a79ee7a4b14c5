//! A change of an application's fields. Its type, owner and client id stay.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::identity::name;
use gatehouse_core::jose::Algorithm;
use gatehouse_core::portal::application::{Application, ClientAuthMethod, Environment, SignInScope, SubjectType};
use gatehouse_core::portal::application_change::{Reviewed, part};
use gatehouse_store::db::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::sector::{self, Sector};
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, application_changes, authority, present};
use crate::context::Context;

/// What changes; what is left out stays. `null` empties a field that may be empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApplicationChange {
    /// Shown to customers; 1–100 characters.
    pub name: Option<String>,
    /// What it is for.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub description: Option<Option<String>>,
    /// An http(s) address.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub homepage: Option<Option<String>>,
    /// An https address.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub logo_url: Option<Option<String>>,
    /// E-mail addresses.
    pub contacts: Option<Vec<String>>,
    /// `production` or `sandbox`.
    #[schema(value_type = Option<String>)]
    pub environment: Option<Environment>,
    /// Up to 10 addresses.
    pub redirect_uris: Option<Vec<String>>,
    /// Up to 10 addresses.
    pub post_logout_redirect_uris: Option<Vec<String>>,
    /// May be `false` for web and service applications only.
    pub require_pkce: Option<bool>,
    /// Whether authorization requests must be pushed (RFC 9126).
    pub require_pushed_authorization_requests: Option<bool>,
    /// How it authenticates at the token endpoint.
    #[schema(value_type = Option<Vec<String>>)]
    pub token_endpoint_auth_methods: Option<Vec<ClientAuthMethod>>,
    /// `ES256`, `EdDSA` or `RS256`.
    #[schema(value_type = Option<String>)]
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// The same, or `null` for plain JSON.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub userinfo_signed_response_alg: Option<Option<Algorithm>>,
    /// `public` or `pairwise`.
    #[schema(value_type = Option<String>)]
    pub subject_type: Option<SubjectType>,
    /// An https address that answers a JSON array with all redirect URIs; it is read when it or they change.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub sector_identifier_uri: Option<Option<String>>,
    /// An https address that hears of sessions that end.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub backchannel_logout_uri: Option<Option<String>>,
    /// Whether logout tokens must carry `sid`; they always do.
    pub backchannel_logout_session_required: Option<bool>,
    /// Seconds.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    pub default_max_age: Option<Option<i64>>,
    /// For the company's own applications.
    pub skip_consent: Option<bool>,
    /// Scopes about the person who signs in.
    #[schema(value_type = Option<Vec<String>>)]
    pub sign_in_scopes: Option<Vec<SignInScope>>,
    /// Public keys (RFC 7517).
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub jwks: Option<Option<serde_json::Value>>,
    /// Where the public keys are.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub jwks_uri: Option<Option<String>>,
}

/// Changes the fields of an application. A change that changes nothing writes nothing; what reviewers must see again
/// waits for them, and comes back as it was.
pub async fn change(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
    change: ApplicationChange,
) -> Result<Application, ActionError> {
    let sector = sector(ctx, actor, id, &change).await?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load_for(tx, &actor, id, Want::Change).await?;
        let wanted = apply(&before, &change);
        super::check(&wanted)?;
        sector::check(sector.as_ref(), (&before, &wanted))?;
        check_operators_fields(tx, &actor, (&before, &wanted)).await?;
        check_environment(tx, (&ctx, &actor), (&before, &wanted)).await?;
        let reviewed = application_changes::reviewed(tx, (&ctx, &actor), &before).await?;
        let (after, waiting) = part(&before, wanted, reviewed);
        application_changes::propose(tx, (&ctx, &actor), &before, waiting).await?;
        super::write(tx, (&ctx, &actor), "application.changed", (&before, after)).await
    })
    .await
}

/// What the network says is asked before the transaction, and only for who may change the application.
async fn sector(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
    change: &ApplicationChange,
) -> Result<Option<Sector>, ActionError> {
    let by = actor.clone();
    let before = ctx.db.read(async move |tx| super::load_for(tx, &by, id, Want::Change).await).await?;
    let wanted = apply(&before, change);
    super::check(&wanted)?;
    sector::fetch(ctx, (&before, &wanted)).await
}

/// What only an operator gives: a developer's change can neither add what was not approved nor take a guard away
/// (`security.md` G, CVE-2026-15572).
pub(super) async fn check_operators_fields(
    tx: &mut Tx,
    actor: &Actor,
    (before, after): (&Application, &Application),
) -> Result<(), ActionError> {
    let gains = (after.skip_consent && !before.skip_consent)
        || (before.require_pkce && !after.require_pkce)
        || after.sign_in_scopes.iter().any(|scope| !before.sign_in_scopes.contains(scope));
    if gains { authority::admin(tx, actor).await } else { Ok(()) }
}

/// Sandbox or production decides what is reviewed, so a developer chooses it only before anything is approved.
async fn check_environment(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (before, wanted): (&Application, &Application),
) -> Result<(), ActionError> {
    if before.environment == wanted.environment {
        return Ok(());
    }
    let as_production = Application { environment: Environment::Production, ..before.clone() };
    if application_changes::reviewed(tx, (ctx, actor), &as_production).await? == Reviewed::default() {
        return Ok(());
    }
    let message =
        format!("this application has access as a {} one: ask an operator to change that", before.environment);
    Err(ActionError::conflict("review_needed", message))
}

/// The application with the changed fields, not yet checked.
pub(super) fn apply(application: &Application, change: &ApplicationChange) -> Application {
    let change = change.clone();
    let old = application.clone();
    let backchannel_logout_uri = change.backchannel_logout_uri.map_or(old.backchannel_logout_uri, filled);
    // Nobody can be sent a session id who is sent nothing.
    let session_was_required = old.backchannel_logout_session_required && backchannel_logout_uri.is_some();
    Application {
        name: change.name.map_or(old.name, |text| name::parse(&text).unwrap_or(text)),
        description: change.description.map_or(old.description, filled),
        homepage: change.homepage.map_or(old.homepage, filled),
        logo_url: change.logo_url.map_or(old.logo_url, filled),
        contacts: change.contacts.unwrap_or(old.contacts),
        environment: change.environment.unwrap_or(old.environment),
        redirect_uris: change.redirect_uris.unwrap_or(old.redirect_uris),
        post_logout_redirect_uris: change.post_logout_redirect_uris.unwrap_or(old.post_logout_redirect_uris),
        require_pkce: change.require_pkce.unwrap_or(old.require_pkce),
        require_pushed_authorization_requests: change
            .require_pushed_authorization_requests
            .unwrap_or(old.require_pushed_authorization_requests),
        token_endpoint_auth_methods: change.token_endpoint_auth_methods.unwrap_or(old.token_endpoint_auth_methods),
        id_token_signed_response_alg: change.id_token_signed_response_alg.unwrap_or(old.id_token_signed_response_alg),
        userinfo_signed_response_alg: change.userinfo_signed_response_alg.unwrap_or(old.userinfo_signed_response_alg),
        subject_type: change.subject_type.unwrap_or(old.subject_type),
        sector_identifier_uri: change.sector_identifier_uri.map_or(old.sector_identifier_uri, filled),
        backchannel_logout_uri,
        backchannel_logout_session_required: change.backchannel_logout_session_required.unwrap_or(session_was_required),
        default_max_age: change.default_max_age.unwrap_or(old.default_max_age),
        skip_consent: change.skip_consent.unwrap_or(old.skip_consent),
        sign_in_scopes: change.sign_in_scopes.unwrap_or(old.sign_in_scopes),
        jwks: change.jwks.unwrap_or(old.jwks),
        jwks_uri: change.jwks_uri.map_or(old.jwks_uri, filled),
        ..old
    }
}

/// An empty text is no text.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
