//! `gatehouse secrets create --link` and `gatehouse reveal`: from an operator to somebody without an account.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::binary::Installation;
use crate::support::http;
use crate::support::process::{free_port, run};

fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{:?}", said(output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Every file that the installation keeps.
fn kept(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(kept(&path)) } else { all.extend(fs::read(&path).unwrap_or_default()) }
    }
    all
}

fn contains(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_travels_by_link_and_is_seen_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = Installation::new(folder.path(), None);
    let dev = installation.start();
    let listed = json(&installation.run(&["applications", "list", "--json"]));
    let sample = |app: &&Value| app["client_id"] == dev.env.get("CLIENT_ID");
    let application = listed.as_array().and_then(|all| all.iter().find(sample)).expect("the sample")["id"].clone();
    let application = application.as_str().expect("an id");

    let made = json(&installation.run(&["secrets", "create", application, "--name", "acme", "--link", "--json"]));
    let url = made["url"].as_str().expect("a link");
    assert!(!made.to_string().contains("gh_cs_"), "no secret is printed: {made}");
    let (address, key) = url.split_once('#').expect("a key");
    let table = installation.run(&["secrets", "create", application, "--link"]);
    let table = String::from_utf8(table.stdout).expect("UTF-8");
    assert!(table.contains("/reveal/gh_ol_") && table.contains("once, until"), "{table}");

    // Somewhere else, without a configuration.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let reveal = |url: &str| run(elsewhere.path(), &["reveal", url]);
    for cut in [address, &url[..url.len() - 1], &format!("{}#{key}", &address[..address.len() - 1])] {
        let (code, text) = said(&reveal(cut));
        assert!(code == Some(2) && text.contains("not whole"), "{cut}: {text}");
    }
    let (code, text) = said(&reveal(&url.replace("http://localhost", "http://portal.example")));
    assert!(code == Some(2) && text.contains("https://"), "{text}");
    let path = &url[url.find("/reveal").expect("a path")..];
    for scheme in ["http", "https"] {
        let (code, text) = said(&reveal(&format!("{scheme}://localhost:{}{path}", free_port())));
        assert!(code == Some(1) && text.contains("no connection"), "{text}");
    }

    let before = kept(&folder.path().join("data"));
    let shown = reveal(url);
    assert_eq!(shown.status.code(), Some(0), "{:?}", said(&shown));
    let block = String::from_utf8(shown.stdout).expect("UTF-8");
    let value = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    let (token_url, client_id, secret) = (value("TOKEN_URL="), value("CLIENT_ID="), value("CLIENT_SECRET="));
    assert!(block.contains("\nAPI_URL=http") && block.contains("\nSCOPE="), "{block}");
    let form = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
    assert_eq!(http().post(token_url).form(&form).send().await.expect("an answer").status(), 200);
    assert!(contains(&before, client_id), "what is stored is found");
    for hidden in [secret, key, address.rsplit('/').next().expect("a token")] {
        assert!(!contains(&before, hidden) && !contains(&kept(&folder.path().join("data")), hidden), "{hidden}");
    }

    let (code, text) = said(&reveal(url));
    assert!(code == Some(1) && text.contains("ask whoever sent it"), "{text}");
    let links = json(&installation.run(&["secrets", "links", application, "--json"]));
    assert_eq!((&links[0]["state"], &links[1]["state"]), (&"revealed".into(), &"open".into()), "{links}");
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0, "nothing is left behind");
    assert_eq!(dev.stop(), Some(0));
}

#[test]
fn without_a_portal_no_secret_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert!(run(folder, &["migrate"]).status.success());
    json(&run(
        folder,
        &["users", "create", "--email", "ann@example.com", "--name", "Ann", "--email-verified", "--json"],
    ));
    let organization = ["organizations", "create", "--name", "Acme", "--owner", "ann@example.com", "--json"];
    let organization = json(&run(folder, &organization))["id"].as_str().expect("an id").to_owned();
    let new = ["applications", "create", "--organization", &organization, "--name", "A", "--type", "service", "--json"];
    let application = json(&run(folder, &new))["id"].as_str().expect("an id").to_owned();
    let (code, text) = said(&run(folder, &["secrets", "create", &application, "--link"]));
    assert!(code == Some(1) && text.contains("configure portal_url"), "{text}");
    assert_eq!(json(&run(folder, &["secrets", "list", &application, "--json"])), Value::from(Vec::<Value>::new()));
}
