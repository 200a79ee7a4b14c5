//! Basic OP: codes and refresh tokens.

use std::time::Duration;

use serde_json::Value;

use super::{Suite, in_both_modes};
use crate::support::customer::{Customer, ask};

/// A code that was used; and the tokens that it gave.
async fn used(suite: &Suite<'_>) -> (String, Value) {
    let way = suite.walk(&suite.ann().await, &suite.request(&[])).await;
    let code = way.answer["code"].clone();
    let (status, tokens) = suite.redeem(&code, &[]).await;
    assert_eq!(status, 200, "{tokens}");
    (code, tokens)
}

#[tokio::test]
async fn oidcc_codereuse() {
    in_both_modes(async |suite| {
        let (code, _) = used(suite).await;
        let (status, answer) = suite.redeem(&code, &[]).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn oidcc_codereuse_30seconds() {
    in_both_modes(async |suite| {
        let (code, tokens) = used(suite).await;
        suite.app.advance(Duration::from_secs(30));
        assert_eq!(suite.userinfo(&tokens).await.0, 200);
        let (status, answer) = suite.redeem(&code, &[]).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "{answer}");
        assert_eq!(suite.userinfo(&tokens).await.0, 401, "the access token is revoked");
    })
    .await;
}

#[tokio::test]
async fn oidcc_refresh_token() {
    in_both_modes(async |suite| {
        let wanted = [("scope", "openid offline_access"), ("prompt", "consent")];
        let first = suite.tokens(&suite.ann().await, &wanted).await;
        let token = first["refresh_token"].as_str().expect("a refresh token");
        assert!(token.bytes().all(|byte| byte.is_ascii_graphic()), "RFC 6749 Appendix A.17");
        suite.app.advance(Duration::from_secs(60));
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        // Another application's it is not.
        let stranger = Customer::web(suite.app, suite.world).await;
        let (status, refused) = ask(suite.app, &stranger, "refresh_token", &form[1..]).await;
        assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")), "{refused}");

        let (status, second) = suite.token(&form).await;
        assert_eq!(status, 200, "{second}");
        assert_ne!(first["access_token"], second["access_token"]);
        let (before, after) = (suite.id_token(&first).await, suite.id_token(&second).await);
        for claim in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[claim], after[claim], "{claim}");
        }
        assert_eq!(after["iat"].as_i64(), before["iat"].as_i64().map(|time| time + 60), "it is a new one");
        assert_eq!(suite.userinfo(&second).await.1["sub"], before["sub"]);
    })
    .await;
}
