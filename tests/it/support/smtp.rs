//! A mail server that others wrote: aiosmtpd, in a process of its own (`tests/clients/python/smtp_server.py`).

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use gatehouse_core::secret::Secret;
use gatehouse_server::config::{Encryption, SmtpConfig, SmtpLogin};
use serde_json::Value;

/// Names the Python that has the mail server; `cargo xtask test` sets it.
const PYTHON: &str = "GATEHOUSE_TEST_PYTHON";
/// Longer than any start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running mail server.
pub(crate) struct MailServer {
    child: Child,
    /// It ends with this.
    stdin: Option<ChildStdin>,
    lines: Receiver<Value>,
    pub(crate) port: u16,
    encryption: Encryption,
}

impl MailServer {
    /// On any port; certificates are kept in `folder`.
    pub(crate) fn start(folder: &Path, encryption: Encryption) -> Self {
        Self::start_at(folder, encryption, 0)
    }

    /// On this port, where another one was before.
    pub(crate) fn start_at(folder: &Path, encryption: Encryption, port: u16) -> Self {
        let python =
            std::env::var(PYTHON).unwrap_or_else(|_| panic!("{PYTHON} is not set; `cargo xtask test` does it"));
        let mut command = Command::new(python);
        command.args(["-W", "ignore"]).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/python/smtp_server.py"));
        let word = match encryption {
            Encryption::Plain => "plain",
            Encryption::StartTls => "starttls",
            Encryption::Tls => "tls",
        };
        command.arg("--folder").arg(folder).args(["--encryption", word, "--port", &port.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                drop(sender.send(serde_json::from_str(&line).expect("JSON")));
            }
        });
        let mut server = Self { child, stdin, lines, port, encryption };
        let first: Value = server.lines.recv_timeout(PATIENCE).expect("it listens");
        server.port = first["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
        server
    }

    /// How to reach it.
    pub(crate) fn config(&self, folder: &Path) -> SmtpConfig {
        let login = SmtpLogin { user: "gatehouse".to_owned(), password: Secret::new("correct horse".to_owned()) };
        let encrypted = self.encryption != Encryption::Plain;
        SmtpConfig {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            encryption: self.encryption,
            login: encrypted.then_some(login),
            ca_file: encrypted.then(|| folder.join("ca.pem")),
        }
    }

    /// Ends it; gives everything that it saw since its start.
    pub(crate) fn stop(mut self) -> Vec<Value> {
        drop(self.stdin.take());
        // The channel closes when the process has closed its output.
        let events = self.lines.iter().collect();
        self.child.wait().expect("it ended");
        events
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
