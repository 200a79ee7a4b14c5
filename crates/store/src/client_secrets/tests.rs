use std::time::Duration;

use gatehouse_core::portal::client_secret::{LastSecret, retire, revoke};
use gatehouse_core::random::SeededRandom;
use gatehouse_core::secret::SecretHash;

use super::*;
use crate::applications::tests::{ground, insert_sample};
use crate::db::Db;
use crate::testing::{NOW, each_engine};

pub(crate) fn sample(application_id: ApplicationId, seed: u64) -> ClientSecret {
    ClientSecret {
        id: ClientSecretId::new(NOW, &SeededRandom::new(seed)),
        application_id,
        name: "first".into(),
        hash: SecretHash::of(&seed.to_string()),
        last_four: "abcd".into(),
        state: ClientSecretState::Active,
        created_by: "command line root".into(),
        created_at: NOW,
        expires_at: Some(NOW.plus_secs(1_000)),
        retires_at: None,
        ended_at: None,
        last_used_at: None,
    }
}

async fn insert_secret(db: &Db, application: ApplicationId, seed: u64) -> ClientSecret {
    let secret = sample(application, seed);
    let row = secret.clone();
    db.write(async move |tx| insert(tx, &row).await).await.expect("inserted");
    secret
}

#[tokio::test]
async fn comes_back_whole() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let other = insert_sample(db, ground, 2).await.id;
        let mut all = vec![insert_secret(db, application, 1).await, insert_secret(db, application, 2).await];
        all.sort_by_key(|secret| secret.id);
        let id = all[0].id;
        assert_eq!(db.read(async move |tx| find(tx, application, id).await).await.unwrap(), Some(all[0].clone()));
        assert_eq!(db.read(async move |tx| find(tx, other, id).await).await.unwrap(), None, "of another application");
        assert_eq!(db.read(async move |tx| of_application(tx, application).await).await.unwrap(), all);
    })
    .await;
}

#[tokio::test]
async fn transitions_start_from_the_known_state() {
    each_engine(async |db: &Db| {
        let application = insert_sample(db, ground(db).await, 1).await.id;
        let secret = insert_secret(db, application, 1).await;
        let retiring = retire(secret.clone(), &[], Duration::from_secs(60), LastSecret::End, NOW).unwrap();
        let revoked = revoke(secret.clone(), &[], LastSecret::End, NOW).unwrap();
        let (row, late) = (retiring.clone(), revoked.clone());
        assert!(db.write(async move |tx| update(tx, &row, ClientSecretState::Active).await).await.unwrap());
        assert!(!db.write(async move |tx| update(tx, &late, ClientSecretState::Active).await).await.unwrap());
        let stored = db.read(async move |tx| find(tx, application, secret.id).await).await.unwrap();
        assert_eq!(stored, Some(retiring));
        assert!(db.write(async move |tx| update(tx, &revoked, ClientSecretState::Retiring).await).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn last_use_only_moves_forward() {
    each_engine(async |db: &Db| {
        let application = insert_sample(db, ground(db).await, 1).await.id;
        let (one, two) = (insert_secret(db, application, 1).await.id, insert_secret(db, application, 2).await.id);
        let used = [(one, NOW.plus_secs(5)), (two, NOW.plus_secs(6))];
        db.write(async move |tx| touch_last_used(tx, &used).await).await.unwrap();
        db.write(async move |tx| touch_last_used(tx, &[(one, NOW)]).await).await.unwrap();
        let of =
            async |id| db.read(async move |tx| find(tx, application, id).await).await.unwrap().unwrap().last_used_at;
        assert_eq!(of(one).await, Some(NOW.plus_secs(5)));
        assert_eq!(of(two).await, Some(NOW.plus_secs(6)));
    })
    .await;
}

#[tokio::test]
async fn finds_what_a_date_has_ended() {
    each_engine(async |db: &Db| {
        let application = insert_sample(db, ground(db).await, 1).await.id;
        let expiring = insert_secret(db, application, 1).await;
        let secret = insert_secret(db, application, 2).await;
        let retiring = retire(secret, &[], Duration::from_secs(60), LastSecret::End, NOW).unwrap();
        let row = retiring.clone();
        assert!(db.write(async move |tx| update(tx, &row, ClientSecretState::Active).await).await.unwrap());
        let at = async |secs| db.read(async move |tx| ended_by_date(tx, NOW.plus_secs(secs), 10).await).await.unwrap();
        assert_eq!(at(59).await, []);
        assert_eq!(at(60).await, std::slice::from_ref(&retiring));
        assert_eq!(at(1_000).await.len(), 2);
        let revoked = revoke(expiring, &[], LastSecret::End, NOW).unwrap();
        assert!(db.write(async move |tx| update(tx, &revoked, ClientSecretState::Active).await).await.unwrap());
        assert_eq!(at(1_000).await, [retiring]);
    })
    .await;
}

#[tokio::test]
async fn people_are_told_of_an_end_once_for_each_number_of_days() {
    each_engine(async |db: &Db| {
        const DAY: i64 = 86_400;
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let secret = ClientSecret { expires_at: Some(NOW.plus_secs(30 * DAY)), ..sample(application, 1) };
        let short = ClientSecret { expires_at: Some(NOW.plus_secs(7 * DAY)), ..sample(application, 2) };
        let lasting = ClientSecret { expires_at: None, ..sample(application, 3) };
        let (id, short_id) = (secret.id, short.id);
        let write = async move |tx: &mut Tx| {
            for row in [&secret, &short, &lasting] {
                insert(tx, row).await?;
            }
            for (after, days, expected) in [
                (0, 14, vec![]),
                (0, 7, vec![]),
                (6 * DAY - 1, 1, vec![]),
                (6 * DAY, 1, vec![short_id]),
                (16 * DAY - 1, 14, vec![]),
                (16 * DAY, 14, vec![id]),
                (23 * DAY, 7, vec![id]),
                (30 * DAY, 1, vec![]),
            ] {
                let found = ending_untold(tx, days, NOW.plus_secs(after), 10).await?;
                assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{after} {days}");
            }
            assert!(set_told(tx, id, 7).await?);
            assert!(!set_told(tx, id, 7).await?, "once");
            assert!(!set_told(tx, id, 14).await?, "later than that");
            assert_eq!(ending_untold(tx, 14, NOW.plus_secs(23 * DAY), 10).await?, []);
            assert!(set_told(tx, id, 1).await?);
            Ok::<_, DbError>(())
        };
        db.write(write).await.unwrap();
    })
    .await;
}
