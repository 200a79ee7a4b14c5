//! `POST /oauth2/{server}/v1/device/authorize`: malformed and refused requests, and what the owners read of them.

use gatehouse_server::actions::applications::refused_calls;
use gatehouse_server::every_second::write_once;
use serde_json::Value;

use super::devices;
use crate::support::customer::{Customer, EVERYTHING};
use crate::support::device::{CUSTOMER, Devices};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

const PATH: &str = "/oauth2/default/v1/device/authorize";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn each_with_its_status_and_error() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let devices = Devices::new(app, &world).await;
        let web = Customer::web(app, &world).await;
        let (id, secret) = (devices.client_id.as_str(), web.secret.expose());
        let good = format!("client_id={id}&scope=openid");
        let of_web = format!("client_id={}&client_secret={secret}", web.client_id);
        let long = format!("{good}&padding={}", "x".repeat(64 * 1024));
        let many = format!("{good}{}", "&a=1".repeat(101));
        let cases: [(&str, &str, String, u16, &str); 18] = [
            ("another server", "/oauth2/other/v1/device/authorize", good.clone(), 404, "invalid_request"),
            ("no client", PATH, "scope=openid".into(), 401, "invalid_client"),
            ("unknown client", PATH, "client_id=nobody".into(), 401, "invalid_client"),
            ("a client that has to prove itself", PATH, format!("client_id={}", web.client_id), 401, "invalid_client"),
            (
                "a secret of somebody else",
                PATH,
                format!("client_id={id}&client_secret={secret}"),
                401,
                "invalid_client",
            ),
            ("another type of application", PATH, of_web, 400, "unauthorized_client"),
            ("repeated client", PATH, format!("{good}&client_id={id}"), 400, "invalid_request"),
            ("repeated scope", PATH, format!("{good}&scope=openid"), 400, "invalid_request"),
            (
                "in the address",
                "/oauth2/default/v1/device/authorize?scope=openid",
                good.clone(),
                400,
                "invalid_request",
            ),
            ("NUL", PATH, format!("{good}&x=%00"), 400, "invalid_request"),
            ("not UTF-8", PATH, format!("{good}&x=%ff"), 400, "invalid_request"),
            ("too many parameters", PATH, many, 400, "invalid_request"),
            ("too large", PATH, long, 413, "invalid_request"),
            ("scope that is not approved", PATH, format!("client_id={id}&scope=openid+phone"), 400, "invalid_scope"),
            ("scope that there is not", PATH, format!("client_id={id}&scope=studies:own"), 400, "invalid_scope"),
            ("scopes with commas", PATH, format!("client_id={id}&scope=openid,email"), 400, "invalid_scope"),
            ("unknown resource", PATH, format!("client_id={id}&resource=api://elsewhere"), 400, "invalid_target"),
            ("resource without a scope", PATH, format!("{good}&resource=api://results"), 400, "invalid_scope"),
        ];
        for (name, path, body, status, error) in cases {
            let request = app.request("POST", path).header("content-type", FORM).body(body);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.headers()["cache-control"], "no-store", "{name}");
            let (got, body): (_, Value) = (answer.status().as_u16(), answer.json().await.expect("JSON"));
            assert_eq!((got, body["error"].as_str()), (status, Some(error)), "{name}: {body}");
            let text = body.to_string();
            assert!(!text.contains(secret) && body.get("device_code").is_none(), "{name}: {text}");
        }
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
            let request = app.request("POST", PATH).header("content-type", content_type).body(good.clone());
            assert_eq!(request.send().await.expect("an answer").status(), 415, "{content_type}");
        }
        for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
            let request = app.request(method, PATH).header("origin", "https://app.example.com");
            let answer = request.send().await.expect("an answer");
            assert_eq!((answer.status().as_u16(), answer.headers()["allow"].as_bytes()), (405, &b"POST"[..]));
            assert!(!answer.headers().contains_key("access-control-allow-origin"), "not for scripts");
        }
    })
    .await;
}

#[tokio::test]
async fn owners_read_of_mistakes_and_not_of_waiting() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let begun = devices.begin(&app, EVERYTHING).await;
    for expected in ["authorization_pending", "slow_down"] {
        assert_eq!(devices.refusal(&app, &begun).await, expected);
    }
    browser.answer(&browser.enter(&begun.user_code).await, "cancel").await;
    assert_eq!(devices.refusal(&app, &begun).await, "access_denied");
    assert_eq!(devices.ask_to_begin(&app, &[("scope", "openid phone")]).await.0, 400);
    let (_, _) = devices.tokens(&app).await;
    write_once(&app.state).await.expect("written");
    let calls = refused_calls(app.ctx(), &TestApp::actor(), devices.id).await.expect("calls");
    let seen: Vec<_> = calls.iter().map(|call| (call.path.as_str(), call.code.as_str())).collect();
    assert_eq!(seen, [(PATH, "invalid_scope")]);
}
