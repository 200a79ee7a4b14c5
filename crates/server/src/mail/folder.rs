//! Delivers into a folder: one file per mail, for development, for tests, and for machines whose own mail program takes
//! mails from there.

use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use gatehouse_core::id::OutboxId;
use gatehouse_core::time::Timestamp;

use super::{Mail, message};

/// Where mails land.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    host: String,
}

impl Folder {
    /// A folder, made with the first mail; `host` stands in sender and message id.
    pub fn new(path: PathBuf, host: String) -> Self {
        Self { path, host }
    }

    /// Writes `ID.eml`, whole or not at all. A repetition replaces the file, so nobody reads a mail twice.
    pub fn deliver(&self, id: OutboxId, mail: &Mail, written: Timestamp) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let text = message::render(id, mail, &self.host, written);
        let unfinished = self.path.join(format!(".{id}.unfinished"));
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, self.path.join(format!("{id}.eml")))?;
        sync_folder(&self.path)
    }
}

/// A rename is durable once the folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_repetition_replaces_the_file() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path().join("a/mail"), "localhost".to_owned());
        let id: OutboxId = "out_01m81ewnr0er7s7nk74eycf1x7".parse().unwrap();
        let mail = Mail { to: "a@b.c".to_owned(), subject: "s".to_owned(), text: "one".to_owned() };
        folder.deliver(id, &mail, Timestamp::default()).unwrap();
        folder.deliver(id, &mail, Timestamp::default()).unwrap();
        let files: Vec<_> = std::fs::read_dir(parent.path().join("a/mail")).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].file_name().to_str(), Some("out_01m81ewnr0er7s7nk74eycf1x7.eml"));
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::fs::read_to_string(files[0].path()).unwrap().ends_with("\r\n\r\none\r\n"));
    }
}
