//! The Results API over HTTP, on data that came in through the import.

mod customers;
mod import_command;
mod listing;
mod paging;
mod shapes;
mod visibility;

use gatehouse_core::id::{ApplicationId, OrganizationId, UserId, WorkspaceId};
use gatehouse_server::actions::results_import::{self, Import, Report};
use gatehouse_server::actions::{
    apis, applications, client_secrets, entitlements, organizations, servers, users, workspaces,
};
use gatehouse_server::results;
use gatehouse_store::results::import::Mode;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::world::input;

/// The test that everything here asks for.
const TEST_ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
/// The session of the fixture.
const SESSION_ID: &str = "00000000-0000-4000-8000-000000000001";
/// A session as version 3 answers it.
const FIXTURE: &str = include_str!("../../../crates/core/fixtures/session_details_v3.json");

/// An application with an access token, its API user, and a workspace of which that user is a member.
struct Ground {
    user: UserId,
    organization: OrganizationId,
    workspace: WorkspaceId,
    application: ApplicationId,
    token: String,
}

impl Ground {
    async fn lay(app: &TestApp) -> Self {
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let server = json!({"id": "default", "name": "Default", "audience": "https://server.example"});
        servers::create(ctx, actor, input(server)).await.expect("a server");
        let document: Value = serde_json::from_str(results::OPENAPI).expect("JSON");
        let api = json!({
            "document": document, "audience": "https://results.example", "slug": "results",
            "upstream": results::UPSTREAM, "state": "published",
        });
        apis::create(ctx, actor, input(api)).await.expect("an API");
        let owner = json!({"email": "owner@example.com", "name": "Owner", "email_verified": true});
        let owner = users::create(ctx, actor, input(owner)).await.expect("a user").id;
        let user = json!({"email": "api@example.com", "name": "API user", "email_verified": true});
        let user = users::create(ctx, actor, input(user)).await.expect("a user").id;
        let organization = json!({"name": "Example", "owner": owner});
        let organization = organizations::create(ctx, actor, input(organization)).await.expect("an organization").id;
        let member = json!({"user": user, "role": "viewer"});
        organizations::add_member(ctx, actor, organization, input(member)).await.expect("a member");
        let workspace = json!({"name": "Own", "owner": owner});
        let workspace = workspaces::create(ctx, actor, input(workspace)).await.expect("a workspace").id;
        let member = json!({"user": user, "role": "member"});
        workspaces::add_member(ctx, actor, workspace, input(member)).await.expect("a member");
        let application = json!({"organization_id": organization, "name": "App", "type": "service", "api_user": user});
        let application = applications::create(ctx, actor, input(application)).await.expect("an application").id;
        let rights = json!({"api": "results", "quota_limit": 100_000});
        entitlements::grant(ctx, actor, application, input(rights)).await.expect("an entitlement");
        let secret = client_secrets::create(ctx, actor, application, input(json!({}))).await.expect("a secret");
        app.poll_changes_now().await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &secret.client_id),
            ("client_secret", secret.text.expose()),
        ];
        let answer = app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        let token = answer["access_token"].as_str().expect("a token").to_owned();
        Self { user, organization, workspace, application, token }
    }

    async fn get(&self, app: &TestApp, path: &str) -> (u16, String) {
        let request = app.request("GET", path).header("token", &self.token);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    async fn import(&self, app: &TestApp, lines: &[Value]) -> Report {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut source = text.as_bytes();
        let import = Import {
            source: &mut source,
            name: "test".to_owned(),
            workspace: None,
            mode: Mode::AllOrNothing,
            progress: &mut |_| {},
        };
        let report = results_import::run(app.ctx(), &TestApp::actor(), import).await.expect("runs");
        assert_eq!(report.refused.first, [], "every line is good");
        report
    }
}

/// A test as an import line.
fn test_line(test_id: &str, workspace: WorkspaceId) -> Value {
    json!({"v": 1, "kind": "test", "testId": test_id, "workspaceId": workspace, "title": "T", "type": "SURVEY"})
}

/// A session without anything in it.
fn session_line(session_id: &str, start_time: &str, status: &str) -> Value {
    json!({
        "v": 1, "kind": "session", "testId": TEST_ID, "sessionId": session_id, "startTime": start_time,
        "status": status,
    })
}

/// The session of the fixture.
fn full_line() -> Value {
    let mut line: Value = serde_json::from_str(FIXTURE).expect("the fixture is JSON");
    let columns = json!({
        "v": 1, "kind": "session", "testId": TEST_ID, "status": "COMPLETE", "startTime": "2026-11-22T11:04:00Z",
        "finishTime": "2026-11-22T13:05:00.1239+02:00",
    });
    for (name, value) in columns.as_object().expect("an object") {
        line[name] = value.clone();
    }
    line
}
