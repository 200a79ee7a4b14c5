//! The Rust tests: built once, each program run with its output passed on and counted.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::output;
use crate::paths;
use crate::process;
use crate::test::summary::{Count, Succeeded, read};

/// A built test program.
pub(crate) struct Program {
    /// The name in the summary, such as `gatehouse-core (lib)`.
    pub(crate) suite: String,
    executable: PathBuf,
    folder: PathBuf,
}

impl Program {
    /// Whether it is the one integration-test binary.
    pub(crate) fn is_integration(&self) -> bool {
        self.suite == "gatehouse (it)"
    }
}

/// One line of `cargo --message-format=json`.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds every test of the workspace and the binaries that they start.
pub(crate) fn build(root: &Path) -> Result<Vec<Program>> {
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(root).args(["test", "--workspace", "--locked", "--no-run"]);
    cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let messages = process::stdout(&mut cargo)?;
    let mut programs: Vec<Program> = messages.lines().filter_map(program).collect();
    // The integration tests last: what they rest on fails first.
    programs.sort_by_key(|program| (program.is_integration(), program.suite.clone()));
    Ok(programs)
}

fn program(line: &str) -> Option<Program> {
    let message: Message = serde_json::from_str(line).ok()?;
    let (target, folder) = (message.target?, message.manifest_path?.parent()?.to_owned());
    let executable = message.executable.filter(|_| message.profile.is_some_and(|profile| profile.test))?;
    let package = if folder.join("src/main.rs").is_file() && folder.join("crates").is_dir() {
        "gatehouse".to_owned()
    } else {
        folder.file_name()?.to_str()?.to_owned()
    };
    let what = if target.kind.iter().any(|kind| kind == "test") { target.name } else { target.kind.join(", ") };
    Some(Program { suite: format!("{package} ({what})"), executable, folder })
}

/// Runs one program; its lines are shown as they come.
pub(crate) fn run(program: &Program, variables: &[(&str, String)], filter: &[String]) -> Result<Count> {
    let mut command = Command::new(&program.executable);
    command.current_dir(&program.folder).args(filter);
    command.env("CARGO_MANIFEST_DIR", &program.folder).envs(variables.iter().cloned());
    counted(&mut command)
}

/// The examples in doc comments, one row for all crates.
pub(crate) fn doc_tests(root: &Path) -> Result<Vec<(String, Count)>> {
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(root).args(["test", "--workspace", "--locked", "--doc", "--no-fail-fast"]);
    Ok(vec![("doc examples".to_owned(), counted(&mut cargo)?)])
}

/// Runs a test runner, shows its lines and reads the count off them.
pub(crate) fn counted(command: &mut Command) -> Result<Count> {
    let name = process::shown(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    let mut text = String::new();
    let mut reader = BufReader::new(child.stdout.take().context("its output is a pipe")?);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        let line = String::from_utf8_lossy(&bytes).into_owned();
        output::line(line.trim_end());
        text.push_str(&line);
        bytes.clear();
    }
    Ok(read(&text, Succeeded::from(child.wait()?)))
}
