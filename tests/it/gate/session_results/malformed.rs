//! Requests with a good token that are wrong in another way: parameters, foreign data, methods, paths, sizes.

use super::{get, problem};
use crate::gate::raw::send;
use crate::gate::world::{FAST, FOREIGN_SESSION, FOREIGN_TEST, SESSIONS, TEST, World};
use crate::support::{TestApp, on_each_engine};

const PAGE: &str = "offset must be between 0-10000 and limit must be between 1-500";
const UNKNOWN: &str = "99999999-9999-4999-8999-999999999999";
const NO_TEST: &str = "There is no such test, or it is not in a workspace that you can see.";
const NO_SESSION: &str = "There is no such session, or it is not in a workspace that you can see.";
const NO_ROUTE: &str =
    "No API answers at this path. Paths are case-sensitive; the catalogue lists the operations of each API.";
const SEGMENT: &str = "The path holds an empty segment or a segment of dots.";
const ESCAPE: &str = "The path holds a percent-escape that is not allowed there.";
const CHARACTER: &str = "The path holds a character that is not allowed there.";

#[tokio::test]
async fn parameters_have_rules() {
    let app = TestApp::sqlite().await;
    let token = World::new(&app).await.token(FAST);
    let id = format!("testId={TEST}");
    for (query, faults) in [
        (String::new(), vec![("testId", "is required and must be a UUID")]),
        ("testid=x".to_owned(), vec![("testId", "is required and must be a UUID")]),
        ("testId=".to_owned(), vec![("testId", "must be a UUID")]),
        ("testId=x".to_owned(), vec![("testId", "must be a UUID")]),
        (format!("testId={}", TEST.replace('-', "")), vec![("testId", "must be a UUID")]),
        (format!("testId={{{TEST}}}"), vec![("testId", "must be a UUID")]),
        (format!("testId={TEST}%00"), vec![("testId", "must be a UUID")]),
        ("testId=%ff".to_owned(), vec![("testId", "must be a UUID")]),
        (format!("{id}&{id}"), vec![("testId", "must be given only once")]),
        (format!("{id}&limit=0"), vec![("limit", PAGE)]),
        (format!("{id}&limit=501"), vec![("limit", PAGE)]),
        (format!("{id}&limit=-1"), vec![("limit", PAGE)]),
        (format!("{id}&limit=abc"), vec![("limit", PAGE)]),
        (format!("{id}&limit="), vec![("limit", PAGE)]),
        (format!("{id}&limit=10.5"), vec![("limit", PAGE)]),
        (format!("{id}&limit=99999999999999999999"), vec![("limit", PAGE)]),
        (format!("{id}&limit=10&limit=10"), vec![("limit", "must be given only once")]),
        (format!("{id}&offset=-1"), vec![("offset", PAGE)]),
        (format!("{id}&offset=10001"), vec![("offset", PAGE)]),
        (format!("{id}&offset=0x1"), vec![("offset", PAGE)]),
        (format!("{id}&offset=1&offset=2"), vec![("offset", "must be given only once")]),
        (
            "limit=0&offset=x".to_owned(),
            vec![("testId", "is required and must be a UUID"), ("limit", PAGE), ("offset", PAGE)],
        ),
    ] {
        let answer = get(&app, &format!("/v2/sessionResults?{query}"), &token).await;
        assert_eq!(answer.body, invalid(&answer, &faults), "{query}");
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{query}");
        assert_ne!(answer.header("x-ratelimit-remaining"), "", "{query} counts");
    }
    for version in ["v2", "v3"] {
        for bad in ["x", "%20", "33333333333343338333333333333333", "..."] {
            let answer = get(&app, &format!("/{version}/sessionResults/{bad}"), &token).await;
            assert_eq!(answer.body, invalid(&answer, &[("sessionId", "must be a UUID")]), "{version} {bad}");
        }
    }
    app.stop().await;
}

fn invalid(answer: &crate::gate::raw::Answer, faults: &[(&str, &str)]) -> String {
    let detail = faults.iter().map(|(name, rule)| format!("{name}: {rule}")).collect::<Vec<_>>().join("; ");
    let errors =
        faults.iter().map(|(name, rule)| format!(r#"{{"field":"{name}","code":"invalid","message":"{rule}"}}"#));
    let errors = format!(r#","errors":[{}]"#, errors.collect::<Vec<_>>().join(","));
    problem(answer, 400, "Bad Request", ("invalid_parameter", &detail), &errors)
}

#[tokio::test]
async fn what_is_elsewhere_is_not_there() {
    on_each_engine(async |app: &TestApp| {
        let token = World::new(app).await.token(FAST);
        for (target, detail) in [
            (format!("/v2/sessionResults?testId={FOREIGN_TEST}"), NO_TEST),
            (format!("/v2/sessionResults?testId={UNKNOWN}"), NO_TEST),
            (format!("/v2/sessionResults/{FOREIGN_SESSION}"), NO_SESSION),
            (format!("/v3/sessionResults/{FOREIGN_SESSION}"), NO_SESSION),
            (format!("/v2/sessionResults/{UNKNOWN}"), NO_SESSION),
        ] {
            let answer = get(app, &target, &token).await;
            assert_eq!(answer.body, problem(&answer, 404, "Not Found", ("not_found", detail), ""), "{target}");
            assert_eq!(answer.status, 404, "{target}");
        }
    })
    .await;
}

#[tokio::test]
async fn methods_and_paths_are_exact() {
    let app = TestApp::sqlite().await;
    let token = World::new(&app).await.token(FAST);
    let headers = [format!("token: {token}")];
    let method = "This path answers to GET, HEAD only.";
    let not_allowed = (405, "Method Not Allowed", "method_not_allowed", method);
    let not_found = (404, "Not Found", "not_found", NO_ROUTE);
    let path = |detail| (400, "Bad Request", "invalid_path", detail);
    let session = SESSIONS[0];
    for (request, (status, title, code, detail)) in [
        ("POST /v2/sessionResults".to_owned(), not_allowed),
        ("PUT /v2/sessionResults".to_owned(), not_allowed),
        ("DELETE /v2/sessionResults".to_owned(), not_allowed),
        ("OPTIONS /v2/sessionResults".to_owned(), not_allowed),
        ("TRACE /v2/sessionResults".to_owned(), not_allowed),
        ("PROPFIND /v2/sessionResults".to_owned(), not_allowed),
        (format!("PATCH /v3/sessionResults/{session}"), not_allowed),
        ("GET /v2".to_owned(), not_found),
        ("GET /v2/".to_owned(), not_found),
        ("GET /v2/sessionresults".to_owned(), not_found),
        ("GET /v2/SESSIONRESULTS".to_owned(), not_found),
        ("GET /v3/sessionResults".to_owned(), not_found),
        ("GET /v4/sessionResults".to_owned(), not_found),
        ("GET /api/sessionResults".to_owned(), not_found),
        ("GET /api/api/v2/sessionResults".to_owned(), not_found),
        (format!("GET /v2/sessionResults/{session}/"), not_found),
        (format!("GET /v2/sessionResults/{session}/x"), not_found),
        ("GET /v2//sessionResults".to_owned(), path(SEGMENT)),
        ("GET /v2/sessionResults//".to_owned(), path(SEGMENT)),
        ("GET /api//v2/sessionResults".to_owned(), path(SEGMENT)),
        ("GET /v2/./sessionResults".to_owned(), path(SEGMENT)),
        ("GET /v2/x/../sessionResults".to_owned(), path(SEGMENT)),
        ("GET /v2/%2e%2e/v2/sessionResults".to_owned(), path(ESCAPE)),
        ("GET /v2/session%52esults".to_owned(), path(ESCAPE)),
        (format!("GET /v2/sessionResults%2f{session}"), path(ESCAPE)),
        (format!("GET /v2/sessionResults%5c{session}"), path(ESCAPE)),
        ("GET /v2/sessionResults%00".to_owned(), path(ESCAPE)),
        ("GET /v2/sessionResults%".to_owned(), path(ESCAPE)),
        ("GET /v2/sessionResults/%ff".to_owned(), path(ESCAPE)),
        ("GET /v2/sessionResults/%252e".to_owned(), path(ESCAPE)),
        ("GET /v2/sessionResults;a=b".to_owned(), path(CHARACTER)),
        (format!("GET /v2/sessionResults/{session};x"), path(CHARACTER)),
        (format!("GET /v2/sessionResults\\{session}"), path(CHARACTER)),
    ] {
        let answer = send(&app, &format!("{request}?testId={TEST}"), &headers).await;
        assert_eq!(answer.body, problem(&answer, status, title, (code, detail), ""), "{request}");
        assert_eq!(answer.status.as_u16(), status, "{request}");
        assert_eq!(answer.header("allow"), if status == 405 { "GET, HEAD" } else { "" }, "{request}");
    }
    app.stop().await;
}

#[tokio::test]
async fn sizes_are_bounded() {
    let app = TestApp::sqlite().await;
    let token = World::new(&app).await.token(FAST);
    let request = format!("GET /v2/sessionResults?testId={TEST}");
    let announced = [format!("token: {token}"), "content-length: 104857600".to_owned()];
    let answer = send(&app, &request, &announced).await;
    let detail = ("content_too_large", "The request's body is too large.");
    assert_eq!(answer.body, problem(&answer, 413, "Payload Too Large", detail, ""));
    let long = format!("GET /v2/sessionResults/{}", "a".repeat(2_048));
    let answer = send(&app, &long, &[format!("token: {token}")]).await;
    let detail = ("uri_too_long", "The path is longer than 2048 bytes.");
    assert_eq!(answer.body, problem(&answer, 414, "URI Too Long", detail, ""));
    app.stop().await;
}
