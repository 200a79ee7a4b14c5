//! Starts the binary and looks at what it prints.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

/// Longer than any start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running process; killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    /// Reads standard error all the while, so that whoever logs much does not wait for us.
    log: Option<JoinHandle<String>>,
}

/// The binary with these arguments, in a folder of its own and with nothing of ours in its environment.
pub(crate) fn gatehouse(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GATEHOUSE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    gatehouse(folder, arguments).output().expect("it runs")
}

/// Exit code and standard error of a run that must fail.
pub(crate) fn refused(mut command: Command) -> (i32, String) {
    let output = command.output().expect("it runs");
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(!output.status.success(), "{error}");
    assert!(!error.contains("panicked") && !error.contains("stack backtrace"), "{error}");
    (output.status.code().expect("no signal ended it"), error)
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Lets a process write no further than this place of any file; `None` lets it write again.
pub(crate) fn limit_files(child: &Child, bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(Pid::from_child(child)), Resource::Fsize, limit).expect("the limit is set");
}

impl Running {
    /// Starts and waits for a line of standard output that contains `sign`; gives everything up to it.
    pub(crate) fn start(command: Command, sign: &str) -> (Self, String) {
        Self::start_logging(command, sign, Stdio::piped())
    }

    /// The same with standard error elsewhere.
    pub(crate) fn start_logging(mut command: Command, sign: &str, log: Stdio) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let log = child.stderr.take().map(|stderr| {
            // As much as is there: the reader may be cut off within a character.
            thread::spawn(move || {
                let mut read = Vec::new();
                drop(BufReader::new(stderr).read_to_end(&mut read));
                String::from_utf8_lossy(&read).into_owned()
            })
        });
        let stdout = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        let mut running = Self { child, lines, log };
        let mut seen = String::new();
        loop {
            let Ok(line) = running.lines.recv_timeout(PATIENCE) else {
                panic!("it ended or hung before it printed {sign:?}: {seen}{}", running.kill());
            };
            seen.push_str(&line);
            seen.push('\n');
            if line.contains(sign) {
                return (running, seen);
            }
        }
    }

    /// Ctrl-C; gives the exit code, what was printed since, and standard error.
    pub(crate) fn interrupt(mut self) -> (Option<i32>, String, String) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).expect("it is running");
        let mut rest = String::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            rest.push_str(&line);
            rest.push('\n');
        }
        let code = self.child.wait().expect("it ended").code();
        (code, rest, self.kill())
    }

    /// See [`limit_files`].
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        limit_files(&self.child, bytes);
    }

    /// At once; gives standard error.
    pub(crate) fn kill(&mut self) -> String {
        drop(self.child.kill());
        drop(self.child.wait());
        self.log.take().map(|log| log.join().expect("it only reads")).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
