use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::jose::encryption::{KeyEncryptionKeys, open_signing_key};
use gatehouse_core::jose::sign::jwt;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::authorization_server::DEFAULT_KEY_ROTATION_INTERVAL;
use gatehouse_core::oauth::signing_key::{KeyStateName, PUBLISHED_BEFORE_USE, RETIRED_KEPT, Rotation};
use gatehouse_core::time::{FixedClock, Timestamp};
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;

use super::*;
use crate::actions::events;
use crate::actions::servers::{self, LifetimesInput, NewServer};
use crate::testing::{KEY_ENCRYPTION_KEYS, actor, context};

async fn with_server(db: &Db) -> (Context, Arc<FixedClock>) {
    let (ctx, clock) = context(db);
    let input = NewServer {
        id: "default".to_owned(),
        name: "Default".to_owned(),
        audience: "https://api.example.com".to_owned(),
        access_token_signing_alg: Some(Algorithm::EdDsa),
        open_to: None,
        lifetimes: LifetimesInput::default(),
        key_rotation_interval: None,
    };
    servers::create(&ctx, &actor(), input).await.expect("is made");
    (ctx, clock)
}

fn input(rotation: Rotation) -> RotateKeys {
    RotateKeys { alg: None, rotation }
}

async fn keys_of(ctx: &Context) -> Vec<ServerKey> {
    list(ctx, "default").await.expect("reads")
}

fn kid(keys: &[ServerKey], state: KeyStateName) -> Vec<String> {
    keys.iter().filter(|key| key.state.name() == state).map(|key| key.public.kid().to_owned()).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, ActionError>) -> &'static str {
    match result.expect_err("is refused") {
        ActionError::Conflict { code, .. } => code,
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_next_key_waits_until_it_is_known() {
    each_engine(async |db: &Db| {
        let (ctx, clock) = with_server(db).await;
        let before = keys_of(&ctx).await;
        assert_eq!(code(rotate(&ctx, &actor(), "default", input(Rotation::Planned)).await), "next_key_is_fresh");
        clock.advance(PUBLISHED_BEFORE_USE);
        let after = rotate(&ctx, &actor(), "default", input(Rotation::Planned)).await.expect("is time");
        assert_eq!(kid(&after, KeyStateName::Active), kid(&before, KeyStateName::Next));
        assert_eq!(kid(&after, KeyStateName::Retired), kid(&before, KeyStateName::Active));
        let erased = after.iter().find(|key| key.state.name() == KeyStateName::Retired).expect("is there");
        assert!(erased.sealed.is_empty(), "a retired key cannot sign");
        assert_eq!(code(rotate(&ctx, &actor(), "default", input(Rotation::Planned)).await), "next_key_is_fresh");
        rotate(&ctx, &actor(), "default", input(Rotation::Immediate)).await.expect("does not wait");
    })
    .await;
}

#[tokio::test]
async fn fifty_rotations_at_once_leave_one_active_and_one_next() {
    each_engine(async |db: &Db| {
        let (ctx, _) = with_server(db).await;
        let rotating = |_| {
            let ctx = ctx.clone();
            tokio::spawn(async move { rotate(&ctx, &actor(), "default", input(Rotation::Immediate)).await })
        };
        for task in (0..50).map(rotating).collect::<Vec<_>>() {
            if let Err(error) = task.await.expect("does not panic") {
                assert!(matches!(error, ActionError::Conflict { code: "changed_meanwhile", .. }), "{error}");
            }
        }
        let after = keys_of(&ctx).await;
        assert_eq!((kid(&after, KeyStateName::Active).len(), kid(&after, KeyStateName::Next).len()), (1, 1));
    })
    .await;
}

/// The very race: all have read the same generation before any writes.
#[tokio::test]
async fn of_fifty_that_saw_the_same_keys_one_wins() {
    each_engine(async |db: &Db| {
        let (ctx, clock) = with_server(db).await;
        clock.advance(Duration::from_secs(3_600));
        let before = keys_of(&ctx).await;
        let (old, new) = (kid(&before, KeyStateName::Active).remove(0), kid(&before, KeyStateName::Next).remove(0));
        let mut tasks = Vec::new();
        for _ in 0..50 {
            let fresh = make(&ctx, &before[0].server_id, Algorithm::EdDsa, KeyState::Next).await.expect("is made");
            let (ctx, old, new) = (ctx.clone(), old.clone(), new.clone());
            tasks.push(tokio::spawn(async move { swap_now(&ctx, (old, new), fresh).await }));
        }
        let mut won = 0;
        for task in tasks {
            match task.await.expect("does not panic") {
                Ok(()) => won += 1,
                Err(error) => {
                    assert!(matches!(error, ActionError::Conflict { code: "changed_meanwhile", .. }), "{error}");
                }
            }
        }
        assert_eq!(won, 1);
        let after = keys_of(&ctx).await;
        assert_eq!((after.len(), kid(&after, KeyStateName::Active)), (3, vec![new]));
    })
    .await;
}

#[tokio::test]
async fn rotates_on_schedule_and_prunes_later() {
    each_engine(async |db: &Db| {
        let (ctx, clock) = with_server(db).await;
        let interval = Duration::from_secs(u64::try_from(DEFAULT_KEY_ROTATION_INTERVAL).expect("is positive"));
        assert_eq!(rotate_due(&ctx, &actor()).await.expect("runs"), 0);
        clock.advance(interval);
        assert_eq!(rotate_due(&ctx, &actor()).await.expect("runs"), 1);
        assert_eq!(rotate_due(&ctx, &actor()).await.expect("runs"), 0);
        assert_eq!(prune(&ctx).await.expect("runs"), 0);
        clock.advance(RETIRED_KEPT + Duration::from_secs(1));
        assert_eq!(prune(&ctx).await.expect("runs"), 1);
        assert_eq!(keys_of(&ctx).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_compromise_withdraws_every_key_of_the_algorithm() {
    each_engine(async |db: &Db| {
        let (ctx, _) = with_server(db).await;
        add(&ctx, &actor(), "default", AddKeys { alg: Algorithm::Es256 }).await.expect("are added");
        rotate(&ctx, &actor(), "default", input(Rotation::Immediate)).await.expect("rotates");
        let before = keys_of(&ctx).await;
        let after = rotate(&ctx, &actor(), "default", input(Rotation::Compromised)).await.expect("withdraws");
        let kept: Vec<_> = after.iter().filter(|key| before.contains(key)).map(ServerKey::alg).collect();
        assert_eq!(kept, [Algorithm::Es256; 2]);
        assert_eq!(after.iter().filter(|key| key.alg() == Algorithm::EdDsa).count(), 2);
    })
    .await;
}

/// A verifier keeps the list of keys for as long as it may, then fetches it anew: whatever is signed in between, and
/// however often keys rotate, none of the tokens fails while it lives.
#[tokio::test]
async fn no_verification_fails_over_rotations() {
    each_engine(async |db: &Db| {
        let (ctx, clock) = with_server(db).await;
        let step = Duration::from_secs(60);
        let mut fetched: (Timestamp, KeySet) = (ctx.now(), published(&ctx).await);
        let mut tokens: Vec<(Timestamp, String)> = Vec::new();
        for minute in 0..120 {
            if minute % 7 == 0 {
                // Most of these are refused: the successor is fresh.
                let _ = rotate(&ctx, &actor(), "default", input(Rotation::Planned)).await;
            }
            tokens.push((ctx.now(), sign(&ctx).await));
            tokens.retain(|(issued, _)| ctx.now().since(*issued) < Duration::from_secs(3_600));
            if ctx.now().since(fetched.0) >= gatehouse_core::oauth::signing_key::JWKS_MAX_AGE {
                fetched = (ctx.now(), published(&ctx).await);
            }
            for (issued, token) in &tokens {
                assert!(fetched.1.verify(token, "at+jwt").is_ok(), "minute {minute}, issued {issued}");
            }
            clock.advance(step);
        }
        assert!(keys_of(&ctx).await.len() > 5, "keys did rotate");
    })
    .await;
}

async fn swap_now(ctx: &Context, kids: (String, String), fresh: ServerKey) -> Result<(), ActionError> {
    let event = events::event(ctx, &actor(), "keys.rotated", "authorization_server", "default");
    rotate::swap(ctx, kids, fresh, event).await
}

async fn published(ctx: &Context) -> KeySet {
    let keys = keys_of(ctx).await;
    let public: Vec<_> = keys.iter().filter(|key| key.is_published(ctx.now())).map(|key| key.public.clone()).collect();
    KeySet::new(&public).expect("parses")
}

async fn sign(ctx: &Context) -> String {
    let keys = keys_of(ctx).await;
    let active = keys.iter().find(|key| key.state.name() == KeyStateName::Active).expect("is there");
    let keys = ctx.key_encryption_keys().expect("are there");
    let opened = open_signing_key(keys, "default", (active.alg(), active.public.kid()), &active.sealed);
    jwt(&opened.expect("opens"), "at+jwt", &serde_json::json!({"sub": "a"})).expect("signs")
}

#[tokio::test]
async fn seals_anew_under_another_key_encryption_key() {
    each_engine(async |db: &Db| {
        let (ctx, _) = with_server(db).await;
        assert_eq!(reseal(&ctx, &actor()).await.expect("runs"), 0);
        let with = |keys: &[&str]| Context {
            key_encryption_keys: KeyEncryptionKeys::from_base64(keys.iter().copied()).ok().map(Arc::new),
            ..ctx.clone()
        };
        let [old, new] = KEY_ENCRYPTION_KEYS;
        assert_eq!(reseal(&with(&[new, old]), &actor()).await.expect("runs"), 2);
        assert_eq!(reseal(&with(&[new, old]), &actor()).await.expect("runs"), 0);
        sign(&with(&[new])).await;
        assert_eq!(code(reseal(&with(&[old]), &actor()).await), "cannot_reseal");
    })
    .await;
}
