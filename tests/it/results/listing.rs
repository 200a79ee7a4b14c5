//! Where people find the ids of tests: the page of a workspace, the management API, the command line.

use gatehouse_store::testing::TestDb;
use serde_json::{Value, json};

use super::{Ground, TEST_ID, full_line, test_line};
use crate::manage::Operator;
use crate::support::process::gatehouse;
use crate::support::{TestApp, on_each_engine};

const OTHER: &str = "4fa85f64-5717-4562-b3fc-2c963f66afa6";

#[tokio::test]
async fn members_read_the_ids_of_their_tests() {
    on_each_engine(async |app: &TestApp| {
        let ground = Ground::lay(app).await;
        let (page, path) =
            (format!("/workspaces/{}", ground.workspace), format!("/workspaces/{}/tests", ground.workspace));
        let member = app.browser("api@example.com").await;
        assert!(member.get(&page).await.html.contains("A test is here once its results are imported."));
        let lines = [test_line(OTHER, ground.workspace), test_line(TEST_ID, ground.workspace), full_line()];
        ground.import(app, &lines).await;
        let shown = member.get(&page).await.html;
        for words in [&format!("<code>{TEST_ID}</code>"), &format!("<code>{OTHER}</code>")] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(shown.contains("<td data-label=\"Completed sessions\" class=\"end\">1</td>"), "{shown}");

        let operator = Operator::new(app).await;
        let first = operator.done("GET", &format!("{path}?limit=1"), Value::Null).await;
        assert_eq!(first["items"], json!([{"id": TEST_ID, "title": "T", "completed_count": 1}]));
        let cursor = first["next_cursor"].as_str().expect("another page");
        let second = operator.done("GET", &format!("{path}?limit=1&cursor={cursor}"), Value::Null).await;
        assert_eq!(second, json!({"items": [{"id": OTHER, "title": "T", "completed_count": 0}]}));
        let nowhere = operator.refused("GET", "/workspaces/wsp_00000000000000000000000000/tests", Value::Null).await;
        assert_eq!(nowhere, (404, "not_found".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_lists_them() {
    let db = TestDb::sqlite().await;
    let url = db.url.clone();
    let app = TestApp::start(db).await;
    let ground = Ground::lay(&app).await;
    ground.import(&app, &[test_line(TEST_ID, ground.workspace), full_line()]).await;
    let (workspace, folder) = (ground.workspace.to_string(), tempfile::tempdir().expect("a folder"));
    let mut command = gatehouse(folder.path(), &["workspaces", "tests", &workspace]);
    let output = command.env("GATEHOUSE_DATABASE_URL", url).output().expect("it runs");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.starts_with("TEST ") && said.contains(&format!("{TEST_ID}  T      1")), "{said}");
    app.stop().await;
}
