//! The pages of docs/security name the tests that show what they say: each must be there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Finding;
use super::source::Tree;

const PAGES: &str = "docs/security";

/// Every file that a page names in backticks is one of ours, and every name after it one of its functions:
/// `` `flow.rs`: `prompts`, `cancel_is_an_answer` ``.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for page in tree.files.iter().filter(|path| path.starts_with(PAGES)) {
        let text = fs::read_to_string(tree.root.join(page))?;
        for (line, number) in text.lines().zip(1..) {
            let missing = named(line).into_iter().filter(|name| !is_there(tree, name));
            findings.extend(missing.map(|name| {
                let message = match &name.function {
                    Some(function) => format!("no `{}` has a function `{function}`", name.file),
                    None => format!("there is no `{}`", name.file),
                };
                Finding::new("named-tests", page, number, message).about(&name.file)
            }));
        }
    }
    Ok(findings)
}

/// A file, and perhaps a function of it, that a line names.
#[derive(Debug, PartialEq)]
struct Named {
    file: String,
    function: Option<String>,
}

fn named(line: &str) -> Vec<Named> {
    let (mut named, mut file) = (Vec::new(), None::<String>);
    // Text and what stands in backticks by turns.
    let parts: Vec<&str> = line.split('`').collect();
    for pair in parts.chunks_exact(2) {
        let (between, word) = (pair[0], pair[1]);
        if is_file(word) {
            file = Some(word.to_owned());
            named.push(Named { file: word.to_owned(), function: None });
        } else if matches!(between, ": " | ", ") && is_function(word) {
            let of = file.clone();
            named.extend(of.map(|file| Named { file, function: Some(word.to_owned()) }));
        } else {
            file = None;
        }
    }
    named
}

fn is_file(word: &str) -> bool {
    let is_ours = |ending: &str| matches!(ending, "rs" | "js" | "py");
    Path::new(word).extension().and_then(|ending| ending.to_str()).is_some_and(is_ours)
}

fn is_function(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_there(tree: &Tree, name: &Named) -> bool {
    let mut files = tree.files.iter().filter(|path| path.ends_with(&name.file));
    match &name.function {
        Some(function) => files.any(|path| has(tree, path, function)),
        None => files.next().is_some(),
    }
}

fn has(tree: &Tree, path: &PathBuf, function: &str) -> bool {
    let signature = format!("fn {function}(");
    tree.rust.iter().any(|file| file.path == *path && file.text.contains(&signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_files_and_functions() {
        let line =
            "| x `y` | z | `a.rs`: `one`, `two` (property); `b/c.rs`: `three`; `j.test.js`, and `other`; `d.rs` |";
        let of =
            |file: &str, function: Option<&str>| Named { file: file.into(), function: function.map(str::to_owned) };
        let expected = [
            of("a.rs", None),
            of("a.rs", Some("one")),
            of("a.rs", Some("two")),
            of("b/c.rs", None),
            of("b/c.rs", Some("three")),
            of("j.test.js", None),
            of("d.rs", None),
        ];
        assert_eq!(named(line), expected);
        assert!(named("| `prompt=none` | `iss`, `sub` | `Bearer` |").is_empty());
    }
}
