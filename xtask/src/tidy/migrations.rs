//! Migrations in step: the same files for both engines, the same tables, columns and rules in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Finding;
use super::source::Tree;

const SQLITE: &str = "crates/store/migrations/sqlite";
const POSTGRES: &str = "crates/store/migrations/postgres";

/// Both folders say the same.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let names = |folder: &str| -> BTreeSet<String> {
        let files = tree.files.iter().filter(|file| file.parent() == Some(Path::new(folder)));
        files.filter_map(|file| Some(file.file_name()?.to_str()?.to_owned())).collect()
    };
    let (sqlite, postgres) = (names(SQLITE), names(POSTGRES));
    let mut findings = Vec::new();
    for name in sqlite.symmetric_difference(&postgres) {
        let (has, lacks) = if sqlite.contains(name) { (SQLITE, POSTGRES) } else { (POSTGRES, SQLITE) };
        let message = format!("{lacks} has no such file: each migration is written for both engines");
        findings.push(Finding::new("migrations", Path::new(has).join(name), 1, message));
    }
    for name in sqlite.intersection(&postgres) {
        findings.extend(compare(tree, name)?);
    }
    Ok(findings)
}

fn compare(tree: &Tree, name: &str) -> Result<Option<Finding>> {
    let read = |folder: &str| fs::read_to_string(tree.root.join(folder).join(name));
    let (sqlite, postgres) = (statements(&read(SQLITE)?), statements(&read(POSTGRES)?));
    let length = sqlite.len().max(postgres.len());
    for index in 0..length {
        let (left, right) = (sqlite.get(index), postgres.get(index));
        if left.map(|line| &line.1) != right.map(|line| &line.1) {
            let at = left.map_or(1, |line| line.0);
            let other = right.map_or_else(|| "nothing".to_owned(), |line| format!("line {}: {}", line.0, line.1));
            let message = format!("not in step with {POSTGRES}/{name} ({other})");
            return Ok(Some(Finding::new("migrations", Path::new(SQLITE).join(name), at, message)));
        }
    }
    Ok(None)
}

/// Lines with their numbers, without comments, blanks and what the engines spell differently.
fn statements(text: &str) -> Vec<(usize, String)> {
    let spelled = [
        (" COLLATE \"C\"", ""),
        ("BYTEA", "BLOB"),
        ("BIGINT", "INTEGER"),
        (") STRICT;", ");"),
        ("X'", "'"),
        ("'\\x", "'"),
    ];
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("--"));
    let neutral = code.map(|(index, line)| {
        let line = spelled.iter().fold(line.to_owned(), |line, (from, to)| line.replace(from, to));
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",");
        (index + 1, words)
    });
    neutral.filter(|(_, line)| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_spellings_are_equal() {
        let sqlite = "-- note\nCREATE TABLE a (\n  x  TEXT NOT NULL,\n  h BLOB\n) STRICT;\n";
        let postgres = "CREATE TABLE a (\n x TEXT COLLATE \"C\" NOT NULL,\n\n h BYTEA\n);\n";
        let texts = |text| statements(text).into_iter().map(|line| line.1).collect::<Vec<_>>();
        assert_eq!(texts(sqlite), texts(postgres));
        assert_ne!(texts(sqlite), texts("CREATE TABLE a (\n x TEXT,\n h BYTEA\n);\n"));
    }
}
