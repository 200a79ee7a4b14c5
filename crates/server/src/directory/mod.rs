//! What the hot path knows without asking the database: authorization servers whole, applications as they come.
//!
//! Against stale answers: every write that matters here appends to `changes` in its own transaction, and [`watch`]
//! reads those twice a second on every node. So a suspension or a revoked secret is seen by each node within a second,
//! and at once by the node that carried out the action, which reads the changes before it answers. A node that cannot
//! read them goes on with what it has, and what it issues then ends soon: see [`Directory::is_behind`].

mod clients;
mod pairwise_key;
mod resources;
mod servers;
pub mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use gatehouse_core::oauth::subject::PairwiseKey;
use gatehouse_core::secret::SecretHash;
use gatehouse_store::changes;
use gatehouse_store::db::DbError;
use moka::sync::Cache;

pub use clients::Client;
pub use resources::Resource;
pub use servers::{ScopeEntry, Server, Servers, Signing};

use crate::context::Context;
use crate::oauth::document::Document;

/// Applications kept in memory at most; the least used go first.
const MOST_CLIENTS: u64 = 200_000;

/// Client ids remembered at most as unknown, and as many as refused.
const MOST_REFUSED: u64 = 4_096;

/// Longest client id that is looked up.
const LONGEST_CLIENT_ID: usize = 64;

/// A node whose last look at the changes began longer ago does not know what has been taken away. Three steps of
/// `every_second::take_in_changes`, and less than the time that a revocation allows nodes for learning of it
/// (`actions/revoking.rs`).
const BEHIND: Duration = Duration::from_millis(1_500);

/// No application has it: client ids have more characters.
const NOBODY: &str = "0";

/// The directory of one node.
#[derive(Debug)]
pub struct Directory {
    servers: ArcSwap<Servers>,
    clients: Cache<Arc<str>, Arc<Client>>,
    /// Client ids that nobody has.
    unknown: Cache<Arc<str>, ()>,
    /// Known client ids whose first wrong secret has cost as much as an unknown id.
    refused: Cache<Arc<str>, ()>,
    /// APIs by the hash of a credential that is good.
    resources: Cache<[u8; 32], Arc<Resource>>,
    /// Number of the last change that was taken in.
    seq: AtomicI64,
    /// Everything is in place that was committed before this moment: microseconds of [`Clock::steady`].
    ///
    /// [`Clock::steady`]: gatehouse_core::time::Clock::steady
    caught_up: AtomicU64,
    addresses: Addresses,
    /// Names customers to applications that know them by a subject of their own.
    pub pairwise: PairwiseKey,
}

/// What an application is built with when it is read. If any of it has moved by the time the value is in memory,
/// somebody may already have dropped what was made with it.
struct Seen {
    seq: i64,
    servers: Arc<Servers>,
}

/// The configured base addresses, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Prefix of every issuer.
    pub issuer_url: String,
    /// Where the documentation is.
    pub portal_url: String,
}

impl Directory {
    /// Reads the servers.
    ///
    /// # Errors
    /// [`DbError`] when the database cannot be read.
    pub async fn load(ctx: &Context, addresses: Addresses) -> Result<Self, DbError> {
        let began = ctx.clock.steady();
        let pairwise = pairwise_key::load(ctx).await?;
        // Read first: whatever is written from here on is a change that comes later.
        let seq = ctx.db.read(changes::head).await?;
        let servers = servers::load(ctx, &addresses).await?;
        Ok(Self {
            servers: ArcSwap::from_pointee(servers),
            clients: Cache::new(MOST_CLIENTS),
            unknown: Cache::new(MOST_REFUSED),
            refused: Cache::new(MOST_REFUSED),
            resources: Cache::new(MOST_REFUSED),
            seq: AtomicI64::new(seq),
            caught_up: AtomicU64::new(micros(began)),
            addresses,
            pairwise,
        })
    }

    /// The authorization servers as they are now.
    pub fn servers(&self) -> Arc<Servers> {
        self.servers.load_full()
    }

    /// One authorization server, by its id.
    pub fn server(&self, id: &str) -> Option<Arc<Server>> {
        self.servers.load().get(id).cloned()
    }

    /// What a server publishes at this path.
    pub fn document(&self, path: &str) -> Option<Document> {
        self.servers.load().document(path).cloned()
    }

    /// The application of a client id, from memory once it has been asked for. That a client id is unknown is kept in
    /// memory, too, for a bounded number of them: a flood of made-up ids costs reads, never more memory.
    ///
    /// # Errors
    /// [`DbError`] when it is not in memory and the database cannot be read.
    pub async fn client(&self, ctx: &Context, client_id: &str) -> Result<Option<Arc<Client>>, DbError> {
        if let Some(client) = self.clients.get(client_id) {
            return Ok(Some(client));
        }
        let plausible = client_id.len() <= LONGEST_CLIENT_ID && client_id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plausible || self.unknown.get(client_id).is_some() {
            return Ok(None);
        }
        self.read_client(ctx, client_id).await
    }

    async fn read_client(&self, ctx: &Context, client_id: &str) -> Result<Option<Arc<Client>>, DbError> {
        let seen = self.seen();
        let client = clients::read(ctx, client_id, &seen.servers).await?.map(Arc::new);
        match &client {
            Some(client) => self.keep(client, &seen),
            None => self.keep_unknown(client_id, &seen),
        }
        Ok(client)
    }

    /// Makes a wrong secret of a known client cost what an unknown client id costs: the first time a read that finds
    /// nothing, afterwards none. The time of a refusal then does not tell which ids exist.
    ///
    /// # Errors
    /// [`DbError`] when the database cannot be read, as it is for an unknown id.
    pub async fn refuse(&self, ctx: &Context, client: &Client) -> Result<(), DbError> {
        if self.refused.get(&client.client_id).is_none() {
            clients::read(ctx, NOBODY, &self.servers()).await?;
            self.refused.insert(client.client_id.clone(), ());
        }
        Ok(())
    }

    /// The API of a credential. Only those that are good are kept, until something of any API changes.
    ///
    /// # Errors
    /// [`DbError`] when it is not in memory and the database cannot be read.
    pub async fn resource(&self, ctx: &Context, hash: SecretHash) -> Result<Option<Arc<Resource>>, DbError> {
        if let Some(resource) = self.resources.get(hash.as_bytes()) {
            return Ok(Some(resource));
        }
        let seen = self.seen();
        let Some(resource) = resources::read(ctx, hash).await?.map(Arc::new) else { return Ok(None) };
        self.resources.insert(*hash.as_bytes(), resource.clone());
        if self.has_moved(&seen) {
            self.resources.invalidate(hash.as_bytes());
        }
        Ok(Some(resource))
    }

    fn seen(&self) -> Seen {
        Seen { seq: self.seq(), servers: self.servers() }
    }

    /// What was read holds every change up to the number that was known before the read. If that number has moved by
    /// the time the value is in place, somebody may have dropped it already: then it is not kept. [`watch`] moves the
    /// number first and drops afterwards, so one of the two always removes a stale value. The same for the servers:
    /// they are put in place before everything that was made with the old ones is dropped.
    fn keep(&self, client: &Arc<Client>, seen: &Seen) {
        self.clients.insert(client.client_id.clone(), client.clone());
        if self.has_moved(seen) {
            self.clients.invalidate(&client.client_id);
        }
    }

    /// The same for a client id that nobody had.
    fn keep_unknown(&self, client_id: &str, seen: &Seen) {
        self.unknown.insert(client_id.into(), ());
        if self.has_moved(seen) {
            self.unknown.invalidate(client_id);
        }
    }

    fn has_moved(&self, seen: &Seen) -> bool {
        self.seq() != seen.seq || !Arc::ptr_eq(&seen.servers, &self.servers())
    }

    /// Whether this node has not seen the changes for longer than tokens of the usual life may rest on: the database is
    /// away, or cannot be read. `now`: the clock's steady time.
    pub fn is_behind(&self, now: Duration) -> bool {
        micros(now).saturating_sub(self.caught_up.load(Ordering::SeqCst)) > micros(BEHIND)
    }

    /// Says that everything is in place that was committed before `began`.
    fn caught_up(&self, began: Duration) {
        self.caught_up.fetch_max(micros(began), Ordering::SeqCst);
    }

    /// Number of the last change that was taken in.
    pub fn seq(&self) -> i64 {
        self.seq.load(Ordering::SeqCst)
    }

    /// Applications in memory, for the metrics.
    pub fn client_count(&self) -> u64 {
        self.clients.run_pending_tasks();
        self.clients.entry_count()
    }

    #[cfg(test)]
    fn unknown_count(&self) -> u64 {
        self.unknown.run_pending_tasks();
        self.unknown.entry_count()
    }

    fn move_to(&self, seq: i64) {
        self.seq.store(seq, Ordering::SeqCst);
    }

    fn forget_client(&self, client_id: &str) {
        self.clients.invalidate(client_id);
        self.unknown.invalidate(client_id);
    }

    /// Reads the servers again. What applications may have depends on them, so those go too.
    async fn reload_servers(&self, ctx: &Context) -> Result<(), DbError> {
        let servers = servers::load(ctx, &self.addresses).await?;
        self.servers.store(Arc::new(servers));
        self.clients.invalidate_all();
        self.unknown.invalidate_all();
        self.resources.invalidate_all();
        Ok(())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
