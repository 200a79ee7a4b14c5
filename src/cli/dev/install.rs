//! The folder of a development installation: configuration, key-encryption key, database. Made at the first start,
//! read at later ones; the port is chosen once, because it is part of the issuer. The operator's port is part of nothing:
//! when somebody else has it, another one is chosen and kept.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatehouse_core::random::bytes;
use gatehouse_server::config::{self, Addresses, Config, Sources};
use gatehouse_server::node::Listeners;
use gatehouse_server::random::SystemRandom;
use gatehouse_server::serve::{BindError, bind};
use zeroize::Zeroizing;

use crate::cli::failure::UsageError;
use crate::cli::files::{make_folder, write_private};

const CONFIGURATION: &str = "gatehouse.toml";
const KEY: &str = "key-encryption-key";
/// Looked through for a free one at the first start.
const PORTS: RangeInclusive<u16> = 8080..=8179;

/// Ready to serve.
pub(super) struct Installation {
    pub(super) folder: PathBuf,
    pub(super) config: Config,
    pub(super) addresses: Addresses,
    pub(super) listeners: Listeners,
}

impl Installation {
    /// Where commands find this installation.
    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.join(CONFIGURATION)
    }
}

/// Opens the installation in `folder`, making what is missing. `sources` are environment and flags.
pub(super) fn open(folder: &Path, port: Option<u16>, sources: Sources) -> anyhow::Result<Installation> {
    make_folder(folder)?;
    let file = folder.join(CONFIGURATION);
    let key = folder.join(KEY);
    if !key.exists() {
        let fresh = Zeroizing::new(STANDARD.encode(Zeroizing::new(bytes::<32>(&SystemRandom))));
        write_private(&key, &format!("{}\n", *fresh))?;
    }
    if !file.exists() {
        let (port, operator) = free_ports(port)?;
        write_private(&file, &(configuration(port, operator) + &database(&sources)))?;
    } else if let Some(port) = port {
        // The file keeps its port until the new one is known to be free.
        drop(bind(&loopbacks(port)).map_err(|error| taken(&error, folder))?);
        change_port(&file, port)?;
    }
    let sources = Sources { file: Some(file.clone()), ..sources };
    let config = config::load(&sources)?;
    // First, so that an operator's port which is the same is found taken.
    let public = bind(&config.listen).map_err(|error| taken(&error, folder))?;
    let (config, operator) = match bind(&config.operator_listen) {
        Err(BindError::InUse(address)) => {
            move_operator(&file, address, &config)?;
            let config = config::load(&sources)?;
            let operator = bind(&config.operator_listen)?;
            (config, operator)
        }
        bound => (config, bound?),
    };
    let addresses = config.addresses.clone().ok_or_else(|| UsageError("`portal_url` is missing".to_owned()))?;
    let listeners = Listeners { public, operator };
    Ok(Installation { folder: folder.to_owned(), config, addresses, listeners })
}

fn taken(error: &BindError, folder: &Path) -> anyhow::Error {
    let folder = folder.display();
    anyhow::anyhow!(
        "{error}\nthis installation keeps its port, because tokens name it: `--port N` changes it, `--data FOLDER` makes \
         another installation beside {folder}"
    )
}

/// A port that is free on both loopback addresses, and another one for the operator.
fn free_ports(wanted: Option<u16>) -> anyhow::Result<(u16, u16)> {
    let port = match wanted {
        Some(port) => bind(&loopbacks(port)).map(|_| port)?,
        None => first_free(PORTS, loopbacks)?,
    };
    Ok((port, first_free(beside(port), loopbacks)?))
}

/// Where the operator's port is looked for.
fn beside(port: u16) -> RangeInclusive<u16> {
    match port.checked_add(100) {
        Some(last) => port + 1..=last,
        None => port - 100..=port - 1,
    }
}

fn first_free(ports: RangeInclusive<u16>, addresses: impl Fn(u16) -> Vec<SocketAddr>) -> anyhow::Result<u16> {
    let (first, last) = (*ports.start(), *ports.end());
    for port in ports {
        match bind(&addresses(port)) {
            Ok(_) => return Ok(port),
            Err(BindError::InUse(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    anyhow::bail!("no port from {first} to {last} is free: choose one with --port N")
}

/// Programs find `localhost` under either.
fn loopbacks(port: u16) -> Vec<SocketAddr> {
    vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))]
}

fn configuration(port: u16, operator: u16) -> String {
    format!(
        "# Made by `gatehouse dev`; commands reach this installation with `--config` and the path of this file.\n\
         portal_url = \"http://localhost:{port}\"\n\
         listen = [\"127.0.0.1:{port}\", \"[::1]:{port}\"]\n\
         operator_listen = [\"127.0.0.1:{operator}\"]\n\
         # Applications under development listen on this machine; a server for others has no such line.\n\
         outbound_allow = [\"127.0.0.0/8\", \"::1\"]\n\
         data_folder = \".\"\n\
         key_encryption_keys_file = \"{KEY}\"\n\
         log_level = \"warn\"\n"
    )
}

/// A database that was named at the first start belongs to the installation from then on.
fn database(sources: &Sources) -> String {
    let named = sources.flags.iter().find(|(key, _)| key == "database_url");
    named.map_or_else(String::new, |(_, url)| format!("database_url = {}\n", toml::Value::from(url.as_str())))
}

/// Another port for the operator's address that is taken, when it is the file that names it: what flags or the
/// environment name is left to whoever did so.
fn move_operator(file: &Path, taken: SocketAddr, config: &Config) -> anyhow::Result<()> {
    let near = config.listen.first().map_or(taken.port(), SocketAddr::port);
    let port = first_free(beside(near), |port| vec![SocketAddr::new(taken.ip(), port)])?;
    let (taken, free) = (format!("\"{taken}\""), format!("\"{}\"", SocketAddr::new(taken.ip(), port)));
    change(file, |line| match line.starts_with("operator_listen") {
        true => line.replace(&taken, &free),
        false => line.to_owned(),
    })
}

fn change_port(file: &Path, port: u16) -> anyhow::Result<()> {
    change(file, |line| with_port(line, port))
}

/// Keeps everything else in the file as it is.
fn change(file: &Path, changed: impl Fn(&str) -> String) -> anyhow::Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let changed: String = text.lines().map(|line| changed(line) + "\n").collect();
    if changed == text { Ok(()) } else { write_private(file, &changed) }
}

fn with_port(line: &str, port: u16) -> String {
    if line.starts_with("portal_url") {
        format!("portal_url = \"http://localhost:{port}\"")
    } else if line.starts_with("listen") {
        format!("listen = [\"127.0.0.1:{port}\", \"[::1]:{port}\"]")
    } else {
        line.to_owned()
    }
}
