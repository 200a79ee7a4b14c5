//! Fifty at once: of any number of answers and of any number of requests, one counts.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::devices;
use crate::support::customer::{EVERYTHING, call};
use crate::support::device::CUSTOMER;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn one_request_gets_the_tokens() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let begun = devices.allowed(app).await;
        let answers = join_all((0..50).map(|_| devices.poll(app, &begun))).await;
        let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
        assert_eq!(given.len(), 1, "{given:?}");
        assert!(refused.iter().all(|(status, answer)| *status == 400 && answer["error"] == "invalid_grant"));
        assert_eq!(call(app, &given[0].1).await, 401, "the code was in two hands");
        assert_eq!(devices.refresh(app, &given[0].1).await.0, 400);
    })
    .await;
}

#[tokio::test]
async fn one_answer_counts() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let browser = app.browser(CUSTOMER).await;
        let begun = devices.begin(app, EVERYTHING).await;
        let question = browser.enter(&begun.user_code).await;
        let answer =
            async |n: u32| browser.answer(&question, if n.is_multiple_of(2) { "allow" } else { "cancel" }).await;
        let answers = join_all((0..50).map(answer)).await;
        let mut counts: BTreeMap<(u16, &str), u32> = BTreeMap::new();
        for page in &answers {
            *counts.entry((page.status, &page.location)).or_default() += 1;
        }
        assert_eq!(counts.remove(&(422, "")), Some(49), "{counts:?}");
        let ((_, location), _) = counts.pop_first().expect("one answer");
        let (status, tokens) = devices.poll(app, &begun).await;
        match location {
            "/device/done?answer=allowed" => assert_eq!(status, 200, "{tokens}"),
            _ => assert_eq!(tokens["error"], "access_denied"),
        }
        let grants = browser.get("/connected-applications").await.html.matches("Terminal").count();
        assert_eq!(grants > 0, status == 200, "what was not counted left nothing behind");
    })
    .await;
}

#[tokio::test]
async fn one_request_is_in_time() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let begun = devices.begin(app, EVERYTHING).await;
        let errors = join_all((0..50).map(|_| devices.refusal(app, &begun))).await;
        assert_eq!(errors.iter().filter(|error| *error == "authorization_pending").count(), 1, "{errors:?}");
        assert_eq!(errors.iter().filter(|error| *error == "slow_down").count(), 49);
    })
    .await;
}
