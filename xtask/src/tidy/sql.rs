//! SQL in one room: statements and engines nowhere but in `crates/store`, engines nowhere but in its `db/`.

use anyhow::Result;

use super::Finding;
use super::source::{RustFile, Tree};

const ENGINES: [&str; 3] = ["rusqlite", "tokio_postgres", "deadpool_postgres"];

/// What only a statement has, in the case that our statements are written in.
const STATEMENTS: [&[&str]; 6] = [
    &["SELECT ", " FROM "],
    &["INSERT INTO "],
    &["UPDATE ", " SET "],
    &["DELETE FROM "],
    &["CREATE TABLE "],
    &["DROP TABLE "],
];

/// No SQL outside the store.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in &tree.rust {
        let path = file.path.to_string_lossy();
        // The task runner names what it looks for.
        if path.starts_with("xtask/src/tidy/") {
            continue;
        }
        let in_store = path.starts_with("crates/store/");
        if !in_store {
            each_line(file, |line| STATEMENTS.iter().any(|words| has(line, words)), &mut |line| {
                let message = "SQL outside crates/store: make it a function of the table's file there".to_owned();
                findings.push(Finding::new("sql", &file.path, line, message));
            });
        }
        if !path.starts_with("crates/store/src/db/") {
            each_line(file, |line| ENGINES.iter().any(|engine| line.contains(&format!("{engine}::"))), &mut |line| {
                let message = "only crates/store/src/db knows that there are two engines".to_owned();
                findings.push(Finding::new("engine", &file.path, line, message));
            });
        }
    }
    Ok(findings)
}

fn each_line(file: &RustFile, wanted: impl Fn(&str) -> bool, found: &mut impl FnMut(usize)) {
    for (index, line) in file.text.lines().enumerate() {
        if !line.trim_start().starts_with("//") && wanted(line) {
            found(index + 1);
        }
    }
}

fn has(line: &str, words: &[&str]) -> bool {
    words.iter().all(|word| line.contains(word))
}
