//! `cargo xtask bench`: builds the release binaries, starts a PostgreSQL where a row needs one, and hands over to `bench/`.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::paths;
use crate::process;
use crate::test::install::{self, Missing};
use crate::test::postgres::{self, Commits};

/// Passed on to the harness.
#[derive(Args)]
pub(crate) struct Options {
    /// Options of the harness; `cargo xtask bench -- --help` lists them.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Builds and measures; the harness prints the table.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let root = paths::root()?;
    let mut build = Command::new(paths::cargo());
    build.current_dir(&root).args(["build", "--release", "--locked", "--bin", "gatehouse"]);
    process::run(build.args(["--package", "gatehouse", "--package", "gatehouse-bench", "--bin", "gatehouse-bench"]))?;
    let folder = paths::target(&root);
    let mut bench = Command::new(folder.join("release/gatehouse-bench"));
    bench
        .current_dir(&root)
        .arg("--binary")
        .arg(folder.join("release/gatehouse"))
        .arg("--out")
        .arg(folder.join("bench"));
    // Stopped when it is dropped, after the measuring.
    let database = if writes(&options.arguments) { Some(database()?) } else { None };
    if let Some(database) = &database {
        bench.env(postgres::VARIABLE, &database.url);
    }
    process::run(bench.args(&options.arguments))?;
    Ok(true)
}

/// Whether row P5 is measured, which is about durable writes.
fn writes(arguments: &[String]) -> bool {
    let rows = arguments.iter().enumerate().filter_map(|(at, argument)| match argument.strip_prefix("--only") {
        Some("") => arguments.get(at + 1).map(String::as_str),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    let mut rows = rows.flat_map(|rows| rows.split(',')).peekable();
    let helps = arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    !helps && (rows.peek().is_none() || rows.any(|row| row == "p5"))
}

fn database() -> Result<postgres::Database> {
    install::ensure(&postgres::needs(), Missing::Install)?;
    postgres::start(Commits::Durable)
}

#[cfg(test)]
mod tests {
    use super::writes;

    #[test]
    fn knows_whether_durable_writes_are_measured() {
        for (arguments, expected) in [
            ("", true),
            ("--quick", true),
            ("--only p5", true),
            ("--only=p1,p5 --quick", true),
            ("--only p1,p7", false),
            ("--quick --only=p8", false),
            ("--help", false),
        ] {
            let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
            assert_eq!(writes(&arguments), expected, "{arguments:?}");
        }
    }
}
