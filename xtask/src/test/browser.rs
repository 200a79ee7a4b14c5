//! Pages and journeys in Chromium, against the started binary: `tests/e2e`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::output;
use crate::process;
use crate::test::server::Server;
use crate::test::summary::Summary;
use crate::test::{rust, server};

/// What the distributions call it.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Name and file of each suite.
const SUITES: [(&str, &str); 10] = [
    ("browser: the checks themselves", "harness.test.js"),
    ("browser: pages", "pages.test.js"),
    ("browser: set-up", "set-up.test.js"),
    ("browser: journey 1, from nothing to the first API call", "journey-1.test.js"),
    ("browser: journey 4, a customer authorizes an application", "journey-4.test.js"),
    ("browser: signing in", "sign-in.test.js"),
    ("browser: passkeys", "passkeys.test.js"),
    ("browser: recovery codes", "recovery-codes.test.js"),
    ("browser: a secret by link", "reveal.test.js"),
    ("browser: oidc-client-ts in a page", "single-page.test.js"),
];

/// Where the tests live.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("tests/e2e")
}

/// Where Chromium is.
pub(crate) fn chromium() -> Option<PathBuf> {
    PROGRAMS.into_iter().find_map(process::find)
}

/// Starts the server and runs every suite; `filter` is a part of a test's name.
pub(crate) fn run(root: &Path, filter: &[String], summary: &mut Summary) -> Result<()> {
    output::heading("Browser");
    let server = server::start(root, "browser")?;
    for (suite, file) in SUITES {
        output::heading(suite);
        let mut command = node(root, &server)?;
        command.args(["--test", "--test-reporter=tap"]);
        command.args(filter.iter().map(|name| format!("--test-name-pattern={name}"))).arg(file);
        summary.add(suite, rust::counted(&mut command)?);
    }
    Ok(())
}

/// Node in the folder of the tests, told where everything is.
pub(crate) fn node(root: &Path, server: &Server) -> Result<Command> {
    let mut command = Command::new("node");
    command.current_dir(folder(root)).envs(&server.env);
    command.env("BINARY", &server.binary).env("DATA_FOLDER", &server.data);
    command.env("CHROMIUM", chromium().context("there is no Chromium")?);
    // Nothing but 127.0.0.1 is asked for, whatever proxy this machine has.
    command.env("NO_PROXY", "*").env("no_proxy", "*");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    #[test]
    fn every_file_of_tests_is_in_the_list() {
        let folder = folder(&paths::root().expect("the repository"));
        let names = std::fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("an entry").file_name());
        let names = names.map(|name| name.into_string().expect("text")).filter(|name| name.ends_with(".test.js"));
        let unlisted: Vec<String> = names.filter(|name| SUITES.iter().all(|(_, file)| file != name)).collect();
        assert!(unlisted.is_empty(), "these never run: {unlisted:?}");
    }
}
