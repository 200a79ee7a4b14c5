//! An application as the management API shows it.

use gatehouse_core::portal::application::Application;
use serde::Serialize;
use utoipa::ToSchema;

use crate::manage::Iso;

/// An application.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Application)]
pub struct ApplicationView {
    /// `app_…`
    pub id: String,
    /// `org_…`
    pub organization_id: String,
    /// What OAuth calls it.
    pub client_id: String,
    /// Shown to customers.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// An http(s) address.
    pub homepage: Option<String>,
    /// An https address.
    pub logo_url: Option<String>,
    /// E-mail addresses.
    pub contacts: Vec<String>,
    /// `web`, `service`, `browser` or `native`.
    pub r#type: String,
    /// `production` or `sandbox`.
    pub environment: String,
    /// `active` or `suspended`.
    pub state: String,
    /// `usr_…`: whose workspaces its client-credentials tokens see.
    pub api_user_id: Option<String>,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where a logout may end.
    pub post_logout_redirect_uris: Vec<String>,
    /// Grant types that its type may use.
    pub grant_types: Vec<String>,
    /// Whether the code flow demands PKCE.
    pub require_pkce: bool,
    /// Whether authorization requests must be pushed.
    pub require_pushed_authorization_requests: bool,
    /// How it authenticates at the token endpoint.
    pub token_endpoint_auth_methods: Vec<String>,
    /// Signs its ID tokens.
    pub id_token_signed_response_alg: String,
    /// Signs its userinfo answers; null for plain JSON.
    pub userinfo_signed_response_alg: Option<String>,
    /// `public` or `pairwise`.
    pub subject_type: String,
    /// Names the sector of pairwise subjects.
    pub sector_identifier_uri: Option<String>,
    /// Where logout tokens go.
    pub backchannel_logout_uri: Option<String>,
    /// Whether logout tokens carry `sid`.
    pub backchannel_logout_session_required: bool,
    /// Seconds after which a person must sign in again.
    pub default_max_age: Option<i64>,
    /// Whether customers are not asked.
    pub skip_consent: bool,
    /// Scopes about the person who signs in.
    pub sign_in_scopes: Vec<String>,
    /// Public keys (RFC 7517).
    pub jwks: Option<serde_json::Value>,
    /// Where the public keys are.
    pub jwks_uri: Option<String>,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
    /// Since when it is suspended.
    pub suspended_at: Option<Iso>,
}

impl From<&Application> for ApplicationView {
    fn from(of: &Application) -> Self {
        Self {
            id: of.id.to_string(),
            organization_id: of.organization_id.to_string(),
            client_id: of.client_id.clone(),
            name: of.name.clone(),
            description: of.description.clone(),
            homepage: of.homepage.clone(),
            logo_url: of.logo_url.clone(),
            contacts: of.contacts.clone(),
            r#type: of.application_type.to_string(),
            environment: of.environment.to_string(),
            state: of.state.to_string(),
            api_user_id: of.api_user_id.map(|id| id.to_string()),
            redirect_uris: of.redirect_uris.clone(),
            post_logout_redirect_uris: of.post_logout_redirect_uris.clone(),
            grant_types: texts(of.application_type.grant_types()),
            require_pkce: of.require_pkce,
            require_pushed_authorization_requests: of.require_pushed_authorization_requests,
            token_endpoint_auth_methods: texts(&of.token_endpoint_auth_methods),
            id_token_signed_response_alg: of.id_token_signed_response_alg.to_string(),
            userinfo_signed_response_alg: of.userinfo_signed_response_alg.map(|alg| alg.to_string()),
            subject_type: of.subject_type.to_string(),
            sector_identifier_uri: of.sector_identifier_uri.clone(),
            backchannel_logout_uri: of.backchannel_logout_uri.clone(),
            backchannel_logout_session_required: of.backchannel_logout_session_required,
            default_max_age: of.default_max_age,
            skip_consent: of.skip_consent,
            sign_in_scopes: texts(&of.sign_in_scopes),
            jwks: of.jwks.clone(),
            jwks_uri: of.jwks_uri.clone(),
            created_at: of.created_at.into(),
            updated_at: of.updated_at.into(),
            suspended_at: of.suspended_at.map(Iso),
        }
    }
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
