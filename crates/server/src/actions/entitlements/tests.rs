use std::time::Duration;

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_store::db::Db;
use gatehouse_store::testing::{NOW, each_engine};
use serde_json::json;

use super::*;
use crate::actions::ground::{AUDIENCE, Ground, SCOPES, code};
use crate::testing::actor;

async fn grant_of(ground: &Ground, id: ApplicationId, input: serde_json::Value) -> Result<Entitlement, ActionError> {
    grant(&ground.ctx, &actor(), id, serde_json::from_value(input).expect("an input")).await
}

async fn move_scopes(
    ground: &Ground,
    id: ApplicationId,
    transition: Transition,
    names: Option<&[&str]>,
) -> Result<Entitlement, ActionError> {
    let scopes = names.map(|names| names.iter().map(|&name| name.to_owned()).collect());
    change_scopes(&ground.ctx, &actor(), (id, "a".into()), transition, ScopeChange { scopes }).await
}

fn effective(ground: &Ground, entitlement: &Entitlement) -> Vec<String> {
    entitlement.effective_scopes(ground.ctx.now()).map(str::to_owned).collect()
}

#[tokio::test]
async fn grants_scope_by_scope() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let id = ground.application(ApplicationType::Service).await.id;
        let first =
            grant_of(&ground, id, json!({ "api": "a", "scopes": [SCOPES[1]], "quota_limit": 7 })).await.unwrap();
        assert_eq!((effective(&ground, &first), first.quota_limit), (vec![SCOPES[1].to_owned()], Some(7)));
        let again = grant_of(&ground, id, json!({ "api": "a", "scopes": [SCOPES[1]] })).await;
        assert_eq!(code(again), "scope_already_granted");
        let short = json!({ "api": "a", "scopes": [SCOPES[0]], "expires_in_days": 1 });
        let second = grant_of(&ground, id, short).await.unwrap();
        assert_eq!((second.id, second.quota_limit, effective(&ground, &second).len()), (first.id, Some(7), 2));
        ground.clock.advance(Duration::from_secs(86_400));
        assert_eq!(effective(&ground, &second), [SCOPES[1]]);
        let all = grant_of(&ground, ground.application(ApplicationType::Web).await.id, json!({ "api": "a" })).await;
        assert_eq!(effective(&ground, &all.unwrap()), SCOPES);
        let stored = list(&ground.ctx, &actor(), id).await.unwrap();
        assert_eq!(stored.iter().map(|one| one.version).collect::<Vec<_>>(), [2]);
        assert!(ground.revocations().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn names_what_is_wrong() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let id = ground.application(ApplicationType::Service).await.id;
        let cases = [
            (json!({ "api": "nothing" }), "no API"),
            (json!({ "api": "a", "scopes": [SCOPES[0], "x"] }), "scopes[1] unknown"),
            (json!({ "api": "a", "scopes": [] }), "scopes required"),
            (json!({ "api": "a", "scopes": vec!["x"; 10_000] }), "scopes too_many"),
            (
                json!({ "api": "a", "quota_limit": 0, "expires_in_days": 0 }),
                "quota_limit out_of_range, expires_in_days out_of_range",
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(code(grant_of(&ground, id, input).await), expected);
        }
        let missing = move_scopes(&ground, id, Transition::Suspend, None).await;
        assert_eq!(code(missing), "no entitlement of this application to the API");
        grant_of(&ground, id, json!({ "api": "a", "scopes": [SCOPES[0]] })).await.unwrap();
        assert_eq!(code(move_scopes(&ground, id, Transition::Resume, None).await), "nothing_to_change");
        assert_eq!(code(move_scopes(&ground, id, Transition::Revoke, Some(&["x"])).await), "scopes[0] unknown");
        let active = move_scopes(&ground, id, Transition::Resume, Some(&[SCOPES[0]])).await;
        assert_eq!(code(active), "scope_already_active");
        let quota = set_quota(&ground.ctx, &actor(), (id, "a".into()), Some(-1)).await;
        assert_eq!(code(quota), "quota_limit out_of_range");
        assert_eq!(set_quota(&ground.ctx, &actor(), (id, "a".into()), Some(9)).await.unwrap().quota_limit, Some(9));
        assert_eq!(set_quota(&ground.ctx, &actor(), (id, "a".into()), None).await.unwrap().quota_limit, None);
    })
    .await;
}

#[tokio::test]
async fn tokens_follow_their_scopes() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await;
        let id = application.id;
        grant_of(&ground, id, json!({ "api": "a" })).await.unwrap();
        // Others stay: tokens of now and of the next two seconds die, later ones live.
        move_scopes(&ground, id, Transition::Revoke, Some(&[SCOPES[0]])).await.unwrap();
        let predicate = Predicate::ApplicationApi { client_id: application.client_id, audience: AUDIENCE.into() };
        assert_eq!(ground.revocations().await[0].predicate, predicate);
        assert!(!ground.lives(NOW).await && !ground.lives(NOW.plus_secs(2)).await);
        assert!(ground.lives(NOW.plus_secs(3)).await);
        // None stays: no token lives until one is back.
        ground.clock.advance(Duration::from_secs(10));
        let suspended = move_scopes(&ground, id, Transition::Suspend, None).await.unwrap();
        assert!(effective(&ground, &suspended).is_empty());
        assert!(!ground.lives(NOW.plus_secs(100)).await);
        ground.clock.advance(Duration::from_secs(10));
        let resumed = move_scopes(&ground, id, Transition::Resume, Some(&[SCOPES[2]])).await.unwrap();
        assert_eq!(effective(&ground, &resumed), [SCOPES[2]]);
        assert!(!ground.lives(NOW.plus_secs(15)).await);
        assert!(ground.lives(NOW.plus_secs(20)).await);
        // What is revoked comes back by a new grant only.
        let ended = move_scopes(&ground, id, Transition::Resume, Some(&[SCOPES[0]])).await;
        assert_eq!(code(ended), "scope_ended");
        let anew = grant_of(&ground, id, json!({ "api": "a", "scopes": [SCOPES[0]] })).await.unwrap();
        assert_eq!(effective(&ground, &anew), [SCOPES[0], SCOPES[2]]);
    })
    .await;
}
