use gatehouse_core::portal::access_request::{self, AccessRequest, Reviewer};
use gatehouse_core::portal::review::Calendar;

use super::super::tests::{insert_one, sample, save};
use super::*;
use crate::applications::tests::{Ground, ground, insert_sample};
use crate::db::Db;
use crate::testing::{NOW, each_engine};

const DAY: i64 = 86_400;

/// Four requests, submitted a day apart: one new, one in review, one asked about, one withdrawn.
async fn fill(db: &Db, ground: Ground) -> Vec<AccessRequest> {
    let calendar = Calendar::office_hours(jiff::tz::TimeZone::UTC);
    let reviewer = Reviewer { user_id: ground.reviewer, organizations: &[] };
    let application = insert_sample(db, ground, 1).await.id;
    let mut all = Vec::new();
    for (seed, day) in (1..).zip(0..4) {
        let at = NOW.plus_secs(day * DAY);
        let mut request = sample(ground, application, seed);
        insert_one(db, &request).await;
        let mut steps = vec![access_request::submit(request.clone(), &calendar, at).unwrap()];
        if day == 1 || day == 2 {
            steps.push(access_request::assign(steps[0].clone(), reviewer, at).unwrap());
        }
        if day == 2 {
            steps.push(access_request::ask(steps[1].clone(), reviewer, at).unwrap());
        }
        if day == 3 {
            steps.push(access_request::withdraw(steps[0].clone(), at).unwrap());
        }
        for step in steps {
            assert!(save(db, &step).await);
            request = step;
        }
        all.push(request);
    }
    let draft = sample(ground, application, 9);
    insert_one(db, &draft).await;
    assert!(save(db, &access_request::withdraw(draft, NOW).unwrap()).await);
    all
}

async fn list(db: &Db, wanted: Wanted) -> Vec<Queued> {
    db.read(async move |tx| page(tx, wanted, None, 50).await).await.expect("a page")
}

fn numbers(found: &[Queued], all: &[AccessRequest]) -> Vec<usize> {
    let number = |one: &Queued| all.iter().position(|request| request.id == one.place.id).expect("one of them");
    found.iter().map(number).collect()
}

#[tokio::test]
async fn filters_and_orders() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let all = fill(db, ground).await;
        let late = all[1].due_at;
        let wanted = Wanted::default();
        let cases: [(Wanted, &[usize]); 13] = [
            (wanted, &[0, 1, 2]),
            (Wanted { order: Order::Newest, ..wanted }, &[2, 1, 0]),
            (Wanted { order: Order::Oldest, ..wanted }, &[0, 1, 2]),
            (Wanted { stage: Stage::Submitted, ..wanted }, &[0]),
            (Wanted { stage: Stage::InReview, ..wanted }, &[1]),
            (Wanted { stage: Stage::NeedsInformation, ..wanted }, &[2]),
            (Wanted { stage: Stage::Ended, order: Order::Ended, ..wanted }, &[3]),
            (Wanted { assignee: Some(Assignee::Nobody), ..wanted }, &[0]),
            (Wanted { assignee: Some(Assignee::User(ground.reviewer)), ..wanted }, &[1, 2]),
            (Wanted { assignee: Some(Assignee::User(ground.developer)), ..wanted }, &[]),
            (Wanted { api: Some(ground.api), ..wanted }, &[0, 1, 2]),
            (Wanted { overdue_at: late, ..wanted }, &[0, 1]),
            (Wanted { overdue_at: Some(NOW), ..wanted }, &[]),
        ];
        for (wanted, expected) in cases {
            assert_eq!(numbers(&list(db, wanted).await, &all), expected, "{wanted:?}");
        }
        let found = list(db, wanted).await.remove(1);
        assert_eq!(found.assignee, Some((ground.reviewer, "U".to_owned())));
        assert_eq!((found.application.1.as_str(), found.organization.0), ("Sample", ground.organization));
        let scopes: Vec<_> = found.scopes.iter().map(|scope| (scope.name.as_str(), scope.sensitivity)).collect();
        assert_eq!(scopes, [("scope:0", Sensitivity::Restricted), ("scope:1", Sensitivity::Restricted)]);
        let counted = db
            .read(async move |tx| counts(tx, ground.reviewer, late.expect("it has one")).await)
            .await
            .expect("counts");
        assert_eq!(counted, Counts { open: 3, mine: 2, nobodys: 1, overdue: 2 });
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_in_every_order() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let all = fill(db, ground).await;
        for order in [Order::Due, Order::Newest, Order::Oldest] {
            let wanted = Wanted { order, ..Wanted::default() };
            let whole = list(db, wanted).await;
            let mut pieces = Vec::new();
            let mut after = None;
            loop {
                let piece = db.read(async move |tx| page(tx, wanted, after, 1).await).await.expect("a page");
                let Some(last) = piece.last() else { break };
                after = Some(last.place);
                pieces.extend(piece);
            }
            assert_eq!(pieces, whole, "{order:?}");
            assert_eq!(whole.len(), 3);
        }
        let ended = Wanted { stage: Stage::Ended, order: Order::Ended, ..Wanted::default() };
        let last = list(db, ended).await.remove(0).place;
        let rest = db.read(async move |tx| page(tx, ended, Some(last), 9).await).await.expect("a page");
        assert_eq!(numbers(&rest, &all), [0_usize; 0]);
    })
    .await;
}
