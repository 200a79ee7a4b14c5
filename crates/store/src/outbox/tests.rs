use std::collections::BTreeSet;

use gatehouse_core::random::SeededRandom;
use serde_json::json;

use super::*;
use crate::db::Db;
use crate::testing::{NOW, each_engine};

const LEASE: Duration = Duration::from_secs(60);

async fn fill(db: &Db, count: u64) {
    for number in 0..count {
        let id = OutboxId::new(NOW, &SeededRandom::new(number));
        let mail = json!({ "n": number });
        db.write(async move |tx| enqueue(tx, id, (Kind::Mail, ""), &mail, NOW).await).await.unwrap();
    }
}

async fn claim_at(db: &Db, owner: &'static str, now: Timestamp, limit: u32) -> Vec<Message> {
    claim_of(db, Kind::Mail, owner, now, limit).await
}

async fn claim_of(db: &Db, kind: Kind, owner: &'static str, now: Timestamp, limit: u32) -> Vec<Message> {
    let what = Claim { kind, owner, now, lease: LEASE, limit };
    db.write(async move |tx| claim(tx, &what).await).await.unwrap()
}

#[tokio::test]
async fn a_message_is_claimed_once_and_again_after_the_lease() {
    each_engine(async |db: &Db| {
        fill(db, 3).await;
        assert_eq!(claim_at(db, "a", NOW.minus(LEASE), 10).await, [], "not due yet");
        let first = claim_at(db, "a", NOW, 2).await;
        assert_eq!((first.len(), first[0].attempt, first[0].kind), (2, 1, Kind::Mail));
        assert!(db.read(async |tx| any_due(tx, Kind::Mail, NOW).await).await.unwrap());
        let rest = claim_at(db, "b", NOW, 10).await;
        assert!(!db.read(async |tx| any_due(tx, Kind::Mail, NOW).await).await.unwrap());
        assert_eq!(rest.len(), 1);
        assert_eq!(claim_at(db, "c", NOW, 10).await, []);
        let late = NOW.plus(LEASE);
        let again = claim_at(db, "c", late, 10).await;
        assert_eq!(again.iter().map(|message| message.attempt).collect::<Vec<_>>(), [2, 2, 2]);
        let id = first[0].id;
        assert!(!db.write(async move |tx| sent(tx, id, "a", late).await).await.unwrap(), "a's lease has ended");
        assert!(db.write(async move |tx| sent(tx, id, "c", late).await).await.unwrap());
        assert!(!db.write(async move |tx| sent(tx, id, "c", late).await).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn fifty_claimers_share_without_overlap() {
    each_engine(async |db: &Db| {
        fill(db, 60).await;
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let db = db.clone();
                let owner = format!("node{number}");
                let claim = async move |tx: &mut Tx| {
                    claim(tx, &Claim { kind: Kind::Mail, owner: &owner, now: NOW, lease: LEASE, limit: 3 }).await
                };
                tokio::spawn(async move { db.write(claim).await })
            })
            .collect();
        let (mut seen, mut count) = (BTreeSet::new(), 0);
        for task in tasks {
            for message in task.await.unwrap().unwrap() {
                seen.insert(message.id);
                count += 1;
            }
        }
        count += claim_at(db, "last", NOW, 100).await.into_iter().filter(|message| seen.insert(message.id)).count();
        assert_eq!((count, seen.len()), (60, 60));
    })
    .await;
}

#[tokio::test]
async fn a_failing_message_is_given_up_and_pruned() {
    each_engine(async |db: &Db| {
        fill(db, 1).await;
        let mut now = NOW;
        for attempt in 1..=Kind::Mail.attempts() {
            let claimed = claim_at(db, "a", now, 1).await;
            assert_eq!(claimed[0].attempt, attempt);
            let message = claimed[0].clone();
            let state = db.write(async move |tx| postpone(tx, &message, "a", "no answer", now).await).await.unwrap();
            assert_eq!(state, Some(if attempt < Kind::Mail.attempts() { State::Waiting } else { State::Failed }));
            if attempt < 4 {
                assert_eq!(claim_at(db, "a", now.plus_secs(9), 1).await, [], "pauses first");
            }
            now = now.plus(pause(attempt));
        }
        assert_eq!(claim_at(db, "a", now, 1).await, []);
        let days = now.since(NOW).as_secs() / 86_400;
        assert_eq!(days, 5, "as patient as mail servers are");
        assert_eq!(db.write(async move |tx| prune(tx, now.minus(LEASE * 600), 10).await).await.unwrap(), 0);
        assert_eq!(db.write(async move |tx| prune(tx, now, 10).await).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_refused_is_listed_and_can_be_tried_again() {
    each_engine(async |db: &Db| {
        fill(db, 3).await;
        let claimed = claim_at(db, "a", NOW, 2).await;
        let (first, second) = (claimed[0].clone(), claimed[1].id);
        let id = first.id;
        let refused = db.write(async move |tx| refuse(tx, id, "b", "550", NOW).await).await.unwrap();
        assert_eq!(refused, None, "another's");
        let refused = db.write(async move |tx| refuse(tx, id, "a", "550", NOW).await).await.unwrap();
        assert_eq!(refused, Some(State::Failed));
        assert!(db.write(async move |tx| sent(tx, second, "a", NOW).await).await.unwrap());
        let of = async |state| db.read(async move |tx| list(tx, (Kind::Mail, state), "", 10).await).await.unwrap();
        let failed = of(Some(State::Failed)).await;
        assert_eq!(failed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id]);
        assert_eq!((failed[0].last_error.as_deref(), failed[0].ended_at), (Some("550"), Some(NOW)));
        assert_eq!(failed[0].payload, first.payload, "kept for another try");
        assert_eq!(of(Some(State::Sent)).await[0].payload, json!({}), "what was sent is forgotten");
        assert_eq!((of(None).await.len(), of(Some(State::Waiting)).await.len()), (3, 1));
        assert!(!db.write(async move |tx| retry(tx, second, NOW).await).await.unwrap(), "it was sent");
        let later = NOW.plus_secs(60);
        assert!(db.write(async move |tx| retry(tx, id, later).await).await.unwrap());
        let entry = db.read(async move |tx| find(tx, id).await).await.unwrap().unwrap();
        assert_eq!((entry.state, entry.attempts, entry.next_attempt_at), (State::Waiting, 0, later));
        assert!(claim_at(db, "c", later, 10).await.iter().any(|message| message.id == id && message.attempt == 1));
    })
    .await;
}

#[tokio::test]
async fn kinds_do_not_wait_for_each_other() {
    each_engine(async |db: &Db| {
        fill(db, 3).await;
        let id = OutboxId::new(NOW, &SeededRandom::new(9));
        let logout = async move |tx: &mut Tx| enqueue(tx, id, (Kind::Logout, "a"), &json!({}), NOW).await;
        db.write(logout).await.unwrap();
        let claimed = claim_of(db, Kind::Logout, "a", NOW, 10).await;
        assert_eq!(claimed.iter().map(|one| (one.id, one.receiver.as_str())).collect::<Vec<_>>(), [(id, "a")]);
        assert!(!db.read(async |tx| any_due(tx, Kind::Logout, NOW).await).await.unwrap());
        assert_eq!(claim_at(db, "a", NOW, 10).await.len(), 3);
        let pauses: Duration = (1..Kind::Logout.attempts()).map(pause).sum();
        assert_eq!(pauses.as_secs() / 3_600, 24, "an application that is down for a day still hears of it");
    })
    .await;
}

#[tokio::test]
async fn a_slow_receiver_leaves_room_for_others() {
    each_engine(async |db: &Db| {
        let enqueue = async |seed: u64, receiver: &'static str| {
            let id = OutboxId::new(NOW, &SeededRandom::new(seed));
            let write = async move |tx: &mut Tx| enqueue(tx, id, (Kind::Logout, receiver), &json!({}), NOW).await;
            db.write(write).await.unwrap();
        };
        for seed in 0..20 {
            enqueue(seed, "slow").await;
        }
        for (seed, receiver) in [(20, "b"), (21, "b"), (22, "c")] {
            enqueue(seed, receiver).await;
        }
        let receivers = async |owner: &'static str, limit: u32| {
            let claimed = claim_of(db, Kind::Logout, owner, NOW, limit).await;
            let mut receivers: Vec<_> = claimed.into_iter().map(|message| message.receiver).collect();
            receivers.sort();
            receivers
        };
        assert_eq!(receivers("a", 3).await, ["b", "c", "slow"], "each has its turn");
        assert_eq!(receivers("b", 10).await, ["b", "slow", "slow", "slow"], "not more than four to one");
        assert_eq!(receivers("c", 10).await, [] as [&str; 0], "four are under way");
        assert_eq!(claim_of(db, Kind::Logout, "d", NOW.plus(LEASE), 10).await.len(), 7, "their leases have ended");
    })
    .await;
}
