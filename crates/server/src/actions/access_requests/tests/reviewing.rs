//! Taking, giving back, notes, decisions of an older version, reminders.

use gatehouse_core::portal::review::AddressWarning;
use gatehouse_store::outbox::{self, Kind};

use super::*;

async fn recipients(ground: &Ground, subject: &str) -> Vec<String> {
    let read = async |tx: &mut Tx| outbox::list(tx, (Kind::Mail, None), "", 100).await;
    let entries = ground.ctx.db.read(read).await.expect("mails");
    let text = |entry: &outbox::Entry, name: &str| entry.payload[name].as_str().expect("text").to_owned();
    let mut to: Vec<_> = entries
        .iter()
        .filter(|entry| text(entry, "subject").ends_with(subject))
        .map(|entry| text(entry, "to"))
        .collect();
    to.sort();
    to
}

#[tokio::test]
async fn whoever_does_the_first_thing_takes_it() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let (ctx, rita) = (&ground.ctx, user(&ground, REVIEWER).await);
        let ActorKind::User(rita_id) = rita.kind else { panic!("a user") };
        let asked = drafted(&ground, &SCOPES[..1]).await.id;
        submit(ctx, &actor(), asked, Submission::default()).await.unwrap();
        let after = ask(ctx, &rita, asked, input(json!({ "text": "Why?" }))).await.unwrap();
        assert_eq!((after.assignee_id, after.state), (Some(rita_id), AccessRequestState::NeedsInformation));
        let decided = drafted(&ground, &SCOPES[..1]).await.id;
        submit(ctx, &actor(), decided, Submission::default()).await.unwrap();
        let all = json!({ "scopes": [{ "scope": SCOPES[0], "decision": "approved" }] });
        let after = decide(ctx, &rita, decided, input(all)).await.unwrap();
        assert_eq!((after.assignee_id, after.state), (Some(rita_id), AccessRequestState::Approved));
        assert_eq!(code(unassign(ctx, &rita, decided).await), "request_state");
        let back = unassign(ctx, &rita, asked).await.unwrap();
        assert_eq!((back.assignee_id, back.state), (None, AccessRequestState::NeedsInformation));
        let handed = assign(ctx, &rita, asked, input(json!({ "reviewer": SECOND_REVIEWER }))).await.unwrap();
        assert_ne!(handed.assignee_id, Some(rita_id), "reviewers hand requests to each other");
        let told = (ground.audited("access_request.assigned").await, ground.audited("access_request.unassigned").await);
        assert_eq!(told, (3, 1));
    })
    .await;
}

#[tokio::test]
async fn nobody_of_the_organization_has_a_hand_in_it() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let (ctx, own) = (&ground.ctx, user(&ground, OWN_REVIEWER).await);
        let id = in_review(&ground, &SCOPES[..1]).await.id;
        let text = || json!({ "text": "Hm." });
        let approve = json!({ "scopes": [{ "scope": SCOPES[0], "decision": "approved" }] });
        let codes = [
            code(assign(ctx, &own, id, input(json!({}))).await),
            code(assign(ctx, &own, id, input(json!({ "reviewer": REVIEWER }))).await),
            code(unassign(ctx, &own, id).await),
            code(ask(ctx, &own, id, input(text())).await),
            code(note(ctx, &own, id, input(text())).await),
            code(decide(ctx, &own, id, input(approve)).await),
        ];
        assert_eq!(codes, ["own_organization"; 6]);
        let rita = user(&ground, REVIEWER).await;
        let handed = assign(ctx, &rita, id, input(json!({ "reviewer": OWN_REVIEWER }))).await;
        assert_eq!(code(handed), "own_organization");
        let developer = user(&ground, MAINTAINER).await;
        let codes = [
            code(assign(ctx, &developer, id, input(json!({}))).await),
            code(unassign(ctx, &developer, id).await),
            code(note(ctx, &developer, id, input(text())).await),
            code(queue(ctx, &developer, Wanted::default()).await),
            code(dossier(ctx, &developer, "R-00000000").await),
        ];
        assert_eq!(codes, ["not_allowed"; 5]);
    })
    .await;
}

#[tokio::test]
async fn notes_are_read_by_reviewers_alone() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let request = in_review(&ground, &SCOPES[..1]).await;
        let (rita, second) = (user(&ground, REVIEWER).await, user(&ground, SECOND_REVIEWER).await);
        let written = note(ctx, &rita, request.id, input(json!({ "text": "A reseller?" }))).await.unwrap();
        assert_eq!(code(note(ctx, &rita, request.id, input(json!({ "text": " " }))).await), "text required");
        let now = find(ctx, &rita, &request.reference).await.unwrap();
        assert_eq!(now.version, request.version, "a note refuses nobody's decision");
        for (who, sees) in [(&rita, 1), (&second, 1), (&user(&ground, MAINTAINER).await, 0), (&actor(), 1)] {
            assert_eq!(thread(ctx, who, request.id).await.unwrap().len(), sees);
        }
        assert_eq!(dossier(ctx, &second, &request.reference).await.unwrap().thread, [written]);
        let own = dossier(ctx, &user(&ground, OWN_REVIEWER).await, &request.reference).await.unwrap();
        assert_eq!((own.seat, own.thread.len()), (Seat::Own, 0));
        let draft = drafted(&ground, &SCOPES[..1]).await.id;
        assert_eq!(code(note(ctx, &rita, draft, input(json!({ "text": "Hm." }))).await), "no access request");
    })
    .await;
}

#[tokio::test]
async fn replies_change_nothing_but_the_thread() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let request = in_review(&ground, &SCOPES[..1]).await;
        let (rita, max) = (user(&ground, REVIEWER).await, user(&ground, MAINTAINER).await);
        let text = || json!({ "text": "By the way." });
        let told = reply(ctx, &rita, request.id, input(text())).await.unwrap();
        let added = add(ctx, &max, request.id, input(text())).await.unwrap();
        let now = find(ctx, &rita, &request.reference).await.unwrap();
        assert_eq!((now.version, now.state, now.due_at), (request.version, request.state, request.due_at));
        for who in [&rita, &max] {
            assert_eq!(thread(ctx, who, request.id).await.unwrap(), [told.clone(), added.clone()]);
        }
        assert_eq!(ground.audited("access_request.replied").await, 2);
        ask(ctx, &rita, request.id, input(json!({ "text": "Why?" }))).await.unwrap();
        reply(ctx, &rita, request.id, input(text())).await.unwrap();
        add(ctx, &max, request.id, input(text())).await.unwrap();
        let asked = find(ctx, &rita, &request.reference).await.unwrap();
        assert_eq!(asked.state, AccessRequestState::NeedsInformation, "the question still waits for its answer");

        let own = user(&ground, OWN_REVIEWER).await;
        assert_eq!(code(reply(ctx, &own, request.id, input(text())).await), "own_organization");
        assert_eq!(code(reply(ctx, &max, request.id, input(text())).await), "not_allowed");
        assert_eq!(code(add(ctx, &rita, request.id, input(text())).await), "no access request");
        assert_eq!(code(reply(ctx, &rita, request.id, input(json!({ "text": " " }))).await), "text required");
        let draft = drafted(&ground, &SCOPES[..1]).await.id;
        assert_eq!(code(add(ctx, &max, draft, input(text())).await), "request_state");
        for _ in 0..95 {
            add(ctx, &max, request.id, input(text())).await.unwrap();
        }
        assert_eq!(code(add(ctx, &max, request.id, input(text())).await), "too_many_messages");
        withdraw(ctx, &max, request.id).await.unwrap();
        assert_eq!(code(add(ctx, &max, request.id, input(text())).await), "request_state");
    })
    .await;
}

#[tokio::test]
async fn a_decision_on_an_older_version_is_refused() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let request = in_review(&ground, &SCOPES[..2]).await;
        let decision = |version: i64| {
            let scopes = json!([{ "scope": SCOPES[0], "decision": "approved" }]);
            input::<Decision>(json!({ "reviewer": REVIEWER, "scopes": scopes, "version": version }))
        };
        let decide = async |version| decide(&ground.ctx, &actor(), request.id, decision(version)).await;
        assert_eq!(code(decide(request.version - 1).await), "changed_meanwhile");
        assert_eq!(code(decide(request.version + 1).await), "changed_meanwhile");
        assert_eq!(decide(request.version).await.unwrap().version, request.version + 1);
        assert_eq!(code(decide(request.version).await), "changed_meanwhile");
    })
    .await;
}

#[tokio::test]
async fn reviewers_are_reminded_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let (ctx, clock) = (&ground.ctx, &ground.clock);
        in_review(&ground, &SCOPES[..1]).await;
        let unassigned = drafted(&ground, &SCOPES[..1]).await.id;
        submit(ctx, &actor(), unassigned, Submission::default()).await.unwrap();
        let asked = in_review(&ground, &SCOPES[..1]).await.id;
        ask(ctx, &actor(), asked, input(json!({ "reviewer": REVIEWER, "text": "Why?" }))).await.unwrap();
        assert_eq!(remind(ctx).await.unwrap(), 0, "it is Sunday");
        // Monday 16:59 and 17:00: half of two business days.
        clock.advance(Duration::from_secs(29 * 3_600 + 54 * 60));
        assert_eq!(remind(ctx).await.unwrap(), 0);
        clock.advance(Duration::from_secs(60));
        assert_eq!(remind(ctx).await.unwrap(), 2);
        assert_eq!(remind(ctx).await.unwrap(), 0);
        // The one that somebody has goes to them, the other to all who may take it, the asked one to nobody.
        let half = recipients(&ground, "half of the time is over").await;
        assert_eq!(half, [REVIEWER, REVIEWER, SECOND_REVIEWER]);
        clock.advance(Duration::from_secs(24 * 3_600));
        assert_eq!(remind(ctx).await.unwrap(), 2);
        assert_eq!(remind(ctx).await.unwrap(), 0);
        assert_eq!(recipients(&ground, "overdue").await, [REVIEWER, REVIEWER, SECOND_REVIEWER]);
        assert_eq!(ground.audited("access_request.reminded").await, 4);
    })
    .await;
}

#[tokio::test]
async fn who_is_reminded_late_is_reminded_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        in_review(&ground, &SCOPES[..1]).await;
        ground.clock.advance(Duration::from_secs(9 * 86_400));
        assert_eq!(remind(&ground.ctx).await.unwrap(), 1);
        assert_eq!(remind(&ground.ctx).await.unwrap(), 0);
        assert_eq!(recipients(&ground, "overdue").await, [REVIEWER]);
        assert!(recipients(&ground, "half of the time is over").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn new_domains_are_those_since_the_last_approval() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let (ctx, rita) = (&ground.ctx, user(&ground, REVIEWER).await);
        let application = ground.application(ApplicationType::Web).await.id;
        let ask_for = async |scope: &str| {
            let new = json!({
                "application_id": application, "api": "a", "scopes": [scope], "purpose": "Reads.",
                "developer": MAINTAINER,
            });
            let id = create(ctx, &actor(), input(new)).await.expect("a draft").id;
            submit(ctx, &actor(), id, Submission::default()).await.expect("submitted")
        };
        let warned = async |reference: &str| {
            let found = dossier(ctx, &rita, reference).await.expect("a dossier").addresses;
            found
                .iter()
                .map(|(_, warnings)| warnings.iter().map(AddressWarning::code).collect())
                .collect::<Vec<Vec<_>>>()
        };
        let first = ask_for(SCOPES[0]).await;
        assert_eq!(warned(&first.reference).await, [[""; 0]], "nothing to compare with");
        decide_by(&ground, first.id, REVIEWER, &[(SCOPES[0], "approved")]).await.unwrap();
        ground.clock.advance(Duration::from_secs(60));
        let uris = ["https://app.example.com/cb", "https://other.example/cb", "https://app.examp1e.com/cb"];
        for count in 2..=3 {
            let change = json!({ "redirect_uris": uris[..count] });
            applications::change(ctx, &actor(), application, input(change)).await.expect("changed");
        }
        let second = ask_for(SCOPES[1]).await;
        assert_eq!(warned(&second.reference).await, [vec![], vec!["new_domain"], vec!["looks_like", "new_domain"]]);
        let found = dossier(ctx, &rita, &second.reference).await.expect("a dossier");
        assert_eq!(
            found.earlier.iter().map(|one| one.reference.as_str()).collect::<Vec<_>>(),
            [first.reference.as_str()]
        );
        assert_eq!(found.previous, Some(first.reference));
        assert!(found.held.is_some_and(|held| held.scope(SCOPES[0]).is_some()));
    })
    .await;
}
