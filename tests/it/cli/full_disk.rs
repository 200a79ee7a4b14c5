//! No room for a file to grow, by a limit on the size of files: like on a full disk, each write beyond a place fails.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::binary::{Dev, Installation};
use crate::support::http;
use crate::support::process::limit_files;

const TEST: &str = "0d15c000-0000-4000-8000-000000000000";
const SESSIONS: usize = 3_000;

/// Wherever it runs out of room: it says so, nothing of it can be seen, and the server beside it goes on.
#[tokio::test]
async fn an_import_without_room_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = Installation::new(folder.path(), None);
    let dev = installation.start();
    let owner = dev.env.get("DEVELOPER_EMAIL");
    let workspace = installation.run(&["--json", "workspaces", "create", "--name", "Full", "--owner", owner]);
    let workspace: Value = serde_json::from_slice(&workspace.stdout).expect("JSON");
    let lines = lines(workspace["id"].as_str().expect("an id"));
    let mut failed = 0;
    for doubled in 0..20 {
        let output = import(&installation, &lines, Some(65_536 << doubled));
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        let code = output.status.code().unwrap_or_else(|| panic!("a signal ended it: {:?}", output.status));
        if code == 0 {
            break;
        }
        failed += 1;
        assert!(!error.contains("panicked"), "{error}");
        assert!(error.contains("the file cannot be written") || error.contains("the disk is full"), "{error}");
        let token = token(&dev).await;
        assert_eq!(list(&dev, &token).await.0, 404, "nothing of it is visible");
    }
    assert!(failed >= 3, "it failed at {failed} places");
    let output = import(&installation, &lines, None);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let (status, page) = list(&dev, &token(&dev).await).await;
    assert_eq!((status, &page["meta"]["pagination"]["totalCount"]), (200, &json!(SESSIONS)));
    let (code, log) = dev.end();
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert!(installation.run(&["audit", "verify"]).status.success());
}

#[tokio::test]
async fn a_server_without_room_goes_on_and_recovers() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = Installation::new(folder.path(), None);
    let log = go_on_and_recover(&installation, installation.start()).await;
    assert!(log.contains("the file cannot be written") && !log.contains("panicked"), "{log}");
}

/// The log is a file on the same disk.
#[tokio::test]
async fn a_server_without_room_for_its_log_goes_on_and_recovers() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = Installation::new(folder.path(), None);
    let file = folder.path().join("log");
    let log = File::create(&file).expect("made");
    go_on_and_recover(&installation, installation.start_logging(log.into())).await;
    let log = fs::read_to_string(file).expect("it is there");
    assert!(!log.contains("panicked"), "{log}");
}

/// Tokens and calls need no writing. What they add up to is written once there is room again. Gives the log.
async fn go_on_and_recover(installation: &Installation, dev: Dev) -> String {
    dev.limit_files(Some(1));
    let began = Instant::now();
    // Longer than a second, so that sums were due.
    while began.elapsed() < Duration::from_millis(2_500) {
        let (status, answer) = make_organization(&dev).await;
        assert_eq!((status, &answer["code"]), (503, &json!("unavailable")), "{answer}");
        let token = token(&dev).await;
        assert_eq!(list(&dev, &token).await.0, 404, "the gate and the API answer");
    }
    dev.limit_files(None);
    let (status, answer) = make_organization(&dev).await;
    assert_eq!(status, 201, "{answer}");
    let client_id = dev.env.get("CLIENT_ID").to_owned();
    let (code, log) = dev.end();
    assert_eq!(code, Some(0), "{log}");
    let applications = json_of(installation, &["applications", "list"]);
    let application = applications.as_array().and_then(|all| all.iter().find(|one| one["client_id"] == client_id));
    let application = application.and_then(|one| one["id"].as_str()).expect("the sample application");
    let secrets = json_of(installation, &["secrets", "list", application]);
    assert!(secrets[0]["last_used_at"].is_string(), "{secrets}");
    assert!(installation.run(&["audit", "verify"]).status.success());
    log
}

fn json_of(installation: &Installation, arguments: &[&str]) -> Value {
    let output = installation.run(&[&["--json"], arguments].concat());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn import(installation: &Installation, lines: &str, limit: Option<u64>) -> Output {
    let mut command = installation.command(&["results", "import", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    limit_files(&child, limit);
    // It ends before everything is written when it finds no room.
    drop(child.stdin.take().expect("a pipe").write_all(lines.as_bytes()));
    child.wait_with_output().expect("it ends")
}

fn lines(workspace: &str) -> String {
    let mut out = format!(
        "{{\"v\":1,\"kind\":\"test\",\"testId\":\"{TEST}\",\"workspaceId\":\"{workspace}\",\
         \"title\":\"Full\",\"type\":\"SURVEY\"}}\n"
    );
    for session in 0..SESSIONS {
        let (minute, second) = (session / 60 % 60, session % 60);
        writeln!(
            out,
            "{{\"v\":1,\"kind\":\"session\",\"testId\":\"{TEST}\",\
             \"sessionId\":\"0d15c000-0000-4000-9000-{session:012x}\",\"status\":\"COMPLETE\",\
             \"startTime\":\"2026-01-01T00:{minute:02}:{second:02}.000Z\"}}"
        )
        .expect("a string takes it");
    }
    out
}

async fn token(dev: &Dev) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", dev.env.get("CLIENT_ID")),
        ("client_secret", dev.env.get("CLIENT_SECRET")),
        ("scope", dev.env.get("SCOPE")),
    ];
    let answer = http().post(dev.env.get("TOKEN_URL")).form(&form).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}

async fn list(dev: &Dev, token: &str) -> (u16, Value) {
    let url = format!("{}/v2/sessionResults?testId={TEST}&limit=1", dev.env.get("API_URL"));
    let answer = http().get(url).header("token", token).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn make_organization(dev: &Dev) -> (u16, Value) {
    let url = format!("{}/manage/v1/organizations", dev.env.get("GATEHOUSE_URL"));
    let request = http().post(url).bearer_auth(dev.env.get("OPERATOR_KEY")).json(&json!({"name": "Full"}));
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}
