//! Python packages of the foreign judges and of the mail server in the integration tests, in an environment under
//! target/.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::output;
use crate::paths;
use crate::process;
use crate::test::install::Missing;

/// Where the judges in Python live.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("tests/clients/python")
}

/// The Python of the judges' own environment.
pub(crate) fn interpreter(root: &Path) -> PathBuf {
    environment(root).join("bin/python")
}

/// How the integration tests find it.
pub(crate) fn variable(root: &Path) -> (&'static str, String) {
    ("GATEHOUSE_TEST_PYTHON", interpreter(root).display().to_string())
}

fn environment(root: &Path) -> PathBuf {
    paths::target(root).join("clients/python")
}

/// Makes the environment, unless it already holds what is required.
pub(crate) fn install(root: &Path, missing: Missing) -> Result<()> {
    let requirements = folder(root).join("requirements.txt");
    let wanted = fs::read(&requirements)?;
    let environment = environment(root);
    let stamp = environment.join("installed-requirements.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) && interpreter(root).exists() {
        output::line("Python packages are as required.");
        return Ok(());
    }
    if missing == Missing::Refuse {
        bail!("the Python packages of {} are not installed in {}", requirements.display(), environment.display());
    }
    output::line("Installing Python packages.");
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = Command::new(interpreter(root));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
    process::run(pip.arg(&requirements))?;
    fs::write(stamp, wanted)?;
    Ok(())
}
