use std::sync::Arc;

use gatehouse_core::identity::session::Device;
use gatehouse_core::identity::totp::Seed;
use gatehouse_core::jose::encryption::KeyEncryptionKeys;
use gatehouse_core::time::FixedClock;
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;

use super::ticket::Entry;
use super::*;
use crate::actions::sessions::{self, Opened};
use crate::actions::users::{self, NewUser};
use crate::actions::{Actor, ActorKind, keys};
use crate::testing::{KEY_ENCRYPTION_KEYS, actor, context};

const PASSWORD: &str = "four unrelated words";
const BROWSER: &str = "browser";

struct Person {
    ctx: Context,
    clock: Arc<FixedClock>,
    id: UserId,
    actor: Actor,
    opened: Opened,
}

impl Person {
    async fn new(db: &Db, email: &str) -> Self {
        let (ctx, clock) = context(db);
        let input = NewUser {
            email: email.to_owned(),
            name: "Ann".to_owned(),
            role: None,
            password: Some(PASSWORD.to_owned()),
            email_verified: true,
            time_zone: None,
        };
        let id = users::create(&ctx, &actor(), input).await.expect("made").id;
        let actor = Actor { kind: ActorKind::User(id), ..actor() };
        let opened = sessions::open(&ctx, &actor, id, (Vec::new(), Device::default())).await.expect("open");
        Self { ctx, clock, id, actor, opened }
    }

    async fn with_app(&self) -> (Seed, Vec<Secret>) {
        let seed = new_seed(&self.ctx);
        let code = seed.code(self.ctx.now());
        let (session, password) = (self.opened.session.id, PASSWORD.to_owned());
        let enrolment = Enrolment { session, seed: seed.clone(), code, password };
        let gained = enable_app(&self.ctx, &self.actor, self.id, &enrolment).await.expect("enabled");
        self.clock.advance(std::time::Duration::from_secs(30));
        (seed, gained.codes)
    }

    async fn ticket(&self, ctx: &Context) -> ticket::Presented {
        let id = self.id;
        let hash = ctx.db.read(async move |tx| gatehouse_store::users::password_hash(tx, id).await).await;
        let ticket = ticket_for_code(id, Entry::New, &hash.expect("read").expect("a password"));
        let text = ticket::issue(ctx, BROWSER, ticket).expect("sealed");
        ticket::read(ctx, BROWSER, &text).expect("good")
    }

    async fn enters(&self, ctx: &Context, code: &str) -> bool {
        let ticket = self.ticket(ctx).await;
        second_step(ctx, &actor(), ticket, code, Device::default()).await.expect("an answer").is_some()
    }
}

fn with_keys(ctx: &Context, keys: &[&str]) -> Context {
    let keys = KeyEncryptionKeys::from_base64(keys.iter().copied()).expect("keys");
    Context { key_encryption_keys: Some(Arc::new(keys)), ..ctx.clone() }
}

#[tokio::test]
async fn seeds_move_to_another_key() {
    each_engine(async |db: &Db| {
        let ann = Person::new(db, "ann@example.com").await;
        let (seed, _) = ann.with_app().await;
        let [old, new] = KEY_ENCRYPTION_KEYS;
        let both = with_keys(&ann.ctx, &[new, old]);
        assert_eq!(keys::reseal(&both, &actor()).await.expect("sealed anew"), 1);
        assert_eq!(keys::reseal(&both, &actor()).await.expect("nothing to do"), 0);
        let new = with_keys(&ann.ctx, &[new]);
        assert!(ann.enters(&new, &seed.code(new.now())).await);
    })
    .await;
}

#[tokio::test]
async fn fifty_at_once_with_one_code_are_one() {
    each_engine(async |db: &Db| {
        let ann = Arc::new(Person::new(db, "ann@example.com").await);
        let (seed, codes) = ann.with_app().await;
        for code in [seed.code(ann.ctx.now()), codes[0].expose().to_owned()] {
            let entering = |_| {
                let (ann, code) = (ann.clone(), code.clone());
                tokio::spawn(async move { ann.enters(&ann.ctx, &code).await })
            };
            let mut entered = 0;
            for task in (0..50).map(entering).collect::<Vec<_>>() {
                entered += usize::from(task.await.expect("does not panic"));
            }
            assert_eq!(entered, 1, "{code}");
        }
        assert_eq!(list(&ann.ctx, ann.id).await.expect("read").codes_left, 9);
    })
    .await;
}

#[tokio::test]
async fn a_ticket_is_good_for_one_success_of_one_browser() {
    each_engine(async |db: &Db| {
        let ann = Person::new(db, "ann@example.com").await;
        let (_, codes) = ann.with_app().await;
        let text = ticket::issue(&ann.ctx, BROWSER, ticket::Ticket::NewPasskey { user: ann.id }).expect("sealed");
        assert!(ticket::read(&ann.ctx, "another", &text).is_none());
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
            assert!(ticket::read(&ann.ctx, BROWSER, &changed).is_none(), "{at}");
        }
        let other = ticket::read(&ann.ctx, BROWSER, &text).expect("good");
        let answer = second_step(&ann.ctx, &actor(), other, codes[0].expose(), Device::default()).await;
        assert!(answer.expect("an answer").is_none(), "made for something else");

        let code = ann.ticket(&ann.ctx).await;
        let again = ann.ticket(&ann.ctx).await;
        let enter = async |ticket, code: &Secret| {
            second_step(&ann.ctx, &actor(), ticket, code.expose(), Device::default())
                .await
                .expect("an answer")
                .is_some()
        };
        assert!(enter(code, &codes[0]).await);
        users::set_password(&ann.ctx, &actor(), ann.id, "another few words").await.expect("set");
        assert!(!enter(again, &codes[1]).await, "the password is another one");
        assert_eq!(list(&ann.ctx, ann.id).await.expect("read").codes_left, 9, "and no code is lost");
        let late = ticket::issue(&ann.ctx, BROWSER, ticket::Ticket::Passkey).expect("sealed");
        ann.clock.advance(ticket::LIFETIME);
        assert!(ticket::read(&ann.ctx, BROWSER, &late).is_none());
    })
    .await;
}

#[tokio::test]
async fn an_operator_takes_factors_away() {
    each_engine(async |db: &Db| {
        let ann = Person::new(db, "ann@example.com").await;
        ann.with_app().await;
        assert_eq!(list(&ann.ctx, ann.id).await.expect("read").reaches(), Acr::TwoFactors);
        assert!(remove(&ann.ctx, &ann.actor, ann.id, Which::App).await.is_err(), "this is for admins");
        remove(&ann.ctx, &actor(), ann.id, Which::App).await.expect("removed");
        let left = list(&ann.ctx, ann.id).await.expect("read");
        assert!(left.app.is_none() && left.codes_left == 0 && left.reaches() == Acr::SingleFactor);
        let again = remove(&ann.ctx, &actor(), ann.id, Which::App).await;
        assert!(matches!(again, Err(ActionError::NotFound { .. })));
        assert!("psk_x".parse::<Which>().is_err() && "app".parse() == Ok(Which::App));
    })
    .await;
}
