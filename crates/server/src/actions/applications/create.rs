//! A new application. It may do nothing before an API is granted to it.

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::jose::Algorithm;
use gatehouse_core::portal::application::{
    Application, ApplicationState, ApplicationType, ClientAuthMethod, Environment, SignInScope, SubjectType,
};
use gatehouse_core::secret::public_id;
use gatehouse_core::time::Timestamp;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{applications, audit, organizations};
use serde::Deserialize;
use utoipa::ToSchema;

use super::api_user::find_api_user;
use super::change::{ApplicationChange, apply, check_operators_fields};
use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// What a new application is made of. What is left out gets the default of its type.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// Whose it is.
    #[schema(value_type = String)]
    pub organization_id: OrganizationId,
    /// Shown to customers; 1–100 characters.
    pub name: String,
    /// `web`, `service`, `browser` or `native`; never changes.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub application_type: ApplicationType,
    /// `production` (unless said otherwise) or `sandbox`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub environment: Option<Environment>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// An http(s) address.
    #[serde(default)]
    pub homepage: Option<String>,
    /// An https address.
    #[serde(default)]
    pub logo_url: Option<String>,
    /// E-mail addresses.
    #[serde(default)]
    pub contacts: Vec<String>,
    /// Up to 10 addresses.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Up to 10 addresses.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// The verified member of the organization (id or e-mail address) whose workspaces its tokens see.
    #[serde(default)]
    pub api_user: Option<String>,
    /// The protocol's fields.
    #[serde(default)]
    pub protocol: Protocol,
}

/// The fields that only the protocol knows, at creation.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = NewApplicationProtocol)]
pub struct Protocol {
    /// `client_secret_basic` and `client_secret_post` unless said otherwise; `none` for browser and native.
    #[schema(value_type = Option<Vec<String>>)]
    pub token_endpoint_auth_methods: Option<Vec<ClientAuthMethod>>,
    /// Scopes about the person who signs in.
    #[schema(value_type = Vec<String>)]
    pub sign_in_scopes: Vec<SignInScope>,
    /// Public keys (RFC 7517).
    pub jwks: Option<serde_json::Value>,
    /// Where the public keys are.
    pub jwks_uri: Option<String>,
}

/// Makes an application.
pub async fn create(ctx: &Context, actor: &Actor, input: NewApplication) -> Result<Application, ActionError> {
    let draft = draft(ctx, &input);
    super::check(&draft)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let unknown = || ActionError::invalid("organization_id", "unknown", "there is no such organization");
        if organizations::find(tx, draft.organization_id).await?.is_none() {
            return Err(unknown());
        }
        authority::member(tx, &actor, draft.organization_id, Want::Change, unknown).await?;
        let plain =
            Application { require_pkce: true, skip_consent: false, sign_in_scopes: Vec::new(), ..draft.clone() };
        check_operators_fields(tx, &actor, (&plain, &draft)).await?;
        let mut application = draft.clone();
        if let Some(user) = &input.api_user {
            application.api_user_id = Some(find_api_user(tx, &application, user).await?.id);
        }
        insert_in(tx, (&ctx, &actor), &application).await?;
        Ok(application)
    })
    .await
}

/// Writes a new application that was checked, with its event, and tells the data plane.
pub(in crate::actions) async fn insert_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    application: &Application,
) -> Result<(), ActionError> {
    applications::insert(tx, application).await?;
    let event = event(ctx, actor, "application.created", "application", application.id);
    audit::record(tx, &event.after(super::audited(application))).await?;
    tx.change(Topic::Application, &application.client_id);
    Ok(())
}

/// The application that the input describes, not yet checked.
pub(in crate::actions) fn draft(ctx: &Context, input: &NewApplication) -> Application {
    let now = ctx.now();
    let change = ApplicationChange {
        name: Some(input.name.clone()),
        description: Some(input.description.clone()),
        homepage: Some(input.homepage.clone()),
        logo_url: Some(input.logo_url.clone()),
        contacts: Some(input.contacts.clone()),
        redirect_uris: Some(input.redirect_uris.clone()),
        post_logout_redirect_uris: Some(input.post_logout_redirect_uris.clone()),
        token_endpoint_auth_methods: input.protocol.token_endpoint_auth_methods.clone(),
        sign_in_scopes: Some(input.protocol.sign_in_scopes.clone()),
        jwks: Some(input.protocol.jwks.clone()),
        jwks_uri: Some(input.protocol.jwks_uri.clone()),
        ..ApplicationChange::default()
    };
    apply(&bare(ctx, input, now), &change)
}

/// With the defaults of its type.
fn bare(ctx: &Context, input: &NewApplication, now: Timestamp) -> Application {
    Application {
        id: ApplicationId::new(now, ctx.random()),
        organization_id: input.organization_id,
        client_id: public_id(ctx.random()),
        name: String::new(),
        description: None,
        homepage: None,
        logo_url: None,
        contacts: Vec::new(),
        application_type: input.application_type,
        environment: input.environment.unwrap_or(Environment::Production),
        state: ApplicationState::Active,
        api_user_id: None,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        require_pkce: true,
        require_pushed_authorization_requests: false,
        token_endpoint_auth_methods: input.application_type.default_auth_methods(),
        id_token_signed_response_alg: Algorithm::Rs256,
        userinfo_signed_response_alg: None,
        subject_type: SubjectType::Public,
        sector_identifier_uri: None,
        backchannel_logout_uri: None,
        backchannel_logout_session_required: false,
        default_max_age: None,
        skip_consent: false,
        sign_in_scopes: Vec::new(),
        jwks: None,
        jwks_uri: None,
        created_at: now,
        updated_at: now,
        suspended_at: None,
        deleted_at: None,
        version: 1,
    }
}
