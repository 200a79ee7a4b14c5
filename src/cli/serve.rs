//! `gatehouse serve`: the server for production. It prints no secret and makes no sample data.

use gatehouse_server::actions::{Actor, ActorKind, set_up};
use gatehouse_server::config::{Addresses, Config};
use gatehouse_server::context::Context;
use gatehouse_server::essentials;
use gatehouse_server::node::{self, Listeners};
use gatehouse_server::serve::{Drained, raise_open_files};
use gatehouse_server::state::{App, AppConfig};

use super::failure::{UsageError, failed};
use super::global::{Global, open};
use super::output::print;
use super::{signals, telemetry};

/// Who acts at the start.
const ACTOR: Actor = Actor { kind: ActorKind::System("start"), request_id: None, address: None };

/// Serve in production
#[derive(clap::Args)]
pub(super) struct Arguments {}

/// Until Ctrl-C or SIGTERM.
pub(super) async fn run(_arguments: &Arguments, global: &Global) -> anyhow::Result<()> {
    let config = global.load()?;
    let addresses = needed(&config)?;
    telemetry::start(&config.log, telemetry::Use::Server)?;
    if addresses.portal == addresses.api {
        tracing::warn!(
            "portal_url and api_url are the same: pages of an upstream share the portal's origin; give the gate a \
             host of its own"
        );
    }
    if addresses.portal.is_https() && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "trusted_proxies is not set: behind a proxy all requests seem to come from it, and share one limit on guessing"
        );
    }
    if config.mail.smtp.is_none() {
        tracing::warn!(
            folder = %config.mail.folder.display(),
            "smtp_url is not set: mails land in this folder and reach nobody, so that nobody can verify an address"
        );
    }
    let stop = signals::stop()?;
    raise_open_files();
    let listeners = Listeners::bind(&config)?;
    let ctx = open(&config).await?;
    essentials::ensure(&ctx, &ACTOR).await.map_err(failed)?;
    offer_set_up(&ctx, &addresses).await?;
    let app = App::start(ctx, AppConfig::new(&config, &addresses)).await?;
    for listener in &listeners.public {
        tracing::info!(listen.address = %listener.local_addr()?, portal.url = %addresses.portal, "serving");
    }
    let drained = node::run(app, listeners, node::limits(&config), stop).await;
    if drained == Drained::Cut {
        tracing::warn!("some requests did not finish in time and were cut");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Without an admin nobody can do anything: whoever sees this output may become the first one.
async fn offer_set_up(ctx: &Context, addresses: &Addresses) -> anyhow::Result<()> {
    if let Some(token) = set_up::create_link(ctx, &ACTOR).await.map_err(failed)? {
        let link = format!("{}{}{}", addresses.portal, set_up::PATH, token.expose());
        print(&format!("There is no admin yet. Open this link once to become the first:\n{link}\n"))?;
    }
    Ok(())
}

/// What the development start makes up, and production must be told.
fn needed(config: &Config) -> anyhow::Result<Addresses> {
    let mut missing = Vec::new();
    if config.addresses.is_none() {
        missing.push("`portal_url` is needed: the address that browsers see, such as https://developer.example.com");
    }
    if config.key_encryption_keys.is_empty() {
        missing.push(
            "`key_encryption_keys` or `key_encryption_keys_file` is needed: the answer of `openssl rand -base64 32`",
        );
    }
    let plain = config.addresses.as_ref().is_some_and(|addresses| !addresses.portal.is_https());
    if plain && config.listen.iter().any(|address| !address.ip().is_loopback()) {
        missing
            .push("`listen` must be a loopback address while `portal_url` is plain http: tokens would travel in clear");
    }
    match &config.addresses {
        Some(addresses) if missing.is_empty() => Ok(addresses.clone()),
        _ => Err(UsageError(missing.join("\n")).into()),
    }
}
