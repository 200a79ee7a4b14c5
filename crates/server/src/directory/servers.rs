//! Authorization servers with their keys, scopes and documents, as read at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::id::{ApiId, ScopeId};
use gatehouse_core::jose::encryption::open_signing_key;
use gatehouse_core::jose::sign::SigningKey;
use gatehouse_core::oauth::authorization_server::{AuthorizationServer, ServerId};
use gatehouse_core::oauth::claims::ACCESS_TOKEN_TYPE;
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::signing_key::{KeyState, ServerKey};
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::scope::Scope;
use gatehouse_store::db::DbError;
use gatehouse_store::{apis, authorization_servers, scopes, signing_keys};

use super::Addresses;
use crate::context::Context;
use crate::oauth::document::Document;
use crate::oauth::{keys, metadata};

/// Every authorization server.
#[derive(Debug, Default)]
pub struct Servers {
    by_id: HashMap<String, Arc<Server>>,
    /// What each server publishes, by its path.
    documents: HashMap<String, Document>,
    scopes: HashMap<ScopeId, (ServerId, ScopeEntry)>,
}

/// One authorization server.
#[derive(Debug)]
pub struct Server {
    /// Its id, the segment in `/oauth2/{server}/…`.
    pub id: String,
    /// `iss`.
    pub issuer: String,
    /// Seconds.
    pub access_token_lifetime: i64,
    /// What signs access tokens; `None` while there is no active key, which is an error of ours.
    pub signing: Option<Signing>,
    /// `/v1/keys`.
    pub keys: Document,
    /// `/.well-known/oauth-authorization-server`.
    pub metadata: Document,
    audiences: HashMap<String, ApiId>,
}

/// The key that signs access tokens.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Parsed once.
    pub key: Arc<SigningKey>,
    /// The token's header, base64url: the same for every token of the key.
    pub header: Arc<str>,
}

/// A scope as the token endpoint needs it.
#[derive(Clone, Debug)]
pub struct ScopeEntry {
    /// Its name.
    pub name: Arc<str>,
    /// The audience of its API.
    pub audience: Arc<str>,
    /// Who may ask for it.
    pub grant_types: Vec<GrantType>,
}

/// What is read for it.
struct Rows {
    servers: Vec<AuthorizationServer>,
    keys: Vec<ServerKey>,
    apis: Vec<Api>,
    scopes: Vec<Scope>,
}

impl Servers {
    /// What is published at this path.
    pub(super) fn document(&self, path: &str) -> Option<&Document> {
        self.documents.get(path)
    }

    /// A server by its id.
    pub fn get(&self, id: &str) -> Option<&Arc<Server>> {
        self.by_id.get(id)
    }

    /// A scope of a published API, with the id of its server.
    pub fn scope(&self, id: ScopeId) -> Option<(&ServerId, &ScopeEntry)> {
        self.scopes.get(&id).map(|(server, scope)| (server, scope))
    }
}

impl Server {
    /// The published API of this server that has this audience.
    pub fn api(&self, audience: &str) -> Option<ApiId> {
        self.audiences.get(audience).copied()
    }
}

/// Reads everything in one view.
pub(super) async fn load(ctx: &Context, addresses: &Addresses) -> Result<Servers, DbError> {
    let rows = ctx
        .db
        .read(async |tx| {
            Ok::<_, DbError>(Rows {
                servers: authorization_servers::all(tx).await?,
                keys: signing_keys::all(tx).await?,
                apis: apis::list_published(tx).await?,
                scopes: scopes::all(tx).await?,
            })
        })
        .await?;
    Ok(build(ctx, addresses, &rows))
}

fn build(ctx: &Context, addresses: &Addresses, rows: &Rows) -> Servers {
    let mut servers = Servers::default();
    let published: HashMap<ApiId, &Api> = rows.apis.iter().map(|api| (api.id, api)).collect();
    for scope in &rows.scopes {
        let Some(api) = published.get(&scope.api_id) else { continue };
        let entry = ScopeEntry {
            name: scope.name.as_str().into(),
            audience: api.audience.as_str().into(),
            grant_types: scope.grant_types.clone(),
        };
        servers.scopes.insert(scope.id, (api.server_id.clone(), entry));
    }
    for server in &rows.servers {
        if let Some(built) = build_server(ctx, addresses, rows, (server, &published)) {
            servers.documents.insert(keys::path(&built.id), built.keys.clone());
            servers.documents.extend(metadata::paths(&built.id).map(|path| (path, built.metadata.clone())));
            servers.by_id.insert(server.id.as_str().to_owned(), Arc::new(built));
        }
    }
    servers
}

fn build_server(
    ctx: &Context,
    addresses: &Addresses,
    rows: &Rows,
    (server, published): (&AuthorizationServer, &HashMap<ApiId, &Api>),
) -> Option<Server> {
    let issuer = format!("{}/oauth2/{}", addresses.issuer_url, server.id.as_str());
    let own: Vec<&ServerKey> = rows.keys.iter().filter(|key| key.server_id == server.id).collect();
    let names: Vec<&str> = rows
        .scopes
        .iter()
        .filter(|scope| scope.server_id == server.id && published.contains_key(&scope.api_id))
        .map(|scope| scope.name.as_str())
        .collect();
    let documents = keys::document(&own, ctx.now())
        .and_then(|keys| Ok((keys, metadata::document(&issuer, &names, &addresses.portal_url)?)));
    let (keys, metadata) = documents
        .inspect_err(|error| tracing::error!(server.id = server.id.as_str(), %error, "documents of a server"))
        .ok()?;
    Some(Server {
        id: server.id.as_str().to_owned(),
        issuer,
        access_token_lifetime: server.lifetimes.access_token,
        signing: signing(ctx, server, &own),
        keys,
        metadata,
        audiences: published
            .values()
            .filter(|api| api.server_id == server.id)
            .map(|api| (api.audience.clone(), api.id))
            .collect(),
    })
}

/// Opens the active key. A key that cannot be opened is logged with its kid and leaves the server without one: tokens
/// are then refused with `server_error`, and everything else goes on.
fn signing(ctx: &Context, server: &AuthorizationServer, keys: &[&ServerKey]) -> Option<Signing> {
    let active = keys
        .iter()
        .find(|key| key.alg() == server.access_token_signing_alg && matches!(key.state, KeyState::Active { .. }));
    let Some(active) = active else {
        tracing::error!(server.id = server.id.as_str(), "no active signing key");
        return None;
    };
    let kid = active.public.kid();
    let Some(keys) = &ctx.key_encryption_keys else {
        tracing::error!(server.id = server.id.as_str(), "no key-encryption key is configured");
        return None;
    };
    match open_signing_key(keys, server.id.as_str(), (active.alg(), kid), &active.sealed) {
        Ok(key) => {
            let header = format!(r#"{{"alg":"{}","typ":"{ACCESS_TOKEN_TYPE}","kid":"{kid}"}}"#, active.alg());
            Some(Signing { key: Arc::new(key), header: URL_SAFE_NO_PAD.encode(header).into() })
        }
        Err(error) => {
            tracing::error!(server.id = server.id.as_str(), key.id = kid, %error, "signing key cannot be opened");
            None
        }
    }
}
