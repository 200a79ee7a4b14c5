use gatehouse_core::portal::entitlement::{EntitledScopeState, revoke, suspend};
use gatehouse_core::random::SeededRandom;

use super::*;
use crate::applications::tests::{Ground, ground, insert_sample};
use crate::db::Db;
use crate::testing::{NOW, each_engine};

pub(crate) fn sample(ground: Ground, application_id: ApplicationId, seed: u64) -> Entitlement {
    let one = |position: usize, expires_at| EntitledScope {
        scope_id: ground.scopes[position],
        scope: format!("scope:{position}"),
        state: EntitledScopeState::Active,
        granted_at: NOW,
        expires_at,
        ended_at: None,
    };
    Entitlement {
        id: EntitlementId::new(NOW, &SeededRandom::new(seed)),
        application_id,
        api_id: ground.api,
        request_id: None,
        quota_limit: Some(100),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
        scopes: vec![one(0, None), one(1, Some(NOW.plus_secs(60)))],
    }
}

async fn insert_one(db: &Db, entitlement: &Entitlement) -> bool {
    let row = entitlement.clone();
    db.write(async move |tx| insert(tx, &row).await).await.expect("no error")
}

#[tokio::test]
async fn comes_back_whole() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let other = insert_sample(db, ground, 2).await.id;
        let entitlement = sample(ground, application, 1);
        assert!(insert_one(db, &entitlement).await);
        assert!(!insert_one(db, &sample(ground, application, 2)).await, "one per application and API");
        let (id, api) = (entitlement.id, ground.api);
        assert_eq!(db.read(async move |tx| find_by_id(tx, id).await).await.unwrap().as_ref(), Some(&entitlement));
        let found = db.read(async move |tx| find(tx, application, api).await).await.unwrap();
        assert_eq!(found.as_ref(), Some(&entitlement));
        assert_eq!(db.read(async move |tx| find(tx, other, api).await).await.unwrap(), None);
        let all = db.read(async move |tx| of_application(tx, application).await).await.unwrap();
        assert_eq!(all, [entitlement]);
    })
    .await;
}

#[tokio::test]
async fn one_without_scopes_is_one() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let bare = Entitlement { scopes: Vec::new(), quota_limit: None, ..sample(ground, application, 1) };
        assert!(insert_one(db, &bare).await);
        assert_eq!(db.read(async move |tx| of_application(tx, application).await).await.unwrap(), [bare]);
    })
    .await;
}

#[tokio::test]
async fn only_the_next_version_is_written() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let stored = sample(ground, application, 1);
        assert!(insert_one(db, &stored).await);
        let [first, second] = [0, 1].map(|at| stored.scopes[at].clone());
        let scopes = vec![suspend(first, NOW).unwrap(), revoke(second, NOW).unwrap()];
        let next = Entitlement { scopes, version: 2, quota_limit: None, ..stored.clone() };
        let (row, late) = (next.clone(), Entitlement { version: 2, ..stored });
        assert!(db.write(async move |tx| update(tx, &row).await).await.unwrap());
        assert!(!db.write(async move |tx| update(tx, &late).await).await.unwrap());
        let id = next.id;
        assert_eq!(db.read(async move |tx| find_by_id(tx, id).await).await.unwrap(), Some(next));
    })
    .await;
}

#[tokio::test]
async fn names_the_quotas_that_differ_from_the_plan() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await;
        let other = insert_sample(db, ground, 2).await;
        assert!(insert_one(db, &sample(ground, application.id, 1)).await);
        assert!(insert_one(db, &Entitlement { quota_limit: None, ..sample(ground, other.id, 2) }).await);
        let quotas = db.read(async |tx| quotas(tx).await).await.unwrap();
        assert_eq!(quotas, [Quota { api_id: ground.api, client_id: application.client_id, limit: 100 }]);
    })
    .await;
}
