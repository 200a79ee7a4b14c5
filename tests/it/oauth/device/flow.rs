//! From the device's first request to its tokens, as device and person go it.

use serde_json::json;

use super::devices;
use crate::login::{PASSWORD, person};
use crate::oauth::token::claims::{access_token, id_token};
use crate::oauth::userinfo;
use crate::support::browser::Browser;
use crate::support::customer::{EVERYTHING, call};
use crate::support::device::{CUSTOMER, INTERVAL};
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn code_sign_in_consent_tokens() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        person(app, "ann@example.com").await;
        let begun = devices.begin(app, EVERYTHING).await;
        let complete = format!("{}/device?user_code={}", app.base, begun.user_code);
        assert_eq!(
            begun.answer,
            json!({
                "device_code": begun.device_code, "user_code": begun.user_code,
                "verification_uri": format!("{}/device", app.base), "verification_uri_complete": complete,
                "expires_in": 600, "interval": 5,
            })
        );
        assert!(begun.device_code.starts_with("gh_dc_"));
        assert_eq!(devices.refusal(app, &begun).await, "authorization_pending");

        // Signs in on the way, and the code is still there; it counts for nothing until it is confirmed.
        let browser = Browser::new(app);
        let sent = browser.get(complete.strip_prefix(&app.base).expect("ours")).await;
        assert!(sent.location.starts_with("/sign-in?return_to="), "{}", sent.location);
        let form = browser.get(&sent.location).await;
        let (token, back) = (form.field("token"), form.field("return_to"));
        let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("token", &token), ("return_to", &back)];
        let on = browser.post("/sign-in", &fields).await;
        assert_eq!(on.location, format!("/device?user_code={}", begun.user_code));
        let filled = browser.get(&on.location).await;
        assert_eq!(filled.status, 200);
        assert!(filled.html.contains(&format!("value=\"{}\"", begun.user_code)), "{}", filled.html);
        let question = browser.enter(&begun.user_code).await;
        for words in [
            "Connect Terminal to your account?",
            "Organization",
            "Not verified",
            "Your device must show this code",
            begun.user_code.as_str(),
            "Only go on if you started this",
            "ann@example.com",
            "Use another account",
            "See your e-mail address",
            "Keep its access while you are away",
            "connected-applications",
        ] {
            assert!(question.html.contains(words), "{words}: {}", question.html);
        }
        app.advance(INTERVAL);
        assert_eq!(devices.refusal(app, &begun).await, "authorization_pending");
        let done = browser.answer(&question, "allow").await;
        assert_eq!((done.status, done.location.as_str()), (303, "/device/done?answer=allowed"));
        assert!(browser.get(&done.location).await.html.contains("You can go back to your device"));

        let (status, tokens) = devices.poll(app, &begun).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!((&tokens["scope"], &tokens["token_type"]), (&json!(EVERYTHING), &json!("Bearer")));
        let (access, id) = (access_token(app, &tokens).await, id_token(app, &tokens).await);
        assert_eq!((&access["aud"], &access["client_id"]), (&json!("api://results"), &json!(devices.client_id)));
        assert_eq!((&id["aud"], &id["amr"], id.get("sid")), (&json!(devices.client_id), &json!(["pwd"]), None), "{id}");
        assert_eq!((&id["sub"], id.get("nonce")), (&access["sub"], None));
        assert_ne!(call(app, &tokens).await, 401, "the gate lets it in");
        let (status, claims) = userinfo(app, &tokens["access_token"]).await;
        assert_eq!((status, &claims["email"]), (200, &json!("ann@example.com")));
        let (status, second) = devices.refresh(app, &tokens).await;
        assert_eq!((status, &second["scope"]), (200, &json!(EVERYTHING)), "{second}");
    })
    .await;
}

#[tokio::test]
async fn only_what_was_asked_for_comes() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let browser = app.browser(CUSTOMER).await;
        for (asked, has) in [("public_api.read", (false, false)), ("openid", (true, false))] {
            let begun = devices.begin(app, asked).await;
            browser.answer(&browser.enter(&begun.user_code).await, "allow").await;
            let (status, tokens) = devices.poll(app, &begun).await;
            assert_eq!((status, &tokens["scope"]), (200, &json!(asked)), "{tokens}");
            assert_eq!((tokens.get("id_token").is_some(), tokens.get("refresh_token").is_some()), has, "{tokens}");
        }
        // Without a scope: all that it is entitled to; a resource narrows the token.
        let (status, answer) = devices.ask_to_begin(app, &[("resource", "api://results")]).await;
        assert_eq!(status, 200, "{answer}");
    })
    .await;
}

#[tokio::test]
async fn cancel_is_an_answer() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let begun = devices.begin(app, EVERYTHING).await;
        let browser = app.browser(CUSTOMER).await;
        let question = browser.enter(&begun.user_code).await;
        let done = browser.answer(&question, "cancel").await;
        assert_eq!(done.location, "/device/done?answer=denied");
        assert!(browser.get(&done.location).await.html.contains("Nothing was allowed"));
        assert_eq!(devices.refusal(app, &begun).await, "access_denied");
        assert_eq!(browser.answer(&question, "allow").await.status, 422, "answered is answered");
        assert_eq!(devices.refusal(app, &begun).await, "access_denied");
        assert_eq!(browser.get("/connected-applications").await.html.matches("Terminal").count(), 0);
    })
    .await;
}
