//! Imports beside the server, killed with it.

use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc::UnboundedSender;

use super::load::Done;
use crate::support::binary::Installation;

const SESSIONS: u64 = 300;

/// One import after the other in a thread.
pub(super) struct Import {
    running: Arc<Mutex<Running>>,
    thread: JoinHandle<()>,
}

/// The import under way; after the kill there is no other.
enum Running {
    Not,
    Process(Child),
    Killed,
}

impl Import {
    /// Imports test after test into `workspace`.
    pub(super) fn start(installation: Installation, workspace: String, tell: UnboundedSender<Done>) -> Self {
        let running = Arc::new(Mutex::new(Running::Not));
        let shared = Arc::clone(&running);
        let thread = std::thread::spawn(move || while one(&installation, &workspace, &shared, &tell) {});
        Self { running, thread }
    }

    /// `kill -9`.
    pub(super) fn kill(self) {
        {
            let mut running = self.running.lock().expect("nobody panics with it");
            if let Running::Process(child) = &mut *running {
                child.kill().expect("it can be killed");
                child.wait().expect("it ends");
            }
            *running = Running::Killed;
        }
        self.thread.join().expect("no import was refused");
    }
}

/// One import; false after the kill.
fn one(installation: &Installation, workspace: &str, running: &Mutex<Running>, tell: &UnboundedSender<Done>) -> bool {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let test = format!("{number:08x}-0000-4000-8000-000000000000");
    let file = installation.folder.join(format!("import-{number}.jsonl"));
    fs::write(&file, lines(&test, workspace, number)).expect("written");
    let said = {
        let mut running = running.lock().expect("nobody panics with it");
        if matches!(*running, Running::Killed) {
            return false;
        }
        let mut import = installation.command(&["results", "import"]);
        let mut child =
            import.arg(&file).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let said = child.stderr.take().expect("a pipe");
        *running = Running::Process(child);
        said
    };
    // Its end closes the pipe; the child stays where the kill finds it until then.
    let said = std::io::read_to_string(said).unwrap_or_default();
    let mut running = running.lock().expect("nobody panics with it");
    let Running::Process(child) = &mut *running else {
        drop(tell.send(Done::ImportKilled { test, sessions: SESSIONS }));
        return false;
    };
    let ended = child.wait().expect("it ends");
    assert!(ended.success(), "{said}");
    *running = Running::Not;
    drop(tell.send(Done::Import { test, sessions: SESSIONS }));
    true
}

fn lines(test: &str, workspace: &str, number: u64) -> String {
    let mut out = format!(
        "{{\"v\":1,\"kind\":\"test\",\"testId\":\"{test}\",\"workspaceId\":\"{workspace}\",\
         \"title\":\"Crash\",\"type\":\"SURVEY\"}}\n"
    );
    for session in 0..SESSIONS {
        let (hour, minute) = (session / 60, session % 60);
        writeln!(
            out,
            "{{\"v\":1,\"kind\":\"session\",\"testId\":\"{test}\",\
             \"sessionId\":\"{number:08x}-0000-4000-9000-{session:012x}\",\"status\":\"COMPLETE\",\
             \"startTime\":\"2026-01-01T{hour:02}:{minute:02}:00.000Z\"}}"
        )
        .expect("a string takes it");
    }
    out
}
