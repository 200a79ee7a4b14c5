//! What every command has: where the configuration is, how to print, and a way to open the installation.

use std::path::PathBuf;
use std::sync::Arc;

use gatehouse_core::jose::encryption::KeyEncryptionKeys;
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Clock as _;
use gatehouse_server::actions::{Actor, ActorKind};
use gatehouse_server::clock::SystemClock;
use gatehouse_server::config::{self, Config, Sources};
use gatehouse_server::context::Context;
use gatehouse_server::outbound::{Outbound, PATIENCE};
use gatehouse_server::password_hashing::PasswordHashing;
use gatehouse_server::random::SystemRandom;
use gatehouse_store::db::Db;

use super::failure::UsageError;
use super::files;
use super::flags::ConfigFlags;
use super::output::Output;
use super::telemetry;

const NOT_HERE: &str = "there is no Gatehouse in this folder: no gatehouse.toml, no gatehouse-data. Name its configuration \
                        with --config FILE (that of `gatehouse dev` is gatehouse-dev/gatehouse.toml), or begin one here \
                        with `gatehouse migrate`";

/// Options before or after every command.
#[derive(clap::Args)]
pub(super) struct Global {
    /// Configuration file [default: gatehouse.toml, if there is one]
    #[arg(long, global = true, env = "GATEHOUSE_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    flags: ConfigFlags,
}

/// An opened installation.
pub(super) struct Session {
    /// In force.
    pub(super) config: Config,
    /// For actions.
    pub(super) ctx: Context,
    /// The person at the keyboard, as the audit log names them.
    pub(super) actor: Actor,
    /// Prints.
    pub(super) output: Output,
}

impl Global {
    /// How to print.
    pub(super) fn output(&self) -> Output {
        if self.json { Output::Json } else { Output::Table }
    }

    /// Where the configuration comes from in this process.
    pub(super) fn sources(&self) -> Sources {
        let usual = PathBuf::from("gatehouse.toml");
        Sources {
            file: self.config.clone().or_else(|| usual.is_file().then_some(usual)),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
                .collect(),
            flags: self.flags.0.clone(),
        }
    }

    /// The configuration in force.
    pub(super) fn load(&self) -> anyhow::Result<Config> {
        Ok(config::load(&self.sources())?)
    }

    /// Reads the configuration and opens the database, brought to this program's version.
    pub(super) async fn open(&self) -> anyhow::Result<Session> {
        let sources = self.sources();
        let config = config::load(&sources)?;
        // A command about what is there would begin an empty installation, and say that there is nothing.
        if sources.file.is_none() && config.is_where_nobody_said() && !config.data_folder.exists() {
            return Err(UsageError(NOT_HERE.to_owned()).into());
        }
        telemetry::start(&config.log, telemetry::Use::Command)?;
        let ctx = open(&config).await?;
        Ok(Session { config, ctx, actor: command_line(), output: self.output() })
    }
}

/// The context of a configuration, its database migrated.
pub(super) async fn open(config: &Config) -> anyhow::Result<Context> {
    files::make_folder(&config.data_folder)?;
    let clock = SystemClock::default();
    let db = Db::open(config.database_url.expose()).await?;
    db.migrate(clock.now()).await?;
    Ok(Context {
        db,
        clock: Arc::new(clock),
        random: Arc::new(SystemRandom),
        key_encryption_keys: key_encryption_keys(config)?,
        secret_prefix: config.secret_prefix.as_str().into(),
        portal_url: config.addresses.as_ref().map(|addresses| addresses.portal.as_str().into()),
        calendar: Arc::new(config.review.calendar()),
        passwords: PasswordHashing::default(),
        outbound: Outbound::new(config.outbound_allow.clone(), PATIENCE),
    })
}

fn key_encryption_keys(config: &Config) -> anyhow::Result<Option<Arc<KeyEncryptionKeys>>> {
    if config.key_encryption_keys.is_empty() {
        return Ok(None);
    }
    let keys = KeyEncryptionKeys::from_base64(config.key_encryption_keys.iter().map(Secret::expose))?;
    Ok(Some(Arc::new(keys)))
}

/// Names the operating system's user; there is no other proof of who sits at the machine.
fn command_line() -> Actor {
    let name = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Actor {
        kind: ActorKind::CommandLine(name.unwrap_or_else(|| "unknown".to_owned())),
        request_id: None,
        address: None,
    }
}
