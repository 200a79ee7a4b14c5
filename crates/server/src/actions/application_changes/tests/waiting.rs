//! What waits, what goes live at once, and who says so.

use gatehouse_store::outbox::{self, Kind};

use super::*;

#[tokio::test]
async fn new_addresses_wait_and_the_rest_is_saved() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let max = stage.user(MAINTAINER).await;
        let change = json!({ "name": "Renamed", "redirect_uris": [NEW], "post_logout_redirect_uris": [NEW] });
        let changed = stage.change(&max, change.clone()).await.expect("it is changed");
        assert_eq!((changed.name.as_str(), changed.redirect_uris.as_slice()), ("Renamed", &[OLD.to_owned()][..]));
        assert!(changed.post_logout_redirect_uris.is_empty());
        let fields = |open: &[ApplicationChange]| open.iter().map(|one| one.proposal.field()).collect::<Vec<_>>();
        let first = stage.open().await;
        assert_eq!(fields(&first), [ChangedField::RedirectUris, ChangedField::PostLogoutRedirectUris]);
        assert!(first.iter().all(|one| Some(one.proposed_by) == user_of(&max) && one.due_at > one.created_at));
        // Nothing new: no version, no event, the same changes.
        assert_eq!(stage.change(&max, change).await.expect("it is changed").version, changed.version);
        assert_eq!(stage.open().await, first);
        assert_eq!(stage.ground.audited("application_change.submitted").await, 2);
        // What is wrong is refused as it always was.
        let refused = stage.change(&max, json!({ "redirect_uris": ["https://x.example/*"] })).await;
        assert_eq!(code(refused), "redirect_uris[0] wildcard");
    })
    .await;
}

#[tokio::test]
async fn taking_away_waits_for_nobody_and_leaves_what_waits() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let second = "https://second.example.com/cb";
        stage.change_uris(&actor(), &[OLD, second]).await;
        let owner = stage.user(OWNER).await;
        assert_eq!(stage.change_uris(&owner, &[OLD, second, NEW]).await, [OLD, second]);
        assert_eq!(stage.change_uris(&owner, &[OLD]).await, [OLD], "at once");
        let waiting = stage.waiting().await;
        assert_eq!(stage.approve(waiting.id).await, "done");
        assert_eq!(stage.in_use().await, [OLD, NEW], "what was removed meanwhile does not come back");
    })
    .await;
}

#[tokio::test]
async fn a_newer_change_takes_the_place_of_the_older() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        stage.change_uris(&stage.user(OWNER).await, &[OLD, NEW]).await;
        let older = stage.waiting().await;
        stage.ground.clock.advance(Duration::from_secs(1));
        stage.change_uris(&stage.user(MAINTAINER).await, &["https://newest.example.com/cb"]).await;
        let newer = stage.waiting().await;
        assert_ne!(older.id, newer.id);
        let older = find(&stage.ground.ctx, &actor(), &older.reference).await.expect("it is kept");
        assert_eq!((older.state, older.decided_by), (ApplicationChangeState::Withdrawn, None));
        assert_eq!(stage.approve(older.id).await, "change_state");
        assert_eq!(stage.approve(newer.id).await, "done");
        assert_eq!(stage.in_use().await, ["https://newest.example.com/cb"]);
        assert_eq!(stage.ground.audited("application_change.replaced").await, 1);
    })
    .await;
}

#[tokio::test]
async fn operators_and_admins_change_at_once() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        assert_eq!(stage.change_uris(&actor(), &[NEW]).await, [NEW]);
        let member = json!({ "user": SECOND_REVIEWER, "role": "maintainer" });
        organizations::add_member(&stage.ground.ctx, &actor(), stage.ground.organization, input(member))
            .await
            .expect("a member");
        let admin = stage.user(SECOND_REVIEWER).await;
        assert_eq!(stage.change_uris(&admin, &[OLD]).await, [OLD]);
        let ctx = &stage.ground.ctx;
        let set = applications::set_api_user(ctx, &admin, stage.application.id, Some(OWNER.into())).await;
        assert!(set.expect("it is set").api_user_id.is_some());
        assert_eq!(stage.open().await, []);
    })
    .await;
}

#[tokio::test]
async fn the_policy_and_what_was_approved_decide() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Web).await;
        let stage = Stage { ground, application };
        let (ctx, owner) = (&stage.ground.ctx, stage.user(OWNER).await);
        assert_eq!(stage.change_uris(&owner, &[NEW]).await, [NEW], "nothing was approved yet");
        stage.grant().await;
        assert_eq!(stage.change_uris(&owner, &[OLD]).await, [NEW]);
        let which = (stage.application.id, "a".to_owned());
        let suspend = entitlements::Transition::Suspend;
        entitlements::change_scopes(ctx, &actor(), which, suspend, input(json!({}))).await.expect("is suspended");
        assert_eq!(stage.change_uris(&owner, &[OLD]).await, [NEW], "what is suspended can be resumed");
        let policy = json!({ "review_policy": { "redirect_uri_changes": "at_once" } });
        apis::edit(ctx, &actor(), stage.ground.api, input(policy)).await.expect("another policy");
        assert_eq!(stage.change_uris(&owner, &[OLD]).await, [OLD]);
        let set = applications::set_api_user(ctx, &owner, stage.application.id, Some(OWNER.into())).await;
        assert_eq!(set.expect("it waits").api_user_id, None, "the API user is always reviewed");
    })
    .await;
}

#[tokio::test]
async fn a_sandbox_does_not_wait_and_does_not_become_production_by_itself() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let owner = stage.user(OWNER).await;
        let sandbox = json!({ "environment": "sandbox" });
        assert_eq!(code(stage.change(&owner, sandbox.clone()).await), "review_needed", "no way round the review");
        stage.change(&actor(), sandbox).await.expect("an operator may");
        assert_eq!(stage.change_uris(&owner, &[NEW]).await, [NEW]);
        let production = json!({ "environment": "production" });
        assert_eq!(code(stage.change(&owner, production).await), "review_needed");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_application_waits_for_nothing() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let owner = stage.user(OWNER).await;
        stage.change_uris(&owner, &[NEW]).await;
        let waiting = stage.waiting().await;
        applications::delete(&stage.ground.ctx, &owner, stage.application.id).await.expect("it is deleted");
        assert_eq!(stage.approve(waiting.id).await, "change_state");
        let found = find(&stage.ground.ctx, &actor(), &waiting.reference).await.expect("it is kept");
        assert_eq!(found.state, ApplicationChangeState::Withdrawn);
    })
    .await;
}

#[tokio::test]
async fn who_may_look_and_take_back() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let ctx = &stage.ground.ctx;
        let new = json!({ "email": STRANGER, "name": "Stranger", "email_verified": true });
        users::create(ctx, &actor(), input(new)).await.expect("a user");
        stage.change_uris(&stage.user(MAINTAINER).await, &[NEW]).await;
        let waiting = stage.waiting().await;
        let viewer = OWN_REVIEWER;
        for (email, look, take_back, page) in [
            (STRANGER, "no application change", "no application change", "no application"),
            (REVIEWER, "done", "no application change", "no application"),
            (viewer, "done", "not_allowed", "done"),
        ] {
            let by = stage.user(email).await;
            assert_eq!(code(find(ctx, &by, &waiting.reference).await), look, "{email}");
            assert_eq!(code(withdraw(ctx, &by, waiting.id).await), take_back, "{email}");
            assert_eq!(code(of_application(ctx, &by, stage.application.id).await), page, "{email}");
        }
        let owner = stage.user(OWNER).await;
        let withdrawn = withdraw(ctx, &owner, waiting.id).await.expect("it is withdrawn");
        assert_eq!((withdrawn.state, withdrawn.decided_by), (ApplicationChangeState::Withdrawn, user_of(&owner)));
        assert_eq!(code(withdraw(ctx, &owner, waiting.id).await), "change_state");
        assert_eq!(stage.in_use().await, [OLD]);
        assert_eq!(stage.ground.audited("application_change.withdrawn").await, 1);
        let filter = Filter { state: Some(ApplicationChangeState::Withdrawn), limit: 9, ..Filter::default() };
        assert_eq!(list(ctx, filter).await.expect("a list"), [withdrawn]);
    })
    .await;
}

#[tokio::test]
async fn reviewers_are_reminded_once_of_what_waits() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let (ctx, clock) = (&stage.ground.ctx, &stage.ground.clock);
        stage.change_uris(&stage.user(OWNER).await, &[OLD, NEW]).await;
        let waiting = stage.waiting().await;
        assert_eq!(remind(ctx).await.expect("it is Sunday"), 0);
        let told = async |words: &str| {
            let list = async |tx: &mut Tx| outbox::list(tx, (Kind::Mail, None), "", 100).await;
            let mails = ctx.db.read(list).await.expect("mails");
            let subject = format!("{}: {words}", waiting.reference);
            let those = mails.iter().filter(|mail| mail.payload["subject"].as_str() == Some(subject.as_str()));
            let mut to: Vec<_> = those.map(|mail| (text(mail, "to"), text(mail, "text"))).collect();
            to.sort();
            to
        };
        // Monday 17:00: half of two business days.
        clock.advance(Duration::from_secs(29 * 3_600 + 55 * 60));
        assert_eq!((remind(ctx).await.expect("sent"), remind(ctx).await.expect("once")), (1, 0));
        let half = told("half of the time is over").await;
        assert_eq!(half.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), [REVIEWER, SECOND_REVIEWER]);
        assert!(half[0].1.contains("a change of the redirect URIs of\nApp."), "{}", half[0].1);
        assert!(half[0].1.contains(&format!("/review/changes/{}\n", waiting.reference)), "{}", half[0].1);
        clock.advance(Duration::from_secs(24 * 3_600));
        assert_eq!((remind(ctx).await.expect("sent"), remind(ctx).await.expect("once")), (1, 0));
        assert_eq!(told("overdue").await.len(), 2);
        assert_eq!(stage.ground.audited("application_change.reminded").await, 2);
        stage.change_uris(&stage.user(OWNER).await, &[OLD, "https://late.example.com/cb"]).await;
        assert_eq!(stage.approve(stage.waiting().await.id).await, "done");
        clock.advance(Duration::from_secs(9 * 86_400));
        assert_eq!(remind(ctx).await.expect("nothing"), 0, "what is decided is nobody's business");
    })
    .await;
}

fn text(mail: &outbox::Entry, name: &str) -> String {
    mail.payload[name].as_str().expect("text").to_owned()
}
