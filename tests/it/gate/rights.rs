//! From the actions to the gate: an application that was set up as an operator does it gets a token and calls, and
//! whatever takes a right away is felt by the token that is out already.

use gatehouse_core::id::{ApiId, ApplicationId, ClientSecretId, UserId, WorkspaceId};
use gatehouse_core::oauth::signing_key::Rotation;
use gatehouse_server::actions::apis::{self, EditApi};
use gatehouse_server::actions::applications;
use gatehouse_server::actions::client_secrets::{self, NewSecret, Revocation};
use gatehouse_server::actions::entitlements::{self, ScopeChange, Transition};
use gatehouse_server::actions::keys::{self, RotateKeys};
use gatehouse_server::actions::{organizations, servers, users, workspaces};
use gatehouse_server::results::OPENAPI;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::raw::{Answer, send};
use super::world::{AUDIENCE, TEST, import, records};
use crate::support::{TestApp, on_each_engine};

/// What was set up.
struct Ground {
    user: UserId,
    workspace: WorkspaceId,
    api: ApiId,
    application: ApplicationId,
    secret_id: ClientSecretId,
    client_id: String,
    secret: String,
}

fn input<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("an input")
}

impl Ground {
    async fn lay(app: &TestApp) -> Self {
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let server = json!({"id": "default", "name": "Default", "audience": "https://server.example"});
        servers::create(ctx, actor, input(server)).await.expect("a server");
        let api = json!({
            "document": serde_json::from_str::<Value>(OPENAPI).expect("JSON"), "audience": AUDIENCE,
            "slug": "results", "upstream": "builtin:results", "state": "published",
        });
        let api = apis::create(ctx, actor, input(api)).await.expect("an API").id;
        let user = json!({"email": "api@example.com", "name": "API user", "email_verified": true});
        let user = users::create(ctx, actor, input(user)).await.expect("a user").id;
        let organization = json!({"name": "Example", "owner": user});
        let organization = organizations::create(ctx, actor, input(organization)).await.expect("an organization").id;
        let mut places = Vec::new();
        for owner in [json!({"name": "Own", "owner": user}), json!({"name": "Foreign"})] {
            places.push(workspaces::create(ctx, actor, input(owner)).await.expect("a workspace").id);
        }
        import(app, records([places[0], places[1]])).await;
        let application = json!({"organization_id": organization, "name": "App", "type": "service", "api_user": user});
        let application = applications::create(ctx, actor, input(application)).await.expect("an application").id;
        entitlements::grant(ctx, actor, application, input(json!({"api": "results"}))).await.expect("an entitlement");
        let secret = client_secrets::create(ctx, actor, application, NewSecret::default()).await.expect("a secret");
        app.poll_changes_now().await;
        Self {
            user,
            workspace: places[0],
            api,
            application,
            secret_id: secret.secret.id,
            client_id: secret.client_id,
            secret: secret.text.expose().to_owned(),
        }
    }

    async fn ask(&self, app: &TestApp) -> (u16, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", &self.secret),
            ("scope", "studies:read"),
        ];
        let answer = app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    async fn token(&self, app: &TestApp) -> String {
        let (status, answer) = self.ask(app).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().expect("a token").to_owned()
    }
}

async fn call(app: &TestApp, token: &str) -> Answer {
    send(app, &format!("GET /v2/sessionResults?testId={TEST}"), &[format!("token: {token}")]).await
}

#[tokio::test]
async fn two_requests_give_results() {
    on_each_engine(async |app: &TestApp| {
        let ground = Ground::lay(app).await;
        let answer = call(app, &ground.token(app).await).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(body["meta"]["pagination"]["totalCount"], 2);
    })
    .await;
}

/// One way of taking a right away.
#[derive(Clone, Copy, Debug)]
enum Taken {
    ApplicationSuspended,
    ApplicationDeleted,
    SecretRevoked,
    ScopesRevoked,
    ScopesSuspended,
    KeysCompromised,
    ApiRetired,
    ApiUserRemoved,
    ApiUserDisabled,
    MembershipEnded,
}

impl Taken {
    const ALL: [(Self, u16, u16); 10] = [
        (Self::ApplicationSuspended, 401, 401),
        (Self::ApplicationDeleted, 401, 401),
        (Self::SecretRevoked, 401, 401),
        (Self::ScopesRevoked, 401, 400),
        (Self::ScopesSuspended, 401, 400),
        (Self::KeysCompromised, 401, 200),
        (Self::ApiRetired, 404, 400),
        (Self::ApiUserRemoved, 404, 200),
        (Self::ApiUserDisabled, 404, 200),
        (Self::MembershipEnded, 404, 200),
    ];

    async fn take(self, app: &TestApp, ground: &Ground) {
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let id = ground.application;
        let scopes = async |transition| {
            let of = (id, "results".to_owned());
            entitlements::change_scopes(ctx, actor, of, transition, ScopeChange::default()).await.map(drop)
        };
        let done = match self {
            Self::ApplicationSuspended => applications::suspend(ctx, actor, id).await.map(drop),
            Self::ApplicationDeleted => applications::delete(ctx, actor, id).await.map(drop),
            Self::SecretRevoked => {
                let how = Revocation { compromised: true, last_active: true };
                client_secrets::revoke(ctx, actor, (id, ground.secret_id), how).await.map(drop)
            }
            Self::ScopesRevoked => scopes(Transition::Revoke).await,
            Self::ScopesSuspended => scopes(Transition::Suspend).await,
            Self::KeysCompromised => {
                let how = RotateKeys { alg: None, rotation: Rotation::Compromised };
                keys::rotate(ctx, actor, "default", how).await.map(drop)
            }
            Self::ApiRetired => {
                let edit: EditApi = input(json!({"state": "retired"}));
                apis::edit(ctx, actor, ground.api, edit).await.map(drop)
            }
            Self::ApiUserRemoved => applications::set_api_user(ctx, actor, id, None).await.map(drop),
            Self::ApiUserDisabled => users::disable(ctx, actor, ground.user).await.map(drop),
            Self::MembershipEnded => {
                workspaces::remove_member(ctx, actor, ground.workspace, ground.user).await.map(drop)
            }
        };
        done.expect("is taken away");
    }
}

#[tokio::test]
async fn what_is_taken_away_is_gone_for_tokens_that_are_out() {
    for (taken, at_gate, at_token_endpoint) in Taken::ALL {
        let app = TestApp::sqlite().await;
        let ground = Ground::lay(&app).await;
        let token = ground.token(&app).await;
        assert_eq!(call(&app, &token).await.status, 200, "{taken:?}");
        taken.take(&app, &ground).await;
        app.poll_changes_now().await;
        let answer = call(&app, &token).await;
        assert_eq!(answer.status.as_u16(), at_gate, "{taken:?}: {}", answer.body);
        let (status, answer) = ground.ask(&app).await;
        assert_eq!(status, at_token_endpoint, "{taken:?}: {answer}");
        app.stop().await;
    }
}

#[tokio::test]
async fn what_comes_back_is_for_new_tokens() {
    on_each_engine(async |app: &TestApp| {
        let ground = Ground::lay(app).await;
        let before = ground.token(app).await;
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        applications::suspend(ctx, actor, ground.application).await.expect("is suspended");
        app.advance(std::time::Duration::from_secs(5));
        applications::reactivate(ctx, actor, ground.application).await.expect("is active again");
        app.poll_changes_now().await;
        assert_eq!(call(app, &before).await.status, 401);
        let after = ground.token(app).await;
        assert_eq!(call(app, &after).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_planned_rotation_fails_no_token() {
    on_each_engine(async |app: &TestApp| {
        let ground = Ground::lay(app).await;
        let before = ground.token(app).await;
        let how = RotateKeys { alg: None, rotation: Rotation::Immediate };
        keys::rotate(app.ctx(), &TestApp::actor(), "default", how).await.expect("is rotated");
        app.poll_changes_now().await;
        let after = ground.token(app).await;
        for token in [&before, &after] {
            assert_eq!(call(app, token).await.status, 200);
        }
    })
    .await;
}
