//! Node packages of the foreign judges and of the browser tests, exactly as locked.

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

/// `npm ci` in `folder`, unless the installed packages already are those of the lock.
pub(crate) fn install(folder: &Path, missing: Missing) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        output::line(&format!("Node packages of {} are as locked.", folder.display()));
        return Ok(());
    }
    if missing == Missing::Refuse {
        bail!("the Node packages of {} are not installed: run `npm ci` there", folder.display());
    }
    output::line(&format!("Installing the Node packages of {}.", folder.display()));
    process::run(Command::new("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(stamp, lock)?;
    Ok(())
}
