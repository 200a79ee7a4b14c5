//! Tokens in a customer's name see what that customer sees, and never what the application's API user sees.

use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_server::actions::{applications, client_secrets, entitlements, sessions, users, workspaces};
use serde_json::{Value, json};

use super::{Ground, SESSION_ID, TEST_ID, full_line, test_line};
use crate::support::customer::{Customer, REDIRECT_URI};
use crate::support::world::{Client, input};
use crate::support::{TestApp, on_each_engine};

/// A customer who is in no workspace, and an application whose API user is in the one with the data.
async fn customer(app: &TestApp, ground: &Ground, subject_type: &str) -> Customer {
    let (ctx, actor) = (app.ctx(), &TestApp::actor());
    let new = json!({
        "organization_id": ground.organization, "name": "Web", "type": "web", "api_user": ground.user,
        "redirect_uris": [REDIRECT_URI], "protocol": {"sign_in_scopes": ["openid", "offline_access"]},
    });
    let made = applications::create(ctx, actor, input(new)).await.expect("an application");
    let protocol = input(json!({"id_token_signed_response_alg": "ES256", "subject_type": subject_type}));
    applications::change(ctx, actor, made.id, protocol).await.expect("changes");
    entitlements::grant(ctx, actor, made.id, input(json!({"api": "results"}))).await.expect("an entitlement");
    let secret = client_secrets::create(ctx, actor, made.id, input(json!({}))).await.expect("a secret");
    let email = format!("{subject_type}@example.com");
    let user = json!({"email": email, "name": "Cora", "email_verified": true});
    let user_id = users::create(ctx, actor, input(user)).await.expect("a user").id;
    let proof = (vec![AuthenticationMethod::Password], Device::default());
    let session_id = sessions::open(ctx, actor, user_id, proof).await.expect("a session").session.id;
    app.poll_changes_now().await;
    let client_id = made.client_id;
    let application = Client { id: made.id, client_id, secret_id: secret.secret.id, secret: secret.text };
    Customer { application, user_id, session_id }
}

async fn sees(app: &TestApp, token: &Value) -> u16 {
    let path = format!("/v3/sessionResults/{SESSION_ID}");
    let answer = app.request("GET", &path).bearer_auth(token.as_str().expect("a token")).send().await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn the_customer_decides_and_not_the_api_user() {
    on_each_engine(async |app: &TestApp| {
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let ground = Ground::lay(app).await;
        ground.import(app, &[test_line(TEST_ID, ground.workspace), full_line()]).await;
        for subject_type in ["pairwise", "public"] {
            let customer = customer(app, &ground, subject_type).await;
            let token = &customer.tokens(app, "openid studies:read").await["access_token"];
            assert_eq!(sees(app, token).await, 404, "{subject_type}: the API user's data are not the customer's");

            let member = json!({"user": customer.user_id, "role": "member"});
            workspaces::add_member(ctx, actor, ground.workspace, input(member)).await.expect("a member");
            assert_eq!(sees(app, token).await, 200, "{subject_type}");
            applications::set_api_user(ctx, actor, customer.application.id, None).await.expect("is taken away");
            assert_eq!(sees(app, token).await, 200, "{subject_type}: nobody's token but the customer's");
            workspaces::remove_member(ctx, actor, ground.workspace, customer.user_id).await.expect("is removed");
            assert_eq!(sees(app, token).await, 404, "{subject_type}");

            users::disable(ctx, actor, customer.user_id).await.expect("is disabled");
            app.poll_changes_now().await;
            assert_eq!(sees(app, token).await, 401, "{subject_type}");
        }
    })
    .await;
}
