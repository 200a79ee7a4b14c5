//! The built binary as a person starts it: `gatehouse dev` on a data folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;

/// Where a development start keeps its things, and how it is started.
#[derive(Clone)]
pub(crate) struct Installation {
    pub(crate) folder: PathBuf,
    port: u16,
    database_url: Option<String>,
}

/// A running `gatehouse dev`; killed with the value.
pub(crate) struct Dev {
    child: Mutex<Child>,
    /// What `dev.env` says.
    pub(crate) env: Env,
}

/// The values of a `dev.env`.
#[derive(Clone)]
pub(crate) struct Env(BTreeMap<String, String>);

impl Env {
    /// One of them.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or_else(|| panic!("dev.env has no {key}"), String::as_str)
    }
}

impl Installation {
    /// In `folder`, on a port that is free now; on SQLite there unless a database is named.
    pub(crate) fn new(folder: &Path, database_url: Option<&str>) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("it is bound").port();
        Self { folder: folder.join("data"), port, database_url: database_url.map(str::to_owned) }
    }

    /// Starts it and waits until it says that it serves.
    pub(crate) fn start(&self) -> Dev {
        let mut command = gatehouse();
        command.arg("dev").arg("--data").arg(&self.folder).arg("--port").arg(self.port.to_string());
        if let Some(url) = &self.database_url {
            command.arg("--database-url").arg(url);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let said = listen(child.stdout.take().expect("a pipe"));
        let env = fs::read_to_string(self.folder.join("dev.env")).unwrap_or_default();
        let pairs = env.lines().filter_map(|line| line.split_once('='));
        let env: BTreeMap<_, _> = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        assert!(env.contains_key("TOKEN_URL"), "it does not serve; it said:\n{said}");
        Dev { child: Mutex::new(child), env: Env(env) }
    }

    /// Runs another command on this installation, such as `["audit", "verify"]`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary starts")
    }

    /// A command on this installation, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = gatehouse();
        command.arg("--config").arg(self.folder.join("gatehouse.toml"));
        if let Some(url) = &self.database_url {
            command.arg("--database-url").arg(url);
        }
        command.args(arguments);
        command
    }
}

fn gatehouse() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GATEHOUSE_")) {
        command.env_remove(name);
    }
    command
}

/// Reads until the call is shown, which is the last thing but one that a start prints; then goes on reading aside, so
/// that the pipe never fills.
fn listen(output: ChildStdout) -> String {
    let mut lines = BufReader::new(output).lines();
    let mut said = String::new();
    for line in lines.by_ref().map_while(Result::ok) {
        said.push_str(&line);
        said.push('\n');
        if line.contains("/v2/sessionResults?") {
            break;
        }
    }
    std::thread::spawn(move || lines.for_each(drop));
    said
}

impl Dev {
    /// `kill -9`.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().expect("nobody panics with it");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(&self) -> ExitStatus {
        let mut child = self.child.lock().expect("nobody panics with it");
        let asked = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().expect("kill");
        assert!(asked.success());
        child.wait().expect("it ends")
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
