//! Accepts connections and speaks HTTP on each.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::{Edge, Limits};
use crate::oauth::document::Documents;

/// Bytes of request line and headers that are waited for; what arrives in one piece may be twice as long.
const LONGEST_HEAD: usize = 32 * 1024;
/// RFC 9113 §3.4.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What every connection of a surface shares.
pub(super) struct Shared {
    pub(super) edge: Arc<Edge>,
    pub(super) documents: Option<Documents>,
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) permits: Arc<Semaphore>,
    /// Turns true at the end.
    pub(super) stop: watch::Receiver<bool>,
}

/// Accepts until dropped.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>, graceful: Arc<GracefulShutdown>) {
    while let Ok(permit) = shared.permits.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // The watcher is made here, so that a shutdown cannot slip in between.
                let (watcher, shared) = (graceful.watcher(), shared.clone());
                tokio::spawn(async move {
                    connection(shared, stream, peer, watcher).await;
                    drop(permit);
                });
            }
            Err(error) => pause(&error).await,
        }
    }
}

async fn connection(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
    let limits = shared.limits;
    // Answers are written whole: waiting for more only costs time. Failing means that the peer is gone.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(version) = first_bytes(&stream, &shared).await else { return };
    let io = TokioIo::new(stream);
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(shared.edge.answer(&shared, request, peer).await) }
    });
    match version {
        Version::Http1 => until_the_end(watcher, http1(&limits).serve_connection(io, service)).await,
        Version::Http2 => until_the_end(watcher, http2().serve_connection(io, service)).await,
    }
}

/// An error here is the peer's: cut, malformed or late. The edge logs what matters.
async fn until_the_end<C: GracefulConnection>(watcher: Watcher, connection: C)
where
    C::Error: std::fmt::Display,
{
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection.failed");
    }
}

fn http1(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.header_read).max_buf_size(LONGEST_HEAD);
    builder
}

fn http2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(LONGEST_HEAD).unwrap_or(u32::MAX))
        .max_concurrent_streams(200)
        .max_pending_accept_reset_streams(20)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

enum Version {
    Http1,
    Http2,
}

/// Nothing when they come too late, or not before the end: browsers open connections ahead, and one on which nobody has
/// asked anything yet must not hold up a stop.
async fn first_bytes(stream: &TcpStream, shared: &Shared) -> Option<Version> {
    let mut stop = shared.stop.clone();
    tokio::select! {
        // What has arrived is answered, stop or not.
        biased;
        version = tokio::time::timeout(shared.limits.header_read, detect(stream)) => version.ok()?.ok(),
        // An error means that the sender is gone, which is an end, too.
        _ = stop.wait_for(|stop| *stop) => None,
    }
}

/// Looks at the first bytes without taking them. hyper-util's own detection has no time limit, so a client that sends
/// nothing would hold its place for ever.
async fn detect(stream: &TcpStream) -> io::Result<Version> {
    let mut seen = [0; HTTP2_PREFACE.len()];
    let mut wait = Duration::from_millis(1);
    loop {
        let length = stream.peek(&mut seen).await?;
        match (length, HTTP2_PREFACE.starts_with(&seen[..length])) {
            (0, _) => return Err(io::ErrorKind::UnexpectedEof.into()),
            (_, false) => return Ok(Version::Http1),
            (length, true) if length == HTTP2_PREFACE.len() => return Ok(Version::Http2),
            // Part of the preface. What was seen stays readable, so waiting for readiness would spin.
            (_, true) => {
                tokio::time::sleep_until(Instant::now() + wait).await;
                wait = (wait * 2).min(Duration::from_millis(100));
            }
        }
    }
}

/// Too many open files, or a connection that went before it was accepted: go on, but do not spin.
async fn pause(error: &io::Error) {
    let gone = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if !gone {
        tracing::warn!(%error, "accept.failed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
