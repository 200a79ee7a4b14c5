//! `/manage/v1/users/{id}/factors` and `/manage/v1/users/{id}/profile`: help for whoever is locked out, and what
//! applications may learn about a user.

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::UserId;
use gatehouse_core::identity::passkey::Passkey;
use gatehouse_core::identity::profile::{PostalAddress, Profile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Iso, NoContent, Path, Refusal};
use crate::actions::factors::{Factors, Which};
use crate::actions::{ActionError, Actor, accounts, factors, users};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(remove)).routes(routes!(get_profile, set_profile))
}

/// What a user signs in with beside the password.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Factors)]
pub struct FactorsView {
    /// The authenticator app; null without one.
    pub app: Option<AppView>,
    /// In the order of their making.
    pub passkeys: Vec<PasskeyView>,
}

/// An authenticator app.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuthenticatorApp)]
pub struct AppView {
    /// When it was set up.
    pub created_at: Iso,
    /// When a code of it was last used.
    pub last_used_at: Iso,
    /// Recovery codes that were not used.
    pub recovery_codes_left: i64,
}

/// A passkey.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Passkey)]
pub struct PasskeyView {
    /// `psk_…`
    pub id: String,
    /// As its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Iso,
    /// When it last signed its owner in.
    pub last_used_at: Option<Iso>,
    /// Whether it is on several devices.
    pub backed_up: bool,
}

impl From<&Factors> for FactorsView {
    fn from(factors: &Factors) -> Self {
        let app = factors.app.as_ref().map(|app| AppView {
            created_at: app.created_at.into(),
            last_used_at: app.last_used_at.into(),
            recovery_codes_left: factors.codes_left,
        });
        Self { app, passkeys: factors.passkeys.iter().map(PasskeyView::from).collect() }
    }
}

impl From<&Passkey> for PasskeyView {
    fn from(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name.clone(),
            created_at: passkey.created_at.into(),
            last_used_at: passkey.last_used_at.map(Iso),
            backed_up: passkey.credential.backed_up,
        }
    }
}

/// What applications may learn about a user, once the user allows it (OpenID Connect Core §5.1); each field may be absent.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = UserProfile)]
pub struct ProfileBody {
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// What friends say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// As the user wants to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// https address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// http or https address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressBody>,
}

/// OpenID Connect Core §5.1.1.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = PostalAddress)]
pub struct AddressBody {
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl From<Profile> for ProfileBody {
    fn from(profile: Profile) -> Self {
        let Profile { given_name, family_name, nickname, preferred_username, picture, website, .. } = profile;
        let Profile { birthdate, locale, phone_number, address, .. } = profile;
        let address = address.map(|address| {
            let PostalAddress { street_address, locality, region, postal_code, country } = address;
            AddressBody { street_address, locality, region, postal_code, country }
        });
        Self {
            given_name,
            family_name,
            nickname,
            preferred_username,
            picture,
            website,
            birthdate,
            locale,
            phone_number,
            address,
        }
    }
}

impl From<ProfileBody> for Profile {
    fn from(body: ProfileBody) -> Self {
        let address = body.address.map(|address| {
            let AddressBody { street_address, locality, region, postal_code, country } = address;
            PostalAddress { street_address, locality, region, postal_code, country }
        });
        Self {
            given_name: body.given_name,
            family_name: body.family_name,
            nickname: body.nickname,
            preferred_username: body.preferred_username,
            picture: body.picture,
            website: body.website,
            birthdate: body.birthdate,
            locale: body.locale,
            phone_number: body.phone_number,
            address,
        }
    }
}

/// List what a user signs in with beside the password
#[utoipa::path(get, path = "/users/{id}/factors", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "Authenticator app and passkeys", body = FactorsView),
))]
async fn list(State(ctx): State<Context>, Path(id): Path<UserId>) -> Result<Json<FactorsView>, Refusal> {
    users::get(&ctx, id).await?;
    Ok(Json((&factors::list(&ctx, id).await?).into()))
}

/// Take a factor of a user away
///
/// For somebody who is locked out. The user is told by mail.
#[utoipa::path(post, path = "/users/{id}/factors/{factor}/remove", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`"),
        ("factor" = String, Path, description = "`app`, with its recovery codes, or `psk_…`")),
    responses((status = 204, description = "It is gone")))]
async fn remove(
    State(ctx): State<Context>,
    actor: Actor,
    Path((user, factor)): Path<(UserId, String)>,
) -> Result<NoContent, Refusal> {
    let which: Which = factor.parse().map_err(|_| ActionError::not_found("factor", &factor))?;
    factors::remove(&ctx, &actor, user, which).await?;
    Ok(NoContent)
}

/// Get what applications may learn about a user
#[utoipa::path(get, path = "/users/{id}/profile", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The fields that there are", body = ProfileBody),
))]
async fn get_profile(State(ctx): State<Context>, Path(id): Path<UserId>) -> Result<Json<ProfileBody>, Refusal> {
    Ok(Json(accounts::shared_profile(&ctx, id).await?.into()))
}

/// Replace what applications may learn about a user
#[utoipa::path(put, path = "/users/{id}/profile", tag = "Users", request_body = ProfileBody,
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The fields as they are now", body = ProfileBody),
))]
async fn set_profile(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
    Body(body): Body<ProfileBody>,
) -> Result<Json<ProfileBody>, Refusal> {
    Ok(Json(accounts::edit_shared_profile(&ctx, &actor, id, &body.into()).await?.into()))
}
