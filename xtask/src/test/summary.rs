//! Counting: one row a suite, and the closing line `N passed, N failed`.

use anyhow::Result;

use crate::output;

/// How a suite ended.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Count {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

/// All suites so far.
#[derive(Default)]
pub(crate) struct Summary {
    suites: Vec<(String, Count)>,
    errors: Vec<String>,
}

impl Summary {
    /// Adds the count of a suite.
    pub(crate) fn add(&mut self, suite: &str, count: Count) {
        self.suites.push((suite.to_owned(), count));
    }

    /// Runs a part that adds its own suites. What keeps it from running counts as a failure and the rest goes on.
    pub(crate) fn attempt(&mut self, part: &str, work: impl FnOnce(&mut Self) -> Result<()>) {
        if let Err(error) = work(self) {
            output::line(&format!("{part}: {error:#}"));
            self.errors.push(format!("{part}: {error:#}"));
            self.add(&format!("{part} (could not run)"), super::broken());
        }
    }

    /// Whether something ran and nothing failed: nothing at all is not a pass.
    pub(crate) fn passed(&self) -> bool {
        let total = self.total();
        total.failed == 0 && total.passed > 0
    }

    fn total(&self) -> Count {
        self.suites.iter().fold(Count::default(), |sum, (_, count)| Count {
            passed: sum.passed + count.passed,
            failed: sum.failed + count.failed,
            skipped: sum.skipped + count.skipped,
        })
    }

    /// Prints the table and the closing line.
    pub(crate) fn print(&self) {
        output::heading("Summary");
        let width = self.suites.iter().map(|(suite, _)| suite.len()).max().unwrap_or(0);
        for (suite, count) in &self.suites {
            output::line(&format!("{suite:width$}  {}", words(*count)));
        }
        for error in &self.errors {
            output::line(&format!("error: {error}"));
        }
        output::line("");
        output::line(&words(self.total()));
    }
}

fn words(count: Count) -> String {
    let skipped = if count.skipped > 0 { format!(", {} skipped", count.skipped) } else { String::new() };
    format!("{} passed, {} failed{skipped}", count.passed, count.failed)
}

/// Reads the count off the closing lines of a test runner. A runner that closes with none counts as one failure:
/// nothing passes by dying early.
pub(crate) fn read(output: &str, succeeded: Succeeded) -> Count {
    let mut count = Count::default();
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix("test result: ") {
            count.passed += number_before(rest, " passed");
            count.failed += number_before(rest, " failed");
            count.skipped += number_before(rest, " ignored");
        } else if let Some(rest) = line.strip_prefix("# pass ") {
            count.passed += rest.trim().parse().unwrap_or(0);
        } else if let Some(rest) = line.strip_prefix("# fail ") {
            count.failed += rest.trim().parse().unwrap_or(0);
        } else if let Some(rest) = line.strip_prefix("# skipped ") {
            count.skipped += rest.trim().parse().unwrap_or(0);
        }
    }
    if succeeded == Succeeded::No && count.failed == 0 {
        count.failed = 1;
    }
    count
}

/// Whether the program that printed the lines exited with 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Succeeded {
    Yes,
    No,
}

impl From<std::process::ExitStatus> for Succeeded {
    fn from(status: std::process::ExitStatus) -> Self {
        if status.success() { Self::Yes } else { Self::No }
    }
}

fn number_before(text: &str, word: &str) -> u32 {
    let end = text.find(word).unwrap_or(0);
    text[..end].rsplit(' ').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rust_and_tap() {
        let rust = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(read(rust, Succeeded::No), Count { passed: 12, failed: 3, skipped: 1 });
        let tap = "ok 1 - a\n# tests 5\n# pass 4\n# fail 0\n# skipped 1\n";
        assert_eq!(read(tap, Succeeded::Yes), Count { passed: 4, failed: 0, skipped: 1 });
    }

    #[test]
    fn a_runner_that_dies_counts_as_a_failure() {
        assert_eq!(read("thread panicked", Succeeded::No), Count { passed: 0, failed: 1, skipped: 0 });
    }

    #[test]
    fn nothing_run_is_not_a_pass() {
        let mut summary = Summary::default();
        assert!(!summary.passed());
        summary.add("a", Count { passed: 1, ..Count::default() });
        assert!(summary.passed());
    }
}
