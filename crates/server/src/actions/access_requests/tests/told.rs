//! Who is told of which step.

use gatehouse_store::notifications;
use gatehouse_store::outbox::{self, Kind};

use super::*;
use crate::actions::ground::OWNER;
use crate::actions::users;

/// What says that a request was given to somebody; left out of [`mails`].
const GIVEN: &str = "was given to you";

/// Recipient, subject and text of each mail written so far.
async fn mails(ground: &Ground) -> Vec<(String, String, String)> {
    all_mails(ground).await.into_iter().filter(|(_, subject, _)| !subject.ends_with(GIVEN)).collect()
}

async fn all_mails(ground: &Ground) -> Vec<(String, String, String)> {
    let read = async |tx: &mut Tx| outbox::list(tx, (Kind::Mail, None), "", 100).await;
    let mut entries = ground.ctx.db.read(read).await.expect("mails");
    entries.sort_by_key(|entry| entry.created_at);
    let text = |entry: &outbox::Entry, name: &str| entry.payload[name].as_str().expect("text").to_owned();
    entries.iter().map(|entry| (text(entry, "to"), text(entry, "subject"), text(entry, "text"))).collect()
}

/// The one mail of the step that was just taken.
async fn last(ground: &Ground, before: usize) -> (String, String, String) {
    let mails = mails(ground).await;
    assert_eq!(mails.len(), before + 1, "{mails:?}");
    ground.clock.advance(Duration::from_secs(1));
    mails.into_iter().next_back().expect("a mail")
}

#[tokio::test]
async fn each_step_is_told_to_whom_it_concerns() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let (ctx, clock) = (&ground.ctx, &ground.clock);
        let id = drafted(&ground, &SCOPES[..2]).await.id;
        assert!(mails(&ground).await.is_empty(), "a draft is nobody's business");
        let reference = submit(ctx, &actor(), id, Submission::default()).await.unwrap().reference;
        let (to, subject, text) = last(&ground, 0).await;
        assert_eq!((to.as_str(), subject), (MAINTAINER, format!("{reference}: we have your request for A")));
        assert!(text.contains(&format!("\nhttps://portal.example/requests/{reference}\n")), "{text}");
        assert!(text.contains("by\nTuesday 24 November 2026, 17:00 (UTC)."), "{text}");
        let developer = users::get_by_ref(ctx, MAINTAINER).await.unwrap().id;
        let read = async move |tx: &mut Tx| notifications::newest(tx, developer, 10).await;
        let shown = ctx.db.read(read).await.unwrap();
        assert_eq!(shown.len(), 1, "the portal shows the same");
        assert_eq!(
            (shown[0].kind.as_str(), &shown[0].title),
            ("request_received", &format!("{reference}: we have your request for A"))
        );
        assert_eq!(shown[0].link, Some(format!("/requests/{reference}")));

        assign(ctx, &actor(), id, input(json!({ "reviewer": REVIEWER }))).await.unwrap();
        ask(ctx, &actor(), id, input(json!({ "reviewer": REVIEWER, "text": "Why?\nReally?" }))).await.unwrap();
        let (to, _, text) = last(&ground, 1).await;
        assert!(to == MAINTAINER && text.contains("\n> Why?\n> Really?\n"), "{to} {text}");

        answer(ctx, &actor(), id, input(json!({ "developer": MAINTAINER, "text": "Because." }))).await.unwrap();
        let (to, _, text) = last(&ground, 2).await;
        assert!(to == REVIEWER && text.contains("> Because.") && text.contains(&format!("/review/{reference}")));

        reply(ctx, &actor(), id, input(json!({ "reviewer": REVIEWER, "text": "Nearly done." }))).await.unwrap();
        let (to, _, text) = last(&ground, 3).await;
        assert!(
            to == MAINTAINER && text.contains("> Nearly done.") && text.contains(&format!("/requests/{reference}"))
        );

        add(ctx, &actor(), id, input(json!({ "developer": MAINTAINER, "text": "One more thing." }))).await.unwrap();
        let (to, _, text) = last(&ground, 4).await;
        assert!(to == REVIEWER && text.contains("> One more thing.") && text.contains(&format!("/review/{reference}")));

        let verdicts = [(SCOPES[0], "approved"), (SCOPES[1], "declined")];
        decide_by(&ground, id, REVIEWER, &verdicts[..1]).await.unwrap();
        assert_eq!(mails(&ground).await.len(), 5, "half a decision is none");
        decide_by(&ground, id, REVIEWER, &verdicts[1..]).await.unwrap();
        let (to, subject, text) = last(&ground, 5).await;
        assert_eq!((to.as_str(), subject), (MAINTAINER, format!("{reference}: access to A is approved in part")));
        for part in
            ["- T (a:normal)", "10 calls per minute", "- T (a:sensitive)\n\n> Too much.\n\n", "/applications/app_"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }

        let id = in_review(&ground, &SCOPES[..1]).await.id;
        clock.advance(Duration::from_secs(1));
        withdraw(ctx, &actor(), id).await.unwrap();
        let (to, subject, _) = last(&ground, 7).await;
        assert!(to == REVIEWER && subject.ends_with("App took the request back"), "{to} {subject}");

        let id = in_review(&ground, &SCOPES[..1]).await.id;
        clock.advance(Duration::from_secs(1));
        ask(ctx, &actor(), id, input(json!({ "reviewer": REVIEWER, "text": "And?" }))).await.unwrap();
        clock.advance(Duration::from_secs(30 * 86_400));
        expire(ctx).await.unwrap();
        let (to, subject, _) = last(&ground, 10).await;
        assert!(to == MAINTAINER && subject.ends_with("the request for A has ended"), "{to} {subject}");
    })
    .await;
}

#[tokio::test]
async fn whom_a_request_is_given_is_told_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let id = in_review(&ground, &SCOPES[..1]).await.id;
        assign(&ground.ctx, &actor(), id, input(json!({ "reviewer": REVIEWER }))).await.unwrap();
        let given = all_mails(&ground).await;
        let given: Vec<_> = given.iter().filter(|(_, subject, _)| subject.ends_with(GIVEN)).collect();
        assert!(given.len() == 1 && given[0].0 == REVIEWER, "{given:?}");
        let rita = user(&ground, SECOND_REVIEWER).await;
        assign(&ground.ctx, &rita, id, Assignment::default()).await.unwrap();
        assert_eq!(all_mails(&ground).await.len(), mails(&ground).await.len() + 1, "whoever takes it knows");
    })
    .await;
}

#[tokio::test]
async fn owners_are_told_when_the_developer_has_left() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let id = in_review(&ground, &SCOPES[..1]).await.id;
        let developer = users::get_by_ref(&ground.ctx, MAINTAINER).await.unwrap().id;
        users::disable(&ground.ctx, &actor(), developer).await.unwrap();
        ground.clock.advance(Duration::from_secs(1));
        decide_by(&ground, id, REVIEWER, &[(SCOPES[0], "declined")]).await.unwrap();
        let (to, subject, _) = last(&ground, 1).await;
        assert!(to == OWNER && subject.ends_with("access to A is declined"), "{to} {subject}");
    })
    .await;
}

#[tokio::test]
async fn without_a_portal_address_nothing_is_done() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let id = drafted(&ground, &SCOPES[..1]).await.id;
        let ctx = Context { portal_url: None, ..ground.ctx.clone() };
        assert_eq!(code(submit(&ctx, &actor(), id, Submission::default()).await), "no_portal_url");
        let request = find(&ground.ctx, &actor(), &id.to_string()).await.unwrap();
        assert_eq!(request.state, AccessRequestState::Draft);
    })
    .await;
}
