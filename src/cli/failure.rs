//! How a command fails: a sentence on standard error and an exit code.

use std::io::Write as _;
use std::process::ExitCode;

use gatehouse_server::actions::ActionError;
use gatehouse_server::config::ConfigError;

/// The command was called wrongly in a way that the parser cannot see: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

/// An action's error as a sentence for the terminal. At the keyboard of the machine itself, internal detail is shown.
pub(super) fn failed(error: ActionError) -> anyhow::Error {
    match error {
        ActionError::Invalid(fields) => {
            let lines: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
            anyhow::Error::new(UsageError(lines.join("\n")))
        }
        other => anyhow::Error::new(other),
    }
}

/// Prints what went wrong and why, one cause after the other, and chooses the exit code.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    let mut text = String::new();
    for (at, cause) in error.chain().enumerate() {
        let cause = cause.to_string();
        // Errors of libraries often repeat their cause in their own text.
        if at > 0 && text.contains(&cause) {
            continue;
        }
        for line in cause.lines() {
            text.push_str(if text.is_empty() { "error: " } else { "       " });
            text.push_str(line);
            text.push('\n');
        }
    }
    // Nothing is left to tell when standard error is gone.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    let usage = error.chain().any(|cause| cause.is::<UsageError>() || cause.is::<ConfigError>());
    ExitCode::from(if usage { 2 } else { 1 })
}
