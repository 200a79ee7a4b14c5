//! Keys rotate while tokens are given out and checked by all who check any: the gate, introspection, and verifiers of
//! others, which keep the list of keys for as long as it says and not a moment longer.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::signing_key::{JWKS_MAX_AGE, PUBLISHED_BEFORE_USE, Rotation};
use gatehouse_core::time::Timestamp;
use gatehouse_server::actions::keys::{self, RotateKeys};
use serde_json::{Value, json};
use tokio::sync::{RwLock, Semaphore};

use super::ask;
use crate::support::world::World;
use crate::support::{TestApp, customer, on_each_engine};

const WORKERS: usize = 8;
const ROTATIONS: usize = 4;
/// Rounds of the workers before the next rotation: each has been through one at least.
const ROUNDS: u32 = 16;

/// Somebody else's, with a cache.
struct Verifier {
    keys: KeySet,
    fetched_at: Timestamp,
}

impl Verifier {
    async fn new(app: &TestApp) -> Self {
        let fetched_at = app.ctx().now();
        let answer: Value = app.get("/oauth2/default/v1/keys").await.json().await.expect("JSON");
        let keys: Vec<PublicJwk> = serde_json::from_value(answer["keys"].clone()).expect("keys");
        Self { keys: KeySet::new(&keys).expect("keys"), fetched_at }
    }

    async fn verify(&mut self, app: &TestApp, token: &str) {
        if app.ctx().now().since(self.fetched_at) >= JWKS_MAX_AGE {
            *self = Self::new(app).await;
        }
        self.keys.verify(token, "at+jwt").expect("is good");
    }
}

#[tokio::test]
async fn under_load_fails_no_verification() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let (over, rounds) = (AtomicBool::new(false), Semaphore::new(0));
        // Hours pass between rounds alone: in no round does a token grow old.
        let time = RwLock::new(());
        let worker = async || {
            let mut verifier = Verifier::new(app).await;
            while !over.load(Ordering::SeqCst) {
                let still = time.read().await;
                round(app, &world, &mut verifier).await;
                drop(still);
                rounds.add_permits(1);
            }
        };
        let rotations = async {
            for _ in 0..ROTATIONS {
                rounds.acquire_many(ROUNDS).await.expect("is open").forget();
                let passing = time.write().await;
                app.advance(PUBLISHED_BEFORE_USE);
                app.poll_changes_now().await;
                drop(passing);
                let input = RotateKeys { alg: None, rotation: Rotation::Planned };
                keys::rotate(app.ctx(), &TestApp::actor(), "default", input).await.expect("rotates");
                app.poll_changes_now().await;
            }
            rounds.acquire_many(ROUNDS).await.expect("is open").forget();
            over.store(true, Ordering::SeqCst);
        };
        tokio::join!(rotations, join_all((0..WORKERS).map(|_| worker())));
    })
    .await;
}

/// A token, and everybody's word on it.
async fn round(app: &TestApp, world: &World, verifier: &mut Verifier) {
    let (status, answer) = customer::ask(app, &world.service, "client_credentials", &[]).await;
    assert_eq!(status, 200, "{answer}");
    let token = answer["access_token"].as_str().expect("a token");
    verifier.verify(app, token).await;
    let call =
        app.request("GET", "/v2/sessionResults?testId=1").header("token", token).send().await.expect("an answer");
    let (status, body) = (call.status(), call.text().await.expect("a body"));
    assert_ne!(status, 401, "{body}");
    let (_, introspected) = ask(app, "introspect", &world.service, &[("token", token)]).await;
    assert_eq!(introspected["active"], json!(true), "{introspected}");
}
