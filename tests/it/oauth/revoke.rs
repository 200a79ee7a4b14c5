//! `POST /oauth2/{server}/v1/revoke` (RFC 7009).

use gatehouse_core::secret::{SecretKind, mint};
use gatehouse_store::testing::{hide, shown};
use serde_json::{Value, json};

use super::{ask, brought_about, userinfo};
use crate::support::customer::{Customer, EVERYTHING};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().expect("a token")
}

async fn is_active(app: &TestApp, customer: &Customer, token: &str) -> bool {
    let (status, body) = ask(app, "introspect", &customer.application, &[("token", token)]).await;
    assert_eq!(status, 200, "{body}");
    body["active"] == true
}

#[tokio::test]
async fn an_access_token_ends_alone() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let (_, again) = customer.refresh(app, &tokens["refresh_token"]).await;
        let (first, second) = (text(&tokens, "access_token"), text(&again, "access_token"));
        let form = [("token", first), ("token_type_hint", "refresh_token")];
        assert_eq!(ask(app, "revoke", &customer.application, &form).await, (200, json!({})));
        assert!(!is_active(app, &customer, first).await);
        assert_eq!(userinfo(app, &tokens["access_token"]).await.0, 401);
        assert!(is_active(app, &customer, second).await, "the other one goes on");
        assert!(is_active(app, &customer, text(&again, "refresh_token")).await);
        assert_eq!(ask(app, "revoke", &customer.application, &form).await.0, 200, "once more");
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_ends_with_its_family() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let (_, again) = customer.refresh(app, &tokens["refresh_token"]).await;
        // The old one is enough: who has it may end what came of it.
        let form = [("token", text(&tokens, "refresh_token"))];
        assert_eq!(ask(app, "revoke", &customer.application, &form).await, (200, json!({})));
        for tokens in [&tokens, &again] {
            assert!(!is_active(app, &customer, text(tokens, "access_token")).await);
            assert!(!is_active(app, &customer, text(tokens, "refresh_token")).await);
        }
        assert_eq!(userinfo(app, &again["access_token"]).await.0, 401);
        let (status, body) = customer.refresh(app, &again["refresh_token"]).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
        assert_eq!(brought_about(app, customer.application.id).await, ["grant.revoked"]);
    })
    .await;
}

#[tokio::test]
async fn only_what_is_ones_own_and_no_word_about_the_rest() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let unknown = mint("gh", SecretKind::RefreshToken, app.ctx().random());
        for token in [text(&tokens, "access_token"), text(&tokens, "refresh_token"), unknown.expose(), "x", "a.b.c"] {
            assert_eq!(ask(app, "revoke", &world.other, &[("token", token)]).await, (200, json!({})), "{token}");
        }
        assert!(is_active(app, &customer, text(&tokens, "access_token")).await);
        assert!(is_active(app, &customer, text(&tokens, "refresh_token")).await);
        let (status, body) = ask(app, "revoke", &customer.application, &[]).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_request")), "no token");
        let nobody = app.request("POST", "/oauth2/default/v1/revoke").form(&[("token", "x")]).send().await;
        assert_eq!(nobody.expect("an answer").status().as_u16(), 401);
    })
    .await;
}

/// CVE-2020-15223: a client that is told 200 forgets its token.
#[tokio::test]
async fn what_could_not_be_done_is_an_error() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        for (token, table) in [("access_token", "revocations"), ("refresh_token", "refresh_tokens")] {
            hide(&app.ctx().db, table).await;
            let (status, _) = ask(app, "revoke", &customer.application, &[("token", text(&tokens, token))]).await;
            assert!(status >= 500, "{token}: {status}");
            shown(&app.ctx().db, table).await;
            assert!(is_active(app, &customer, text(&tokens, token)).await, "{token}");
        }
    })
    .await;
}
