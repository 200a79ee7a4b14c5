//! 50 callers at once: one changes the state, the others are told, and nothing happens twice.

use gatehouse_core::id::{AccessRequestId, ApplicationId, ClientSecretId};
use gatehouse_server::actions::access_requests::{self, Decision};
use gatehouse_server::actions::client_secrets::{self, NewSecret, Retirement, Revocation};
use gatehouse_server::actions::{ActionError, entitlements};
use gatehouse_server::context::Context;
use gatehouse_store::{audit, revocations};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::applications::{REVIEWER, World, text};
use crate::support::{TestApp, on_each_engine};

const CALLERS: usize = 50;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(path: &str) -> T {
    path.rsplit('/').next().expect("a segment").parse().expect("an id")
}

/// Starts all callers at once. How many succeeded; all others must have met a conflict.
async fn winners<T, F>(app: &TestApp, call: impl Fn(Context, usize) -> F) -> usize
where
    T: Send + 'static,
    F: Future<Output = Result<T, ActionError>> + Send + 'static,
{
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(call(app.ctx().clone(), caller));
    }
    let mut won = 0;
    for result in callers.join_all().await {
        match result {
            Ok(_) => won += 1,
            Err(ActionError::Conflict { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    won
}

async fn told(app: &TestApp, action: &'static str) -> usize {
    let filter = audit::Filter { action: Some(action.to_owned()), ..audit::Filter::default() };
    app.ctx().db.read(async move |tx| audit::list(tx, &filter, 1_000).await).await.expect("events").len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_fifty_decisions_counts() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let application: ApplicationId = id(&world.application("service").await);
        let new = json!({
            "application_id": application, "api": "studies", "scopes": ["studies:read", "studies:write"],
            "purpose": "Reads.", "developer": super::applications::OWNER,
        });
        let request = world.operator.done("POST", "/access_requests", new).await;
        let path = format!("/access_requests/{}", text(&request["id"]));
        world.operator.done("POST", &format!("{path}/submit"), Value::Null).await;
        world.operator.done("POST", &format!("{path}/assign"), json!({ "reviewer": REVIEWER })).await;
        let request: AccessRequestId = id(&path);
        let decide = move |ctx: Context, caller: usize| async move {
            let verdict = if caller.is_multiple_of(2) {
                json!({ "scope": "studies:read", "decision": "approved" })
            } else {
                json!({ "scope": "studies:read", "decision": "declined", "reason": "No." })
            };
            let other = json!({ "scope": "studies:write", "decision": "approved" });
            let decision = json!({ "reviewer": REVIEWER, "scopes": [verdict, other] });
            let decision: Decision = serde_json::from_value(decision).expect("an input");
            access_requests::decide(&ctx, &TestApp::actor(), request, decision).await
        };
        assert_eq!(winners(app, decide).await, 1);
        let decided =
            access_requests::find(app.ctx(), &TestApp::actor(), &request.to_string()).await.expect("it is there");
        let approved = decided.scopes.iter().filter(|scope| scope.decision.is_some_and(|d| d.as_str() == "approved"));
        let held = entitlements::list(app.ctx(), &TestApp::actor(), application).await.expect("entitlements");
        let effective: Vec<_> = held[0].effective_scopes(app.ctx().now()).collect();
        assert_eq!(effective, approved.map(|scope| scope.scope.as_str()).collect::<Vec<_>>());
        assert_eq!((told(app, "access_request.decided").await, told(app, "entitlement.granted").await), (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_fifty_revocations_counts() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let application: ApplicationId = id(&world.application("service").await);
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let secret = client_secrets::create(ctx, &actor, application, NewSecret::default()).await.expect("a secret");
        let secret = (application, secret.secret.id);
        let how = Revocation { last_active: true, ..Revocation::default() };
        let revoke =
            move |ctx: Context, _| async move { client_secrets::revoke(&ctx, &TestApp::actor(), secret, how).await };
        assert_eq!(winners(app, revoke).await, 1);
        let now = ctx.now();
        let live = ctx.db.read(async move |tx| revocations::list_live(tx, now).await).await.expect("revocations");
        assert_eq!((live.len(), told(app, "client_secret.revoked").await), (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_secrets_never_end_together() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let application: ApplicationId = id(&world.application("service").await);
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let mut secrets: Vec<ClientSecretId> = Vec::new();
        for _ in 0..2 {
            let made = client_secrets::create(ctx, &actor, application, NewSecret::default()).await;
            secrets.push(made.expect("a secret").secret.id);
        }
        // Each sees another active one beside it, unless they take turns.
        let end = move |ctx: Context, caller: usize| {
            let secret = (application, secrets[caller % 2]);
            async move {
                match caller % 4 {
                    0 | 1 => client_secrets::retire(&ctx, &TestApp::actor(), secret, Retirement::default()).await,
                    _ => client_secrets::revoke(&ctx, &TestApp::actor(), secret, Revocation::default()).await,
                }
            }
        };
        let won = winners(app, end).await;
        assert!((1..=2).contains(&won), "a retired secret may be revoked after");
        let left = client_secrets::list(ctx, &TestApp::actor(), application).await.expect("secrets");
        let active = left.iter().filter(|secret| secret.state.as_str() == "active").count();
        assert_eq!(active, 1, "{left:?}");
    })
    .await;
}
