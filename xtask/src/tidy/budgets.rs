//! Lengths of files.

use anyhow::Result;

use super::Finding;
use super::source::Tree;

const LONGEST_FILE: usize = 400;
const LONG_FILE: usize = 250;
const MEDIAN_FILE: usize = 100;
const LONGEST_INLINE_TESTS: usize = 150;

/// No file over 400 lines, nine in ten under 250, the median under 100; long tests in a file of their own. For the
/// median, tests inside a file do not count: it is about what one has to read to know a module.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let (mut lengths, mut code): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    for file in &tree.rust {
        let length = file.text.lines().count();
        lengths.push(length);
        code.push(file.inline_tests().map_or(length, |(first, last)| length - (last - first)));
        if length > LONGEST_FILE {
            let message = format!("{length} lines; at most {LONGEST_FILE}: split it by endpoint, page, action or rule");
            findings.push(Finding::new("file-length", &file.path, length, message));
        }
        if let Some((first, last)) = file.inline_tests()
            && last - first > LONGEST_INLINE_TESTS
        {
            let message = format!("{} lines of tests: move them to {}/tests.rs", last - first, file.module());
            findings.push(Finding::new("inline-tests", &file.path, first, message));
        }
    }
    code.sort_unstable();
    let median = code.get(code.len() / 2).copied().unwrap_or(0);
    if median >= MEDIAN_FILE {
        let message = format!("the median file has {median} lines; under {MEDIAN_FILE} is the budget");
        findings.push(Finding::new("file-median", "ARCHITECTURE.md", 1, message));
    }
    let long = lengths.iter().filter(|length| **length >= LONG_FILE).count();
    if long * 10 > lengths.len() {
        let message = format!("{long} of {} files have {LONG_FILE} lines or more; one in ten may", lengths.len());
        findings.push(Finding::new("file-share", "ARCHITECTURE.md", 1, message));
    }
    Ok(findings)
}
