//! The binary under test, started as a person would: `gatehouse dev` with an empty data folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::paths;
use crate::process;
use crate::test::postgres::free_port;
use crate::test::watchdog::Watched;

const START_SECONDS: u64 = 30;

/// A running `gatehouse dev`. Dropping it stops exactly that process and removes its data.
pub(crate) struct Server {
    _process: Watched,
    /// What `dev.env` says: `TOKEN_URL`, `CLIENT_ID`, …
    pub(crate) env: BTreeMap<String, String>,
    /// The program.
    pub(crate) binary: PathBuf,
    /// Its folder: database, `dev.env`, and mails in `mail/`.
    pub(crate) data: PathBuf,
}

/// Starts the debug binary (built if it is not) and waits until it answers. `who` names the temporary folder.
pub(crate) fn start(root: &Path, who: &str) -> Result<Server> {
    let mut build = Command::new(paths::cargo());
    process::run(build.current_dir(root).args(["build", "--locked", "--bin", "gatehouse"]))?;
    let folder = std::env::temp_dir().join(format!("gatehouse-{who}-{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let port = free_port()?;
    let (binary, data) = (paths::target(root).join("debug/gatehouse"), folder.join("data"));
    let mut gatehouse = Command::new(&binary);
    gatehouse.arg("dev").arg("--data").arg(&data).arg("--port").arg(port.to_string());
    let process = Watched::start(&folder, "TERM", &gatehouse, None)?;
    let env = wait_until_ready(&process, &data.join("dev.env"), port)?;
    Ok(Server { _process: process, env, binary, data })
}

fn wait_until_ready(process: &Watched, dev_env: &Path, port: u16) -> Result<BTreeMap<String, String>> {
    for _ in 0..START_SECONDS * 20 {
        if let Ok(text) = fs::read_to_string(dev_env)
            && answers(port)
        {
            return Ok(parse(&text));
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("gatehouse dev did not answer within {START_SECONDS} s:\n{}", process.log())
}

/// Whether somebody speaks HTTP there.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let request = format!("GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 "))
}

/// `KEY=value` lines; quotes around a value are not part of it.
fn parse(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned())).collect()
}
