use std::time::Duration;

use gatehouse_core::id::UserId;
use gatehouse_core::identity::one_time_link::Purpose;
use gatehouse_core::identity::session::Device;
use gatehouse_store::db::{Db, Tx};
use gatehouse_store::outbox::{self, Kind};
use gatehouse_store::testing::each_engine;

use super::*;
use crate::actions::ground::{Ground, OWNER, code};
use crate::actions::sessions::{Opened, authenticate};
use crate::actions::{Actor, ActorKind, users};
use crate::context::Context;
use crate::testing::actor;

const PASSWORD: &str = "four unrelated words";
const NEW: &str = "five more unrelated words";

fn ann() -> SignUp {
    let (name, email, time_zone) = ("Ann".to_owned(), "ann@example.com".to_owned(), "Europe/Berlin".to_owned());
    SignUp { name, email, password: Some(PASSWORD.to_owned()), time_zone, return_to: None }
}

async fn mails(ctx: &Context, to: &str) -> Vec<String> {
    let read = async |tx: &mut Tx| outbox::list(tx, (Kind::Mail, None), "", 100).await;
    let mut entries = ctx.db.read(read).await.expect("mails");
    entries.retain(|entry| entry.payload["to"] == to);
    entries.sort_by_key(|entry| entry.created_at);
    entries.iter().map(|entry| entry.payload["text"].as_str().expect("text").to_owned()).collect()
}

/// The token of the newest link of this kind.
async fn token(ctx: &Context, to: &str, path: &str) -> String {
    let mails = mails(ctx, to).await;
    let start = format!("https://portal.example{path}");
    let found = mails.iter().rev().flat_map(|mail| mail.lines()).find_map(|line| line.strip_prefix(&start));
    found.expect("a link").to_owned()
}

fn opened(known: Known) -> Option<Opened> {
    if let Known::SignedIn(_, opened) = known { Some(opened) } else { None }
}

async fn try_password(ctx: &Context, email: &str, password: &str) -> Option<Opened> {
    let attempt = Attempt { email: email.to_owned(), password: password.to_owned() };
    sign_in(ctx, &actor(), &attempt, Device::default()).await.expect("an answer").and_then(opened)
}

async fn is_live(ctx: &Context, opened: &Opened) -> bool {
    authenticate(ctx, opened.cookie.expose()).await.expect("an answer").is_some()
}

#[tokio::test]
async fn from_sign_up_to_a_verified_address() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        sign_up(ctx, &actor(), &ann()).await.unwrap();
        let user = users::get_by_ref(ctx, "ann@example.com").await.unwrap();
        assert!(!user.is_verified() && user.time_zone == "Europe/Berlin");
        let first = token(ctx, "ann@example.com", "/verify-email/").await;
        assert!(try_password(ctx, "ANN@example.com", PASSWORD).await.is_some(), "unverified, but signed in");
        ground.clock.advance(Duration::from_secs(1));
        send_verification(ctx, &actor(), user.id).await.unwrap();
        let second = token(ctx, "ann@example.com", "/verify-email/").await;
        assert_ne!(first, second);
        let own = Actor { kind: ActorKind::User(user.id), ..actor() };
        assert_eq!(code(verify_email(ctx, &own, &first).await), "link_over", "replaced");
        assert_eq!(code(reset_password(ctx, &actor(), &second, NEW).await), "link_over", "for another purpose");
        assert!(open_link(ctx, Purpose::VerifyEmail, &second).await.unwrap().is_some());
        let other = Actor { kind: ActorKind::User(UserId::new(ctx.now(), ctx.random())), ..actor() };
        for stranger in [&actor(), &other] {
            assert_eq!(code(verify_email(ctx, stranger, &second).await), "other_account");
        }
        assert!(verify_email(ctx, &own, &second).await.unwrap().user.is_verified());
        assert_eq!(code(verify_email(ctx, &own, &second).await), "link_over", "once");
        assert_eq!(code(send_verification(ctx, &actor(), user.id).await), "already_verified");
        let late = token(ctx, "ann@example.com", "/verify-email/").await;
        assert!(open_link(ctx, Purpose::VerifyEmail, &late).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_known_address_is_told_to_its_owner_alone() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let before = users::get_by_ref(ctx, OWNER).await.unwrap();
        let taken = SignUp { email: OWNER.to_uppercase(), ..ann() };
        sign_up(ctx, &actor(), &taken).await.unwrap();
        assert_eq!(users::get_by_ref(ctx, OWNER).await.unwrap(), before);
        let mails = mails(ctx, OWNER).await;
        assert!(mails.len() == 1 && mails[0].contains("has an account already"), "{mails:?}");
        assert!(try_password(ctx, OWNER, PASSWORD).await.is_none(), "the password of the attempt is worth nothing");
    })
    .await;
}

#[tokio::test]
async fn fifty_sign_ups_with_one_address_make_one_account() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let ctx = ground.ctx.clone();
                tokio::spawn(async move { sign_up(&ctx, &actor(), &ann()).await })
            })
            .collect();
        for task in tasks {
            task.await.expect("runs").expect("all are told the same");
        }
        assert_eq!((ground.audited("user.signed_up").await, ground.audited("user.sign_up_repeated").await), (1, 49));
    })
    .await;
}

#[tokio::test]
async fn wrong_unknown_disabled_and_without_password_are_the_same() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        sign_up(ctx, &actor(), &ann()).await.unwrap();
        let user = users::get_by_ref(ctx, "ann@example.com").await.unwrap().id;
        let opened = try_password(ctx, "ann@example.com", PASSWORD).await.expect("right");
        for (email, password) in [
            ("ann@example.com", "four unrelated word"),
            ("ann@example.com", ""),
            ("nobody@example.com", PASSWORD),
            ("not an address", PASSWORD),
            (OWNER, PASSWORD),
        ] {
            assert!(try_password(ctx, email, password).await.is_none(), "{email}");
        }
        users::disable(ctx, &actor(), user).await.unwrap();
        assert!(try_password(ctx, "ann@example.com", PASSWORD).await.is_none());
        users::enable(ctx, &actor(), user).await.unwrap();
        assert!(!is_live(ctx, &opened).await, "a session does not come back");
        assert!(try_password(ctx, "ann@example.com", PASSWORD).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_browser_signed_out() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        sign_up(ctx, &actor(), &ann()).await.unwrap();
        let opened = try_password(ctx, "ann@example.com", PASSWORD).await.expect("right");
        request_reset(ctx, &actor(), "nobody@example.com", None).await.unwrap();
        assert!(mails(ctx, "nobody@example.com").await.is_empty());
        request_reset(ctx, &actor(), "Ann@Example.com", None).await.unwrap();
        let link = token(ctx, "ann@example.com", "/reset-password/").await;
        let user = users::get_by_ref(ctx, "ann@example.com").await.unwrap().id;
        let own = Actor { kind: ActorKind::User(user), ..actor() };
        assert_eq!(code(verify_email(ctx, &own, &link).await), "link_over", "for another purpose");
        assert_eq!(code(reset_password(ctx, &actor(), &link, "short").await), "password too_short");
        assert!(is_live(ctx, &opened).await, "nothing has happened");
        let user = reset_password(ctx, &actor(), &link, NEW).await.unwrap().user;
        assert!(user.is_verified(), "the link came by mail");
        assert_eq!(code(reset_password(ctx, &actor(), &link, PASSWORD).await), "link_over", "once");
        assert!(!is_live(ctx, &opened).await);
        assert!(try_password(ctx, "ann@example.com", PASSWORD).await.is_none());
        assert!(try_password(ctx, "ann@example.com", NEW).await.is_some());
        ground.clock.advance(Duration::from_secs(1));
        send_reset(ctx, &actor(), user.id).await.unwrap();
        let link = token(ctx, "ann@example.com", "/reset-password/").await;
        ground.clock.advance(Duration::from_secs(3_600));
        assert_eq!(code(reset_password(ctx, &actor(), &link, PASSWORD).await), "link_over", "over");
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_ends_other_sessions_and_renews_this_one() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        sign_up(ctx, &actor(), &ann()).await.unwrap();
        let user = users::get_by_ref(ctx, "ann@example.com").await.unwrap().id;
        let [this, other] = [PASSWORD; 2].map(|password| try_password(ctx, "ann@example.com", password));
        let (this, other) = (this.await.expect("right"), other.await.expect("right"));
        let by = Actor { kind: ActorKind::User(user), request_id: None, address: None };
        let change = async |current, new| change_password(ctx, &by, user, (current, new), Device::default()).await;
        assert_eq!(code(change(NEW, NEW).await), "current_password wrong");
        assert_eq!(code(change(PASSWORD, "password").await), "password password_common");
        assert!(is_live(ctx, &this).await && is_live(ctx, &other).await);
        ground.clock.advance(Duration::from_secs(1));
        let renewed = change(PASSWORD, NEW).await.unwrap();
        assert!(!is_live(ctx, &this).await && !is_live(ctx, &other).await && is_live(ctx, &renewed).await);
        assert!(try_password(ctx, "ann@example.com", PASSWORD).await.is_none());
        let last = mails(ctx, "ann@example.com").await.pop().expect("a mail");
        let words = last.replace('\n', " ");
        assert!(words.contains("was changed on Sunday 22 November 2026, 12:05 (Europe/Berlin)."), "{last}");
        let profile = ProfileChange { name: "Ann Lee".to_owned(), time_zone: "Mars/Base".to_owned() };
        assert_eq!(code(edit_profile(ctx, &by, user, &profile).await), "time_zone invalid");
        let profile = ProfileChange { time_zone: "Asia/Tokyo".to_owned(), ..profile };
        assert_eq!(edit_profile(ctx, &by, user, &profile).await.unwrap().name, "Ann Lee");
    })
    .await;
}
