//! `/manage/v1/audit_events`

use gatehouse_store::audit;
use serde_json::{Value, json};

use super::Operator;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn tells_who_did_what_newest_first() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        for name in ["One", "Two", "Three"] {
            operator.done("POST", "/organizations", json!({ "name": name })).await;
        }
        let list = async |query: &str| operator.done("GET", &format!("/audit_events{query}"), Value::Null).await;
        let page = list("?limit=2&target_kind=organization").await;
        let items = page["items"].as_array().expect("a list");
        assert_eq!((items.len(), &items[0]["action"]), (2, &json!("organization.created")));
        assert_eq!(items[0]["actor_kind"], "operator");
        assert!(items[0]["request_id"].as_str().is_some_and(|id| id.starts_with("rid_")), "{page}");
        assert!(items[0]["at"].as_str() >= items[1]["at"].as_str());
        assert_eq!(items[0]["seq"], Value::Null, "no job has run");
        let cursor = page["next_cursor"].as_str().expect("another page");
        let rest = list(&format!("?limit=2&target_kind=organization&cursor={cursor}")).await;
        assert_eq!((rest["items"].as_array().map(Vec::len), &rest["next_cursor"]), (Some(1), &Value::Null));

        app.run_jobs_now().await;
        let chained = list("?target_kind=organization").await;
        assert!(
            chained["items"].as_array().expect("a list").iter().all(|event| event["hash"].is_string()),
            "{chained}"
        );
        assert_eq!(audit::verify(&app.ctx().db, &[]).await.expect("verifies").problem_count, 0);
    })
    .await;
}

#[tokio::test]
async fn refuses_what_it_does_not_know() {
    let app = TestApp::sqlite().await;
    let operator = Operator::new(&app).await;
    let cases = [
        ("?limit=0", 400, "invalid_parameter"),
        ("?limit=201", 400, "invalid_parameter"),
        ("?cursor=usr_00000000000000000000000000", 400, "invalid_parameter"),
        ("?nonsense=1", 400, "invalid_parameter"),
        ("?actor_kind=robot", 422, "invalid"),
        ("?from=yesterday", 422, "invalid"),
    ];
    for (query, status, code) in cases {
        let refused = operator.refused("GET", &format!("/audit_events{query}"), Value::Null).await;
        assert_eq!(refused, (status, code.to_owned()), "{query}");
    }
}
