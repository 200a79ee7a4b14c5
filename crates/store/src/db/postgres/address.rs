//! The address of a PostgreSQL server: what the driver reads, and three parameters of ours.

use std::path::PathBuf;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::LIMIT;
use super::{DbError, tls};

/// Where and how to connect.
pub(super) struct Address {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

/// Reads `postgres://user:password@host/database?…`. `sslmode`: `disable`, `prefer` (default) and `require` as
/// libpq has them, that is without looking at the certificate; `verify-full` looks, with the authorities of
/// `sslrootcert` or else of the system. `schema`: in which schema the tables are.
pub(super) fn parse(url: &str) -> Result<Address, DbError> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut rest = Vec::new();
    let (mut mode, mut root, mut schema) = ("prefer", None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = value,
            Some(("sslrootcert", value)) => root = Some(PathBuf::from(value)),
            Some(("schema", value)) => schema = Some(value),
            _ => rest.push(pair),
        }
    }
    let wrong = |text: String| DbError::Unavailable(format!("the address of PostgreSQL: {text}"));
    let mut config: Config = format!("{base}?{}", rest.join("&"))
        .parse()
        .map_err(|error: tokio_postgres::Error| wrong(super::error::with_cause(&error)))?;
    let tls = match mode {
        "disable" => None,
        "prefer" | "require" => Some(tls::unverified()?),
        "verify-full" => Some(tls::verified(root.as_deref())?),
        other => return Err(wrong(format!("sslmode is disable, prefer, require or verify-full, not {other}"))),
    };
    config.ssl_mode(match mode {
        "disable" => SslMode::Disable,
        "prefer" => SslMode::Prefer,
        _ => SslMode::Require,
    });
    let options = config.get_options().unwrap_or_default().to_owned();
    config.options(format!("{options}{}", session(schema).map_err(wrong)?));
    config.application_name("gatehouse").connect_timeout(Duration::from_secs(5));
    Ok(Address { config, tls })
}

/// Settings of each session.
fn session(schema: Option<&str>) -> Result<String, String> {
    let mut options =
        format!(" -c statement_timeout={} -c idle_in_transaction_session_timeout=60000", LIMIT.as_millis());
    if let Some(schema) = schema {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if schema.is_empty() || schema.len() > 63 || !schema.bytes().all(plain) {
            return Err("a schema has 1 to 63 lower-case letters, digits and _".to_owned());
        }
        options.push_str(" -c search_path=");
        options.push_str(schema);
    }
    Ok(options)
}

impl Address {
    pub(super) fn manager(&self) -> Manager {
        let (config, manager) = (self.config.clone(), ManagerConfig { recycling_method: RecyclingMethod::Fast });
        match &self.tls {
            Some(tls) => Manager::from_config(config, tls.clone(), manager),
            None => Manager::from_config(config, NoTls, manager),
        }
    }

    /// Host and port for error texts.
    pub(super) fn server(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        format!("{host}:{}", self.config.get_ports().first().copied().unwrap_or(5432))
    }
}
