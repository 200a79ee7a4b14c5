//! `gatehouse config`, and what every command says about a wrong configuration.

use std::fs;

use crate::support::process::{gatehouse, refused, run};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn prints_what_is_in_force_and_masks_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("secret_prefix = \"acme\"\nkey_encryption_keys = [\"{KEY}\"]\n");
    fs::write(folder.path().join("gatehouse.toml"), file).expect("written");
    let mut command = gatehouse(folder.path(), &["config", "print", "--log-level", "debug"]);
    let output = command.env("GATEHOUSE_DATABASE_URL", "postgres://me:hunter2@db/x").output().expect("it runs");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{printed}");
    for line in ["secret_prefix = \"acme\"", "log_level = \"debug\"", "key_encryption_keys = [\"********\"]"] {
        assert!(printed.lines().any(|printed| printed == line), "{printed}");
    }
    assert!(!printed.contains("hunter2") && !printed.contains(KEY), "{printed}");
}

#[test]
fn names_the_nearest_known_key() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("gatehouse.toml"), "portal_ulr = \"https://a.example\"\n").expect("written");
    for arguments in [&["config", "check"][..], &["serve"], &["migrate"], &["users", "list"]] {
        let (code, error) = refused(gatehouse(folder.path(), arguments));
        assert_eq!((code, error.contains("did you mean `portal_url`?")), (2, true), "{arguments:?}: {error}");
    }
    let mut command = gatehouse(folder.path(), &["config", "check", "--config", "/dev/null"]);
    command.env("GATEHOUSE_LISTN", "x");
    let (code, error) = refused(command);
    assert_eq!((code, error.contains("did you mean GATEHOUSE_LISTEN?")), (2, true), "{error}");
}

#[test]
fn a_folder_without_an_installation_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, error) = refused(gatehouse(folder.path(), &["requests", "list"]));
    assert_eq!((code, error.contains("there is no Gatehouse in this folder")), (2, true), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was begun");
}

#[test]
fn says_where_a_mistake_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, error) = refused(gatehouse(folder.path(), &["config", "check", "--config", "missing.toml"]));
    assert_eq!((code, error.contains("missing.toml cannot be read")), (2, true), "{error}");
    fs::write(folder.path().join("bad.toml"), "listen = [").expect("written");
    let (code, error) = refused(gatehouse(folder.path(), &["config", "check", "--config", "bad.toml"]));
    assert_eq!((code, error.contains("bad.toml is not TOML")), (2, true), "{error}");
    fs::write(folder.path().join("bad.toml"), [0xff, 0xfe, 0x00]).expect("written");
    let (code, error) = refused(gatehouse(folder.path(), &["config", "check", "--config", "bad.toml"]));
    assert_eq!((code, error.contains("bad.toml cannot be read")), (2, true), "{error}");
}

#[test]
fn a_wrong_call_is_told_from_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(refused(gatehouse(folder.path(), &["srve"])).0, 2);
    assert_eq!(refused(gatehouse(folder.path(), &["serve", "--unknown"])).0, 2);
    assert_eq!(refused(gatehouse(folder.path(), &["migrate", "--database-url", "sqlite:/proc/x"])).0, 1);
    let version = run(folder.path(), &["version", "--json"]);
    let version: serde_json::Value = serde_json::from_slice(&version.stdout).expect("JSON");
    assert_eq!(version["name"], "gatehouse");
}
