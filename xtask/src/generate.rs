//! `cargo xtask generate`: references that the binary writes about itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::output;
use crate::paths;
use crate::process;

/// How to generate.
#[derive(Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not as generated.
    #[arg(long)]
    check: bool,
}

/// What `gatehouse generate NAME` prints, and where it belongs.
const REFERENCES: [(&str, &str); 3] = [
    ("manage-openapi", "docs/reference/manage-openapi.json"),
    ("config-reference", "docs/reference/configuration.md"),
    ("cli-reference", "docs/reference/cli.md"),
];

/// Writes or checks the references; true when all are (now) as generated.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let root = paths::root()?;
    let mut build = Command::new(paths::cargo());
    process::run(build.current_dir(&root).args(["build", "--locked", "--quiet", "--bin", "gatehouse"]))?;
    let mut fresh = true;
    for (name, file) in REFERENCES {
        let text = process::stdout(
            Command::new(paths::target(&root).join("debug/gatehouse")).current_dir(&root).args(["generate", name]),
        )?;
        fresh &= if options.check { is_current(&root, file, &text) } else { write(&root, file, &text)? };
    }
    if fresh && options.check {
        output::line(&format!("{} generated files are current.", REFERENCES.len()));
    }
    Ok(fresh)
}

fn is_current(root: &Path, file: &str, text: &str) -> bool {
    let current = fs::read_to_string(root.join(file)).is_ok_and(|old| old == text);
    if !current {
        output::line(&format!("{file}: not as generated; run `cargo xtask generate` and commit the file"));
    }
    current
}

fn write(root: &Path, file: &str, text: &str) -> Result<bool> {
    let path = root.join(file);
    fs::create_dir_all(path.parent().context("a reference lies in a folder")?)?;
    fs::write(&path, text)?;
    output::line(&format!("wrote {file}"));
    Ok(true)
}
