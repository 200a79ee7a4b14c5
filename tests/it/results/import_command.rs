//! `gatehouse results import` as a person at the keyboard sees it: what it prints, how it exits, and what `kill -9`
//! leaves.

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

use gatehouse_core::id::WorkspaceId;
use gatehouse_store::db::DbError;
use gatehouse_store::results::tests;
use gatehouse_store::testing::TestDb;
use serde_json::Value;

use super::{Ground, TEST_ID, full_line, session_line, test_line};
use crate::support::TestApp;

/// An application and how another process opens its database.
struct Installed {
    app: TestApp,
    url: String,
}

async fn installed() -> Installed {
    installed_on(TestDb::sqlite().await).await
}

async fn installed_on(db: TestDb) -> Installed {
    let url = db.url.clone();
    Installed { app: TestApp::start(db).await, url }
}

fn start(url: &str, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .current_dir(std::env::temp_dir())
        .env("GATEHOUSE_DATABASE_URL", url)
        .args(["results", "import"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts")
}

/// Runs to the end with this on standard input.
fn import(url: &str, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = start(url, arguments);
    // A command that refuses to read ends before everything is written.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the command ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

async fn is_there(app: &TestApp) -> bool {
    let there: Result<bool, DbError> =
        app.ctx().db.read(async |tx| tests::exists(tx, TEST_ID.parse().expect("a UUID")).await).await;
    there.expect("is read")
}

#[tokio::test(flavor = "multi_thread")]
async fn says_what_it_did() {
    let Installed { app, url } = installed().await;
    let ground = Ground::lay(&app).await;
    let file = text(&[test_line(TEST_ID, ground.workspace), full_line()]);
    let (code, out, err) = import(&url, &["-"], &file);
    let expected = "2 lines read: 1 test and 1 session added, 0 tests and 0 sessions changed, 0 as they were\n";
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), expected, ""));
    let expected = "2 lines read: 0 tests and 0 sessions added, 0 tests and 0 sessions changed, 2 as they were\n";
    assert_eq!(import(&url, &["-"], &file), (Some(0), expected.to_owned(), String::new()));
    let (status, _) = ground.get(&app, &format!("/v2/sessionResults?testId={TEST_ID}")).await;
    assert_eq!(status, 200, "the running server sees it");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_bad_lines_and_fails() {
    let Installed { app, url } = installed().await;
    let ground = Ground::lay(&app).await;
    let bad = session_line("1", "yesterday", "COMPLETE");
    let file = text(&[test_line(TEST_ID, ground.workspace), bad, full_line()]);
    let told = "line 2: startTime must be a time between 1970 and 9999 such as 2026-11-22T11:05:00.000Z; \
                sessionId must be a UUID\n";
    let (code, out, err) = import(&url, &["-"], &file);
    assert_eq!((code, out.as_str()), (Some(1), "3 lines read, nothing imported\n"));
    assert_eq!(err, format!("{told}error: 1 line refused, so nothing was imported\n"));
    assert!(!is_there(&app).await);

    let (code, out, err) = import(&url, &["--keep-going", "--json", "-"], &file);
    assert_eq!((code, err), (Some(1), format!("{told}error: 1 line refused and left out\n")));
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&report["applied"]["sessions_added"], &report["refused"][0]["line"]), (&1.into(), &2.into()));

    let nonsense = "nonsense\n".repeat(150);
    let (_, _, err) = import(&url, &["-"], &nonsense);
    assert_eq!(err.lines().filter(|line| line.starts_with("line ")).count(), 100);
    assert!(err.contains("\n… and 50 more\n"), "{err}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn says_what_is_wrong_with_the_call() {
    let Installed { app, url } = installed().await;
    for (arguments, code, message) in [
        (["/does/not/exist"].as_slice(), 1, "cannot open /does/not/exist"),
        (&["/"], 1, "it is a folder"),
        (&["--workspace", "wsp_1", "-"], 2, "--workspace"),
        (&[], 2, "<FILE>"),
    ] {
        let (found, out, err) = import(&url, arguments, "");
        assert_eq!((found, out.as_str()), (Some(code), ""), "{arguments:?}");
        assert!(err.contains(message), "{arguments:?}: {err}");
    }
    app.stop().await;
}

/// Twenty times killed while it reads, with more and more of the file read: nothing of it can ever be seen, and the
/// next import works.
#[tokio::test(flavor = "multi_thread")]
async fn killed_imports_leave_nothing_on_sqlite() {
    killed_imports_leave_nothing(TestDb::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_imports_leave_nothing_on_postgresql() {
    killed_imports_leave_nothing(TestDb::postgres().await).await;
}

async fn killed_imports_leave_nothing(db: TestDb) {
    let Installed { app, url } = installed_on(db).await;
    let ground = Ground::lay(&app).await;
    let lines = many(ground.workspace);
    for round in 1..=20 {
        let mut child = start(&url, &["-"]);
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(text(&lines[..round * 110]).as_bytes()).expect("is read");
        child.kill().expect("is killed");
        child.wait().expect("ends");
        assert!(!is_there(&app).await, "round {round}");
    }
    let (code, out, err) = import(&url, &["-"], &text(&lines));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("2201 lines read: 1 test and 2200 sessions added"), "{out}");
    app.stop().await;
}

fn many(workspace: WorkspaceId) -> Vec<Value> {
    let session = |number| {
        let id = format!("{number:08x}-0000-4000-8000-000000000000");
        session_line(&id, "2026-11-22T11:04:00Z", "COMPLETE")
    };
    std::iter::once(test_line(TEST_ID, workspace)).chain((0..2_200).map(session)).collect()
}
