//! `dev.env`: everything that a program needs to talk to the installation, as `KEY=value` lines.
//!
//! It is the only place where the secrets of a development start live, so it is trusted only when it is whole: a
//! digest of its values is kept in the database, and when the two differ everything in it is made anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use gatehouse_core::secret::Secret;

use crate::cli::files::write_private;

/// Every key, in the order of the file.
pub(super) const KEYS: [&str; 22] = [
    "GATEHOUSE_URL",
    "ISSUER",
    "TOKEN_URL",
    "API_URL",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "SCOPE",
    "TEST_ID",
    "SESSION_ID",
    "ADMIN_EMAIL",
    "ADMIN_PASSWORD",
    "REVIEWER_EMAIL",
    "REVIEWER_PASSWORD",
    "DEVELOPER_EMAIL",
    "DEVELOPER_PASSWORD",
    "CUSTOMER_EMAIL",
    "CUSTOMER_PASSWORD",
    "WEB_CLIENT_ID",
    "WEB_CLIENT_SECRET",
    "WEB_REDIRECT_URI",
    "DEVICE_CLIENT_ID",
    "OPERATOR_KEY",
];

/// The values, all of them or none.
#[derive(Clone)]
pub(super) struct EnvFile(BTreeMap<&'static str, Secret>);

impl EnvFile {
    /// From a value per key.
    pub(super) fn new(value: impl Fn(&'static str) -> Secret) -> Self {
        Self(KEYS.into_iter().map(|key| (key, value(key))).collect())
    }

    /// `None` when there is no file or it lacks a key.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let lines: BTreeMap<&str, &str> =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')).collect();
        let values = KEYS.into_iter().map(|key| Some((key, Secret::new((*lines.get(key)?).to_owned()))));
        values.collect::<Option<BTreeMap<_, _>>>().map(Self)
    }

    /// Replaces the file, readable by its owner only.
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut text = String::from("# Made by `gatehouse dev`. Holds secrets of this installation.\n");
        for key in KEYS {
            text.push_str(&format!("{key}={}\n", self.get(key)));
        }
        write_private(path, &text)
    }

    /// One value.
    pub(super) fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", Secret::expose)
    }

    /// What the database keeps of it: enough to tell a changed file, nothing to learn the secrets from.
    pub(super) fn digest(&self) -> String {
        let text: String = KEYS.iter().map(|key| format!("{key}={}\n", self.get(key))).collect();
        digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote_and_nothing_less() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dev.env");
        assert!(EnvFile::read(&path).is_none());
        let env = EnvFile::new(|key| Secret::new(format!("{key}=value of {key}")));
        env.write(&path).expect("written");
        assert_eq!(EnvFile::read(&path).expect("whole").digest(), env.digest());
        let text = fs::read_to_string(&path).expect("read");
        for key in KEYS {
            fs::write(&path, text.replace(&format!("\n{key}="), "\nX=")).expect("written");
            assert!(EnvFile::read(&path).is_none_or(|read| read.digest() != env.digest()), "{key}");
        }
        fs::write(&path, [0xff, 0x00]).expect("written");
        assert!(EnvFile::read(&path).is_none());
    }
}
