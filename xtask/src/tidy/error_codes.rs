//! Every error code that the program can answer has a heading in docs/errors.md: the `type` of an error leads there.

mod codes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::visit::Visit as _;

use super::Finding;
use super::source::{RustFile, Tree};
use codes::Codes;

const PAGE: &str = "docs/errors.md";
/// Rules whose errors have codes of their own, each in a `fn code`. Others of `core` name codes of fields.
const RULES: [&str; 7] = [
    "crates/core/src/identity/organization.rs",
    "crates/core/src/identity/workspace.rs",
    "crates/core/src/portal/access_request.rs",
    "crates/core/src/portal/application.rs",
    "crates/core/src/portal/application_change.rs",
    "crates/core/src/portal/client_secret.rs",
    "crates/core/src/portal/entitlement.rs",
];
/// Where the code of an action becomes that of an answer.
const PASSES_ON: &str = "crates/server/src/error.rs";

/// Codes and headings are the same.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let text = fs::read_to_string(tree.root.join(PAGE)).context("docs/errors.md is not there")?;
    let mut codes = BTreeMap::new();
    let mut findings = Vec::new();
    for file in tree.rust.iter().filter(|file| file.path.starts_with("crates") && !file.is_test()) {
        let mut found = Codes { rules: RULES.iter().any(|rule| file.path == Path::new(rule)), ..Codes::default() };
        found.visit_file(&file.syntax);
        for (code, line) in found.found {
            codes.entry(code).or_insert((file.path.clone(), line));
        }
        findings.extend(found.computed.into_iter().filter_map(|line| computed(file, line)));
    }
    findings.extend(compare(&codes, &text));
    Ok(findings)
}

fn computed(file: &RustFile, line: usize) -> Option<Finding> {
    let message = "an error code must be spelled where it is used, or be a rule's `code()`".to_owned();
    (file.path != Path::new(PASSES_ON)).then(|| Finding::new("error-codes", &file.path, line, message))
}

fn compare(codes: &BTreeMap<String, (PathBuf, usize)>, page: &str) -> Vec<Finding> {
    let headings: BTreeMap<&str, usize> =
        page.lines().zip(1..).filter_map(|(line, number)| Some((line.strip_prefix("### ")?, number))).collect();
    let unexplained = codes.iter().filter(|(code, _)| !headings.contains_key(code.as_str()));
    let mut findings: Vec<Finding> = unexplained
        .map(|(code, (file, line))| {
            let message = format!("{PAGE} has no heading `### {code}`: say what the error means and what to do");
            Finding::new("error-codes", file, *line, message).about(code)
        })
        .collect();
    let unused = headings.iter().filter(|(heading, _)| !codes.contains_key(**heading));
    findings.extend(unused.map(|(heading, line)| {
        Finding::new("error-codes", PAGE, *line, format!("nothing answers `{heading}`")).about(heading)
    }));
    findings
}
