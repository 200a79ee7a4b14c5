//! What handlers have at hand.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use gatehouse_core::time::Timestamp;
use gatehouse_gate::Gate;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{Addresses, Config};
use crate::context::Context;
use crate::gate;

/// Cheap to clone.
pub type AppState = Arc<App>;

/// One running node.
pub struct App {
    /// Database, clock, randomness.
    pub ctx: Context,
    /// What handlers need of the configuration.
    pub config: AppConfig,
    /// In front of the APIs.
    pub gate: Gate,
    /// When this node started.
    pub started_at: Timestamp,
    /// Turns true when the node goes down: balancers should go elsewhere.
    pub draining: AtomicBool,
}

/// The part of the configuration that handlers need; addresses have no slash at their end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppConfig {
    /// Pages, management API, docs.
    pub portal_url: String,
    /// What issuers begin with.
    pub issuer_url: String,
    /// Where callers reach the APIs.
    pub api_url: String,
}

impl AppConfig {
    /// Of a configuration with these addresses.
    pub fn new(_config: &Config, addresses: &Addresses) -> Self {
        Self {
            portal_url: addresses.portal.to_string(),
            issuer_url: addresses.issuer.to_string(),
            api_url: addresses.api.to_string(),
        }
    }

    /// Whether browsers reach the portal over TLS.
    pub fn is_https(&self) -> bool {
        self.portal_url.starts_with("https://")
    }
}

impl App {
    /// Loads what the node keeps in memory. The database is migrated.
    pub async fn start(ctx: Context, config: AppConfig) -> anyhow::Result<AppState> {
        let started_at = ctx.now();
        let gate = gate::new(&ctx, gate::origin(&config.portal_url, &config.api_url), &[]);
        gate::reload(&ctx, &config.issuer_url, &gate).await?;
        Ok(Arc::new(Self { ctx, config, gate, started_at, draining: AtomicBool::new(false) }))
    }

    /// Starts what runs beside requests. Each task ends soon after `stop` turns true, its work written.
    pub fn spawn_background(self: AppState, _stop: watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        Vec::new()
    }
}
