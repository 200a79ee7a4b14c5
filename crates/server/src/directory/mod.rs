//! What the hot path knows without asking the database: authorization servers whole, applications as they come.
//!
//! Against stale answers: every write that matters here appends to `changes` in its own transaction, and [`watch`]
//! reads those twice a second on every node. So a suspension or a revoked secret is seen by each node within a second,
//! and at once by the node that carried out the action, which reads the changes before it answers. A node that cannot
//! read them goes on with what it has, and what it issues then ends soon: see [`Directory::is_behind`].

mod clients;
mod servers;
pub mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use gatehouse_store::changes;
use gatehouse_store::db::DbError;
use moka::sync::Cache;

pub use clients::Client;
pub use servers::{Server, Servers};

use crate::context::Context;

/// Applications kept in memory at most; the least used go first.
const MOST_CLIENTS: u64 = 200_000;

/// Longest client id that is looked up.
const LONGEST_CLIENT_ID: usize = 64;

/// A node whose last look at the changes began longer ago does not know what has been taken away. Three steps of
/// `every_second::take_in_changes`, and less than the time that a revocation allows nodes for learning of it
/// (`actions/revoking.rs`).
const BEHIND: Duration = Duration::from_millis(1_500);

/// The directory of one node.
#[derive(Debug)]
pub struct Directory {
    servers: ArcSwap<Servers>,
    clients: Cache<Arc<str>, Arc<Client>>,
    /// Number of the last change that was taken in.
    seq: AtomicI64,
    /// Everything is in place that was committed before this moment: microseconds of [`Clock::steady`].
    ///
    /// [`Clock::steady`]: gatehouse_core::time::Clock::steady
    caught_up: AtomicU64,
    addresses: Addresses,
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
        // Read first: whatever is written from here on is a change that comes later.
        let seq = ctx.db.read(changes::head).await?;
        let servers = servers::load(ctx, &addresses).await?;
        Ok(Self {
            servers: ArcSwap::from_pointee(servers),
            clients: Cache::new(MOST_CLIENTS),
            seq: AtomicI64::new(seq),
            caught_up: AtomicU64::new(micros(began)),
            addresses,
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

    /// The application of a client id, from memory once it has been asked for.
    ///
    /// An unknown client id is not remembered: a flood of them costs reads, never memory.
    ///
    /// # Errors
    /// [`DbError`] when it is not in memory and the database cannot be read.
    pub async fn client(&self, ctx: &Context, client_id: &str) -> Result<Option<Arc<Client>>, DbError> {
        if let Some(client) = self.clients.get(client_id) {
            return Ok(Some(client));
        }
        let plausible = client_id.len() <= LONGEST_CLIENT_ID && client_id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plausible {
            return Ok(None);
        }
        self.read_client(ctx, client_id).await
    }

    async fn read_client(&self, ctx: &Context, client_id: &str) -> Result<Option<Arc<Client>>, DbError> {
        let seen = self.seen();
        let Some(client) = clients::read(ctx, client_id, &seen.servers).await? else { return Ok(None) };
        let client = Arc::new(client);
        self.keep(&client, &seen);
        Ok(Some(client))
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
        if self.seq() != seen.seq || !Arc::ptr_eq(&seen.servers, &self.servers()) {
            self.clients.invalidate(&client.client_id);
        }
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

    fn move_to(&self, seq: i64) {
        self.seq.store(seq, Ordering::SeqCst);
    }

    fn forget_client(&self, client_id: &str) {
        self.clients.invalidate(client_id);
    }

    /// Reads the servers again. What applications may have depends on them, so those go too.
    async fn reload_servers(&self, ctx: &Context) -> Result<(), DbError> {
        let servers = servers::load(ctx, &self.addresses).await?;
        self.servers.store(Arc::new(servers));
        self.clients.invalidate_all();
        Ok(())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
