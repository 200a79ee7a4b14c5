//! The gate as a whole: real signatures, a real upstream in this process, a clock that stands still.

mod refused;
mod support;
mod tokens;

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;

use support::{Sent, World, at, start};

#[tokio::test]
async fn lets_a_good_call_through() {
    let world = World::new();
    let answer = world.get("/v2/things?x=1&x=2").token(&world.token(&json!({}))).send().await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.json(),
        json!({
            "uri": "/v2/things?x=1&x=2", "method": "GET", "client_id": "client-1", "subject": "client-1",
            "on_behalf_of": "Application", "scopes": ["things:read"], "request_id": answer.request_id(),
            "headers": ["accept", "host"], "body": 0,
        })
    );
    for (name, value) in [
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
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn refuses_everything_without_a_snapshot() {
    let world = World::empty();
    let answer = world.get("/v2/things").token("a.b.c").send().await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["code"], "not_ready");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn forwards_exactly_what_it_matched() {
    let world = World::new();
    let token = world.token(&json!({}));
    for (asked, forwarded) in [
        ("/v2/things/", "/v2/things"),
        ("/api/v2/things", "/v2/things"),
        ("/api/v2/things/?a=%2F", "/v2/things?a=%2F"),
        ("/v2/things/a%20b", "/v2/things/a%20b"),
        ("/v2/things/%c3%a9?", "/v2/things/%C3%A9?"),
        ("http://other.example/v2/things", "/v2/things"),
    ] {
        let answer = world.get(asked).token(&token).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{asked}");
        assert_eq!(answer.json()["uri"], forwarded, "{asked}");
    }
}

#[tokio::test]
async fn answers_before_the_token_what_is_public() {
    let world = World::new();
    for (method, uri, status, code) in [
        (Method::GET, "/v2/nothing", 404, "not_found"),
        (Method::GET, "/v2/Things", 404, "not_found"),
        (Method::GET, "/v2/things/a/", 404, "not_found"),
        (Method::GET, "/v2//things", 400, "invalid_path"),
        (Method::GET, "/v2/./things", 400, "invalid_path"),
        (Method::GET, "/v2/x/../things", 400, "invalid_path"),
        (Method::GET, "/v2/%2e%2e/v2/things", 400, "invalid_path"),
        (Method::GET, "/v2%2fthings", 400, "invalid_path"),
        (Method::GET, "/v2/things;a=b", 400, "invalid_path"),
        (Method::GET, "/v2/things%00", 400, "invalid_path"),
        (Method::GET, "/v2\\things", 400, "invalid_path"),
        (Method::DELETE, "/v2/things", 405, "method_not_allowed"),
        (Method::OPTIONS, "/v2/things", 405, "method_not_allowed"),
    ] {
        let answer = world.request(method, uri).send().await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (status, Some(code)), "{uri}");
        assert!(answer.headers.get("x-ratelimit-limit").is_none());
        assert!(answer.headers.get("www-authenticate").is_none());
    }
    assert_eq!(world.request(Method::DELETE, "/v2/things").send().await.header("allow"), "GET, HEAD, POST");
    assert_eq!(world.gate.usage().waiting(), 0);
}

#[tokio::test]
async fn tells_where_the_token_goes() {
    let world = World::new();
    let good = world.token(&json!({}));
    let missing = world.get("/v2/things").send().await;
    assert_eq!(missing.header("www-authenticate"), r#"Bearer realm="things""#);
    assert_eq!(
        missing.json(),
        json!({
            "type": "https://portal.example/docs/errors/missing_token", "title": "Unauthorized", "status": 401,
            "detail": "Send the access token in the header `token` or as `Authorization: Bearer`.",
            "code": "missing_token", "requestId": missing.request_id(),
        })
    );
    let in_query = world.get(&format!("/v2/things?token={good}")).send().await;
    assert_eq!((in_query.status, in_query.json()["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")));
    let bearer = format!("Bearer {good}");
    let both = world.get("/v2/things").token(&good).header("authorization", &bearer).send().await;
    assert_eq!(both.status, StatusCode::OK);
    let different = world.get("/v2/things").token("a.b.c").header("authorization", &bearer).send().await;
    assert_eq!(different.status, StatusCode::BAD_REQUEST);
    assert!(different.header("www-authenticate").starts_with(r#"Bearer realm="things", error="invalid_request""#));
}

#[tokio::test]
async fn needs_one_of_the_scope_alternatives() {
    let world = World::new();
    for (scope, uri, status) in [
        ("things:read", "/v2/things", 200),
        ("all.read", "/v2/things", 200),
        ("other all.read", "/v2/things/1", 200),
        ("", "/v2/things", 403),
        ("things:rea", "/v2/things", 403),
        ("THINGS:READ", "/v2/things", 403),
        ("things:read", "/v2/closed", 403),
        ("things:read", "/v2/both", 403),
        ("things:read all.read", "/v2/both", 200),
    ] {
        let answer = world.get(uri).token(&world.token(&json!({"scope": scope}))).send().await;
        assert_eq!(answer.status.as_u16(), status, "{scope} {uri}");
    }
    let world = World::new();
    let answer = world.get("/v2/things").token(&world.token(&json!({"scope": "x"}))).send().await;
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"things\", error=\"insufficient_scope\", \
         error_description=\"The access token lacks a scope that this operation needs.\", scope=\"things:read\""
    );
    assert_eq!(
        answer.json()["detail"],
        "The access token lacks a scope that this operation needs. It needs `things:read` or `all.read`."
    );
    assert_eq!(answer.header("x-ratelimit-remaining"), "9");
}

#[tokio::test]
async fn counts_every_authenticated_call() {
    let world = World::new();
    let good = world.token(&json!({}));
    let poor = world.token(&json!({"scope": "x"}));
    for _ in 0..5 {
        assert_eq!(world.get("/v2/things").token("bad").send().await.status, StatusCode::UNAUTHORIZED);
    }
    for left in (5..10).rev() {
        let answer = world.get("/v2/things/missing").token(&good).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (404, left.to_string().as_str()));
    }
    for _ in 0..5 {
        assert_eq!(world.get("/v2/things").token(&poor).send().await.status, StatusCode::FORBIDDEN);
    }
    world.clock.advance(Duration::from_millis(1_500));
    for token in [&good, &poor] {
        let answer = world.get("/v2/things").token(token).send().await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.header("retry-after"), "59");
        assert_eq!(answer.header("x-ratelimit-remaining"), "0");
        assert_eq!(answer.header("x-ratelimit-reset"), "59");
        assert_eq!(answer.json()["code"], "quota_exceeded");
    }
    let other = world.token(&json!({"client_id": "client-2", "cid": "client-2", "sub": "client-2"}));
    assert_eq!(world.get("/v2/things").token(&other).send().await.header("x-ratelimit-limit"), "6000");
    world.clock.advance(Duration::from_millis(58_500));
    assert_eq!(world.get("/v2/things").token(&good).send().await.header("x-ratelimit-remaining"), "9");

    let mut rows = world.gate.usage().drain();
    rows.sort_by_key(|row| row.client_id.clone());
    let counts: Vec<_> = rows.iter().map(|row| (&*row.client_id, row.calls, row.refused, row.failed)).collect();
    assert_eq!(counts, [("client-1", 13, 7, 5), ("client-2", 1, 0, 0)]);
    let totals = world.gate.totals();
    assert_eq!(totals.forwarded, 7);
    assert_eq!(totals.refused, [("quota", 2), ("scope", 5), ("token_not_valid", 5)].into());
}

#[tokio::test]
async fn upstreams_learn_nothing_from_made_up_headers() {
    let world = World::new();
    let answer = world
        .get("/v2/things")
        .header("authorization", &format!("Bearer {}", world.token(&json!({}))))
        .header("cookie", "session=x")
        .header("x-gatehouse-client-id", "evil")
        .header("x_gatehouse_user", "evil")
        .header("connection", "x-hop")
        .header("x-hop", "1")
        .header("x-request-id", "evil")
        .send()
        .await;
    assert_eq!(answer.json()["headers"], json!(["accept", "host"]));
    assert_ne!(answer.request_id(), "evil");
}

#[tokio::test]
async fn bodies_are_bounded() {
    let world = World::new();
    let token = world.token(&json!({}));
    let small = world.get("/v2/things").token(&token).header("content-length", "3").body("abc").send().await;
    assert_eq!(small.json()["body"], 0, "a GET's body goes no further");
    assert_eq!(small.json()["headers"], json!(["accept", "host"]));
    let announced = world.get("/v2/things").token(&token).header("content-length", "65537").send().await;
    assert_eq!((announced.status.as_u16(), announced.json()["code"].as_str()), (413, Some("content_too_large")));
    let post = |body: String| world.request(Method::POST, "/v2/things").token(&token).body(&body);
    assert_eq!(post("abc".to_owned()).send().await.json()["body"], 3);
    let large = post("x".repeat(1024 * 1024 + 1)).send().await;
    assert_eq!(large.status.as_u16(), 413, "cut off while it is read");
}

#[tokio::test]
async fn head_is_served_where_get_is() {
    let world = World::new();
    let answer = world.request(Method::HEAD, "/v2/things").token(&world.token(&json!({}))).send().await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn memory_stays_flat_under_a_flood() {
    let world = World::new();
    let good = world.token(&json!({}));
    for n in 0..20_000 {
        let garbage = format!("{}.{n}", good.rsplit_once('.').expect("three segments").0);
        let Sent { status, .. } = world.get("/v2/things").token(&garbage).send().await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!((world.gate.cached_tokens(), world.gate.open_windows(), world.gate.usage().waiting()), (0, 0, 0));
    assert_eq!(at(0), start());
}
