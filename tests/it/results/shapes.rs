//! The three answers, to the letter.

use super::{FIXTURE, Ground, SESSION_ID, TEST_ID, full_line, test_line};
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn the_answers_are_these() {
    on_each_engine(async |app: &TestApp| {
        let ground = Ground::lay(app).await;
        ground.import(app, &[full_line(), test_line(TEST_ID, ground.workspace)]).await;
        let list = format!(
            concat!(
                r#"{{"testId":"{}","sessions":[{{"sessionId":"{}","audienceId":"{}","status":"COMPLETE","#,
                r#""startTime":"2026-11-22T11:04:00.000Z","finishTime":"2026-11-22T11:05:00.123Z"}}],"#,
                r#""meta":{{"pagination":{{"limit":100,"offset":0,"totalCount":1}}}}}}"#,
            ),
            TEST_ID, SESSION_ID, "00000000-0000-4000-8000-000000000002",
        );
        let found = ground.get(app, &format!("/v2/sessionResults?testId={TEST_ID}&limit=100&offset=0")).await;
        assert_eq!(found, (200, list));

        let v3 = compact(FIXTURE);
        assert_eq!(ground.get(app, &format!("/v3/sessionResults/{SESSION_ID}")).await, (200, v3.clone()));
        let groups = v3.find(r#""taskGroups":"#).expect("has groups")..v3.find(r#""tasks":"#).expect("has tasks");
        let mut v2 = v3;
        v2.replace_range(groups, "");
        let v2 = v2.replace(r#""tasks":"#, r#""sessionTaskResults":"#);
        assert_eq!(ground.get(app, &format!("/api/v2/sessionResults/{SESSION_ID}")).await, (200, v2));
    })
    .await;
}

/// JSON without the blanks between its parts, its members in their order.
fn compact(text: &str) -> String {
    let mut out = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        if quoted || !letter.is_whitespace() {
            out.push(letter);
        }
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = letter == '\\' && !escaped;
    }
    out
}
