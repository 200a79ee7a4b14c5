//! Basic OP: what may be sent, and what comes of it.

use super::{ANN, Suite, Way, in_both_modes};
use crate::support::browser::Browser;
use crate::support::customer::{CHALLENGE, REDIRECT_URI, VERIFIER, ask};

#[tokio::test]
async fn oidcc_server() {
    in_both_modes(async |suite| {
        let browser = Browser::new(suite.app);
        let way = suite.walk(&browser, &suite.request(&[])).await;
        assert_eq!(way.shown, ["sign-in", "consent"]);
        let parameters: Vec<_> = way.answer.keys().map(String::as_str).collect();
        assert_eq!(parameters, ["code", "iss", "state"]);
        let tokens = suite.tokens_of(&way).await;
        assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(3600)));
        let claims = suite.id_token(&tokens).await;
        assert_eq!(claims["iss"], format!("{}/oauth2/default", suite.app.base));
        assert_eq!(claims["iss"], way.answer["iss"]);
        assert_eq!(claims["aud"], suite.client.client_id.as_str());
        assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
        let now = suite.app.ctx().now().as_secs();
        assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(now), Some(now + 3600)));
        let subject = claims["sub"].as_str().expect("a subject");
        assert!(subject.is_ascii() && !subject.is_empty() && subject.len() <= 255);
        assert_eq!(suite.userinfo(&tokens).await.1["sub"], subject);
    })
    .await;
}

#[tokio::test]
async fn oidcc_server_client_secret_post() {
    in_both_modes(async |suite| {
        let way = suite.walk(&suite.ann().await, &suite.request(&[])).await;
        let form = [("code", way.answer["code"].as_str()), ("redirect_uri", REDIRECT_URI)];
        let (status, tokens) = ask(suite.app, &suite.client, "authorization_code", &form).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(suite.id_token(&tokens).await["aud"], suite.client.client_id.as_str());
    })
    .await;
}

#[tokio::test]
async fn oidcc_response_type_missing() {
    in_both_modes(async |suite| {
        assert_eq!(suite.error(&suite.ann().await, &[("response_type", "")]).await, "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    in_both_modes(async |suite| {
        let tokens = suite.tokens(&suite.ann().await, &[("nonce", "")]).await;
        assert_eq!(suite.id_token(&tokens).await.get("nonce"), None);
    })
    .await;
}

/// What says how the page should look, or is nothing to us, changes nothing.
async fn is_nothing_to_us(suite: &Suite<'_>, more: (&str, &str)) {
    let browser = Browser::new(suite.app);
    let Way { answer, shown } = suite.walk(&browser, &suite.request(&[more])).await;
    assert_eq!(shown.first(), Some(&"sign-in"), "{more:?}");
    assert!(answer.contains_key("code"), "{more:?} {answer:?}");
}

#[tokio::test]
async fn oidcc_display_page() {
    in_both_modes(async |suite| is_nothing_to_us(suite, ("display", "page")).await).await;
}

#[tokio::test]
async fn oidcc_display_popup() {
    in_both_modes(async |suite| is_nothing_to_us(suite, ("display", "popup")).await).await;
}

#[tokio::test]
async fn oidcc_ui_locales() {
    in_both_modes(async |suite| is_nothing_to_us(suite, ("ui_locales", "se sv-SE de")).await).await;
}

#[tokio::test]
async fn oidcc_claims_locales() {
    in_both_modes(async |suite| is_nothing_to_us(suite, ("claims_locales", "se sv-SE de")).await).await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_unknown_parameter_succeeds() {
    in_both_modes(async |suite| is_nothing_to_us(suite, ("extra", "foobar")).await).await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_acr_values_succeeds() {
    in_both_modes(async |suite| {
        let wanted = ("acr_values", "phr urn:gatehouse:acr:1fa urn:gatehouse:acr:2fa");
        let tokens = suite.tokens(&suite.ann().await, &[wanted]).await;
        assert_eq!(suite.id_token(&tokens).await["acr"], "urn:gatehouse:acr:1fa", "one of them");
        let tokens = suite.tokens(&suite.ann().await, &[("acr_values", "1 2")]).await;
        assert_eq!(suite.id_token(&tokens).await["acr"], "urn:gatehouse:acr:1fa", "what there is");
    })
    .await;
}

#[tokio::test]
async fn oidcc_login_hint() {
    in_both_modes(async |suite| {
        let (browser, link) = (Browser::new(suite.app), suite.request(&[("login_hint", ANN)]));
        let form = browser.get(&browser.get(&link).await.location).await;
        assert!(form.html.contains(&format!("value=\"{ANN}\"")), "{}", form.html);
        assert!(suite.walk(&browser, &link).await.answer.contains_key("code"));
        // Nobody's address, and no address at all.
        for hint in ["nobody@example.com", "buffy"] {
            assert!(suite.walk(&browser, &suite.request(&[("login_hint", hint)])).await.answer.contains_key("code"));
        }
    })
    .await;
}

#[tokio::test]
async fn oidcc_ensure_registered_redirect_uri() {
    in_both_modes(async |suite| {
        for browser in [Browser::new(suite.app), suite.ann().await] {
            let page = browser.get(&suite.request(&[("redirect_uri", "https://app.example.com/cb/n0tr3g")])).await;
            assert_eq!((page.status, page.location.as_str()), (400, ""));
            assert!(page.html.contains("This sign-in does not work"), "{}", page.html);
        }
    })
    .await;
}

#[tokio::test]
async fn oidcc_ensure_post_request_succeeds() {
    in_both_modes(async |suite| {
        let link = suite.request(&[]);
        let (path, body) = link.split_once('?').expect("a query");
        let post = suite.app.request("POST", path).header("sec-fetch-site", "cross-site");
        let post = post.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned());
        let browser = Browser::new(suite.app);
        let sent = browser.send(post).await;
        assert_eq!(sent.status, 303);
        let way = suite.walk(&browser, &sent.location).await;
        assert_eq!(way.shown, ["sign-in", "consent"]);
        suite.tokens_of(&way).await;
    })
    .await;
}

/// An unsigned request object, as the suite makes it.
const UNSIGNED: &str = "eyJhbGciOiJub25lIn0.eyJyZXNwb25zZV90eXBlIjoiY29kZSJ9.";

#[tokio::test]
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
    in_both_modes(async |suite| {
        assert_eq!(suite.error(&suite.ann().await, &[("request", UNSIGNED)]).await, "request_not_supported");
    })
    .await;
}

#[tokio::test]
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
    in_both_modes(async |suite| {
        let error = suite.error(&suite.ann().await, &[("request_uri", "https://app.example.com/requests/1#n")]).await;
        assert_eq!(error, "request_uri_not_supported");
    })
    .await;
}

/// A redirect URI in the request object, which is not read, and another one beside it, which is not registered.
#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    in_both_modes(async |suite| {
        let changes = [("request", UNSIGNED), ("redirect_uri", "https://app.example.com/cb/other")];
        let page = suite.ann().await.get(&suite.request(&changes)).await;
        assert_eq!((page.status, page.location.as_str()), (400, ""), "never to what is not registered");
        let document = suite.app.get("/oauth2/default/.well-known/openid-configuration").await;
        let document: serde_json::Value = document.json().await.expect("JSON");
        assert_eq!(document["request_parameter_supported"], false, "so that the suite passes the module over");
    })
    .await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_valid_pkce_succeeds() {
    in_both_modes(async |suite| {
        let link = suite.request(&[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
        let way = suite.walk(&suite.ann().await, &link).await;
        let code = way.answer["code"].as_str();
        assert_eq!(suite.redeem(code, &[]).await.1["error"], "invalid_grant", "without the verifier");
        assert_eq!(suite.redeem(code, &[("code_verifier", VERIFIER)]).await.0, 200);
    })
    .await;
}
