//! Takes in the changes that other actions, other processes and other nodes have written.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use gatehouse_store::changes::{self, Change, Topic};
use gatehouse_store::db::DbError;
use tokio::sync::Mutex;

use crate::gate;
use crate::state::{App, AppState};

/// What has been read from `changes` and not yet been carried out. Kept over a failure, so that nothing is forgotten
/// while the database is away.
#[derive(Debug, Default)]
pub struct Pending {
    work: Mutex<Work>,
    /// Rounds begun, and the last one that went well: see [`take_in`].
    begun: AtomicU64,
    done: AtomicU64,
    turn: Mutex<()>,
}

#[derive(Debug, Default)]
struct Work {
    /// Servers, keys, APIs or scopes have changed.
    servers: bool,
    /// Revocations or quotas have changed.
    grants: bool,
    /// Nothing in memory can be trusted.
    everything: bool,
    /// Client ids to forget.
    clients: BTreeSet<String>,
}

/// Reads the changes since the last time and carries them out. Calls wait for one another, so that whoever returns
/// from here has everything in place that was committed before.
///
/// # Errors
/// [`DbError`] when the database cannot be read; the next call goes on where this one stopped.
pub async fn poll(app: &App) -> Result<(), DbError> {
    let mut work = app.pending.work.lock().await;
    let began = app.ctx.clock.steady();
    loop {
        let seq = app.directory.seq();
        let since = app.ctx.db.read(async move |tx| changes::since(tx, seq).await).await?;
        if since.gap {
            tracing::warn!(
                changes.head = since.head,
                "changes were missed, or are of a newer program: reading everything again"
            );
            work.everything = true;
        }
        // First the number, then the dropping: see `Directory::keep`.
        app.directory.move_to(since.head);
        if since.changes.is_empty() {
            break;
        }
        note(&mut work, since.changes);
    }
    for client_id in std::mem::take(&mut work.clients) {
        app.directory.forget_client(&client_id);
    }
    // Revocations first: a catalogue that cannot be read must not keep them from the gate.
    if work.grants || work.everything {
        gate::reload_grants(&app.ctx, &app.gate).await?;
        work.grants = false;
    }
    if work.servers || work.everything {
        app.directory.reload_servers(&app.ctx).await?;
        gate::reload_catalogue(&app.ctx, &app.config.issuer_url, &app.gate).await?;
    }
    *work = Work::default();
    app.directory.caught_up(began);
    Ok(())
}

/// Makes sure that everything is in place that was committed before this call, on any node. However many call at once,
/// they share a round or two: who waits while one is under way takes part in the next.
///
/// # Errors
/// [`DbError`] when the database cannot be read: then nobody knows what has been taken away.
pub async fn take_in(app: &App) -> Result<(), DbError> {
    let pending = &app.pending;
    let seen = pending.begun.load(Ordering::SeqCst);
    let _turn = pending.turn.lock().await;
    if pending.done.load(Ordering::SeqCst) > seen {
        return Ok(());
    }
    let round = pending.begun.fetch_add(1, Ordering::SeqCst) + 1;
    poll(app).await?;
    pending.done.store(round, Ordering::SeqCst);
    Ok(())
}

/// Around the management API and the pages: what an action has written is in place on this node before it is answered,
/// so that a revoked secret is refused by the very next request.
pub async fn before_answer(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let writes = !request.method().is_safe();
    let response = next.run(request).await;
    if writes
        && (response.status().is_success() || response.status().is_redirection())
        && let Err(error) = poll(&app).await
    {
        // The action is done and must not be reported as failed; twice a second the changes are read again.
        tracing::error!(%error, "changes.poll after an action");
    }
    response
}

fn note(work: &mut Work, changes: Vec<Change>) {
    for change in changes {
        match change.topic {
            Topic::Server | Topic::Api => work.servers = true,
            Topic::Application => {
                work.clients.insert(change.key);
                work.grants = true;
            }
            Topic::Revocation => work.grants = true,
            // Read from the database whenever they are needed.
            Topic::User | Topic::Workspace => {}
        }
    }
}
