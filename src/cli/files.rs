//! Folders and files that only the user of the process may read.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;

/// Makes a folder of mode 0700, unless it is there.
pub(super) fn make_folder(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| {
        format!("the folder {} cannot be made: choose one that this user may write to", path.display())
    })
}

/// Writes a file of mode 0600 whole or not at all: beside it first, then over it.
pub(super) fn write_private(path: &Path, content: &str) -> anyhow::Result<()> {
    replace(path, content)
        .with_context(|| format!("{} cannot be written: choose a folder that this user may write to", path.display()))
}

fn replace(path: &Path, content: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    // The mode above counts only for a new file; one that a crash left behind may be readable by others.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_private_and_replaced_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("a/b");
        make_folder(&inner).expect("made");
        make_folder(&inner).expect("is there already");
        assert_eq!(fs::metadata(&inner).expect("there").permissions().mode() & 0o777, 0o700);
        let file = inner.join("secret");
        fs::write(inner.join("secret.new"), "left behind").expect("written");
        write_private(&file, "1").expect("written");
        write_private(&file, "2").expect("written over");
        assert_eq!(fs::read_to_string(&file).expect("read"), "2");
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        assert!(!inner.join("secret.new").exists());
    }
}
