//! Pages of the list: no gap, no repeat, whatever limit and offset.

use serde_json::Value;

use super::{Ground, TEST_ID, session_line, test_line};
use crate::support::{TestApp, on_each_engine};

const SESSIONS: u32 = 61;

/// Sessions with few different start times, so that many are equal; every seventh is not complete.
fn lines() -> Vec<(String, String, bool)> {
    (0..SESSIONS)
        .map(|number| {
            let id = format!("{:08x}-0000-4000-8000-000000000000", number.wrapping_mul(2_654_435_761));
            let start = format!("2026-11-{:02}T08:00:00.000Z", 1 + number % 9);
            (id, start, number % 7 != 0)
        })
        .collect()
}

/// What the list must be: newest first, of equal times the smaller id first.
fn expected() -> Vec<String> {
    let mut complete: Vec<_> = lines().into_iter().filter(|(_, _, complete)| *complete).collect();
    complete.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    complete.into_iter().map(|(id, _, _)| id).collect()
}

async fn page(app: &TestApp, ground: &Ground, limit: usize, offset: usize) -> Vec<String> {
    let path = format!("/v2/sessionResults?testId={TEST_ID}&limit={limit}&offset={offset}");
    let (status, body) = ground.get(app, &path).await;
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["meta"]["pagination"]["totalCount"], expected().len());
    let sessions = body["sessions"].as_array().expect("a list");
    sessions.iter().map(|session| session["sessionId"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn any_page_is_its_part_of_the_whole() {
    on_each_engine(async |app: &TestApp| {
        let ground = Ground::lay(app).await;
        let mut all = vec![test_line(TEST_ID, ground.workspace)];
        let status = |complete| if complete { "COMPLETE" } else { "ABANDONED" };
        all.extend(lines().iter().map(|(id, start, complete)| session_line(id, start, status(*complete))));
        // In two parts, the later sessions first: the numbers of the first part change.
        let (first, second) = all.split_at(40);
        ground.import(app, first).await;
        ground.import(app, second).await;

        let whole = expected();
        for limit in [1, 7, 25, whole.len() - 1, whole.len(), 500] {
            let mut pages = Vec::new();
            for offset in (0..whole.len() + limit).step_by(limit) {
                pages.extend(page(app, &ground, limit, offset).await);
            }
            assert_eq!(pages, whole, "limit {limit}");
        }
        for number in 0_usize..40 {
            let (limit, offset) = (1 + number * 31 % 97, number * 17 % 70);
            let part: Vec<String> = whole.iter().skip(offset).take(limit).cloned().collect();
            assert_eq!(page(app, &ground, limit, offset).await, part, "limit {limit}, offset {offset}");
        }
        assert!(page(app, &ground, 500, 10_000).await.is_empty());
    })
    .await;
}
