use std::sync::Arc;

use axum::body::Body;
use gatehouse_core::id::{RequestId, UserId, WorkspaceId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::user::{Role, User, UserState};
use gatehouse_core::identity::workspace::{Workspace, WorkspaceMember, WorkspaceRole};
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::FixedClock;
use gatehouse_gate::problem::ErrorPages;
use gatehouse_store::db::DbError;
use gatehouse_store::testing::{NOW, TestDb};
use gatehouse_store::{users, workspace_members, workspaces};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::actions::{Actor, ActorKind};
use crate::context::Context;
use crate::outbound::Outbound;
use crate::password_hashing::PasswordHashing;
use crate::sample;

/// The sample data and two users: one is a member of both workspaces, one of none.
struct World {
    db: TestDb,
    member: UserId,
    stranger: UserId,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::sqlite().await;
        let random = Arc::new(SeededRandom::new(1));
        let ctx = Context {
            db: db.db.clone(),
            clock: Arc::new(FixedClock::at(NOW)),
            random: Arc::clone(&random) as _,
            key_encryption_keys: None,
            secret_prefix: "gh".into(),
            portal_url: None,
            calendar: Arc::default(),
            passwords: PasswordHashing::default(),
            outbound: Outbound::closed(),
        };
        let member = user(&ctx, "member@example.com").await;
        let stranger = user(&ctx, "stranger@example.com").await;
        let mut ids = Vec::new();
        for name in sample::WORKSPACE_NAMES {
            let id = WorkspaceId::new(NOW, &*random);
            let workspace = Workspace { id, name: name.to_owned(), created_at: NOW, updated_at: NOW, version: 1 };
            let place =
                WorkspaceMember { workspace_id: id, user_id: member, role: WorkspaceRole::Member, created_at: NOW };
            let done: Result<(), DbError> = ctx
                .db
                .write(async move |tx| {
                    workspaces::insert(tx, &workspace).await?;
                    workspace_members::insert(tx, &place).await.map(drop)
                })
                .await;
            done.expect("a workspace is made");
            ids.push(id);
        }
        let actor = Actor { kind: ActorKind::System("test"), request_id: None, address: None };
        let report = sample::load(&ctx, &actor, [ids[0], ids[1]]).await.expect("loads").expect("was not there");
        let applied = report.applied.expect("is applied");
        assert_eq!((applied.tests_added, applied.sessions_added, report.refused.count), (6, 1_200, 0));
        assert_eq!(sample::load(&ctx, &actor, [ids[0], ids[1]]).await.expect("runs"), None);
        Self { db, member, stranger }
    }

    async fn get(&self, user: UserId, path: &str) -> (StatusCode, Value) {
        let caller = Caller {
            client_id: "client".into(),
            subject: "subject".into(),
            on_behalf_of: OnBehalfOf::User(user),
            scopes: Arc::from(["studies:read".to_owned()]),
            request_id: RequestId::new(NOW, &SeededRandom::new(2)),
            error_pages: ErrorPages::of("https://portal.example"),
        };
        let mut request = Request::get(path).body(Body::empty()).expect("is a request");
        request.extensions_mut().insert(caller);
        let response = router(self.db.db.clone()).oneshot(request).await.expect("answers");
        let status = response.status();
        let kind = response.headers()["content-type"].to_str().expect("is text").to_owned();
        let expected = if status.is_success() { "application/json; charset=utf-8" } else { "application/problem+json" };
        assert_eq!(kind, expected);
        let body = response.into_body().collect().await.expect("has a body").to_bytes();
        (status, serde_json::from_slice(&body).expect("is JSON"))
    }
}

async fn user(ctx: &Context, email: &str) -> UserId {
    let id = UserId::new(NOW, ctx.random());
    let user = User {
        id,
        email: Email::parse(email).expect("is an address"),
        email_verified_at: Some(NOW),
        name: "Somebody".to_owned(),
        role: Role::Developer,
        state: UserState::Active,
        time_zone: "UTC".to_owned(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    let done: Result<(), DbError> = ctx.db.write(async move |tx| users::insert(tx, &user, None).await).await;
    done.expect("a user is made");
    id
}

#[tokio::test]
async fn answers_all_three_operations() {
    let world = World::new().await;
    let list = format!("/v2/sessionResults?testId={}", sample::TEST_ID);
    let (status, body) = world.get(world.member, &list).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["sessions"].as_array().expect("a list").len(), 25);
    assert!(body["meta"]["pagination"]["totalCount"].as_u64().expect("a number") > 250);
    for (version, tasks) in [("v2", "sessionTaskResults"), ("v3", "tasks")] {
        let (status, body) =
            world.get(world.member, &format!("/{version}/sessionResults/{}", sample::SESSION_ID)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["sessionId"], sample::SESSION_ID.to_string());
        assert_eq!(body[tasks].as_array().expect("a list").len(), 10);
        assert_eq!(body.as_object().expect("an object").contains_key("taskGroups"), version == "v3");
    }
}

#[tokio::test]
async fn what_is_foreign_and_what_is_unknown_look_alike() {
    let world = World::new().await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (path, known, word) in [
        ("/v2/sessionResults?testId=", sample::TEST_ID, "test"),
        ("/v2/sessionResults/", sample::SESSION_ID, "session"),
        ("/v3/sessionResults/", sample::SESSION_ID, "session"),
    ] {
        let foreign = world.get(world.stranger, &format!("{path}{known}")).await;
        let nothing = world.get(world.member, &format!("{path}{unknown}")).await;
        assert_eq!(foreign.0, StatusCode::NOT_FOUND);
        assert_eq!(foreign, nothing);
        assert_eq!(
            foreign.1["detail"],
            format!("There is no such {word}, or it is not in a workspace that you can see.")
        );
    }
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let world = World::new().await;
    let (status, body) = world.get(world.member, "/v2/sessionResults?limit=0").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["code"], "invalid_parameter");
    assert_eq!(
        body["detail"],
        "testId: is required and must be a UUID; limit: offset must be between 0-10000 and limit must be between 1-500"
    );
    assert_eq!(body["errors"][1]["field"], "limit");
    for path in ["/v2/sessionResults/1", "/v3/sessionResults/%FF", "/v3/sessionResults/%20"] {
        let (status, body) = world.get(world.member, path).await;
        assert_eq!((status, &body["detail"]), (StatusCode::BAD_REQUEST, &Value::from("sessionId: must be a UUID")));
    }
}

#[tokio::test]
async fn a_closed_database_is_a_temporary_failure() {
    let world = World::new().await;
    world.db.db.close().await;
    let (status, body) = world.get(world.member, &format!("/v3/sessionResults/{}", sample::SESSION_ID)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body["code"], "temporarily_unavailable");
}

mod document;
