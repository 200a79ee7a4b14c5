//! Installs programs that the tests lack, by the system's package manager.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::output;
use crate::process;
use crate::test::{browser, postgres};

/// Something that has to be on the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// `initdb` and `postgres`.
    PostgresServer,
    /// The command line of OpenSSL, which makes the certificates for PostgreSQL.
    Openssl,
    /// Node 18 or newer, with npm.
    Node,
    /// Python 3 with `venv` and `ensurepip`.
    Python,
    /// curl.
    Curl,
    /// Apache's programs with mod_auth_openidc, without the service of the system.
    Apache,
    /// Keeps tokens for command lines; a judge of the device flow.
    OidcAgent,
    /// Chromium, with a font to write in.
    Chromium,
}

/// What to do about something that is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Install it.
    Install,
    /// Say so and stop.
    Refuse,
}

const OLDEST_NODE: u32 = 18;
/// Where Debian and its relatives put them.
const APACHE: [&str; 2] = ["/usr/sbin/apache2", "/usr/lib/apache2/modules/mod_auth_openidc.so"];
const INSTALL_TRIES: u32 = 5;
/// apt waits this long for another apt to finish, in seconds.
const APT_LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=300";

impl Need {
    fn what(self) -> &'static str {
        match self {
            Self::PostgresServer => "PostgreSQL server programs (initdb, postgres)",
            Self::Openssl => "the openssl command",
            Self::Node => "Node.js 18 or newer with npm",
            Self::Python => "Python 3 with venv",
            Self::Curl => "curl",
            Self::OidcAgent => "oidc-agent",
            Self::Apache => "Apache with mod_auth_openidc",
            Self::Chromium => "Chromium",
        }
    }

    fn debian_packages(self) -> &'static [&'static str] {
        match self {
            Self::PostgresServer => &["postgresql"],
            Self::Openssl => &["openssl"],
            Self::Node => &["nodejs", "npm"],
            Self::Python => &["python3", "python3-venv"],
            Self::Curl => &["curl"],
            Self::OidcAgent => &["oidc-agent-cli"],
            Self::Apache => &["apache2-bin", "libapache2-mod-auth-openidc"],
            Self::Chromium => &["chromium", "fonts-liberation"],
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::PostgresServer => postgres::program("initdb").is_some() && postgres::program("postgres").is_some(),
            Self::Openssl => answers("openssl", &["version"]),
            Self::Node => process::find("npm").is_some() && node_major().is_some_and(|major| major >= OLDEST_NODE),
            Self::Python => answers("python3", &["-c", "import venv, ensurepip"]),
            Self::Curl => answers("curl", &["--version"]),
            Self::OidcAgent => answers("oidc-agent", &["--version"]) && answers("oidc-gen", &["--version"]),
            Self::Apache => APACHE.iter().all(|file| Path::new(file).exists()),
            Self::Chromium => browser::chromium().is_some(),
        }
    }
}

/// Installs what is missing, or says what to install. Never returns `Ok` with something missing.
pub(crate) fn ensure(needs: &[Need], then: Missing) -> Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.is_there()).collect();
    if missing.is_empty() {
        output::line("Everything is there.");
        return Ok(());
    }
    let names = missing.iter().map(|need| need.what()).collect::<Vec<_>>().join("; ");
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.debian_packages()).copied().collect();
    output::line(&format!("Missing: {names}"));
    if then == Missing::Refuse || process::find("apt-get").is_none() {
        bail!("install these first: {names} (Debian's packages: {})", packages.join(" "));
    }
    apt_install(&packages)?;
    let still: Vec<&str> = missing.iter().filter(|need| !need.is_there()).map(|need| need.what()).collect();
    if !still.is_empty() {
        bail!("still missing after installing {}: {}", packages.join(" "), still.join("; "));
    }
    Ok(())
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let mut update = apt()?;
    update.args(["update", "-q"]);
    let mut install = apt()?;
    install.args(["install", "-q", "-y", "--no-install-recommends"]).args(packages);
    retry(&mut update)?;
    retry(&mut install)
}

/// `apt-get` as root: directly, or through sudo where that needs no password or somebody can type it.
fn apt() -> Result<Command> {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else if process::find("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
        sudo
    } else {
        bail!("apt-get needs root, and there is no sudo: run `cargo xtask test` once as root, or install by hand")
    };
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", APT_LOCK_TIMEOUT]);
    Ok(command)
}

/// Tries again: mirrors hiccup, and an automatic upgrade may hold apt's lock longer than its own wait.
fn retry(command: &mut Command) -> Result<()> {
    for round in 1..INSTALL_TRIES {
        let Err(error) = process::run(command) else { return Ok(()) };
        output::line(&format!("{error:#}; trying again ({round} of {})", INSTALL_TRIES - 1));
        thread::sleep(Duration::from_secs(u64::from(round) * 5));
    }
    process::run(command)
}

/// Whether we run as root.
pub(crate) fn is_root() -> bool {
    process::stdout(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn node_major() -> Option<u32> {
    let version = process::stdout(Command::new("node").arg("--version")).ok()?;
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    process::captured(Command::new(program).args(arguments)).is_ok_and(|output| output.status.success())
}
