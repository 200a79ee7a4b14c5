//! Node packages of the foreign judges, exactly as locked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::output;
use crate::process;
use crate::test::install::Missing;

/// Where the judges in Node live.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("tests/clients/node")
}

/// `npm ci`, unless the installed packages already are those of the lock.
pub(crate) fn install(root: &Path, missing: Missing) -> Result<()> {
    let folder = folder(root);
    let lock = fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        output::line("Node packages are as locked.");
        return Ok(());
    }
    if missing == Missing::Refuse {
        bail!("the Node packages of {} are not installed: run `npm ci` there", folder.display());
    }
    output::line("Installing Node packages.");
    process::run(Command::new("npm").current_dir(&folder).args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(stamp, lock)?;
    Ok(())
}
