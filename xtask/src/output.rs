//! What the tasks print. A closed pipe is no reason to stop: the exit code says the rest.

use std::io::Write;

/// One line on standard output.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// A heading between steps.
pub(crate) fn heading(text: &str) {
    line(&format!("\n== {text}"));
}
