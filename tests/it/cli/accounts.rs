//! `gatehouse users …` and `gatehouse mails …`: helping somebody back in from the machine itself.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::process::run;

/// The JSON that a command prints.
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What a command says that must fail.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn links_are_mailed_and_mails_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("gatehouse.toml"), "portal_url = \"https://portal.example\"\n").expect("written");
    let user = json(folder, &["users", "create", "--email", "ann@example.com", "--name", "Ann"]);
    let id = user["id"].as_str().expect("an id");
    for verb in ["send-verification", "send-reset"] {
        assert_eq!(json(folder, &["users", verb, "ann@example.com"])["id"], id, "{verb}");
    }
    let mails = json(folder, &["mails", "list", "--state", "waiting"]);
    let mails = mails.as_array().expect("a list");
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| mail["to"] == "ann@example.com" && mail["attempts"] == 0));
    assert!(!Value::from(mails.clone()).to_string().contains("gh_ol_"), "no link is shown");
    assert_eq!(json(folder, &["mails", "list", "--state", "failed"]), Value::from(Vec::<Value>::new()));
    let waiting = mails[0]["id"].as_str().expect("an id");
    assert!(refused(folder, &["mails", "retry", waiting]).contains("only one that was given up"));

    assert_eq!(json(folder, &["users", "list-sessions", id]), Value::from(Vec::<Value>::new()));
    assert_eq!(json(folder, &["users", "end-sessions", id])["ended"], 0);
    let moved = json(folder, &["users", "set-email", "ann@example.com", "ann@new.example"]);
    assert_eq!(
        (&moved["id"], &moved["email"], &moved["email_verified_at"]),
        (&user["id"], &"ann@new.example".into(), &Value::Null)
    );
    let nobodys = "ses_01m81ewnr0er7s7nk74eycf1x7";
    assert!(refused(folder, &["users", "end-session", id, nobodys]).contains("there is no session"));
}

#[test]
fn a_link_needs_to_know_where_the_portal_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let create = ["users", "create", "--email", "ann@example.com", "--name", "Ann"];
    assert!(run(folder.path(), &["migrate"]).status.success());
    json(folder.path(), &create);
    let said = refused(folder.path(), &["users", "send-reset", "ann@example.com"]);
    assert!(said.contains("configure portal_url"), "{said}");
    assert_eq!(json(folder.path(), &["mails", "list"]), Value::from(Vec::<Value>::new()));
}
