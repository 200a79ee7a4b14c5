//! `gatehouse dev`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::signing_key::KeyState;
use gatehouse_server::actions::keys;
use gatehouse_server::{development, essentials};
use gatehouse_store::testing::{TestDb, make_newer};
use tempfile::TempDir;

use crate::support::process::{Running, free_port, gatehouse, refused};
use crate::support::{TestApp, on_each_engine};

/// The last line that a start prints.
const READY: &str = "applications list";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn dev(folder: &Path, more: &[&str]) -> Command {
    gatehouse(folder, &[&["dev"], more].concat())
}

fn start(folder: &Path, more: &[&str]) -> (Running, String) {
    Running::start(dev(folder, more), READY)
}

fn env(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join("gatehouse-dev/dev.env")).expect("dev.env is there");
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

async fn token(env: &BTreeMap<String, String>) -> reqwest::Response {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &env["CLIENT_ID"]),
        ("client_secret", &env["CLIENT_SECRET"]),
    ];
    crate::support::http().post(&env["TOKEN_URL"]).form(&form).send().await.expect("an answer")
}

#[test]
fn what_it_prints_works() {
    let folder = folder();
    let (running, printed) = start(folder.path(), &["--port", &free_port().to_string()]);
    let commands: Vec<&str> = printed.split("\n\n").filter(|part| part.contains("curl ")).collect();
    assert_eq!(commands.len(), 2, "{printed}");
    let shell = Command::new("sh").args(["-ec", &commands.join("\n")]).output().expect("a shell");
    let answer = String::from_utf8(shell.stdout).expect("UTF-8");
    let (token, sessions) = answer.split_once('\n').expect("two answers");
    assert_eq!(token.split('.').count(), 3, "{answer}");
    let sessions: serde_json::Value = serde_json::from_str(sessions).expect("JSON");
    assert_eq!(sessions["testId"], "3fa85f64-5717-4562-b3fc-2c963f66afa6");
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(5), "{sessions}");
    let (code, rest, log) = running.interrupt();
    assert_eq!((code, rest.trim(), log.as_str()), (Some(0), "stopped", ""));
}

#[tokio::test]
async fn the_environment_file_says_everything() {
    let folder = folder();
    let (_running, _) = start(folder.path(), &["--port", &free_port().to_string()]);
    let env = env(folder.path());
    let http = crate::support::http();
    let issued: serde_json::Value = token(&env).await.json().await.expect("JSON");
    let details = format!("{}/v2/sessionResults/{}", env["API_URL"], env["SESSION_ID"]);
    let answer = http.get(details).bearer_auth(issued["access_token"].as_str().expect("a token")).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    assert!(issued["scope"].as_str().is_some_and(|scope| scope.split(' ').any(|name| name == env["SCOPE"])));
    let users = http.get(format!("{}/manage/v1/users", env["GATEHOUSE_URL"])).bearer_auth(&env["OPERATOR_KEY"]).send();
    let users = users.await.expect("an answer").text().await.expect("text");
    for person in ["ADMIN", "REVIEWER", "DEVELOPER", "CUSTOMER"] {
        assert!(users.contains(&env[&format!("{person}_EMAIL")]), "{users}");
        assert!(env[&format!("{person}_PASSWORD")].len() >= 16);
    }
    let manage = async |path: &str| -> serde_json::Value {
        let address = format!("{}/manage/v1{path}", env["GATEHOUSE_URL"]);
        let answer = http.get(address).bearer_auth(&env["OPERATOR_KEY"]).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    };
    let workspaces = manage("/workspaces").await;
    let mut workspaces = workspaces["items"].as_array().expect("workspaces").iter();
    let workspace = workspaces.find(|one| one["name"] == "Nimbus Shop").expect("that with the sample data");
    let members = manage(&format!("/workspaces/{}/members", workspace["id"].as_str().expect("an id"))).await;
    let members = members["items"].as_array().expect("members").iter();
    let members: Vec<_> = members.map(|one| (one["email"].as_str(), one["role"].as_str())).collect();
    let expected = [("CUSTOMER_EMAIL", "owner"), ("DEVELOPER_EMAIL", "member")];
    assert_eq!(members, expected.map(|(key, role)| (Some(&*env[key]), Some(role))), "somebody can invite to the data");
    let home = folder.path().join("gatehouse-dev");
    assert_eq!(mode(&home), 0o700);
    for file in ["dev.env", "key-encryption-key", "gatehouse.toml", "gatehouse.db"] {
        assert_eq!(mode(&home.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn id_tokens_can_be_signed_before_anybody_signs_in() {
    on_each_engine(async |app: &TestApp| {
        essentials::ensure(app.ctx(), &development::actor()).await.expect("the API is made");
        development::ensure(app.ctx()).await.expect("everything is made");
        let keys = keys::list(app.ctx(), "default").await.expect("keys");
        assert!(
            keys.iter().any(|key| key.alg() == Algorithm::Rs256 && matches!(key.state, KeyState::Active { .. })),
            "{keys:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_second_start_finds_the_same() {
    let folder = folder();
    let (running, _) = start(folder.path(), &["--port", &free_port().to_string()]);
    let first = env(folder.path());
    running.interrupt();
    let (running, _) = start(folder.path(), &[]);
    assert_eq!(env(folder.path()), first);
    assert_eq!(token(&first).await.status(), 200);
    running.interrupt();
    // Another port is another issuer, and nothing else.
    let port = free_port();
    let (_running, _) = start(folder.path(), &["--port", &port.to_string()]);
    let moved = env(folder.path());
    assert_eq!(moved["GATEHOUSE_URL"], format!("http://localhost:{port}"));
    assert_eq!(
        (&moved["CLIENT_SECRET"], &moved["ADMIN_PASSWORD"]),
        (&first["CLIENT_SECRET"], &first["ADMIN_PASSWORD"])
    );
    assert_eq!(token(&moved).await.status(), 200);
}

#[tokio::test]
async fn a_lost_or_damaged_environment_file_is_made_anew() {
    let folder = folder();
    let (running, _) = start(folder.path(), &["--port", &free_port().to_string()]);
    let first = env(folder.path());
    running.interrupt();
    let path = folder.path().join("gatehouse-dev/dev.env");
    let whole = fs::read_to_string(&path).expect("read");
    let mut before = first;
    for damage in
        [None, Some(""), Some("\0\u{fffd}"), Some(&whole[..whole.len() / 2]), Some(&whole.replace("gh_cs_", "gh_xx_"))]
    {
        match damage {
            None => fs::remove_file(&path).expect("removed"),
            Some(text) => fs::write(&path, text).expect("written"),
        }
        let (running, _) = start(folder.path(), &[]);
        let after = env(folder.path());
        for key in ["CLIENT_SECRET", "WEB_CLIENT_SECRET", "OPERATOR_KEY"] {
            assert_ne!(after[key], before[key], "{key} after {damage:?}");
        }
        for key in ["ADMIN_PASSWORD", "REVIEWER_PASSWORD", "DEVELOPER_PASSWORD", "CUSTOMER_PASSWORD"] {
            assert_ne!(after[key], before[key], "{key} after {damage:?}");
        }
        assert_eq!((&after["CLIENT_ID"], &after["WEB_CLIENT_ID"]), (&before["CLIENT_ID"], &before["WEB_CLIENT_ID"]));
        assert_eq!(mode(&path), 0o600);
        assert_eq!(
            (token(&after).await.status(), token(&before).await.status()),
            (200.try_into().expect("a status"), 401.try_into().expect("a status"))
        );
        running.interrupt();
        before = after;
    }
}

#[tokio::test]
async fn runs_on_postgresql() {
    let (folder, database) = (folder(), TestDb::empty_postgres().await);
    let arguments = ["--database-url", &database.url];
    let port = free_port().to_string();
    let (running, _) = start(folder.path(), &[&["--port", &port], &arguments[..]].concat());
    let first = env(folder.path());
    assert_eq!(token(&first).await.status(), 200);
    running.interrupt();
    let (running, _) = start(folder.path(), &arguments);
    assert_eq!(env(folder.path()), first);
    assert_eq!(token(&first).await.status(), 200);
    running.interrupt();
    let (_running, _) = start(folder.path(), &[]);
    assert_eq!(env(folder.path()), first, "the database belongs to the installation");
    assert_eq!(token(&first).await.status(), 200);
    assert!(!folder.path().join("gatehouse-dev/gatehouse.db").exists());
}

#[test]
fn says_what_to_do_about_a_port_in_use() {
    let folder = folder();
    let port = free_port();
    let (running, _) = start(folder.path(), &["--port", &port.to_string()]);
    let (code, error) = refused(dev(folder.path(), &[]));
    assert_eq!(code, 1);
    assert!(error.starts_with(&format!("error: port {port} is in use")) && error.contains("--port N"), "{error}");
    let other = tempfile::tempdir().expect("a folder");
    let (code, error) = refused(dev(other.path(), &["--port", &port.to_string()]));
    assert_eq!((code, error.contains("is in use")), (1, true), "{error}");
    assert!(!other.path().join("gatehouse-dev/gatehouse.toml").exists());
    running.interrupt();
}

/// The operator's port is in no token and in no address that anybody keeps.
#[test]
fn finds_the_operator_another_port() {
    let folder = folder();
    let configuration = || fs::read_to_string(folder.path().join("gatehouse-dev/gatehouse.toml")).expect("read");
    let operator = || {
        let text = configuration();
        let line = text.lines().find(|line| line.starts_with("operator_listen")).expect("it is configured");
        let port = line.trim_end_matches("\"]").rsplit(':').next().expect("a port");
        port.parse::<u16>().expect("a number")
    };
    let port = free_port();
    let (running, _) = start(folder.path(), &["--port", &port.to_string()]);
    running.interrupt();
    let (first, before) = (operator(), configuration());

    // Somebody else took it.
    let somebody = TcpListener::bind(("127.0.0.1", first)).expect("it is free again");
    let (running, printed) = start(folder.path(), &[]);
    let second = operator();
    assert!(second != first && second != port, "{second}");
    assert!(printed.contains(&format!("http://127.0.0.1:{second}/metrics")), "{printed}");
    assert_eq!(get(second, "/healthz"), 200);
    assert_eq!(configuration(), before.replace(&first.to_string(), &second.to_string()), "and nothing else changed");
    running.interrupt();
    drop(somebody);
    let (running, _) = start(folder.path(), &[]);
    assert_eq!(operator(), second, "it is kept");
    running.interrupt();

    // The application itself takes it.
    let (running, printed) = start(folder.path(), &["--port", &second.to_string()]);
    assert!(printed.contains(&format!("http://localhost:{second}")), "{printed}");
    assert_ne!(operator(), second);
    assert_eq!((get(operator(), "/healthz"), get(second, "/oauth2/default/v1/keys")), (200, 200));
    running.interrupt();
}

/// What a flag names is not changed behind the back of whoever named it.
#[test]
fn leaves_an_operator_port_that_was_asked_for() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it is bound");
    let mut command = dev(folder.path(), &["--port", &free_port().to_string()]);
    command.env("GATEHOUSE_OPERATOR_LISTEN", address.to_string());
    let (code, error) = refused(command);
    assert_eq!((code, error.contains(&format!("port {} is in use", address.port()))), (1, true), "{error}");
}

/// Status of a page.
fn get(port: u16, path: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("somebody listens");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n").expect("sent");
    let answer = std::io::read_to_string(stream).expect("an answer");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

#[test]
fn says_what_to_do_about_an_unwritable_folder() {
    let folder = folder();
    fs::write(folder.path().join("file"), "").expect("written");
    symlink("/proc/self", folder.path().join("read-only")).expect("linked");
    for data in ["file", "file/inside", "read-only", "/proc/gatehouse"] {
        let (code, error) = refused(dev(folder.path(), &["--data", data]));
        assert_eq!(code, 1, "{data}: {error}");
        assert!(error.starts_with("error: ") && error.contains("this user may write to"), "{data}: {error}");
    }
}

#[test]
fn refuses_a_lost_key_encryption_key() {
    let folder = folder();
    let (running, _) = start(folder.path(), &["--port", &free_port().to_string()]);
    running.interrupt();
    let key = folder.path().join("gatehouse-dev/key-encryption-key");
    let before = fs::read(&key).expect("read");
    fs::remove_file(&key).expect("removed");
    let (code, error) = refused(dev(folder.path(), &[]));
    assert_eq!(code, 1);
    assert!(error.contains("put the key-encryption key that sealed it back"), "{error}");
    fs::write(&key, "garbage").expect("written");
    let (code, error) = refused(dev(folder.path(), &[]));
    assert_eq!((code, error.contains("`key_encryption_keys` cannot be used")), (2, true), "{error}");
    fs::write(&key, before).expect("written");
    let (running, _) = start(folder.path(), &[]);
    running.interrupt();
}

#[tokio::test]
async fn refuses_a_database_of_a_newer_version() {
    let folder = folder();
    let (running, _) = start(folder.path(), &["--port", &free_port().to_string()]);
    running.interrupt();
    let database = folder.path().join("gatehouse-dev/gatehouse.db");
    make_newer(&format!("sqlite:{}", database.display())).await;
    let (code, error) = refused(dev(folder.path(), &[]));
    assert_eq!(code, 1);
    assert!(error.contains("start a newer Gatehouse"), "{error}");
}

#[test]
fn refuses_a_file_that_is_no_database() {
    let folder = folder();
    fs::create_dir(folder.path().join("gatehouse-dev")).expect("made");
    fs::write(folder.path().join("gatehouse-dev/gatehouse.db"), "no database".repeat(1_000)).expect("written");
    let (code, error) = refused(dev(folder.path(), &["--port", &free_port().to_string()]));
    assert_eq!(code, 1);
    assert!(error.contains("gatehouse-dev/gatehouse.db: the file is not a SQLite database"), "{error}");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}
