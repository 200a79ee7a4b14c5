//! The decision, and who is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gatehouse_core::portal::review::AddressWarning;
use gatehouse_core::time::{Clock, Timestamp};
use gatehouse_store::application_changes::Stage as Part;
use gatehouse_store::db::Tx;
use gatehouse_store::outbox::{self, Kind};
use gatehouse_store::testing::NOW;

use super::*;
use crate::actions::access_requests::{self, Seat};
use crate::context::Context;

/// Goes on with every look, as a real clock does.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        NOW.plus(Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs()))
    }

    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

/// Recipient, subject and text of the mails.
async fn mails(ground: &Ground) -> Vec<(String, String, String)> {
    let read = async |tx: &mut Tx| outbox::list(tx, (Kind::Mail, None), "", 100).await;
    let entries = ground.ctx.db.read(read).await.expect("mails");
    let text = |entry: &outbox::Entry, name: &str| entry.payload[name].as_str().expect("text").to_owned();
    entries.iter().map(|entry| (text(entry, "to"), text(entry, "subject"), text(entry, "text"))).collect()
}

#[tokio::test]
async fn an_approval_puts_it_in_use_and_tells() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        stage.change_uris(&stage.user(MAINTAINER).await, &[OLD, NEW]).await;
        let waiting = stage.waiting().await;
        assert_eq!(stage.in_use().await, [OLD], "the old value works until then");
        assert_eq!(stage.approve(waiting.id).await, "done");
        assert_eq!(stage.in_use().await, [OLD, NEW]);
        assert_eq!(stage.approve(waiting.id).await, "change_state");
        let told = mails(&stage.ground).await;
        let [(to, subject, text)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(to, MAINTAINER);
        assert_eq!(*subject, format!("{}: the redirect URIs of App are changed", waiting.reference));
        assert!(text.contains(&format!("https://portal.example/applications/{}/settings", stage.application.id)));
        let counts = (
            stage.ground.audited("application_change.approved").await,
            stage.ground.audited("application.redirect_uris_set").await,
        );
        assert_eq!(counts, (1, 1));
    })
    .await;
}

#[tokio::test]
async fn declining_takes_a_reason_and_changes_nothing() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let owner = stage.user(OWNER).await;
        let set = applications::set_api_user(&stage.ground.ctx, &owner, stage.application.id, Some(OWNER.into())).await;
        assert_eq!(set.expect("it waits").api_user_id, None);
        let waiting = stage.waiting().await;
        let decide = async |decision: Value| code(stage.decide(REVIEWER, waiting.id, decision).await);
        assert_eq!(decide(json!({ "decision": "declined" })).await, "reason required");
        assert_eq!(decide(json!({ "decision": "approved", "reason": "x" })).await, "reason not_allowed");
        assert_eq!(decide(json!({ "decision": "declined", "reason": "Who is that?" })).await, "done");
        let found = stage.found().await;
        assert_eq!((found.api_user_id, found.version), (None, stage.application.version));
        let changes = of_application(&stage.ground.ctx, &owner, stage.application.id).await.expect("changes");
        assert_eq!(changes.ended[0].change.reason.as_deref(), Some("Who is that?"));
        let told = mails(&stage.ground).await;
        assert!(told[0].0 == OWNER && told[0].2.contains("\n> Who is that?\n"), "{told:?}");
        assert!(told[0].2.contains("API user of\nApp stays as it was"), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn whoever_has_left_is_not_told_but_the_owners_are() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        stage.change_uris(&stage.user(MAINTAINER).await, &[NEW]).await;
        let max = users::get_by_ref(&stage.ground.ctx, MAINTAINER).await.expect("a user").id;
        organizations::remove_member(&stage.ground.ctx, &actor(), stage.ground.organization, max).await.expect("left");
        assert_eq!(stage.approve(stage.waiting().await.id).await, "done");
        let told = mails(&stage.ground).await;
        let of_it = told.iter().filter(|mail| mail.1.contains("redirect URIs"));
        assert_eq!(of_it.map(|mail| mail.0.as_str()).collect::<Vec<_>>(), [OWNER]);
    })
    .await;
}

#[tokio::test]
async fn only_reviewers_of_other_organizations_decide() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        stage.change_uris(&stage.user(OWNER).await, &[NEW]).await;
        let waiting = stage.waiting().await;
        for (email, refused) in
            [(OWNER, "not_allowed"), (MAINTAINER, "not_allowed"), (OWN_REVIEWER, "own_organization")]
        {
            for decision in [json!({ "decision": "approved" }), json!({ "decision": "declined", "reason": "No." })] {
                assert_eq!(code(stage.decide(email, waiting.id, decision).await), refused, "{email}");
            }
        }
        let ctx = &stage.ground.ctx;
        let by_operator = async |reviewer: Option<&str>| {
            let decision = json!({ "decision": "approved", "reviewer": reviewer });
            code(decide(ctx, &actor(), waiting.id, input(decision)).await)
        };
        assert_eq!(by_operator(None).await, "reviewer required");
        assert_eq!(by_operator(Some(OWNER)).await, "reviewer not_eligible");
        assert_eq!(by_operator(Some(OWN_REVIEWER)).await, "own_organization");
        assert_eq!((stage.in_use().await, mails(&stage.ground).await.len()), (vec![OLD.to_owned()], 0));
        assert_eq!(by_operator(Some(REVIEWER)).await, "done");
    })
    .await;
}

#[tokio::test]
async fn is_checked_again_when_it_is_approved() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let (ctx, owner, id) = (&stage.ground.ctx, stage.user(OWNER).await, stage.application.id);
        stage.change_uris(&owner, &[OLD, NEW]).await;
        let waiting = stage.waiting().await;
        let ten: Vec<_> = (0..10).map(|number| format!("https://app.example.com/{number}")).collect();
        stage.change_uris(&actor(), &ten.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert_eq!(stage.approve(waiting.id).await, "change_impossible", "an application has at most ten");
        assert_eq!(stage.waiting().await, waiting, "it still waits");
        assert_eq!(mails(&stage.ground).await, []);
        withdraw(ctx, &owner, waiting.id).await.expect("it is withdrawn");

        applications::set_api_user(ctx, &owner, id, Some(MAINTAINER.into())).await.expect("it waits");
        let max = users::get_by_ref(ctx, MAINTAINER).await.expect("a user").id;
        let waiting = stage.waiting().await;
        let rita = stage.user(REVIEWER).await;
        let impossible = async || dossier(ctx, &rita, &waiting.reference).await.expect("a dossier").is_impossible;
        assert!(!impossible().await);
        organizations::remove_member(ctx, &actor(), stage.ground.organization, max).await.expect("left");
        assert!(impossible().await, "the page says so before anybody decides");
        assert_eq!(stage.approve(waiting.id).await, "change_impossible", "no member any more");
        applications::set_api_user(ctx, &actor(), id, Some(OWN_REVIEWER.into())).await.expect("by an operator");
        assert_eq!(stage.approve(waiting.id).await, "change_outdated", "nobody overwrites what an operator set");
        assert_eq!(stage.waiting().await, waiting);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_decisions_one_is_made() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        stage.change_uris(&stage.user(OWNER).await, &[NEW]).await;
        let waiting = stage.waiting().await;
        let decisions = (0..50).map(async |number| {
            let reviewer = if number % 3 == 0 { SECOND_REVIEWER } else { REVIEWER };
            let decision = match number % 2 {
                0 => json!({ "decision": "approved" }),
                _ => json!({ "decision": "declined", "reason": "No." }),
            };
            code(stage.decide(reviewer, waiting.id, decision).await)
        });
        let told = futures_util::future::join_all(decisions).await;
        assert_eq!(told.iter().filter(|told| *told == "done").count(), 1, "{told:?}");
        let late = |told: &&String| matches!(told.as_str(), "change_state" | "changed_meanwhile");
        assert_eq!(told.iter().filter(late).count(), 49, "{told:?}");
        assert_eq!(mails(&stage.ground).await.len(), 1);
        let decided = find(&stage.ground.ctx, &actor(), &waiting.reference).await.expect("it is there").state;
        let expected = if decided == ApplicationChangeState::Approved { NEW } else { OLD };
        assert_eq!(stage.in_use().await, [expected]);
    })
    .await;
}

#[tokio::test]
async fn the_desk_shows_old_against_new() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let (ctx, rita) = (&stage.ground.ctx, stage.user(REVIEWER).await);
        let kept = "https://app.example.com/kept";
        stage.change_uris(&actor(), &[OLD, kept]).await;
        stage.change_uris(&stage.user(OWNER).await, &[kept, "https://app.examp1e.com/cb"]).await;
        let waiting = stage.waiting().await;
        let wanted = Wanted { limit: 1, ..Wanted::default() };
        let listed = queue(ctx, &rita, wanted).await.expect("the list");
        assert_eq!((listed.open, listed.more, listed.changes[0].change.id), (1, false, waiting.id));
        let ended = Wanted { stage: Part::Ended, ..wanted };
        assert!(queue(ctx, &rita, ended).await.expect("the list").changes.is_empty());
        let found = dossier(ctx, &rita, &waiting.reference).await.expect("a dossier");
        let codes = |warnings: &[AddressWarning]| warnings.iter().map(AddressWarning::code).collect::<Vec<_>>();
        let [Address::Kept(same), Address::Added(added, warnings), Address::Removed(removed)] =
            found.addresses.as_slice()
        else {
            panic!("{:?}", found.addresses)
        };
        assert_eq!((same.as_str(), added.as_str(), removed.as_str()), (kept, "https://app.examp1e.com/cb", OLD));
        assert_eq!(codes(warnings), ["looks_like", "new_domain"]);
        assert_eq!((found.seat, found.access.len()), (Seat::Reviewer, 1));
        let own = dossier(ctx, &stage.user(OWN_REVIEWER).await, &waiting.reference).await.expect("a dossier");
        assert_eq!(own.seat, Seat::Own);
        let owner = stage.user(OWNER).await;
        assert_eq!(code(dossier(ctx, &owner, &waiting.reference).await), "not_allowed");
        assert_eq!(code(queue(ctx, &owner, wanted).await), "not_allowed");
        // Once approved it is in use, and the page still says what was looked at.
        assert_eq!(stage.approve(waiting.id).await, "done");
        let after = dossier(ctx, &rita, &waiting.reference).await.expect("a dossier");
        assert_eq!(after.addresses, found.addresses);
    })
    .await;
}

#[tokio::test]
async fn what_was_approved_is_new_no_more() {
    each_engine(async |db: &Db| {
        let mut stage = Stage::set(db).await;
        stage.ground.ctx = Context { clock: Arc::new(Ticking(AtomicI64::new(0))), ..stage.ground.ctx.clone() };
        stage.change_uris(&stage.user(MAINTAINER).await, &[OLD, "https://elsewhere.test/cb"]).await;
        assert_eq!(stage.approve(stage.waiting().await.id).await, "done");
        let ctx = &stage.ground.ctx;
        let new = json!({
            "application_id": stage.application.id, "api": "a", "scopes": [SCOPES[1]], "purpose": "Reads.",
            "developer": MAINTAINER,
        });
        let request = access_requests::create(ctx, &actor(), input(new)).await.expect("a draft");
        access_requests::submit(ctx, &actor(), request.id, access_requests::Submission::default()).await.expect("sent");
        let found = access_requests::dossier(ctx, &stage.user(REVIEWER).await, &request.reference).await;
        assert_eq!(found.expect("a dossier").addresses.iter().map(|(_, warnings)| warnings.len()).sum::<usize>(), 0);
    })
    .await;
}
