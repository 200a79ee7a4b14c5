//! One application as the token endpoint needs it.

use std::collections::HashMap;
use std::sync::Arc;

use gatehouse_core::oauth::entitled::Grantable;
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::application::{Application, ApplicationRecord};
use gatehouse_core::portal::client_secret::ClientSecret;
use gatehouse_core::portal::entitlement::{EntitledScopeState, Entitlement};
use gatehouse_core::time::Timestamp;
use gatehouse_gate::OnBehalfOf;
use gatehouse_store::applications;
use gatehouse_store::db::DbError;

use super::Servers;
use crate::context::Context;

/// An application with its secrets and what it may have on each server.
#[derive(Debug)]
pub struct Client {
    /// Its client id.
    pub client_id: Arc<str>,
    /// The application.
    pub application: Application,
    /// Its secrets, those that have ended among them: whoever presents one of these learns that it has ended.
    pub secrets: Vec<ClientSecret>,
    /// Whether anybody has ever let it have anything.
    pub was_approved: bool,
    /// By server id: the scopes that it may have.
    entitled: HashMap<String, Entitled>,
}

/// The scopes that an application may have on one server, by who speaks. Their ends are looked at when they are used.
#[derive(Debug, Default)]
struct Entitled {
    client_credentials: Vec<Grantable>,
    authorization_code: Vec<Grantable>,
    device_code: Vec<Grantable>,
}

impl Client {
    /// The scopes that this grant type may have on a server; of a refresh token, those of the grant that it came by.
    pub fn grantable(&self, server: &str, grant_type: GrantType) -> &[Grantable] {
        let Some(entitled) = self.entitled.get(server) else { return &[] };
        match grant_type {
            GrantType::ClientCredentials => &entitled.client_credentials,
            GrantType::AuthorizationCode => &entitled.authorization_code,
            GrantType::DeviceCode => &entitled.device_code,
            GrantType::RefreshToken | GrantType::TokenExchange | GrantType::JwtBearer => &[],
        }
    }
}

impl Client {
    /// Whether it has a scope of a server now: for itself, or for customers.
    pub fn has(&self, server: &str, name: &str, for_whom: OnBehalfOf, now: Timestamp) -> bool {
        let sign_in = || self.application.sign_in_scopes.iter().any(|own| own.as_str() == name);
        let entitled = |grant_type| {
            let scopes = self.grantable(server, grant_type).iter();
            scopes.filter(|one| one.expires_at.is_none_or(|at| at > now)).any(|one| &*one.name == name)
        };
        match for_whom {
            OnBehalfOf::Application => entitled(GrantType::ClientCredentials),
            OnBehalfOf::User(_) | OnBehalfOf::CustomerOf(_) => {
                sign_in() || entitled(GrantType::AuthorizationCode) || entitled(GrantType::DeviceCode)
            }
        }
    }
}

/// Reads one application. `None` when the client id is not known.
pub(super) async fn read(ctx: &Context, client_id: &str, servers: &Servers) -> Result<Option<Client>, DbError> {
    let wanted = client_id.to_owned();
    let record = ctx.db.read(async move |tx| applications::record_by_client_id(tx, &wanted).await).await?;
    Ok(record.map(|record| build(record, servers)))
}

fn build(record: ApplicationRecord, servers: &Servers) -> Client {
    let entitled = join(&record.entitlements, servers);
    let was_approved = !record.entitlements.is_empty() || !record.application.sign_in_scopes.is_empty();
    Client {
        client_id: record.application.client_id.as_str().into(),
        application: record.application,
        secrets: record.secrets,
        was_approved,
        entitled,
    }
}

/// Joins the entitlements with the scopes of the catalogue: name, audience, grant types, server.
fn join(entitlements: &[Entitlement], servers: &Servers) -> HashMap<String, Entitled> {
    let mut by_server: HashMap<String, Entitled> = HashMap::new();
    let entitled = entitlements.iter().flat_map(|entitlement| &entitlement.scopes);
    for entitled in entitled.filter(|scope| scope.state == EntitledScopeState::Active) {
        let Some((server_id, scope)) = servers.scope(entitled.scope_id) else { continue };
        let grantable =
            Grantable { name: scope.name.clone(), audience: scope.audience.clone(), expires_at: entitled.expires_at };
        let of = by_server.entry(server_id.as_str().to_owned()).or_default();
        for grant_type in &scope.grant_types {
            match grant_type {
                GrantType::ClientCredentials => of.client_credentials.push(grantable.clone()),
                GrantType::AuthorizationCode => of.authorization_code.push(grantable.clone()),
                GrantType::DeviceCode => of.device_code.push(grantable.clone()),
                GrantType::RefreshToken | GrantType::TokenExchange | GrantType::JwtBearer => {}
            }
        }
    }
    by_server
}
