//! `gatehouse requests apply`: asking for access in one step, from the machine itself.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::process::run;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn asks_for_a_new_application_and_again_for_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let config = format!("portal_url = \"https://portal.example\"\nkey_encryption_keys = [\"{KEY}\"]\n");
    fs::write(folder.join("gatehouse.toml"), config).expect("written");
    fs::write(folder.join("results.json"), gatehouse_server::results::OPENAPI).expect("written");
    json(folder, &["servers", "create", "default", "--name", "Default", "--audience", "api://default"]);
    let document = folder.join("results.json");
    let document = document.to_str().expect("UTF-8");
    let api = ["--audience", "api://results", "--slug", "results", "--upstream", "builtin:results", "--publish"];
    json(folder, &[&["apis", "create", document][..], &api].concat());
    json(folder, &["users", "create", "--email", "ann@example.com", "--name", "Ann", "--email-verified"]);
    let policy =
        |flags: &[&str]| json(folder, &[&["apis", "edit", "results"], flags].concat())["review_policy"].clone();
    let wanted = serde_json::json!({"auto_approve": "nothing", "decline_free_mail": true, "most_scopes": 3, "redirect_uri_changes": "at_once"});
    let strict = ["--decline-free-mail", "true", "--most-scopes", "3", "--redirect-uri-changes", "at_once"];
    assert_eq!(policy(&strict), wanted);
    let lifted = policy(&["--most-scopes", "0", "--decline-free-mail", "false"]);
    assert_eq!(lifted["most_scopes"], Value::Null);
    assert_eq!(lifted["redirect_uri_changes"], wanted["redirect_uri_changes"], "what is not named stays");

    let asked = ["requests", "apply", "--api", "results", "--scope", "studies:read", "--purpose", "Reads."];
    let whose = ["--developer", "ann@example.com", "--accept-terms"];
    let new = ["--name", "Board", "--type", "service", "--new-organization", "Acme", "--api-user", "ann@example.com"];
    let made = json(folder, &[&asked[..], &whose, &new].concat());
    assert_eq!((&made["state"], &made["scopes"][0]["scope"]), (&"submitted".into(), &"studies:read".into()), "{made}");
    let application = made["application_id"].as_str().expect("an id");
    let name = &json(folder, &["applications", "show", application])["name"];
    assert_eq!(name, "Board");

    let again = run(folder, &[&asked[..], &whose, &["--application", application]].concat());
    let said = String::from_utf8(again.stderr).expect("UTF-8");
    assert!(again.status.code() == Some(1) && said.contains("request"), "one request at a time: {said}");
    let neither = run(folder, &[&asked[..], &whose].concat());
    assert_eq!(neither.status.code(), Some(2), "an application or a name for a new one");
    let listed = json(folder, &["requests", "list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    let table = String::from_utf8(run(folder, &["requests", "list"]).stdout).expect("UTF-8");
    assert!(table.contains("  Board  "), "by its name: {table}");

    let reference = made["reference"].as_str().expect("a reference");
    let rita = ["--reviewer", "rita@example.com"];
    let role = ["--role", "reviewer", "--email-verified"];
    json(folder, &[&["users", "create", "--email", "rita@example.com", "--name", "Rita"][..], &role].concat());
    let by = |verb: &str, rest: &[&str]| json(folder, &[&["requests", verb, reference][..], rest].concat());
    assert_eq!(by("assign", &rita[1..])["state"], "in_review", "references are what people quote");
    by("reply", &[&rita[..], &["Soon."]].concat());
    by("add", &["--developer", "ann@example.com", "Thanks."]);
    assert_eq!(by("decide", &[&rita[..], &["--approve", "studies:read"]].concat())["state"], "approved");
    let unknown = run(folder, &["requests", "withdraw", "R-00000000"]);
    assert_eq!(unknown.status.code(), Some(1), "{}", String::from_utf8_lossy(&unknown.stderr));
}
