//! `/v2/sessionResults` and its neighbours through the gate: what works, and every malformed request with its exact
//! status and body.

mod malformed;
mod tokens;

use std::time::Duration;

use gatehouse_core::oauth::revocation::Predicate;
use gatehouse_store::usage;
use serde_json::{Value, json};

use super::raw::{Answer, send};
use super::world::{FAST, SESSIONS, SLOW, TEST, World};
use crate::support::{TestApp, on_each_engine};

/// A call with a token in the header `token`.
async fn get(app: &TestApp, target: &str, token: &str) -> Answer {
    send(app, &format!("GET {target}"), &[format!("token: {token}")]).await
}

/// The exact body of an error; `extra` stands before the closing brace.
fn problem(answer: &Answer, status: u16, title: &str, (code, detail): (&str, &str), extra: &str) -> String {
    let body: Value = serde_json::from_str(&answer.body).expect("JSON");
    // The portal's address has another port in every test; `serve.rs` looks at the whole of it.
    let page = body["type"].as_str().expect("an address");
    assert!(page.starts_with("http://127.0.0.1:") && page.ends_with(&format!("/docs/errors/{code}")), "{page}");
    format!(
        r#"{{"type":"{page}","title":"{title}","status":{status},"detail":{},"code":"{code}","requestId":"{}"{extra}}}"#,
        json!(detail),
        answer.header("x-request-id"),
    )
}

#[tokio::test]
async fn answers_the_list_with_every_header() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let answer = get(app, &format!("/v2/sessionResults?testId={TEST}"), &world.token(SLOW)).await;
        let [first, second, _] = SESSIONS;
        let body = format!(
            r#"{{"testId":"{TEST}","sessions":[{{"sessionId":"{first}","audienceId":null,"status":"COMPLETE","startTime":"2026-11-22T11:04:00.000Z","finishTime":null}},{{"sessionId":"{second}","audienceId":null,"status":"COMPLETE","startTime":"2026-11-22T11:03:00.000Z","finishTime":null}}],"meta":{{"pagination":{{"limit":25,"offset":0,"totalCount":2}}}}}}"#
        );
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, body.as_str()));
        for (name, value) in [
            ("content-type", "application/json; charset=utf-8"),
            ("cache-control", "private, no-store"),
            ("pragma", "no-cache"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox"),
            ("x-ratelimit-limit", "10"),
            ("x-ratelimit-remaining", "9"),
            ("x-ratelimit-reset", "60"),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
        assert!(answer.header("x-request-id").starts_with("rid_"));
    })
    .await;
}

#[tokio::test]
async fn accepts_every_spelling_that_is_documented() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let token = world.token(FAST);
    let plain = [format!("token: {token}")];
    let bearer = [format!("Authorization: bearer  {token}")];
    let both = [format!("Token: {token}"), format!("AUTHORIZATION: Bearer {token}")];
    let query = format!("testId={TEST}");
    for (request, headers) in [
        (format!("GET /v2/sessionResults?{query}"), &plain[..]),
        (format!("GET /v2/sessionResults?{query}"), &bearer[..]),
        (format!("GET /v2/sessionResults?{query}"), &both[..]),
        (format!("GET /v2/sessionResults/?{query}"), &plain[..]),
        (format!("GET /api/v2/sessionResults?{query}"), &plain[..]),
        (format!("GET /api/v2/sessionResults/?{query}&unknown=1&unknown=2"), &plain[..]),
        (format!("GET /v2/sessionResults?limit=500&offset=10000&test%49d={}", TEST.to_uppercase()), &plain[..]),
        (format!("GET {}/v2/sessionResults?{query}", app.base), &plain[..]),
        (format!("GET /v2/sessionResults/{}", SESSIONS[0]), &plain[..]),
        (format!("GET /v3/sessionResults/{}", SESSIONS[0]), &plain[..]),
        (format!("GET /api/v3/sessionResults/{}", SESSIONS[0].to_uppercase()), &bearer[..]),
        (format!("HEAD /v2/sessionResults?{query}"), &plain[..]),
    ] {
        let answer = send(&app, &request, headers).await;
        assert_eq!(answer.status, 200, "{request} {}", answer.body);
        assert_eq!(answer.body.is_empty(), request.starts_with("HEAD"), "{request}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_quota_holds_and_usage_is_stored() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let (token, target) = (world.token(SLOW), format!("/v2/sessionResults?testId={TEST}"));
        let poor = world.token_with(&json!({"client_id": SLOW, "cid": SLOW, "sub": SLOW, "scope": "", "scp": []}));
        for left in (5..10).rev() {
            let answer = get(app, &target, &token).await;
            assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, &*left.to_string()));
        }
        for (target, token, status) in [("/v2/sessionResults", &token, 400), (target.as_str(), &poor, 403)] {
            assert_eq!(get(app, target, token).await.status.as_u16(), status);
        }
        for bad in ["a.b.c", "x"] {
            assert_eq!(get(app, &target, bad).await.status, 401);
        }
        for _ in 0..3 {
            assert_eq!(get(app, &target, &token).await.status, 200);
        }
        app.advance(Duration::from_millis(15_500));
        let answer = get(app, &target, &token).await;
        let detail = "The quota of 10 calls is used up. The next window begins in 45 seconds.";
        assert_eq!(answer.body, problem(&answer, 429, "Too Many Requests", ("quota_exceeded", detail), ""));
        for (name, value) in [("retry-after", "45"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "45")] {
            assert_eq!(answer.header(name), value, "{name}");
        }
        assert_eq!(get(app, &target, &world.token(FAST)).await.header("x-ratelimit-limit"), "6000");
        app.advance(Duration::from_millis(44_500));
        assert_eq!(get(app, &target, &token).await.header("x-ratelimit-remaining"), "9");
        stored(app).await;
        let metrics = app.get_operator("/metrics").await.text().await.expect("text");
        for line in ["forwarded_total 11", "refused_total{reason=\"quota\"} 1", "refused_total{reason=\"scope\"} 1"] {
            assert!(metrics.contains(&format!("\ngatehouse_gate_{line}\n")), "{metrics}");
        }
    })
    .await;
}

async fn stored(app: &TestApp) {
    gatehouse_server::gate::flush(app.ctx(), &app.state.gate).await.expect("is stored");
    gatehouse_server::gate::flush(app.ctx(), &app.state.gate).await.expect("is stored once");
    let hours = app.ctx().db.read(async |tx| {
        let slow = gatehouse_store::applications::find_by_client_id(tx, SLOW).await?.expect("is there");
        usage::of_application(tx, slow.id, gatehouse_store::testing::NOW.plus_secs(-3_600)).await
    });
    let hours = hours.await.expect("is read");
    let sums: Vec<_> = hours.iter().map(|hour| (hour.calls, hour.refused, hour.failed)).collect();
    assert_eq!(
        sums,
        [(12, 2, 1)],
        "ten, of which the API refused one, one refused for its quota, one in the next window"
    );
}

#[tokio::test]
async fn revocation_reaches_tokens_that_are_out() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let (token, target) = (world.token(FAST), format!("/v2/sessionResults?testId={TEST}"));
        assert_eq!(get(app, &target, &token).await.status, 200);
        world.revoke(app, Predicate::Application { client_id: FAST.to_owned() }).await;
        let answer = get(app, &target, &token).await;
        let detail = "The access token has been revoked.";
        assert_eq!(answer.body, problem(&answer, 401, "Unauthorized", ("invalid_token", detail), ""));
        assert_eq!(get(app, &target, &world.token(SLOW)).await.status, 200);
        world.reload(app).await;
        assert_eq!(get(app, &target, &token).await.status, 401, "after everything was read again, too");
    })
    .await;
}
