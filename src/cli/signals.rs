//! Ctrl-C, SIGTERM, and the one that would end the process without a word.

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What a shell reports for a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// A write beyond the limit on the size of files (`ulimit -f`, `LimitFSIZE=`) fails from now on as one on a full disk
/// does, and is told and survived like that. Without this the system ends the process.
pub(super) fn outlive_file_limits() -> anyhow::Result<()> {
    // The handler stays when the stream is dropped.
    signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map(drop)?;
    Ok(())
}

/// Turns true at the first Ctrl-C or SIGTERM. A second Ctrl-C ends the process at once: whoever insists has a reason.
pub(super) fn stop() -> anyhow::Result<watch::Receiver<bool>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        sender.send_replace(true);
        interrupt.recv().await;
        std::process::exit(INTERRUPTED);
    });
    Ok(receiver)
}
