//! Whose data a client-credentials token sees: that of the API user's workspaces, as long as that user may lend its
//! sight. Everything else is 404, like what does not exist.

use gatehouse_server::actions::{applications, organizations, users, workspaces};
use serde_json::{Value, json};

use super::{Ground, SESSION_ID, TEST_ID, full_line, test_line};
use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

/// The status of all three operations, which must be the same.
async fn sees(app: &TestApp, ground: &Ground) -> u16 {
    let mut statuses = Vec::new();
    for path in [
        format!("/v2/sessionResults?testId={TEST_ID}"),
        format!("/v2/sessionResults/{SESSION_ID}"),
        format!("/v3/sessionResults/{SESSION_ID}"),
    ] {
        let (status, body) = ground.get(app, &path).await;
        if status == 404 {
            let unknown = path.replace(TEST_ID, "00000000-0000-4000-8000-00000000ffff");
            let unknown = unknown.replace(SESSION_ID, "00000000-0000-4000-8000-00000000ffff");
            let (status, other) = ground.get(app, &unknown).await;
            assert_eq!((status, without_id(&other)), (404, without_id(&body)), "tells nothing");
        }
        statuses.push(status);
    }
    assert!(statuses.iter().all(|status| *status == statuses[0]), "{statuses:?}");
    statuses[0]
}

fn without_id(body: &str) -> Value {
    let mut body: Value = serde_json::from_str(body).expect("JSON");
    body["requestId"] = Value::Null;
    body
}

#[tokio::test]
async fn membership_decides() {
    on_each_engine(async |app: &TestApp| {
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let ground = Ground::lay(app).await;
        assert_eq!(sees(app, &ground).await, 404, "nothing is there yet");
        ground.import(app, &[test_line(TEST_ID, ground.workspace), full_line()]).await;
        assert_eq!(sees(app, &ground).await, 200);

        workspaces::remove_member(ctx, actor, ground.workspace, ground.user).await.expect("is removed");
        assert_eq!(sees(app, &ground).await, 404);
        let elsewhere = json!({"name": "Elsewhere", "owner": ground.user});
        workspaces::create(ctx, actor, input(elsewhere)).await.expect("a workspace");
        assert_eq!(sees(app, &ground).await, 404);
        let member = json!({"user": ground.user, "role": "member"});
        workspaces::add_member(ctx, actor, ground.workspace, input(member)).await.expect("a member");
        assert_eq!(sees(app, &ground).await, 200);

        organizations::remove_member(ctx, actor, ground.organization, ground.user).await.expect("is removed");
        assert_eq!(sees(app, &ground).await, 404, "the API user is one of the application's organization");
    })
    .await;
}

#[tokio::test]
async fn the_api_user_decides() {
    on_each_engine(async |app: &TestApp| {
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let ground = Ground::lay(app).await;
        ground.import(app, &[test_line(TEST_ID, ground.workspace), full_line()]).await;

        applications::set_api_user(ctx, actor, ground.application, None).await.expect("is taken away");
        assert_eq!(sees(app, &ground).await, 404, "without an API user");
        let user = Some(ground.user.to_string());
        applications::set_api_user(ctx, actor, ground.application, user).await.expect("is given back");
        assert_eq!(sees(app, &ground).await, 200);

        users::disable(ctx, actor, ground.user).await.expect("is disabled");
        assert_eq!(sees(app, &ground).await, 404, "with a disabled API user");
        users::enable(ctx, actor, ground.user).await.expect("is enabled");
        assert_eq!(sees(app, &ground).await, 200);
    })
    .await;
}
