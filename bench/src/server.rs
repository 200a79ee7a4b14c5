//! The servers under load, each on the server's core, stopped by their ids.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::measure::{SERVER_CORE, pinned, temporary};

/// Clock ticks a second in `/proc`, the same on every Linux that we run on.
const TICKS: f64 = 100.0;
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

/// A Gatehouse, with what its `dev.env` says.
pub(crate) struct Gatehouse {
    pub(crate) server: Server,
    pub(crate) env: BTreeMap<String, String>,
    operator_port: u16,
}

impl Gatehouse {
    /// What the operator's listener counts.
    pub(crate) fn metrics(&self) -> Result<String> {
        let request = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let (status, text) = ask(self.operator_port, request)?;
        if status != 200 {
            bail!("/metrics: {status} {text}");
        }
        Ok(text)
    }
}

/// A data folder that goes away with this value, and the port of its Gatehouse: a part of the issuer, so always the same.
pub(crate) struct DataFolder {
    path: PathBuf,
    port: u16,
}

impl DataFolder {
    /// An empty one.
    pub(crate) fn new(name: &str) -> Result<Self> {
        let path = temporary(name);
        fs::create_dir(&path)?;
        Ok(Self { path, port: free_port()? })
    }

    /// Its database.
    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("gatehouse.db")
    }

    /// Where the installation is.
    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Bare hyper, answering a POST with `post_bytes`.
pub(crate) fn bare(post_bytes: usize) -> Result<Server> {
    let port = free_port()?;
    let mut command = pinned(SERVER_CORE, &std::env::current_exe()?);
    command.arg("bare").arg("--address").arg(format!("127.0.0.1:{port}"));
    command.arg("--post-bytes").arg(post_bytes.to_string());
    let server = Server { child: spawn(&mut command, Stdio::null())?, port };
    until(|| TcpStream::connect(("127.0.0.1", port)).ok()).context("bare hyper did not start")?;
    Ok(server)
}

/// `gatehouse dev` on a data folder, ready to answer.
pub(crate) fn gatehouse(binary: &Path, folder: &DataFolder) -> Result<Gatehouse> {
    let (port, operator_port) = (folder.port, free_port()?);
    let mut command = pinned(SERVER_CORE, binary);
    command.env("GATEHOUSE_OPERATOR_LISTEN", format!("127.0.0.1:{operator_port}"));
    command.arg("dev").arg("--data").arg(folder.data()).arg("--port").arg(port.to_string());
    let log = File::create(folder.path.join("log"))?;
    command.stderr(log.try_clone()?);
    let server = Server { child: spawn(&mut command, log.into())?, port };
    let env = until(|| {
        TcpStream::connect(("127.0.0.1", port)).ok()?;
        Some(parse(&fs::read_to_string(folder.data().join("dev.env")).ok()?))
    });
    let Some(env) = env else {
        bail!("gatehouse dev did not start:\n{}", fs::read_to_string(folder.path.join("log")).unwrap_or_default());
    };
    Ok(Gatehouse { server, env, operator_port })
}

fn spawn(command: &mut Command, output: Stdio) -> Result<Child> {
    command.stdin(Stdio::null()).stdout(output).spawn().with_context(|| format!("cannot start {command:?}"))
}

impl Server {
    /// Processor time so far.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        cpu_seconds(&self.child.id().to_string())
    }

    /// Memory in use, in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    /// One request; status and body.
    pub(crate) fn ask(&self, request: &[u8]) -> Result<(u16, String)> {
        ask(self.port, request)
    }
}

fn ask(port: u16, request: &[u8]) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let status = text.get(9..12).and_then(|digits| digits.parse().ok()).context("no HTTP answer")?;
    Ok((status, text.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned())))
}

/// Processor time of a process so far, user and system.
pub(crate) fn cpu_seconds(process: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in brackets may hold blanks; utime and stime are the 12th and 13th field after it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let tick = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    Ok((tick(11) + tick(12)) / TICKS)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again until there is an answer, for a minute.
pub(crate) fn until<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(found) = ask() {
            return Some(found);
        }
        thread::sleep(Duration::from_millis(1));
    }
    None
}

fn parse(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned())).collect()
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
