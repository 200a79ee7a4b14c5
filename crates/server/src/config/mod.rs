//! Configuration: one TOML file, `GATEHOUSE_…` variables over it, flags over both.
//!
//! [`keys`] is the table that everything comes from; [`load`] turns sources into a [`Config`] or into a list of
//! everything that is wrong with them, so that one run shows all mistakes.

mod base_url;
pub mod keys;
mod layers;
mod mail;
mod print;
mod read;
mod reference;
mod review_hours;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gatehouse_core::secret::Secret;

use crate::serve::Network;

pub use base_url::BaseUrl;
pub use layers::Sources;
pub use mail::{Encryption, MailConfig, Mailbox, SmtpConfig, SmtpLogin};
pub use print::masked;
pub use reference::reference_page;
pub use review_hours::ReviewHours;

/// The whole configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The three base addresses; `None` when `portal_url` is not given.
    pub addresses: Option<Addresses>,
    /// Where the public listener binds.
    pub listen: Vec<SocketAddr>,
    /// Where the operator's listener binds; empty for none.
    pub operator_listen: Vec<SocketAddr>,
    /// The proxies in front.
    pub trusted_proxies: Vec<Network>,
    /// What is called for developers although it is not public.
    pub outbound_allow: Vec<Network>,
    /// `sqlite:PATH` or `postgres://…`; may hold a password.
    pub database_url: Secret,
    /// Base64 of 32 bytes each, checked. The first encrypts, all decrypt.
    pub key_encryption_keys: Vec<Secret>,
    /// What stands before `_cs_` and the like in bearer values.
    pub secret_prefix: String,
    /// Where files live that have no key of their own.
    pub data_folder: PathBuf,
    /// Where the audit chain's heads are exported.
    pub audit_heads_folder: PathBuf,
    /// How mails leave.
    pub mail: MailConfig,
    /// The review desk's hours.
    pub review: ReviewHours,
    /// How and what to log.
    pub log: Log,
    /// Connections served at the same time.
    pub max_connections: usize,
    /// Seconds that requests under way may take to finish at the end.
    pub drain_seconds: u64,
}

/// Where files live unless a place is configured, from the current folder.
const DATA_FOLDER: &str = "gatehouse-data";

impl Config {
    /// Whether the database is where it is by default: in a folder of the current one.
    pub fn is_where_nobody_said(&self) -> bool {
        let usual = format!("sqlite:{}", Path::new(DATA_FOLDER).join("gatehouse.db").display());
        self.data_folder.as_path() == Path::new(DATA_FOLDER) && self.database_url.expose() == usual
    }
}

/// The three base addresses. One and the same by default, separate hosts in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Pages, management API, docs.
    pub portal: BaseUrl,
    /// `/oauth2/…`.
    pub issuer: BaseUrl,
    /// The gate.
    pub api: BaseUrl,
}

/// How and what to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// Level or directives.
    pub level: String,
}

gatehouse_core::text_enum! {
    /// How log lines look.
    LogFormat, "log format" {
        /// For people.
        Text = "text",
        /// A JSON object a line.
        Json = "json",
    }
}

/// Everything that is wrong, one sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    pub problems: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Reads, lays over each other and checks.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let mut problems = Vec::new();
    let values = layers::collect(sources, &mut problems);
    let config = read::config(&values, &mut problems);
    if problems.is_empty() { Ok(config) } else { Err(ConfigError { problems }) }
}

#[cfg(test)]
mod tests;
