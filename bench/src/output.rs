//! What the harness prints. A closed pipe is no reason to stop.

use std::io::Write;

/// One line on standard output.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}
