//! `cargo xtask bench`: builds the release binaries and hands over to `bench/`.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::paths;
use crate::process;

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
    process::run(bench.args(&options.arguments))?;
    Ok(true)
}
