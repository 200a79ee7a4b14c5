//! Servers that a run starts and that must not outlive it, however it ends.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Runs a server and waits on its own standard input, whose other end we hold. When we stop, in whatever way (end,
/// failure, Ctrl-C, `kill -9`), the pipe closes, and the server is stopped by its id and its folder removed.
const SCRIPT: &str = r#"
folder=$1; signal=$2; shift 2
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
echo started
cat >/dev/null
kill -"$signal" "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"#;

/// A server with a temporary folder of its own. Dropping it stops exactly that process.
pub(crate) struct Watched {
    watchdog: Child,
    folder: PathBuf,
}

/// The user to run as; PostgreSQL refuses to be root.
#[derive(Clone, Copy)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Watched {
    /// Starts `program` with its output in `folder/log`; `signal` is what asks it to stop.
    pub(crate) fn start(folder: &Path, signal: &str, program: &Command, user: Option<User>) -> Result<Self> {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(SCRIPT).arg("watchdog").arg(folder).arg(signal);
        shell.arg(program.get_program()).args(program.get_args());
        if let Some(user) = user {
            shell.uid(user.uid).gid(user.gid);
        }
        // A group of its own: Ctrl-C in the terminal reaches us alone, and our end reaches the watchdog.
        shell.current_dir(folder).process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut watchdog = shell.spawn().context("cannot start /bin/sh")?;
        let mut word = [0; 8];
        watchdog.stdout.take().context("the watchdog's output is a pipe")?.read_exact(&mut word)?;
        Ok(Self { watchdog, folder: folder.to_owned() })
    }

    /// What the server printed so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}
