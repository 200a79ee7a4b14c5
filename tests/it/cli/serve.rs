//! `gatehouse serve` and `gatehouse migrate`.

use std::fs;
use std::path::Path;

use crate::support::process::{Running, free_port, gatehouse, refused, run};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn configure(folder: &Path, text: &str) {
    fs::write(folder.join("gatehouse.toml"), text).expect("written");
}

#[test]
fn refuses_to_start_half_configured() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = format!("key_encryption_keys = [\"{KEY}\"]\n");
    for (configuration, missing) in [
        ("", "`portal_url` is needed"),
        ("portal_url = \"https://a.example\"\n", "`key_encryption_keys`"),
        (key.as_str(), "`portal_url` is needed"),
        (&format!("{key}portal_url = \"http://a.example\"\n"), "plain http is for loopback hosts only"),
        (&format!("{key}portal_url = \"http://192.0.2.1\"\n"), "plain http is for loopback hosts only"),
        (
            &format!("{key}portal_url = \"http://localhost:1\"\nlisten = [\"0.0.0.0:0\"]\n"),
            "`listen` must be a loopback address",
        ),
        (&format!("{key}issuer_url = \"https://a.example\"\n"), "`issuer_url` is given without `portal_url`"),
    ] {
        configure(folder.path(), configuration);
        let (code, error) = refused(gatehouse(folder.path(), &["serve"]));
        assert_eq!((code, error.contains(missing)), (2, true), "{configuration}: {error}");
        assert!(!folder.path().join("gatehouse-data").exists(), "nothing was made");
    }
}

#[test]
fn says_what_to_do_about_a_port_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it is bound");
    configure(
        folder.path(),
        &format!("key_encryption_keys = [\"{KEY}\"]\nportal_url = \"http://localhost:1\"\nlisten = [\"{address}\"]\n"),
    );
    let (code, error) = refused(gatehouse(folder.path(), &["serve"]));
    assert_eq!((code, error.contains(&format!("port {} is in use", address.port()))), (1, true), "{error}");
}

#[test]
fn migrates_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = String::from_utf8(run(folder.path(), &["migrate"]).stdout).expect("UTF-8");
    assert!(first.starts_with("ran 0001"), "{first}");
    let second = String::from_utf8(run(folder.path(), &["migrate"]).stdout).expect("UTF-8");
    assert_eq!(second, "the database is up to date\n");
}

#[test]
fn writes_no_secret_and_stops_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    configure(
        folder.path(),
        &format!(
            "key_encryption_keys = [\"{KEY}\"]\nportal_url = \"http://localhost:{port}\"\n\
             listen = [\"127.0.0.1:{port}\"]\nlog_level = \"info\"\n"
        ),
    );
    let (running, printed) = Running::start(gatehouse(folder.path(), &["serve"]), "/set-up/");
    assert!(printed.contains(&format!("http://localhost:{port}/set-up/gh_ol_")), "{printed}");
    let (code, rest, log) = running.interrupt();
    assert_eq!((code, rest.as_str()), (Some(0), ""));
    assert!(log.contains("pages of an upstream share the portal's origin"), "{log}");
    for secret in [KEY, "gh_ol_", "gh_cs_", "gh_ok_"] {
        assert!(!log.contains(secret), "{log}");
    }
}
