//! Applications: OAuth clients with their protocol fields and states (`oauth.md`, "Applications"; RFC 7591 §2).

use serde::{Deserialize, Serialize};

use super::client_secret::ClientSecret;
use super::entitlement::Entitlement;
use crate::id::{ApplicationId, OrganizationId, UserId};
use crate::jose::Algorithm;
use crate::oauth::grant_type::GrantType;
use crate::time::Timestamp;

crate::text_enum! {
    /// What kind of program it is; decides grants, redirect URIs and authentication.
    ApplicationType, "application type" {
        /// Runs on a server and signs people in.
        Web = "web",
        /// Runs on a server, without people.
        Service = "service",
        /// Runs in a browser; keeps no secret.
        Browser = "browser",
        /// Runs on a device; keeps no secret.
        Native = "native",
    }
}

crate::text_enum! {
    /// Whether it is meant for real customers.
    Environment, "environment" {
        /// For real customers.
        Production = "production",
        /// For trying things out.
        Sandbox = "sandbox",
    }
}

crate::text_enum! {
    /// The state machine: `active ⇄ suspended`, both `→ deleted`.
    ApplicationState, "application state" {
        /// May do what its entitlements allow.
        Active = "active",
        /// May do nothing until it is reactivated.
        Suspended = "suspended",
        /// Gone for good; its client id is never used again.
        Deleted = "deleted",
    }
}

crate::text_enum! {
    /// How users are named to it (OIDC Core §8).
    SubjectType, "subject type" {
        /// By the same `sub` everywhere.
        Public = "public",
        /// By a `sub` of its sector's own.
        Pairwise = "pairwise",
    }
}

crate::text_enum! {
    /// How it authenticates at the token endpoint (RFC 7591 §2, RFC 8705 §2).
    ClientAuthMethod, "client authentication method" {
        /// Secret in the `Authorization` header.
        ClientSecretBasic = "client_secret_basic",
        /// Secret in the body.
        ClientSecretPost = "client_secret_post",
        /// Assertion under the secret.
        ClientSecretJwt = "client_secret_jwt",
        /// Assertion under a private key.
        PrivateKeyJwt = "private_key_jwt",
        /// Certificate of an authority.
        TlsClientAuth = "tls_client_auth",
        /// Certificate of its own.
        SelfSignedTlsClientAuth = "self_signed_tls_client_auth",
        /// Not at all: a public client.
        None = "none",
    }
}

crate::text_enum! {
    /// Scopes about the person who signs in. They need no entitlement and are set at approval.
    SignInScope, "sign-in scope" {
        /// An ID token.
        Openid = "openid",
        /// Name and the like.
        Profile = "profile",
        /// E-mail address.
        Email = "email",
        /// Postal address.
        Address = "address",
        /// Telephone number.
        Phone = "phone",
        /// A refresh token.
        OfflineAccess = "offline_access",
    }
}

impl ApplicationType {
    /// The grant types that it may use.
    pub const fn grant_types(self) -> &'static [GrantType] {
        match self {
            Self::Web => &[GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
            Self::Service => &[GrantType::ClientCredentials],
            Self::Browser => &[GrantType::AuthorizationCode, GrantType::RefreshToken],
            Self::Native => &[GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode],
        }
    }

    /// Whether it may use this grant type.
    pub fn may_use(self, grant_type: GrantType) -> bool {
        self.grant_types().contains(&grant_type)
    }

    /// Whether people sign in to it.
    pub const fn signs_people_in(self) -> bool {
        !matches!(self, Self::Service)
    }

    /// Whether it can keep a secret (RFC 6749 §2.1).
    pub const fn is_confidential(self) -> bool {
        matches!(self, Self::Web | Self::Service)
    }

    /// The authentication methods of a new application.
    pub fn default_auth_methods(self) -> Vec<ClientAuthMethod> {
        if self.is_confidential() {
            vec![ClientAuthMethod::ClientSecretBasic, ClientAuthMethod::ClientSecretPost]
        } else {
            vec![ClientAuthMethod::None]
        }
    }
}

/// An OAuth client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its id in the portal.
    pub id: ApplicationId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Random, public, never used again, also after deletion.
    pub client_id: String,
    /// Shown to customers at sign-in and consent.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// An http(s) address.
    pub homepage: Option<String>,
    /// An https address.
    pub logo_url: Option<String>,
    /// E-mail addresses.
    pub contacts: Vec<String>,
    /// Decides grants, redirect URIs and authentication.
    #[serde(rename = "type")]
    pub application_type: ApplicationType,
    /// Production or sandbox.
    pub environment: Environment,
    /// Its place in the state machine.
    pub state: ApplicationState,
    /// Whose workspaces its client-credentials tokens see.
    pub api_user_id: Option<UserId>,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where a logout may end.
    pub post_logout_redirect_uris: Vec<String>,
    /// Off only by an operator, only for a confidential application.
    pub require_pkce: bool,
    /// Whether authorization requests must be pushed (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// Ways of authenticating that are accepted.
    pub token_endpoint_auth_methods: Vec<ClientAuthMethod>,
    /// Signs its ID tokens.
    pub id_token_signed_response_alg: Algorithm,
    /// Signs its userinfo answers; `None`: plain JSON.
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// How users are named to it.
    pub subject_type: SubjectType,
    /// An https address that names the sector of pairwise subjects.
    pub sector_identifier_uri: Option<String>,
    /// Where logout tokens go.
    pub backchannel_logout_uri: Option<String>,
    /// Whether logout tokens must carry `sid`.
    pub backchannel_logout_session_required: bool,
    /// Seconds after which a person must sign in again.
    pub default_max_age: Option<i64>,
    /// Set by operators for the company's own applications.
    pub skip_consent: bool,
    /// Scopes about the person who signs in.
    pub sign_in_scopes: Vec<SignInScope>,
    /// Its public keys (RFC 7517 §5).
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    pub jwks_uri: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Grows with every change; a change of an older version is refused.
    pub version: i64,
}

/// An application with all that decides what its tokens may do. Secrets and scopes that have ended may be among them:
/// ask each with `usable_at` and `effective_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRecord {
    /// The application.
    pub application: Application,
    /// Its secrets.
    pub secrets: Vec<ClientSecret>,
    /// Its entitlements with their scopes, one per API.
    pub entitlements: Vec<Entitlement>,
}

/// Why a state does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationStateError {
    /// Suspending what is suspended.
    #[error("the application is suspended already")]
    AlreadySuspended,
    /// Reactivating what is active.
    #[error("the application is active already")]
    AlreadyActive,
    /// Deleted applications never change.
    #[error("the application was deleted and cannot change any more; create a new one")]
    Deleted,
}

impl ApplicationStateError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadySuspended => "application_already_suspended",
            Self::AlreadyActive => "application_already_active",
            Self::Deleted => "application_deleted",
        }
    }
}

/// `active → suspended`.
pub fn suspend(application: Application, now: Timestamp) -> Result<Application, ApplicationStateError> {
    match application.state {
        ApplicationState::Active => {
            Ok(Application { state: ApplicationState::Suspended, suspended_at: Some(now), ..changed(application, now) })
        }
        ApplicationState::Suspended => Err(ApplicationStateError::AlreadySuspended),
        ApplicationState::Deleted => Err(ApplicationStateError::Deleted),
    }
}

/// `suspended → active`.
pub fn reactivate(application: Application, now: Timestamp) -> Result<Application, ApplicationStateError> {
    match application.state {
        ApplicationState::Active => Err(ApplicationStateError::AlreadyActive),
        ApplicationState::Suspended => {
            Ok(Application { state: ApplicationState::Active, suspended_at: None, ..changed(application, now) })
        }
        ApplicationState::Deleted => Err(ApplicationStateError::Deleted),
    }
}

/// `active | suspended → deleted`.
pub fn delete(application: Application, now: Timestamp) -> Result<Application, ApplicationStateError> {
    match application.state {
        ApplicationState::Active | ApplicationState::Suspended => {
            Ok(Application { state: ApplicationState::Deleted, deleted_at: Some(now), ..changed(application, now) })
        }
        ApplicationState::Deleted => Err(ApplicationStateError::Deleted),
    }
}

/// Whether its fields may change: not once it is deleted.
pub fn ensure_editable(application: &Application) -> Result<(), ApplicationStateError> {
    match application.state {
        ApplicationState::Active | ApplicationState::Suspended => Ok(()),
        ApplicationState::Deleted => Err(ApplicationStateError::Deleted),
    }
}

/// The next version, of the time `now`.
pub fn changed(application: Application, now: Timestamp) -> Application {
    Application { updated_at: now, version: application.version + 1, ..application }
}

#[cfg(test)]
pub(crate) mod tests;
