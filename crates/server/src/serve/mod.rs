//! From listeners to answers: HTTP/1.1 and HTTP/2 without TLS, with a limit on everything that a stranger can hold
//! open, and an end that lets requests under way finish (`security.md` I).

mod bind;
mod body;
mod connection;
mod edge;
mod proxies;
mod request_ids;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use connection::{Shared, accept};

pub use bind::{BindError, bind, raise_open_files};
pub use edge::Edge;
pub(crate) use edge::PAGE_POLICY;
pub use proxies::{Network, Proxies};

use crate::oauth::document::Documents;

/// What a connection may hold, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections served at the same time on all listeners together.
    pub connections: usize,
    /// From the first byte of a request to the end of its headers; also how long a connection may idle.
    pub header_read: Duration,
    /// How long a body may take, plus a second for every 16 KiB of it.
    pub body_read: Duration,
    /// How long requests under way may take to finish at the end.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            header_read: Duration::from_secs(30),
            body_read: Duration::from_secs(30),
            drain: Duration::from_secs(20),
        }
    }
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Every request was answered.
    Whole,
    /// Time ran out; connections were cut.
    Cut,
}

/// Listeners of one surface and what answers on them.
#[derive(Debug)]
pub struct Surface {
    /// Bound already.
    pub listeners: Vec<TcpListener>,
    /// Answers what is asked for most, before the table.
    pub documents: Option<Documents>,
    /// The table: answers everything else.
    pub router: Router,
}

/// Serves all surfaces until `stop` turns true, then waits for requests under way.
pub async fn serve(
    surfaces: Vec<Surface>,
    edge: Arc<Edge>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) -> Drained {
    let graceful = Arc::new(GracefulShutdown::new());
    let permits = Arc::new(Semaphore::new(limits.connections));
    let mut accepting = JoinSet::new();
    for Surface { listeners, documents, router } in surfaces {
        let (edge, permits, stop) = (edge.clone(), permits.clone(), stop.clone());
        let shared = Shared { edge, documents, router, limits, permits, stop };
        let shared = Arc::new(shared);
        for listener in listeners {
            accepting.spawn(accept(listener, shared.clone(), graceful.clone()));
        }
    }
    // An error means that the sender is gone, which is an end, too.
    let _ = stop.wait_for(|stop| *stop).await;
    // Listeners close first: a new connection is refused, and a balancer goes elsewhere.
    accepting.shutdown().await;
    let Some(graceful) = Arc::into_inner(graceful) else { return Drained::Cut };
    match tokio::time::timeout(limits.drain, graceful.shutdown()).await {
        Ok(()) => Drained::Whole,
        Err(_) => Drained::Cut,
    }
}
