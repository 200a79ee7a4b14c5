//! What handlers have at hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use gatehouse_core::time::Timestamp;
use gatehouse_gate::Gate;
use gatehouse_gate::problem::ErrorPages;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::{Host, Url};

use crate::config::{Addresses, Config, MailConfig};
use crate::context::Context;
use crate::directory::watch::Pending;
use crate::directory::{self, Directory};
use crate::every_second;
use crate::gate;
use crate::jobs::{self, Jobs, Outlets};
use crate::login;
use crate::oauth::cors::Origins;
use crate::oauth::signer::Signers;
use crate::oauth::throttle::Throttle;
use crate::oauth::token_usage::TokenUsage;
use crate::results;
use crate::serve::Proxies;

/// Cheap to clone.
pub type AppState = Arc<App>;

/// One running node.
pub struct App {
    /// Database, clock, randomness.
    pub ctx: Context,
    /// What handlers need of the configuration.
    pub config: AppConfig,
    /// Where errors of APIs are explained.
    pub error_pages: ErrorPages,
    /// In front of the APIs.
    pub gate: Gate,
    /// Authorization servers and applications, in memory.
    pub directory: Arc<Directory>,
    /// Changes that are being taken in.
    pub pending: Pending,
    /// Whose scripts may call the endpoints for programs.
    pub origins: Origins,
    /// Sign tokens.
    pub signers: Signers,
    /// Slows down who fails to authenticate.
    pub throttle: Throttle,
    /// Slows down who guesses passwords or asks for mails.
    pub login_throttle: login::throttle::Throttle,
    /// Counts tokens.
    pub token_usage: TokenUsage,
    /// What this node does for all.
    pub jobs: Arc<Jobs>,
    /// When this node started.
    pub started_at: Timestamp,
    /// Turns true when the node goes down: balancers should go elsewhere.
    pub draining: AtomicBool,
}

/// The part of the configuration that handlers need; addresses have no slash at their end.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// Pages, management API, docs.
    pub portal_url: String,
    /// What issuers begin with.
    pub issuer_url: String,
    /// Where callers reach the APIs.
    pub api_url: String,
    /// How mails leave.
    pub mail: MailConfig,
    /// Where the audit chain's heads are exported.
    pub audit_heads_folder: PathBuf,
    /// Believed about whom a request comes from.
    pub proxies: Proxies,
}

impl AppConfig {
    /// Of a configuration with these addresses.
    pub fn new(config: &Config, addresses: &Addresses) -> Self {
        Self {
            portal_url: addresses.portal.to_string(),
            issuer_url: addresses.issuer.to_string(),
            api_url: addresses.api.to_string(),
            mail: config.mail.clone(),
            audit_heads_folder: config.audit_heads_folder.clone(),
            proxies: Proxies::new(config.trusted_proxies.clone()),
        }
    }

    /// Where mails land, for a portal that is reached from this machine only and has no mail server: whoever reads the
    /// page then finds the files, and nobody else learns of paths here.
    pub fn mail_folder_here(&self) -> Option<String> {
        let is_here = Url::parse(&self.portal_url).is_ok_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        });
        (is_here && self.mail.smtp.is_none()).then(|| self.mail.folder.display().to_string())
    }

    fn outlets(&self) -> Outlets {
        Outlets { mail: self.mail.clone(), audit_heads: self.audit_heads_folder.clone() }
    }
}

impl App {
    /// Loads what the node keeps in memory. The database is migrated.
    pub async fn start(ctx: Context, config: AppConfig) -> anyhow::Result<AppState> {
        let ctx = Context { portal_url: Some(config.portal_url.as_str().into()), ..ctx };
        let addresses =
            directory::Addresses { issuer_url: config.issuer_url.clone(), portal_url: config.portal_url.clone() };
        let directory = Arc::new(Directory::load(&ctx, addresses).await?);
        let error_pages = ErrorPages::of(&config.portal_url);
        let builtin = [(results::UPSTREAM, results::router(ctx.db.clone()))];
        let gate = gate::new(&ctx, gate::origin(&config.portal_url, &config.api_url), error_pages.clone(), &builtin);
        gate::reload(&ctx, &config.issuer_url, &gate).await?;
        Ok(Arc::new(Self {
            started_at: ctx.now(),
            jobs: Jobs::new(ctx.clone(), Arc::clone(&directory), config.outlets()).map_err(anyhow::Error::msg)?,
            ctx,
            config,
            error_pages,
            directory,
            gate,
            pending: Pending::default(),
            origins: Origins::default(),
            signers: Signers::start(),
            throttle: Throttle::default(),
            login_throttle: login::throttle::Throttle::default(),
            token_usage: TokenUsage::default(),
            draining: AtomicBool::new(false),
        }))
    }

    /// Starts what runs beside requests. Each task ends soon after `stop` turns true, its work written.
    pub fn spawn_background(self: AppState, stop: watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let mut tasks = jobs::spawn(&self.jobs, &stop);
        tasks.push(tokio::spawn(every_second::take_in_changes(self.clone(), stop.clone())));
        tasks.push(tokio::spawn(every_second::write_sums(self, stop)));
        tasks
    }
}
