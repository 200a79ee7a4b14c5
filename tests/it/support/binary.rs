//! A whole installation of the built binary: `gatehouse dev` on a folder, and other commands beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use super::process::{Running, free_port, gatehouse};

/// Where a development start keeps its things, and how it is started.
#[derive(Clone)]
pub(crate) struct Installation {
    pub(crate) folder: PathBuf,
    port: u16,
    database_url: Option<String>,
}

/// A running `gatehouse dev`; killed with the value.
pub(crate) struct Dev {
    running: Mutex<Running>,
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
        Self { folder: folder.to_owned(), port: free_port(), database_url: database_url.map(str::to_owned) }
    }

    /// Starts it and waits until it has said how to call the API, which is when it serves.
    pub(crate) fn start(&self) -> Dev {
        self.start_logging(Stdio::piped())
    }

    /// The same with standard error elsewhere.
    pub(crate) fn start_logging(&self, log: Stdio) -> Dev {
        let mut command = gatehouse(&self.folder, &["dev", "--data", "data", "--port", &self.port.to_string()]);
        self.name_database(&mut command);
        let (running, _) = Running::start_logging(command, "/v2/sessionResults?", log);
        let env = fs::read_to_string(self.folder.join("data/dev.env")).expect("dev.env is written");
        let pairs = env.lines().filter_map(|line| line.split_once('='));
        let env = Env(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect());
        Dev { running: Mutex::new(running), env }
    }

    /// Another command on this installation, such as `["audit", "verify"]`, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = gatehouse(&self.folder, &["--config", "data/gatehouse.toml"]);
        self.name_database(&mut command);
        command.args(arguments);
        command
    }

    /// Runs one to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    fn name_database(&self, command: &mut Command) {
        if let Some(url) = &self.database_url {
            command.arg("--database-url").arg(url);
        }
    }
}

impl Dev {
    /// From now on it cannot write beyond this place of any file, as on a full disk; `None` ends that.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        self.running.lock().expect("nobody panics with it").limit_files(bytes);
    }

    /// Ctrl-C; gives the exit code and standard error.
    pub(crate) fn end(self) -> (Option<i32>, String) {
        let (code, _, log) = self.running.into_inner().expect("nobody panics with it").interrupt();
        (code, log)
    }

    /// `kill -9`.
    pub(crate) fn kill(&self) {
        self.running.lock().expect("nobody panics with it").kill();
    }

    /// Ctrl-C; gives the exit code.
    pub(crate) fn stop(self) -> Option<i32> {
        self.running.into_inner().expect("nobody panics with it").interrupt().0
    }
}
