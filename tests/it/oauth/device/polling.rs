//! How devices ask (RFC 8628 §3.5): in time, not too often, once.

use std::time::Duration;

use serde_json::json;

use super::devices;
use crate::oauth::brought_about;
use crate::support::customer::{EVERYTHING, call};
use crate::support::device::{CUSTOMER, DEVICE_CODE, Devices, INTERVAL};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

const LIFE: Duration = Duration::from_secs(600);

#[tokio::test]
async fn who_asks_too_often_waits_longer_from_then_on() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let begun = devices.begin(app, EVERYTHING).await;
        let other = devices.begin(app, EVERYTHING).await;
        for (after, expected) in [
            (0, "authorization_pending"),
            (5, "authorization_pending"),
            (1, "slow_down"),
            (5, "slow_down"),
            (15, "authorization_pending"),
            (10, "slow_down"),
        ] {
            app.advance(Duration::from_secs(after));
            assert_eq!(devices.refusal(app, &begun).await, expected, "{after}");
        }
        assert_eq!(devices.refusal(app, &other).await, "authorization_pending", "each for itself");
        // Nobody waits for what is there.
        let browser = app.browser(CUSTOMER).await;
        browser.answer(&browser.enter(&begun.user_code).await, "allow").await;
        assert_eq!(devices.poll(app, &begun).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn a_code_has_its_time() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let (waiting, late) = (devices.begin(app, EVERYTHING).await, devices.allowed(app).await);
        app.advance(LIFE);
        assert_eq!(devices.refusal(app, &waiting).await, "expired_token");
        assert_eq!(devices.refusal(app, &late).await, "expired_token", "allowed, and not fetched");
        let page = app.browser(CUSTOMER).await.enter(&waiting.user_code).await;
        assert_eq!(page.status, 422);
        // Cleaning up takes nothing away that still has an answer.
        app.run_jobs_now().await;
        assert_eq!(devices.refusal(app, &waiting).await, "expired_token");
        app.advance(Duration::from_secs(3_601));
        app.run_jobs_now().await;
        assert_eq!(devices.refusal(app, &waiting).await, "invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn what_is_allowed_late_lives_on() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let begun = devices.begin(app, "openid public_api.read").await;
        app.advance(LIFE - Duration::from_secs(2));
        let browser = app.browser(CUSTOMER).await;
        browser.answer(&browser.enter(&begun.user_code).await, "allow").await;
        app.advance(Duration::from_secs(1));
        app.poll_changes_now().await;
        let (status, tokens) = devices.poll(app, &begun).await;
        assert_eq!((status, &tokens["expires_in"]), (200, &json!(3600)), "{tokens}");
    })
    .await;
}

#[tokio::test]
async fn a_second_use_takes_everything_back() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let (begun, tokens) = devices.tokens(app).await;
        let (_, others) = devices.tokens(app).await;
        assert_ne!(call(app, &tokens).await, 401, "it was good until now");
        app.advance(INTERVAL);
        assert_eq!(devices.refusal(app, &begun).await, "invalid_grant");
        assert_eq!(call(app, &tokens).await, 401, "the access token is dead");
        assert_eq!(devices.refresh(app, &tokens).await.0, 400, "and the refresh token");
        assert_ne!(call(app, &others).await, 401, "another device is not concerned");
        assert_eq!(brought_about(app, devices.id).await, ["grant.device_code_reused"]);
    })
    .await;
}

/// Each request differs in one thing from the good one, is refused, and uses nothing up.
#[tokio::test]
async fn a_device_code_is_bound_to_client_and_server() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let devices = Devices::new(app, &world).await;
        let stranger = Devices::another(app, &world).await;
        let begun = devices.allowed(app).await;
        assert_eq!(stranger.refusal(app, &begun).await, "invalid_grant");
        let send = async |server: &str, form: &[(&str, &str)]| {
            let path = format!("/oauth2/{server}/v1/token");
            let form = [&[("client_id", devices.client_id.as_str())], form].concat();
            let answer = app.request("POST", &path).form(&form).send().await.expect("an answer");
            let body: serde_json::Value = answer.json().await.expect("JSON");
            body["error"].as_str().unwrap_or("none").to_owned()
        };
        let other = json!({"id": "other", "name": "Other", "audience": "api://other"});
        let actor = TestApp::actor();
        gatehouse_server::actions::servers::create(app.ctx(), &actor, crate::support::world::input(other))
            .await
            .expect("a server");
        app.poll_changes_now().await;
        let good = begun.device_code.as_str();
        let longer = format!("{good}a");
        for (name, server, grant_type, code) in [
            ("another server", "other", DEVICE_CODE, good),
            ("cut off", "default", DEVICE_CODE, &good[..good.len() - 1]),
            ("longer", "default", DEVICE_CODE, &longer),
            ("the user code", "default", DEVICE_CODE, begun.user_code.as_str()),
            ("never was", "default", DEVICE_CODE, "gh_dc_0000000000000000000000000000000000000000000000000"),
        ] {
            let error = send(server, &[("grant_type", grant_type), ("device_code", code)]).await;
            assert_eq!(error, "invalid_grant", "{name}");
        }
        let error = send("default", &[("grant_type", "authorization_code"), ("code", good)]).await;
        assert_eq!(error, "invalid_grant", "as another type");
        let error = send("default", &[("grant_type", "refresh_token"), ("refresh_token", good)]).await;
        assert_eq!(error, "invalid_grant", "as another type");
        assert_eq!(send("default", &[("grant_type", DEVICE_CODE)]).await, "invalid_request");
        let resource = [("grant_type", DEVICE_CODE), ("device_code", good), ("resource", "api://elsewhere")];
        assert_eq!(send("default", &resource).await, "invalid_target");
        assert_eq!(devices.poll(app, &begun).await.0, 200, "nothing of it was used up");
    })
    .await;
}
