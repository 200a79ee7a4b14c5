//! Log lines to standard error.

use std::io;

use gatehouse_server::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::fmt;

/// What the process does, which decides how much it says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Serves: the configured level.
    Server,
    /// Runs one command: warnings, unless more was asked for.
    Command,
}

/// Starts logging; once per process.
pub(super) fn start(log: &Log, used_for: Use) -> anyhow::Result<()> {
    let level = if used_for == Use::Command && log.level == "info" { "warn" } else { &log.level };
    let filter = EnvFilter::try_new(level)
        .map_err(|error| anyhow::anyhow!("`log_level` is not a level or a list of directives: {error}"))?;
    // A line that cannot be written, as on a full disk, is lost. To complain of it on standard error would panic.
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false);
    let started = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
