//! A PostgreSQL of our own for one run: temporary folder, free port, unprivileged user.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::output;
use crate::process;
use crate::test::certificates;
use crate::test::install::{Need, is_root};
use crate::test::watchdog::{User, Watched};

/// Names the database that the tests use.
pub(crate) const VARIABLE: &str = "GATEHOUSE_TEST_POSTGRES";

/// Names the same server with TLS and verified certificate: an address with `sslmode=verify-full` and `sslrootcert`.
pub(crate) const TLS_VARIABLE: &str = "GATEHOUSE_TEST_POSTGRES_TLS";

/// The database of this run. Dropping it stops exactly the server that was started.
pub(crate) struct Database {
    /// Without TLS, as most tests use it.
    pub(crate) url: String,
    /// With TLS, where the certificates are known.
    pub(crate) tls: Option<String>,
    _server: Option<Watched>,
}

/// Nothing outside this machine.
const SETTINGS: [&str; 5] =
    ["ssl=on", "listen_addresses=127.0.0.1", "max_connections=400", "shared_buffers=128MB", "logging_collector=off"];
const FAST: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// What a commit is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commits {
    /// Nothing after a power cut: for tests.
    Fast,
    /// As in production: for measuring.
    Durable,
}

/// What must be installed: nothing when a server is named.
pub(crate) fn needs() -> Vec<Need> {
    if env::var_os(VARIABLE).is_some() { vec![] } else { vec![Need::PostgresServer, Need::Openssl] }
}

/// The named server, or a new cluster.
pub(crate) fn start(commits: Commits) -> Result<Database> {
    if let Ok(url) = env::var(VARIABLE) {
        output::line(&format!("Using the server of {VARIABLE}."));
        return Ok(Database { url, tls: env::var(TLS_VARIABLE).ok(), _server: None });
    }
    let user = unprivileged()?;
    let folder = make_folder(user)?;
    if let Err(error) = initdb(&folder, user).and_then(|()| certificates::make(&folder, || openssl(&folder, user))) {
        let _ = fs::remove_dir_all(&folder);
        return Err(error);
    }
    let port = free_port()?;
    let server = launch(&folder, port, user, commits)?;
    wait_until_ready(&server, port)?;
    output::line(&format!("Own cluster on port {port}."));
    let authority = folder.join(certificates::AUTHORITY);
    Ok(Database {
        url: format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable"),
        tls: Some(format!(
            "postgres://postgres@localhost:{port}/postgres?sslmode=verify-full&sslrootcert={}",
            authority.display()
        )),
        _server: Some(server),
    })
}

/// Who runs the server when we are root.
fn unprivileged() -> Result<Option<User>> {
    if !is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let (Ok(uid), Ok(gid)) = (id_of("-u", name), id_of("-g", name)) {
            return Ok(Some(User { uid, gid }));
        }
    }
    bail!("running as root, and there is neither a user `postgres` nor `nobody` to run PostgreSQL as")
}

fn id_of(kind: &str, name: &str) -> Result<u32> {
    Ok(process::stdout(Command::new("id").args([kind, name]))?.trim().parse()?)
}

fn make_folder(user: Option<User>) -> Result<PathBuf> {
    // Short: the path of a Unix socket has about 100 bytes.
    let folder = env::temp_dir().join(format!("gatehouse-pg-{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if let Some(user) = user {
        chown(&folder, Some(user.uid), Some(user.gid))?;
    }
    Ok(folder)
}

/// Makes the cluster, sorted by ICU where this PostgreSQL can: a column that forgot `COLLATE "C"` then sorts
/// differently from SQLite, and a test sees it.
fn initdb(folder: &Path, user: Option<User>) -> Result<()> {
    let program = program("initdb").context("initdb is not there")?;
    let attempt = |extra: &[&str]| {
        let mut initdb = Command::new(&program);
        if let Some(user) = user {
            initdb.uid(user.uid).gid(user.gid);
        }
        initdb.current_dir(folder).env("LC_ALL", "C.UTF-8");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--pgdata=data"]);
        process::stdout(initdb.args(extra))
    };
    if attempt(&["--locale-provider=icu", "--icu-locale=en"]).is_err() {
        attempt(&[])?;
    }
    Ok(())
}

fn openssl(folder: &Path, user: Option<User>) -> Command {
    let mut openssl = Command::new("openssl");
    if let Some(user) = user {
        openssl.uid(user.uid).gid(user.gid);
    }
    openssl.current_dir(folder);
    openssl
}

fn launch(folder: &Path, port: u16, user: Option<User>, commits: Commits) -> Result<Watched> {
    let mut postgres = Command::new(program("postgres").context("postgres is not there")?);
    postgres.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).arg("-p").arg(port.to_string());
    let fast = FAST.iter().filter(|_| commits == Commits::Fast);
    for setting in SETTINGS.iter().chain(fast) {
        postgres.args(["-c", setting]);
    }
    for (setting, file) in [("ssl_cert_file", certificates::SERVER), ("ssl_key_file", certificates::SERVER_KEY)] {
        postgres.arg("-c").arg(format!("{setting}={}", folder.join(file).display()));
    }
    Watched::start(folder, "INT", &postgres, user)
}

fn wait_until_ready(server: &Watched, port: u16) -> Result<()> {
    let ready = program("pg_isready").context("pg_isready is not there")?;
    for _ in 0..300 {
        let mut ask = Command::new(&ready);
        ask.args(["-q", "-h", "127.0.0.1", "-p"]).arg(port.to_string());
        if process::captured(&mut ask)?.status.success() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    bail!("PostgreSQL did not start within 30 s:\n{}", server.log())
}

/// A program of the PostgreSQL server: on the PATH, or where Debian keeps it, newest first.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok();
    let mut folders: Vec<PathBuf> = versions.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort_by_key(|folder| {
        let version = folder.file_name().and_then(|name| name.to_str());
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()))
    });
    let installed = folders.into_iter().map(|folder| folder.join("bin").join(name)).find(|file| file.is_file());
    installed.or_else(|| process::find(name))
}

/// A port that is free now, on 127.0.0.1.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
