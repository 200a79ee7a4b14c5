//! Named exceptions, each with its reason: `xtask/tidy.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Finding;

const FILE: &str = "xtask/tidy.toml";
const SHORTEST_REASON: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    rule: String,
    path: PathBuf,
    /// The function or name; the whole file when empty.
    #[serde(default)]
    item: String,
    reason: String,
}

/// Takes out what an exception names; adds exceptions that name nothing or give no reason.
pub(crate) fn apply(root: &Path, findings: Vec<Finding>) -> Result<Vec<Finding>> {
    let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    let exceptions: Exceptions = toml::from_str(&text).with_context(|| format!("cannot read {FILE}"))?;
    let mut left = Vec::new();
    for exception in &exceptions.exception {
        if exception.reason.trim().len() < SHORTEST_REASON {
            left.push(complaint(exception, "the reason is missing or too short"));
        }
        if !findings.iter().any(|finding| exception.covers(finding)) {
            left.push(complaint(exception, "nothing needs this exception any more: remove it"));
        }
    }
    left.extend(findings.into_iter().filter(|finding| !exceptions.exception.iter().any(|known| known.covers(finding))));
    Ok(left)
}

impl Exception {
    fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.path == finding.file && (self.item.is_empty() || self.item == finding.item)
    }
}

fn complaint(exception: &Exception, what: &str) -> Finding {
    let named = format!("{} {} {}", exception.rule, exception.path.display(), exception.item);
    Finding::new("exception", FILE, 1, format!("{}: {what}", named.trim_end()))
}
