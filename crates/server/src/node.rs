//! One running node: listeners, routes, background work, and its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::Config;
use crate::oauth::document::Documents;
use crate::serve::{BindError, Drained, Edge, Limits, Surface, bind, serve};
use crate::state::AppState;
use crate::{hosts, routes};

/// Sockets that are bound before anything else is done, so that a port in use is told at once.
#[derive(Debug)]
pub struct Listeners {
    /// For everybody.
    pub public: Vec<TcpListener>,
    /// For the operator.
    pub operator: Vec<TcpListener>,
}

impl Listeners {
    /// As configured.
    pub fn bind(config: &Config) -> Result<Self, BindError> {
        Ok(Self { public: bind(&config.listen)?, operator: bind(&config.operator_listen)? })
    }
}

/// What a configuration allows a connection.
pub fn limits(config: &Config) -> Limits {
    Limits {
        connections: config.max_connections,
        drain: Duration::from_secs(config.drain_seconds),
        ..Limits::default()
    }
}

/// Serves until `stop` turns true, lets requests finish, then lets background work finish.
pub async fn run(app: AppState, listeners: Listeners, limits: Limits, stop: watch::Receiver<bool>) -> Drained {
    let surfaces = vec![
        Surface { listeners: listeners.public, documents: Some(Documents::of(&app)), router: hosts::public(&app) },
        Surface { listeners: listeners.operator, documents: None, router: routes::operator(&app) },
    ];
    let edge = Arc::new(Edge::new(app.ctx.clone(), &app.config.portal_url).behind(app.config.proxies.clone()));
    let (end_background, background_ends) = watch::channel(false);
    let background = app.clone().spawn_background(background_ends);
    let draining = tokio::spawn(tell_balancers(app.clone(), stop.clone()));
    let drained = serve(surfaces, edge, limits, stop).await;
    draining.abort();
    // After the last request: what it counted is still written.
    end_background.send_replace(true);
    for task in background {
        if let Err(error) = task.await {
            tracing::error!(%error, "background.panicked");
        }
    }
    app.ctx.db.close().await;
    drained
}

async fn tell_balancers(app: AppState, mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_ok() {
        app.draining.store(true, Ordering::Relaxed);
    }
}
