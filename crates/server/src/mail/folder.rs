//! Delivers into a folder: one file per mail, for development, for tests, and for machines whose own mail program takes
//! mails from there.

use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::message::{self, Charset};
use super::{Failure, Letter, Letterhead};

/// Where mails land.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    letterhead: Letterhead,
}

impl Folder {
    /// A folder, made with the first mail.
    pub(crate) fn new(path: PathBuf, letterhead: Letterhead) -> Self {
        Self { path, letterhead }
    }

    /// The same as [`Folder::deliver`] where others run beside it.
    pub(super) async fn deliver_off_thread(&self, letter: &Letter) -> Result<(), Failure> {
        let (folder, letter) = (self.clone(), letter.clone());
        let delivered = tokio::task::spawn_blocking(move || folder.deliver(&letter)).await;
        let postponed = |error: &dyn std::fmt::Display| Failure::Postponed(format!("the mail folder: {error}"));
        delivered.map_err(|error| postponed(&error))?.map_err(|error| postponed(&error))
    }

    /// Writes `ID.eml`, whole or not at all. A repetition replaces the file, so nobody reads a mail twice.
    fn deliver(&self, letter: &Letter) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let text = message::render(letter, &self.letterhead, Charset::Utf8);
        let unfinished = self.path.join(format!(".{}.unfinished", letter.id));
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, self.path.join(format!("{}.eml", letter.id)))?;
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

    use gatehouse_core::time::Timestamp;

    use super::*;
    use crate::config::Mailbox;
    use crate::mail::Mail;

    #[test]
    fn a_repetition_replaces_the_file() {
        let parent = tempfile::tempdir().unwrap();
        let from = Mailbox { name: String::new(), address: "a@b.c".to_owned() };
        let letterhead = Letterhead { from, reply_to: None, host: "localhost".to_owned() };
        let folder = Folder::new(parent.path().join("a/mail"), letterhead);
        let mail = Mail { to: "a@b.c".to_owned(), subject: "s".to_owned(), text: "one".to_owned() };
        let id = "out_01m81ewnr0er7s7nk74eycf1x7".parse().unwrap();
        let letter = Letter { id, mail, written: Timestamp::default() };
        folder.deliver(&letter).unwrap();
        folder.deliver(&letter).unwrap();
        let files: Vec<_> = std::fs::read_dir(parent.path().join("a/mail")).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].file_name().to_str(), Some("out_01m81ewnr0er7s7nk74eycf1x7.eml"));
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::fs::read_to_string(files[0].path()).unwrap().ends_with("\r\n\r\none\r\n"));
    }
}
