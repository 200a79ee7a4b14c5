//! `gatehouse dev`: the whole product on this machine, with sample data and credentials that work as printed.

mod banner;
mod env_file;
mod install;

use std::path::{Path, PathBuf};

use gatehouse_core::secret::Secret;
use gatehouse_server::context::Context;
use gatehouse_server::development::{self, Credentials, Development};
use gatehouse_server::essentials;
use gatehouse_server::node;
use gatehouse_server::sample;
use gatehouse_server::serve::raise_open_files;
use gatehouse_server::state::{App, AppConfig};
use gatehouse_store::db::DbError;
use gatehouse_store::settings;

use self::env_file::EnvFile;
use self::install::Installation;
use super::failure::failed;
use super::global::{Global, open};
use super::output::print;
use super::{signals, telemetry};

/// Where the database keeps what `dev.env` should be.
const DIGEST: &str = "development.env_digest";

/// Start everything on this machine, with sample data
#[derive(clap::Args)]
#[command(
    after_help = "Also: --database-url postgres://… puts the data into PostgreSQL instead of a file in the folder."
)]
pub(super) struct Arguments {
    /// Folder of the installation; made when it is not there
    #[arg(long, value_name = "FOLDER", default_value = "gatehouse-dev")]
    data: PathBuf,
    /// Port on localhost [default: 8080 or the next free one, kept from then on]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

/// Until Ctrl-C.
pub(super) async fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<()> {
    let stop = signals::stop()?;
    raise_open_files();
    let installation = install::open(&arguments.data, arguments.port, global.sources())?;
    telemetry::start(&installation.config.log, telemetry::Use::Server)?;
    let ctx = open(&installation.config).await?;
    essentials::ensure(&ctx, &development::actor()).await.map_err(failed)?;
    let development = development::ensure(&ctx).await.map_err(failed)?;
    let env_path = arguments.data.join("dev.env");
    let env = credentials(&ctx, &installation, &development, &env_path).await?;
    let config = AppConfig::new(&installation.config, &installation.addresses);
    let app = App::start(ctx, config).await?;
    let limits = node::limits(&installation.config);
    print(&banner::banner(&installation, &env, &env_path.display().to_string()))?;
    node::run(app, installation.listeners, limits, stop).await;
    print("\nstopped\n")
}

/// Those of `dev.env` while they are whole and good; otherwise all are made anew.
async fn credentials(
    ctx: &Context,
    installation: &Installation,
    development: &Development,
    path: &Path,
) -> anyhow::Result<EnvFile> {
    if let Some(env) = EnvFile::read(path)
        && kept(ctx).await? == Some(env.digest())
    {
        let [secret, web, key] =
            ["CLIENT_SECRET", "WEB_CLIENT_SECRET", "OPERATOR_KEY"].map(|name| Secret::new(env.get(name).to_owned()));
        if development::are_good(ctx, development, ([&secret, &web], &key)).await.map_err(failed)? {
            return refreshed(ctx, env, installation, path).await;
        }
    }
    let fresh = development::renew(ctx, development).await.map_err(failed)?;
    let env = env(installation, development, &fresh);
    keep(ctx, &env, path).await?;
    Ok(env)
}

/// Addresses follow the port.
async fn refreshed(ctx: &Context, env: EnvFile, installation: &Installation, path: &Path) -> anyhow::Result<EnvFile> {
    let current =
        EnvFile::new(|key| address(installation, key).unwrap_or_else(|| Secret::new(env.get(key).to_owned())));
    if current.digest() != env.digest() {
        keep(ctx, &current, path).await?;
    }
    Ok(current)
}

/// The file first: a start that is cut in between finds two that differ, and makes all anew.
async fn keep(ctx: &Context, env: &EnvFile, path: &Path) -> anyhow::Result<()> {
    env.write(path)?;
    let digest = env.digest();
    Ok(ctx.db.write(async move |tx| settings::set(tx, DIGEST, &digest).await).await?)
}

async fn kept(ctx: &Context) -> Result<Option<String>, DbError> {
    ctx.db.read(async |tx| settings::get(tx, DIGEST).await).await
}

fn address(installation: &Installation, key: &str) -> Option<Secret> {
    let addresses = &installation.addresses;
    let text = match key {
        "GATEHOUSE_URL" => addresses.portal.to_string(),
        "ISSUER" => format!("{}/oauth2/{}", addresses.issuer, essentials::SERVER),
        "TOKEN_URL" => format!("{}/oauth2/{}/v1/token", addresses.issuer, essentials::SERVER),
        "API_URL" => addresses.api.to_string(),
        _ => return None,
    };
    Some(Secret::new(text))
}

fn env(installation: &Installation, development: &Development, fresh: &Credentials) -> EnvFile {
    EnvFile::new(|key| match key {
        "CLIENT_ID" => Secret::new(development.client_id.clone()),
        "CLIENT_SECRET" => fresh.client_secret.clone(),
        "SCOPE" => Secret::new(development::SCOPE.to_owned()),
        "TEST_ID" => Secret::new(sample::TEST_ID.to_string()),
        "SESSION_ID" => Secret::new(sample::SESSION_ID.to_string()),
        "ADMIN_EMAIL" => Secret::new(development.admin.email.to_string()),
        "ADMIN_PASSWORD" => fresh.admin_password.clone(),
        "REVIEWER_EMAIL" => Secret::new(development.reviewer.email.to_string()),
        "REVIEWER_PASSWORD" => fresh.reviewer_password.clone(),
        "DEVELOPER_EMAIL" => Secret::new(development.developer.email.to_string()),
        "DEVELOPER_PASSWORD" => fresh.developer_password.clone(),
        "CUSTOMER_EMAIL" => Secret::new(development.customer.email.to_string()),
        "CUSTOMER_PASSWORD" => fresh.customer_password.clone(),
        "WEB_CLIENT_ID" => Secret::new(development.web_client_id.clone()),
        "WEB_CLIENT_SECRET" => fresh.web_client_secret.clone(),
        "WEB_REDIRECT_URI" => Secret::new(development::WEB_REDIRECT_URI.to_owned()),
        "DEVICE_CLIENT_ID" => Secret::new(development.device_client_id.clone()),
        "OPERATOR_KEY" => fresh.operator_key.clone(),
        address_key => address(installation, address_key).unwrap_or_else(|| Secret::new(String::new())),
    })
}
