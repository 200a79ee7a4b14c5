use std::slice::from_ref;

use gatehouse_core::portal::access_request::{Reviewer, Verdict};
use gatehouse_core::portal::application_change::{self, new_reference};
use gatehouse_core::random::SeededRandom;

use super::*;
use crate::applications::tests::{Ground, ground, insert_sample};
use crate::db::Db;
use crate::testing::{NOW, each_engine};

fn sample(ground: Ground, application_id: ApplicationId, (seed, proposal): (u64, Proposal)) -> ApplicationChange {
    let random = SeededRandom::new(seed);
    let now = NOW.plus_secs(i64::try_from(seed).expect("small"));
    ApplicationChange {
        id: ApplicationChangeId::new(now, &random),
        reference: new_reference(&random),
        application_id,
        organization_id: ground.organization,
        proposal,
        state: ApplicationChangeState::Submitted,
        proposed_by: ground.developer,
        created_at: now,
        // The later one is due first.
        due_at: now.plus_secs(1_000 - 10 * i64::try_from(seed).expect("small")),
        decided_by: None,
        decided_at: None,
        reason: None,
    }
}

fn addresses() -> Addresses {
    Addresses { before: vec!["https://a.example/ä\"".into()], after: vec![] }
}

#[tokio::test]
async fn every_kind_comes_back_whole_and_ends_once() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await.id;
        let proposals = [
            Proposal::RedirectUris(addresses()),
            Proposal::PostLogoutRedirectUris(addresses()),
            Proposal::ApiUser { before: None, after: Some(ground.developer) },
        ];
        let reviewer = Reviewer { user_id: ground.reviewer, organizations: &[] };
        for (seed, proposal) in (1..).zip(proposals) {
            let open = sample(ground, application, (seed, proposal));
            let declined = Verdict::Decline { reason: "No.".into() };
            let declined = application_change::decide(open.clone(), &declined, reviewer, NOW).expect("it is decided");
            let withdrawn = application_change::withdraw(open.clone(), None, NOW).expect("it is withdrawn");
            let write = async move |tx: &mut Tx| {
                insert(tx, &open).await?;
                assert_eq!(find(tx, open.id).await?.as_ref(), Some(&open));
                assert_eq!(find_by_reference(tx, &open.reference).await?.as_ref(), Some(&open));
                assert_eq!(open_of_application(tx, application).await?, from_ref(&open));
                for of in [Reminder::HalfTime, Reminder::Overdue] {
                    assert_eq!(not_reminded(tx, of, 9).await?, [open.id]);
                    assert!(set_reminded(tx, open.id, of, NOW).await?);
                    assert!(!set_reminded(tx, open.id, of, NOW).await?, "once");
                    assert_eq!(not_reminded(tx, of, 9).await?, []);
                }
                assert!(end(tx, &declined).await?);
                assert!(!set_reminded(tx, open.id, Reminder::Overdue, NOW).await?, "it has ended");
                assert!(!end(tx, &withdrawn).await?, "it has ended");
                assert_eq!(find(tx, open.id).await?.as_ref(), Some(&declined));
                assert_eq!(open_of_application(tx, application).await?, []);
                assert_eq!(ended_of_application(tx, application, 1).await?, from_ref(&declined));
                assert_eq!(find_by_reference(tx, "C-00000000").await?, None);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_approval_of_redirect_uris() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let (one, other) = (insert_sample(db, ground, 1).await.id, insert_sample(db, ground, 2).await.id);
        let reviewer = Reviewer { user_id: ground.reviewer, organizations: &[] };
        let decided = |change, verdict, at| {
            application_change::decide(change, &verdict, reviewer, NOW.plus_secs(at)).expect("it is decided")
        };
        let uris = |seed| sample(ground, one, (seed, Proposal::RedirectUris(addresses())));
        let post_logout = sample(ground, one, (3, Proposal::PostLogoutRedirectUris(addresses())));
        let declined = Verdict::Decline { reason: "No.".into() };
        let others = [
            decided(uris(2), declined, 20),
            decided(post_logout, Verdict::Approve, 30),
            decided(sample(ground, other, (4, Proposal::RedirectUris(addresses()))), Verdict::Approve, 40),
        ];
        let [first, second] = [decided(uris(1), Verdict::Approve, 10), decided(uris(5), Verdict::Approve, 5)];
        let write = async move |tx: &mut Tx| {
            for change in &others {
                insert(tx, change).await?;
            }
            assert_eq!(last_approval(tx, one).await?, None);
            insert(tx, &first).await?;
            insert(tx, &second).await?;
            assert_eq!(last_approval(tx, one).await?, Some(NOW.plus_secs(10)));
            Ok::<_, DbError>(())
        };
        db.write(write).await.expect("written");
    })
    .await;
}

#[tokio::test]
async fn one_of_a_field_is_open() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let (one, other) = (insert_sample(db, ground, 1).await.id, insert_sample(db, ground, 2).await.id);
        let put = async |application, seed, proposal: Proposal| {
            let change = sample(ground, application, (seed, proposal));
            db.write(async move |tx| insert(tx, &change).await).await
        };
        put(one, 1, Proposal::RedirectUris(addresses())).await.expect("the first");
        put(one, 2, Proposal::PostLogoutRedirectUris(addresses())).await.expect("another field");
        put(other, 3, Proposal::RedirectUris(addresses())).await.expect("another application");
        let twice = put(one, 4, Proposal::RedirectUris(addresses())).await;
        let open = "application_changes.application_id, application_changes.field";
        assert!(twice.is_err_and(|error| error.is_constraint(open)));
    })
    .await;
}

#[tokio::test]
async fn lists_and_counts() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let (one, other) = (insert_sample(db, ground, 1).await.id, insert_sample(db, ground, 2).await.id);
        let [first, second, third] = [
            sample(ground, one, (1, Proposal::RedirectUris(addresses()))),
            sample(ground, other, (2, Proposal::RedirectUris(addresses()))),
            sample(ground, one, (3, Proposal::ApiUser { before: None, after: None })),
        ];
        let withdrawn = application_change::withdraw(third.clone(), Some(ground.developer), NOW).expect("withdrawn");
        let write = async move |tx: &mut Tx| {
            for change in [&first, &second, &third] {
                insert(tx, change).await?;
            }
            assert_eq!(count_open(tx).await?, 3);
            assert!(end(tx, &withdrawn).await?);
            assert_eq!(count_open(tx).await?, 2);
            let all = [first.clone(), second.clone(), withdrawn.clone()];
            assert_eq!(list(tx, (None, None), "", 10).await?, all);
            assert_eq!(list(tx, (None, None), &first.id.to_string(), 1).await?, from_ref(&second));
            assert_eq!(list(tx, (Some(one), None), "", 10).await?, [first.clone(), withdrawn.clone()]);
            let submitted = Some(ApplicationChangeState::Submitted);
            assert_eq!(list(tx, (Some(one), submitted), "", 10).await?, from_ref(&first));
            let open = queue(tx, Stage::Open, (0, 10)).await?;
            assert_eq!(open.iter().map(|queued| queued.change.id).collect::<Vec<_>>(), [second.id, first.id]);
            assert_eq!((open[0].organization.as_str(), open[0].proposed_by.as_str()), ("O", "U"));
            let rest = queue(tx, Stage::Open, (1, 10)).await?;
            assert_eq!(rest.iter().map(|queued| queued.change.id).collect::<Vec<_>>(), [first.id]);
            let ended = queue(tx, Stage::Ended, (0, 10)).await?;
            assert_eq!(ended.iter().map(|queued| queued.change.id).collect::<Vec<_>>(), [withdrawn.id]);
            Ok::<_, DbError>(())
        };
        db.write(write).await.expect("written");
    })
    .await;
}
