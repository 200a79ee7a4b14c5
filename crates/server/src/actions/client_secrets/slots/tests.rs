use std::time::Duration;

use gatehouse_core::id::UserId;
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_store::db::{Db, DbError};
use gatehouse_store::testing::{dump, each_engine};
use gatehouse_store::{outbox, users};
use tokio::task::JoinSet;

use super::*;
use crate::actions::ground::{Ground, MAINTAINER, OWN_REVIEWER, OWNER, REVIEWER, code};
use crate::testing::actor;

const HOUR: u64 = 3_600;

async fn person(ground: &Ground, email: &'static str) -> Actor {
    let find = async move |tx: &mut Tx| users::find_by_email(tx, &email.parse().expect("an address")).await;
    let user = ground.ctx.db.read(find).await.expect("read").expect("a user");
    as_user(user.id)
}

fn as_user(id: UserId) -> Actor {
    Actor { kind: ActorKind::User(id), request_id: None, address: None }
}

/// As an approval does it.
async fn approve(ground: &Ground, application: &Application) {
    let (ctx, application) = (ground.ctx.clone(), application.clone());
    let open = async move |tx: &mut Tx| open_after_approval(tx, (&ctx, &actor()), &application).await;
    ground.ctx.db.write(open).await.expect("opened");
}

async fn slots(ground: &Ground, application: &Application) -> Vec<ClientSecretSlot> {
    list_slots(&ground.ctx, &actor(), application.id).await.expect("slots")
}

#[tokio::test]
async fn an_approval_opens_one_for_who_has_no_secret() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await;
        approve(&ground, &application).await;
        approve(&ground, &application).await;
        assert_eq!(slots(&ground, &application).await.len(), 1, "one is open already");
        ground.clock.advance(Duration::from_secs(72 * HOUR));
        approve(&ground, &application).await;
        assert_eq!(slots(&ground, &application).await.len(), 2, "the first has lapsed");
        let native = ground.application(ApplicationType::Native).await;
        approve(&ground, &native).await;
        assert!(slots(&ground, &native).await.is_empty(), "it keeps no secret");
        assert_eq!(code(open_slot(&ground.ctx, &actor(), native.id).await), "public_application");
        let armed = ground.application(ApplicationType::Web).await;
        super::super::create(&ground.ctx, &actor(), armed.id, NewSecret::default()).await.expect("a secret");
        approve(&ground, &armed).await;
        assert!(slots(&ground, &armed).await.is_empty(), "it has a secret");
        assert_eq!(ground.audited("client_secret_slot.opened").await, 2);
    })
    .await;
}

#[tokio::test]
async fn shows_a_secret_once_to_who_may_change_the_application() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let application = ground.application(ApplicationType::Service).await;
        approve(&ground, &application).await;
        let slot = (application.id, slots(&ground, &application).await[0].id);
        let viewer = person(&ground, OWN_REVIEWER).await;
        assert_eq!(code(collect(ctx, &viewer, slot).await), "not_allowed");
        assert_eq!(code(collect(ctx, &person(&ground, REVIEWER).await, slot).await), "no application");
        assert_eq!(code(collect(ctx, &actor(), slot).await), "person_needed");
        let other = ground.application(ApplicationType::Service).await.id;
        let owner = person(&ground, OWNER).await;
        assert_eq!(code(collect(ctx, &owner, (other, slot.1)).await), "no secret to collect");

        let maintainer = person(&ground, MAINTAINER).await;
        let made = collect(ctx, &maintainer, slot).await.expect("the secret");
        assert_eq!(code(collect(ctx, &owner, slot).await), "slot_collected");
        let after = &slots(&ground, &application).await[0];
        assert_eq!(maintainer.kind, ActorKind::User(after.collected_by.expect("by whom")));
        assert_eq!(after.secret_id, Some(made.secret.id));
        let listed = super::super::list(ctx, &owner, application.id).await.expect("secrets");
        assert_eq!(listed, std::slice::from_ref(&made.secret), "nothing of the refused attempts is left");
        assert_eq!(ground.audited("client_secret.collected").await, 1);
        let kept =
            dump(db, &["client_secrets", "client_secret_slots", "audit_events", "audit_personal", "outbox"]).await;
        assert!(!kept.contains(made.text.expose()), "the text is nowhere");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_fifty_collects_it() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await;
        approve(&ground, &application).await;
        let slot = (application.id, slots(&ground, &application).await[0].id);
        let owner = person(&ground, OWNER).await;
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let (ctx, owner) = (ground.ctx.clone(), owner.clone());
            callers.spawn(async move { collect(&ctx, &owner, slot).await });
        }
        let outcomes: Vec<String> = callers.join_all().await.into_iter().map(code).collect();
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "done").count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "slot_collected").count(), 49, "{outcomes:?}");
        assert_eq!(super::super::list(&ground.ctx, &owner, application.id).await.expect("secrets").len(), 1);
        assert_eq!(ground.audited("client_secret.created").await, 1);
    })
    .await;
}

#[tokio::test]
async fn lapses_after_72_hours_and_says_so_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let application = ground.application(ApplicationType::Service).await;
        let slot = open_slot(ctx, &actor(), application.id).await.expect("a slot");
        assert_eq!(code(open_slot(ctx, &actor(), application.id).await), "slot_open");
        assert_eq!(lapse_slots(ctx).await.expect("runs"), 0);
        ground.clock.advance(Duration::from_secs(72 * HOUR));
        let owner = person(&ground, OWNER).await;
        assert_eq!(code(collect(ctx, &owner, (application.id, slot.id)).await), "slot_lapsed", "before any job ran");
        assert_eq!((lapse_slots(ctx).await.expect("runs"), lapse_slots(ctx).await.expect("runs")), (1, 0));
        assert_eq!(ground.audited("client_secret_slot.lapsed").await, 1);
        let list = async |tx: &mut Tx| outbox::list(tx, (outbox::Kind::Mail, None), "", 10).await;
        let mails = db.read(list).await.map_err(|error: DbError| error.to_string()).expect("mails");
        let subjects: Vec<_> = mails.iter().filter_map(|mail| mail.payload["subject"].as_str()).collect();
        assert_eq!(subjects, ["Collect the client secret of App", "The client secret of App was not collected"]);
        super::super::create(ctx, &owner, application.id, NewSecret::default()).await.expect("another one");
    })
    .await;
}
