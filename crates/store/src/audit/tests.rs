use gatehouse_core::random::SeededRandom;
use serde_json::json;

use super::*;
use crate::db::Db;
use crate::testing::{NOW, each_engine};

fn event(number: u64, personal: bool) -> Event {
    let random = SeededRandom::new(number);
    let fields = json!({ "email": format!("person{number}@example.org"), "address": "192.0.2.7" });
    let Json::Object(fields) = fields else { unreachable!() };
    Event {
        id: AuditEventId::new(NOW.plus_secs(i64::try_from(number).unwrap()), &random),
        at: NOW.plus_secs(i64::try_from(number).unwrap()),
        actor_kind: ActorKind::Operator,
        actor_id: format!("opk_{number}"),
        action: "application.suspended",
        target_kind: "application",
        target_id: format!("app_{}", number % 3),
        before: Some(json!({ "state": "active" })),
        after: Some(json!({ "state": "suspended" })),
        request_id: None,
        personal: personal.then_some(Personal { salt: [7; 32], fields }),
    }
}

/// Ten events, every second one with personal fields; chained in batches of four.
async fn chained(db: &Db) {
    for number in 0..10 {
        db.write(async move |tx| record(tx, &event(number, number % 2 == 0)).await).await.unwrap();
    }
    let mut steps = Vec::new();
    loop {
        let step = db.write(async |tx| chain(tx, 4).await).await.unwrap();
        steps.push(step);
        if step == 0 {
            break;
        }
    }
    assert_eq!(steps, [4, 4, 2, 0]);
}

async fn tamper(db: &Db, sql: &'static str) {
    db.write(async move |tx| tx.execute(sql, &[]).await).await.unwrap();
}

async fn found(db: &Db, exported: &[Head]) -> Vec<String> {
    let verification = verify(db, exported).await.unwrap();
    assert_eq!(verification.problem_count, verification.problems.len() as u64);
    verification.problems.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_whole_chain_verifies_also_without_personal_rows() {
    each_engine(async |db: &Db| {
        assert_eq!(verify(db, &[]).await.unwrap().events, 0);
        chained(db).await;
        let head = db.read(async |tx| head(tx).await).await.unwrap();
        assert_eq!(head.seq, 10);
        assert_eq!(found(db, &[head]).await, [""; 0]);
        tamper(db, "DELETE FROM audit_personal").await;
        let verification = verify(db, &[head]).await.unwrap();
        assert_eq!((verification.events, verification.problem_count, verification.head), (10, 0, head));
    })
    .await;
}

#[tokio::test]
async fn every_change_is_found() {
    const CHANGES: [(&str, &str); 12] = [
        ("UPDATE audit_events SET at = at + 1 WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET actor_kind = 'user' WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET actor_id = 'somebody' WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET action = 'nothing' WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET target_kind = 'user' WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET target_id = 'x' WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET before = NULL WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET after = '{}' WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET request_id = 'rid_x' WHERE seq = 5", "event 5 ("),
        ("UPDATE audit_events SET personal_hash = NULL WHERE seq = 7", "event 7 ("),
        (
            "UPDATE audit_personal SET fields = '{}' WHERE event_id = (SELECT id FROM audit_events WHERE seq = 5)",
            "personal fields of event 5 (",
        ),
        ("UPDATE audit_head SET hash = (SELECT hash FROM audit_events WHERE seq = 3)", "head says that event 10"),
    ];
    each_engine(async |db: &Db| {
        chained(db).await;
        for (sql, expected) in CHANGES {
            // The changes pile up; each must be named.
            let before = found(db, &[]).await.len();
            tamper(db, sql).await;
            let problems = found(db, &[]).await;
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{sql}: {problems:?}");
            assert!(problems.len() >= before, "{sql}: {problems:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn gaps_cuts_and_rewritings_are_found() {
    each_engine(async |db: &Db| {
        chained(db).await;
        let head = db.read(async |tx| head(tx).await).await.unwrap();
        tamper(db, "DELETE FROM audit_events WHERE seq IN (4, 5)").await;
        assert_eq!(found(db, &[head]).await, ["events 4 to 5 are missing"]);
        tamper(db, "DELETE FROM audit_events WHERE seq >= 9").await;
        assert_eq!(found(db, &[]).await, ["events 4 to 5 are missing", "events 9 to 10 are missing"]);
        tamper(db, "UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit_events WHERE seq = 7)").await;
        let problems = found(db, &[head, Head { seq: 6, hash: [1; 32] }]).await;
        assert_eq!(
            problems,
            [
                "events 4 to 5 are missing",
                "event 6 has another hash than the exported head: the chain was made anew",
                "the chain ends at 7, but the head of event 10 was exported: the tail was cut",
                "1 events stand behind the head",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn names_the_unchained_tail() {
    each_engine(async |db: &Db| {
        chained(db).await;
        db.write(async |tx| record(tx, &event(20, false)).await).await.unwrap();
        db.write(async |tx| record(tx, &event(21, false)).await).await.unwrap();
        let verification = verify(db, &[]).await.unwrap();
        assert_eq!(verification.unchained, (2, Some(event(20, false).id)));
        assert_eq!(verification.problem_count, 0);
    })
    .await;
}

#[tokio::test]
async fn many_chainers_make_one_chain() {
    each_engine(async |db: &Db| {
        let mut tasks = Vec::new();
        for number in 0..40_u64 {
            let db = db.clone();
            tasks.push(tokio::spawn(async move {
                db.write(async move |tx| record(tx, &event(number, number % 2 == 0)).await).await.unwrap();
                db.write(async |tx| chain(tx, 7).await).await.unwrap_or(0)
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        while db.write(async |tx| chain(tx, 7).await).await.unwrap() > 0 {}
        let verification = verify(db, &[]).await.unwrap();
        assert_eq!((verification.events, verification.problem_count), (40, 0));
    })
    .await;
}

#[tokio::test]
async fn lists_newest_first_with_filters_and_pages() {
    each_engine(async |db: &Db| {
        chained(db).await;
        let all = db.read(async |tx| list(tx, &Filter::default(), 100).await).await.unwrap();
        assert_eq!(all.iter().map(|entry| entry.seq.unwrap()).collect::<Vec<_>>(), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(all[9].personal.as_ref().unwrap()["email"], "person0@example.org");
        assert_eq!(all[8].personal, None);
        assert_eq!(all[0].before, Some(json!({ "state": "active" })));
        let before = all[4].id;
        let next = Filter { before: Some(before), ..Filter::default() };
        assert_eq!(db.read(async move |tx| list(tx, &next, 3).await).await.unwrap(), all[5..8]);
        let first = db.read(async |tx| export(tx, None, 4).await).await.unwrap();
        assert_eq!(first.iter().map(|entry| entry.seq.unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let last = Some(first[3].id);
        assert_eq!(db.read(async move |tx| export(tx, last, 100).await).await.unwrap().len(), 6);
        let narrow = Filter {
            actor_kind: Some(ActorKind::Operator),
            actor_id: Some("opk_4".to_owned()),
            action: Some("application.suspended".to_owned()),
            target_kind: Some("application".to_owned()),
            target_id: Some("app_1".to_owned()),
            from: Some(NOW.plus_secs(4)),
            until: Some(NOW.plus_secs(5)),
            before: None,
        };
        assert_eq!(db.read(async move |tx| list(tx, &narrow, 9).await).await.unwrap(), all[5..6]);
    })
    .await;
}
