//! `cargo xtask tidy`: the budgets and habits of ARCHITECTURE.md, checked.

mod arrows;
mod budgets;
mod error_codes;
mod exceptions;
mod functions;
mod migrations;
mod named_tests;
mod reach;
mod routes;
mod source;
mod sql;
mod store_tests;
mod words;

use std::path::PathBuf;

use anyhow::Result;

use crate::output;
use crate::paths;
use source::Tree;

/// Something to mend.
#[derive(Debug)]
pub(crate) struct Finding {
    rule: &'static str,
    file: PathBuf,
    line: usize,
    /// The function or name that it is about, if it is about one: what an exception may name.
    item: String,
    message: String,
}

impl Finding {
    fn new(rule: &'static str, file: impl Into<PathBuf>, line: usize, message: String) -> Self {
        Self { rule, file: file.into(), line, item: String::new(), message }
    }

    fn about(mut self, item: &str) -> Self {
        item.clone_into(&mut self.item);
        self
    }
}

type Check = fn(&Tree) -> Result<Vec<Finding>>;

const CHECKS: [Check; 11] = [
    budgets::check,
    functions::check,
    arrows::check,
    sql::check,
    reach::check,
    routes::check,
    error_codes::check,
    store_tests::check,
    migrations::check,
    named_tests::check,
    words::check,
];

/// Checks the tree; true when there is nothing to mend.
pub(crate) fn run() -> Result<bool> {
    let root = paths::root()?;
    let tree = source::load(&root)?;
    let mut findings = Vec::new();
    for check in CHECKS {
        findings.extend(check(&tree)?);
    }
    let mut findings = exceptions::apply(&root, findings)?;
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    for finding in &findings {
        output::line(&format!("{}:{}: [{}] {}", finding.file.display(), finding.line, finding.rule, finding.message));
    }
    output::line(&format!("tidy: {} files, {} to mend", tree.files.len(), findings.len()));
    Ok(findings.is_empty())
}
