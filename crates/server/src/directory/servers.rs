//! Authorization servers with their keys, scopes and documents, as read at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::id::{ApiId, ScopeId};
use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::encryption::open_signing_key;
use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::jose::sign::SigningKey;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::admission::Admission;
use gatehouse_core::oauth::authorization_server::{AuthorizationServer, Lifetimes, ServerId};
use gatehouse_core::oauth::claims::ACCESS_TOKEN_TYPE;
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::id_token::ID_TOKEN_TYPE;
use gatehouse_core::oauth::signing_key::{KeyState, ServerKey};
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::scope::{Consent, Scope, Sensitivity};
use gatehouse_store::db::DbError;
use gatehouse_store::{apis, authorization_server_applications, authorization_servers, scopes, signing_keys};

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
    /// `aud` of tokens whose scopes belong to no API.
    pub audience: String,
    /// Who may use it.
    pub admission: Admission,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// What signs access tokens; `None` while there is no active key, which is an error of ours.
    pub signing: Option<Signing>,
    /// What signs ID tokens and the like: the active key of each algorithm.
    id_signing: HashMap<Algorithm, Signing>,
    /// Every key that is published.
    pub verifying: Arc<KeySet>,
    /// `/v1/keys`.
    pub keys: Document,
    /// `/.well-known/oauth-authorization-server`.
    pub metadata: Document,
    audiences: HashMap<String, ApiId>,
    /// Scopes of published APIs, by name.
    scopes: HashMap<Arc<str>, ScopeEntry>,
}

/// A key that signs one type of token.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Parsed once.
    pub key: Arc<SigningKey>,
    /// The token's header, base64url: the same for every token of the key.
    pub header: Arc<str>,
}

/// A scope as token and consent need it.
#[derive(Clone, Debug)]
pub struct ScopeEntry {
    /// Its name.
    pub name: Arc<str>,
    /// The audience of its API.
    pub audience: Arc<str>,
    /// Who may ask for it.
    pub grant_types: Vec<GrantType>,
    /// A few words.
    pub title: Arc<str>,
    /// What it allows, for customers.
    pub sentence: Arc<str>,
    /// How much harm it can do.
    pub sensitivity: Sensitivity,
    /// Whether a customer is asked.
    pub consent: Consent,
}

/// What is read for it.
struct Rows {
    servers: Vec<AuthorizationServer>,
    admissions: HashMap<ServerId, Admission>,
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
    /// A scope of a published API of this server.
    pub fn scope(&self, name: &str) -> Option<&ScopeEntry> {
        self.scopes.get(name)
    }

    /// What signs ID tokens and the like with this algorithm; `None` until the key is made.
    pub fn id_signing(&self, alg: Algorithm) -> Option<&Signing> {
        self.id_signing.get(&alg)
    }

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
                admissions: authorization_server_applications::admissions(tx).await?,
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
            title: scope.title.as_str().into(),
            sentence: scope.sentence.as_str().into(),
            sensitivity: scope.sensitivity,
            consent: scope.consent,
        };
        servers.scopes.insert(scope.id, (api.server_id.clone(), entry));
    }
    for server in &rows.servers {
        let scopes = servers.scopes.values().filter(|(of, _)| *of == server.id);
        let scopes = scopes.map(|(_, scope)| (scope.name.clone(), scope.clone())).collect();
        if let Some(built) = build_server(ctx, addresses, rows, (server, &published, scopes)) {
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
    (server, published, scopes): (&AuthorizationServer, &HashMap<ApiId, &Api>, HashMap<Arc<str>, ScopeEntry>),
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
    let public: Vec<PublicJwk> = own.iter().map(|key| key.public.clone()).collect();
    let verifying = KeySet::new(&public)
        .inspect_err(|error| tracing::error!(server.id = server.id.as_str(), %error, "keys of a server"))
        .ok()?;
    let id_signing = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256]
        .into_iter()
        .filter_map(|alg| Some((alg, signing(ctx, server, &own, (alg, ID_TOKEN_TYPE))?)))
        .collect();
    let access = server.access_token_signing_alg;
    let signing = signing(ctx, server, &own, (access, ACCESS_TOKEN_TYPE));
    if signing.is_none() {
        tracing::error!(server.id = server.id.as_str(), "no active signing key that can be opened");
    }
    Some(Server {
        id: server.id.as_str().to_owned(),
        issuer,
        audience: server.audience.clone(),
        admission: rows.admissions.get(&server.id).cloned().unwrap_or_default(),
        lifetimes: server.lifetimes,
        signing,
        id_signing,
        verifying: Arc::new(verifying),
        keys,
        metadata,
        audiences: published
            .values()
            .filter(|api| api.server_id == server.id)
            .map(|api| (api.audience.clone(), api.id))
            .collect(),
        scopes,
    })
}

/// Opens the active key of an algorithm. A key that cannot be opened is logged with its kid and leaves the server
/// without one: tokens are then refused with `server_error`, and everything else goes on.
fn signing(
    ctx: &Context,
    server: &AuthorizationServer,
    keys: &[&ServerKey],
    (alg, typ): (Algorithm, &str),
) -> Option<Signing> {
    let active = keys.iter().find(|key| key.alg() == alg && matches!(key.state, KeyState::Active { .. }))?;
    let kid = active.public.kid();
    let Some(keys) = &ctx.key_encryption_keys else {
        tracing::error!(server.id = server.id.as_str(), "no key-encryption key is configured");
        return None;
    };
    match open_signing_key(keys, server.id.as_str(), (alg, kid), &active.sealed) {
        Ok(key) => {
            let header = format!(r#"{{"alg":"{alg}","typ":"{typ}","kid":"{kid}"}}"#);
            Some(Signing { key: Arc::new(key), header: URL_SAFE_NO_PAD.encode(header).into() })
        }
        Err(error) => {
            tracing::error!(server.id = server.id.as_str(), key.id = kid, %error, "signing key cannot be opened");
            None
        }
    }
}
