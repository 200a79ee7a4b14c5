//! A right that a command takes away beside a running server: the server learns of it as a node learns of what another
//! node did, and refuses the tokens that are out.

use std::time::{Duration, Instant};

use gatehouse_store::testing::TestDb;
use serde_json::Value;

use crate::support::binary::{Dev, Installation};
use crate::support::http;

/// The docs say a second. The interval behind it is pinned by a unit test of `every_second.rs`; this is what a machine
/// that is ten times slower and busy may make of it, and far less than a token lives.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn reaches_tokens_that_are_out_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    take_each_away(&Installation::new(folder.path(), None)).await;
}

#[tokio::test]
async fn reaches_tokens_that_are_out_on_postgresql() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDb::empty_postgres().await;
    take_each_away(&Installation::new(folder.path(), Some(&database.url))).await;
}

async fn take_each_away(installation: &Installation) {
    let dev = installation.start();
    let organizations = json(installation, &["organizations", "list"]);
    let organization = organizations[0]["id"].as_str().expect("an id");
    for (verb, then) in [
        (["applications", "suspend"].as_slice(), 401),
        (&["entitlements", "revoke"], 400),
        (&["secrets", "revoke", "--last-active"], 401),
    ] {
        let client = Client::new(installation, &dev, organization);
        let (status, answer) = client.ask(&dev).await;
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{status} {answer}"));
        assert_eq!(call(&dev, token).await, 200, "{verb:?}");
        let mut arguments = [verb, &[&client.application]].concat();
        match verb[0] {
            "entitlements" => arguments.push("results"),
            "secrets" => arguments.push(&client.secret_id),
            _ => {}
        }
        json(installation, &arguments);
        wait(&dev, token, 401).await;
        let (status, answer) = client.ask(&dev).await;
        assert_eq!(status, then, "{verb:?}: what the gate knows, the token endpoint knows: {answer}");
    }
    close_the_server(installation, &dev, organization).await;
    assert_eq!(dev.stop(), Some(0));
}

async fn close_the_server(installation: &Installation, dev: &Dev, organization: &str) {
    let client = Client::new(installation, dev, organization);
    let (_, answer) = client.ask(dev).await;
    let token = answer["access_token"].as_str().expect("a token");
    json(installation, &["servers", "edit", "default", "--open-to", "listed"]);
    wait(dev, token, 401).await;
    let (status, answer) = client.ask(dev).await;
    assert_eq!((status, &answer["error"]), (400, &Value::from("unauthorized_client")));
    json(installation, &["servers", "admit", "default", &client.application]);
    let listed = json(installation, &["servers", "applications", "default"]);
    assert_eq!(listed[0]["client_id"], client.client_id.as_str());
    wait(dev, token, 200).await;
    json(installation, &["servers", "exclude", "default", &client.application]);
    wait(dev, token, 401).await;
}

/// Until a call is answered so.
async fn wait(dev: &Dev, token: &str, status: u16) {
    let committed = Instant::now();
    while call(dev, token).await != status {
        assert!(committed.elapsed() < SOON, "the token is not answered {status} yet");
    }
}

/// An application that may call the Results API.
struct Client {
    application: String,
    client_id: String,
    secret_id: String,
    secret: String,
}

impl Client {
    fn new(installation: &Installation, dev: &Dev, organization: &str) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let developer = dev.env.get("DEVELOPER_EMAIL");
        let new = [
            "applications",
            "create",
            "--organization",
            organization,
            "--name",
            "Short-lived",
            "--api-user",
            developer,
        ];
        let application = text(&json(installation, &new)["id"]);
        // As many calls as the loop above may make.
        json(installation, &["entitlements", "grant", &application, "results", "--quota", "1000000"]);
        let secret = json(installation, &["secrets", "create", &application]);
        let (client_id, secret_id) = (text(&secret["client_id"]), text(&secret["id"]));
        Self { application, client_id, secret_id, secret: text(&secret["client_secret"]) }
    }

    async fn ask(&self, dev: &Dev) -> (u16, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", &self.secret),
            ("scope", dev.env.get("SCOPE")),
        ];
        let answer = http().post(dev.env.get("TOKEN_URL")).form(&form).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

async fn call(dev: &Dev, token: &str) -> u16 {
    let url = format!("{}/v2/sessionResults?testId={}&limit=1", dev.env.get("API_URL"), dev.env.get("TEST_ID"));
    http().get(url).header("token", token).send().await.expect("an answer").status().as_u16()
}

/// What a command that went well printed.
fn json(installation: &Installation, arguments: &[&str]) -> Value {
    let output = installation.run(&[&["--json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
