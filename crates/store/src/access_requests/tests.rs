use std::collections::BTreeMap;

use gatehouse_core::id::MessageId;
use gatehouse_core::portal::access_request::{
    self, Integration, MessageKind, Reviewer, ScopeVerdict, Sensitivity, Verdict, new_reference,
};
use gatehouse_core::portal::application::SignInScope;
use gatehouse_core::portal::review::Calendar;
use gatehouse_core::random::SeededRandom;

use super::*;
use crate::applications::tests::{Ground, ground, insert_sample};
use crate::db::Db;
use crate::testing::{NOW, each_engine};

pub(crate) fn sample(ground: Ground, application_id: ApplicationId, seed: u64) -> AccessRequest {
    let random = SeededRandom::new(seed);
    let scopes =
        (0..2).map(|at| RequestedScope::new(ground.scopes[at], format!("scope:{at}"), Sensitivity::Restricted));
    AccessRequest {
        id: AccessRequestId::new(NOW, &random),
        reference: new_reference(&random),
        application_id,
        organization_id: ground.organization,
        api_id: ground.api,
        previous_request_id: None,
        state: AccessRequestState::Draft,
        answers: BTreeMap::from([("why".to_owned(), "because".to_owned())]),
        integration: Integration { purpose: "reads".into(), ..Integration::default() },
        assignee_id: None,
        created_by: ground.developer,
        created_at: NOW,
        terms_accepted_at: None,
        submitted_at: None,
        due_at: None,
        asked_at: None,
        decided_at: None,
        updated_at: NOW,
        version: 1,
        scopes: scopes.collect(),
        sign_in_scopes: vec![SignInScope::Openid, SignInScope::Email],
    }
}

pub(super) async fn insert_one(db: &Db, request: &AccessRequest) {
    let row = request.clone();
    db.write(async move |tx| insert(tx, &row).await).await.expect("inserted");
}

pub(super) async fn save(db: &Db, request: &AccessRequest) -> bool {
    let row = request.clone();
    db.write(async move |tx| update(tx, &row).await).await.expect("no error")
}

async fn load(db: &Db, id: AccessRequestId) -> Option<AccessRequest> {
    db.read(async move |tx| find(tx, id).await).await.expect("no error")
}

#[tokio::test]
async fn every_step_comes_back_whole() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let mut request = sample(ground, application, 1);
        insert_one(db, &request).await;
        let calendar = Calendar::office_hours(jiff::tz::TimeZone::UTC);
        let reviewer = Reviewer { user_id: ground.reviewer, organizations: &[] };
        let approve = [ScopeVerdict { scope_id: ground.scopes[0], verdict: Verdict::Approve }];
        let decline =
            ground.scopes.map(|scope_id| ScopeVerdict { scope_id, verdict: Verdict::Decline { reason: "no".into() } });
        for step in 0..6 {
            let now = NOW.plus_secs(step);
            assert_eq!(load(db, request.id).await.as_ref(), Some(&request), "step {step}");
            request = match step {
                0 => access_request::submit(request, &calendar, now),
                1 => access_request::assign(request, reviewer, now),
                2 => access_request::ask(request, reviewer, now),
                3 => access_request::answer(request, &calendar, now),
                4 => access_request::decide(request, &approve, reviewer, now),
                _ => access_request::decide(request, &decline, reviewer, now),
            }
            .expect("the step is possible");
            request.terms_accepted_at = Some(NOW);
            assert!(save(db, &request).await);
            assert!(!save(db, &request).await, "the same step twice");
        }
        assert_eq!(request.state, AccessRequestState::Declined);
        assert_eq!(load(db, request.id).await.as_ref(), Some(&request));
        let reference = request.reference.clone();
        let found = db.read(async move |tx| find_by_reference(tx, &reference).await).await.unwrap();
        assert_eq!(found, Some(request));
    })
    .await;
}

#[tokio::test]
async fn lists_and_filters() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let mut all: Vec<_> = (1..=3).map(|seed| sample(ground, application, seed)).collect();
        all.sort_by_key(|request| request.id);
        for request in &all {
            insert_one(db, request).await;
        }
        all[1] = access_request::withdraw(all[1].clone(), NOW).unwrap();
        assert!(save(db, &all[1]).await);
        let list = async |filter: Filter, after: String, limit| {
            db.read(async move |tx| list(tx, filter, &after, limit).await).await.expect("a list")
        };
        assert_eq!(list(Filter::default(), String::new(), 10).await, all);
        assert_eq!(list(Filter::default(), all[0].id.to_string(), 1).await, all[1..2]);
        let drafts =
            Filter { application: Some(application), state: Some(AccessRequestState::Draft), ..Filter::default() };
        assert_eq!(list(drafts, String::new(), 10).await, [all[0].clone(), all[2].clone()]);
        let unknown = Some(ApplicationId::new(NOW, &SeededRandom::new(99)));
        let other = Filter { application: unknown, ..Filter::default() };
        assert_eq!(list(other, String::new(), 10).await, []);
        let calendar = Calendar::office_hours(jiff::tz::TimeZone::UTC);
        all[0] = access_request::submit(all[0].clone(), &calendar, NOW).unwrap();
        assert!(save(db, &all[0]).await);
        let reviewer = Reviewer { user_id: ground.reviewer, organizations: &[] };
        let due = all[0].due_at;
        let overdue = Filter { overdue_at: due, ..Filter::default() };
        assert_eq!(list(overdue, String::new(), 10).await, all[..1]);
        assert_eq!(list(Filter { overdue_at: Some(NOW), ..overdue }, String::new(), 10).await, []);
        let nobodys = Filter { assignee: Some(Assignee::Nobody), api: Some(ground.api), ..overdue };
        assert_eq!(list(nobodys, String::new(), 10).await, all[..1]);
        all[0] = access_request::assign(all[0].clone(), reviewer, NOW).unwrap();
        assert!(save(db, &all[0]).await);
        assert_eq!(list(nobodys, String::new(), 10).await, []);
        let reviewers = Filter { assignee: Some(Assignee::User(ground.reviewer)), ..Filter::default() };
        assert_eq!(list(reviewers, String::new(), 10).await, all[..1]);
        let newest = db.read(async move |tx| latest(tx, application, ground.api).await).await.unwrap();
        assert_eq!(newest.as_ref(), all.last());
    })
    .await;
}

#[tokio::test]
async fn lists_those_of_a_users_organizations() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let mut all: Vec<_> = (1..=3).map(|seed| sample(ground, application, seed)).collect();
        all.sort_by_key(|request| std::cmp::Reverse(request.id));
        for request in &all {
            insert_one(db, request).await;
        }
        all[1] = access_request::withdraw(all[1].clone(), NOW).unwrap();
        assert!(save(db, &all[1]).await);
        let (organization, developer) = (ground.organization, ground.developer);
        let list = async |states: &'static [AccessRequestState], before: String, limit| {
            let read = async move |tx: &mut Tx| list_of_user(tx, developer, states, (&before, limit)).await;
            db.read(read).await.expect("a list")
        };
        assert_eq!(list(&[], "~".to_owned(), 10).await, [], "not a member yet");
        let join = async move |tx: &mut Tx| {
            let sql = "INSERT INTO organization_members (organization_id, user_id, role, created_at)
                       VALUES ($1, $2, 'viewer', 0)";
            tx.execute(sql, params![organization, developer]).await
        };
        db.write(join).await.expect("joins");
        assert_eq!(list(&[], "~".to_owned(), 10).await, all);
        assert_eq!(list(&[], all[0].id.to_string(), 1).await, all[1..2]);
        let drafts = [all[0].clone(), all[2].clone()];
        assert_eq!(list(&[AccessRequestState::Draft, AccessRequestState::Expired], "~".to_owned(), 10).await, drafts);
        assert_eq!(list(&[AccessRequestState::Approved], "~".to_owned(), 10).await, []);
        let counted = db.read(async move |tx| count_of_user(tx, developer).await).await.expect("counts");
        assert_eq!(counted.iter().map(|(_, found)| found).sum::<i64>(), 3, "{counted:?}");
        assert!(counted.iter().all(|(state, _)| all.iter().any(|request| request.state == *state)), "{counted:?}");
    })
    .await;
}

#[tokio::test]
async fn finds_what_was_never_answered() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let asked = AccessRequest {
            state: AccessRequestState::NeedsInformation,
            asked_at: Some(NOW),
            ..sample(ground, application, 1)
        };
        insert_one(db, &asked).await;
        insert_one(db, &sample(ground, application, 2)).await;
        let until = async |at: Timestamp| db.read(async move |tx| unanswered(tx, at, 10).await).await.unwrap();
        assert_eq!(until(NOW).await, [asked.id]);
        assert_eq!(until(NOW.plus_secs(-1)).await, []);
    })
    .await;
}

#[tokio::test]
async fn the_thread_stays_in_order() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let request = sample(ground, application, 1);
        insert_one(db, &request).await;
        let kinds = [MessageKind::Question, MessageKind::Answer, MessageKind::Note];
        let thread: Vec<_> = (1..)
            .zip(kinds)
            .map(|(step, kind)| Message {
                id: MessageId::new(NOW.plus_secs(step), &SeededRandom::new(1)),
                kind,
                author_id: ground.reviewer,
                body: "why?\nplease".into(),
                created_at: NOW.plus_secs(step),
            })
            .collect();
        let rows = thread.clone();
        db.write(async move |tx| {
            for message in &rows {
                insert_message(tx, request.id, message).await?;
            }
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        assert_eq!(db.read(async move |tx| messages(tx, request.id).await).await.unwrap(), thread);
    })
    .await;
}
