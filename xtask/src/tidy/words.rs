//! Words that must not stay: unfinished code, sleeping or ignored tests, one machine's paths and registries.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Finding;
use super::source::{RustFile, Tree};

/// In Rust, anywhere.
const UNFINISHED: [(&str, &str); 6] = [
    ("todo!(", "finish it, or leave it out"),
    ("unimplemented!(", "finish it, or leave it out"),
    ("#[ignore", "mend the test, or remove it"),
    ("#[allow(", "`#[expect(…, reason = …)]` says why and goes away when it is no longer true"),
    ("TODO", "do it, or write it down where work is tracked"),
    ("FIXME", "mend it"),
];

/// In Rust tests.
const SLEEPING: [&str; 2] = ["thread::sleep(", "time::sleep("];

/// In any file: paths of one machine.
const MACHINE_PATHS: [&str; 4] = ["/root/", "/work/", "/home/", "/Users/"];

/// In lock files: where a package came from is the business of the machine that installs it.
const LOCKED_ADDRESSES: [(&str, &str); 4] = [
    ("package-lock.json", "\"resolved\""),
    ("package-lock.json", "https://registry"),
    ("requirements.txt", "://"),
    ("requirements.txt", "--index-url"),
];

const CRATES_IO: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Files that would turn an install towards another registry.
const REGISTRY_SETTINGS: [&str; 3] = [".npmrc", "pip.conf", ".cargo/credentials.toml"];

/// Reads every text file.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in &tree.files {
        // The task runner names what it looks for.
        if path.starts_with("xtask/src/tidy") {
            continue;
        }
        if REGISTRY_SETTINGS.iter().any(|setting| path.ends_with(setting)) {
            let message = "settings of one machine's registries do not belong here".to_owned();
            findings.push(Finding::new("registry", path, 1, message));
        }
        let Ok(text) = fs::read_to_string(tree.root.join(path)) else { continue };
        for (index, line) in text.lines().enumerate() {
            findings.extend(in_any_file(path, line).map(|message| Finding::new("words", path, index + 1, message)));
        }
    }
    for file in tree.rust.iter().filter(|file| !file.path.starts_with("xtask/src/tidy")) {
        in_rust(file, &mut findings);
    }
    Ok(findings)
}

fn in_any_file(path: &Path, line: &str) -> Option<String> {
    if let Some(word) = MACHINE_PATHS.iter().find(|word| stands_alone(line, word)) {
        return Some(format!("`{word}` is a path of one machine"));
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if let Some((_, word)) = LOCKED_ADDRESSES.iter().find(|(file, word)| *file == name && line.contains(word)) {
        return Some(format!("`{word}` ties the lock to one machine's registry: leave the address out"));
    }
    if name == "Cargo.lock" && line.starts_with("source = ") && line != CRATES_IO {
        return Some("a package from elsewhere than crates.io".to_owned());
    }
    None
}

/// Not in the middle of an address or a longer path: `example.com/work/` is no path of a machine.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || matches!(before, '.' | '_' | '-' | '}' | ']' | '*'))
    })
}

fn in_rust(file: &RustFile, findings: &mut Vec<Finding>) {
    let tests = file.inline_tests();
    for (index, line) in file.text.lines().enumerate() {
        let number = index + 1;
        if let Some((word, advice)) = UNFINISHED.iter().find(|(word, _)| line.contains(word)) {
            findings.push(Finding::new("words", &file.path, number, format!("`{word}`: {advice}")).about(word));
        }
        let in_test = file.is_test() || tests.is_some_and(|(first, last)| (first..=last).contains(&number));
        if in_test && SLEEPING.iter().any(|word| line.contains(word)) {
            let message = "a test that sleeps: wait for the thing itself, or move the clock".to_owned();
            findings.push(Finding::new("sleep", &file.path, number, message));
        }
    }
}
