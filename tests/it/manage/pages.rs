//! Lists come in pages, without a gap and without a repeat.

use serde_json::{Value, json};

use super::Operator;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn pages_have_no_gap_and_no_repeat() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let mut made = Vec::new();
        for at in 0..7 {
            let organization = operator.done("POST", "/organizations", json!({"name": format!("No {at}")})).await;
            made.push(organization["id"].clone());
        }
        made.sort_by_key(Value::to_string);
        let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = operator.done("GET", &format!("/organizations?limit=3{cursor}"), Value::Null).await;
            found.extend(page["items"].as_array().expect("items").iter().map(|item| item["id"].clone()));
            pages += 1;
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((found, pages), (made, 3));
        let exact = operator.done("GET", "/organizations?limit=7", Value::Null).await;
        assert!(exact.get("next_cursor").is_none());
    })
    .await;
}

#[tokio::test]
async fn parameters_that_cannot_be_used() {
    let app = TestApp::sqlite().await;
    let operator = Operator::new(&app).await;
    let cases = [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=abc",
        "limit=",
        "limit=99999999999999999999",
        "limit=1&limit=2",
        "cursor=x",
        "cursor=org_01kapkwryzzzzzzzzzzzzzzzzz",
        "cursor=b3JnXzAxa2Fwa3dyeXp6enp6enp6enp6enp6enp6.AAAA",
        "cursor=usr_01kapkwryzzzzzzzzzzzzzzzzz",
        "cursor=org_01kapkwry'%20OR%201=1--zzz",
        "cursor=%00",
        "page=2",
        "Limit=2",
    ];
    for query in cases {
        let found = operator.refused("GET", &format!("/organizations?{query}"), Value::Null).await;
        assert_eq!(found, (400, "invalid_parameter".to_owned()), "{query}");
    }
}
