//! `kill -9` in the middle of refresh: after each start the newest token that was answered still works, and at the end
//! what was used up before is still used up (`security.md` C, CVE-2026-9802).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatehouse_core::id::{ApplicationId, GrantId, UserId};
use gatehouse_core::oauth::grant::{Authentication, Grant};
use gatehouse_core::oauth::refresh::RefreshToken;
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_core::time::{Clock as _, Timestamp};
use gatehouse_server::clock::SystemClock;
use gatehouse_server::random::SystemRandom;
use gatehouse_store::db::{Db, DbError, Tx};
use gatehouse_store::testing::TestDb;
use gatehouse_store::{grants, refresh_tokens};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::load::manage;
use crate::support::binary::{Dev, Env, Installation};
use crate::support::http;

/// On each engine.
const ROUNDS: usize = 25;
const FAMILIES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refresh_token_is_lost_or_lives_again_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("data/gatehouse.db").display());
    survive(&Installation::new(folder.path(), None), &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refresh_token_is_lost_or_lives_again_on_postgresql() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDb::empty_postgres().await;
    survive(&Installation::new(folder.path(), Some(&database.url)), &database.url).await;
}

/// Every token that was answered, oldest first.
type Family = Vec<String>;

async fn survive(installation: &Installation, url: &str) {
    let mut dev = installation.start();
    let client = Arc::new(Client::new(&dev.env).await);
    let mut families = seed(url, &client).await;
    for round in 0..ROUNDS {
        families = until_killed(&dev, &client, families, round).await;
        dev = installation.start();
        for family in &mut families {
            let newest = family.last().expect("a token");
            let (status, answer) = client.refresh(newest).await.expect("an answer");
            assert_eq!(status, 200, "round {round}: the newest token is lost: {answer}");
            family.push(answer["refresh_token"].as_str().expect("a successor").to_owned());
        }
    }
    for family in families {
        assert!(family.len() > 2 * ROUNDS, "rotations were under way");
        let (old, newest) = (&family[family.len() - 3], family.last().expect("a token"));
        for token in [old, newest] {
            let (status, answer) = client.refresh(token).await.expect("an answer");
            assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
        }
    }
    assert_eq!(dev.stop(), Some(0), "it drains");
}

/// Rotates all families at once and kills the server after so many answers, each round after another number.
async fn until_killed(dev: &Dev, client: &Arc<Client>, families: Vec<Family>, round: usize) -> Vec<Family> {
    let answered = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for mut family in families {
        let (client, answered) = (Arc::clone(client), Arc::clone(&answered));
        tasks.spawn(async move {
            while let Ok((status, answer)) = client.refresh(family.last().expect("a token")).await {
                assert_eq!(status, 200, "{answer}");
                family.push(answer["refresh_token"].as_str().expect("a successor").to_owned());
                answered.fetch_add(1, Ordering::SeqCst);
            }
            family
        });
    }
    while answered.load(Ordering::SeqCst) < FAMILIES + (round * 7) % 23 {
        tokio::task::yield_now().await;
    }
    dev.kill();
    tasks.join_all().await
}

/// A web application with a secret, and a customer.
struct Client {
    token_url: String,
    application: ApplicationId,
    client_id: String,
    secret: Secret,
    customer: UserId,
}

impl Client {
    async fn new(env: &Env) -> Self {
        let done = async |method: &str, path: &str, body: Value| {
            let (status, answer) = manage(env, method, path, body).await.expect("an answer");
            assert!((200..300).contains(&status), "{path}: {status} {answer}");
            answer
        };
        let organizations = done("GET", "/organizations?limit=1", Value::Null).await;
        let new = json!({
            "organization_id": organizations["items"][0]["id"], "name": "Web", "type": "web",
            "redirect_uris": ["https://app.example.com/cb"],
            "protocol": {"sign_in_scopes": ["openid", "offline_access"]},
        });
        let application = done("POST", "/applications", new).await;
        let path = format!("/applications/{}", application["id"].as_str().expect("an id"));
        done("PATCH", &path, json!({"id_token_signed_response_alg": "ES256"})).await;
        let secret = done("POST", &format!("{path}/secrets"), json!({})).await;
        let user = json!({"email": "cora@example.com", "name": "Cora", "email_verified": true});
        let customer = done("POST", "/users", user).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            token_url: env.get("TOKEN_URL").to_owned(),
            application: text(&application["id"]).parse().expect("an id"),
            client_id: text(&application["client_id"]),
            secret: Secret::new(text(&secret["client_secret"])),
            customer: text(&customer["id"]).parse().expect("an id"),
        }
    }

    /// Exchanges a refresh token; an error when the server is gone.
    async fn refresh(&self, token: &str) -> Result<(u16, Value), reqwest::Error> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &self.client_id),
            ("client_secret", self.secret.expose()),
            ("refresh_token", token),
        ];
        let answer = http().post(&self.token_url).form(&form).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }
}

/// Grants as the authorization endpoint makes them, each with its first refresh token.
async fn seed(url: &str, client: &Client) -> Vec<Family> {
    let db = Db::open(url).await.expect("the database opens");
    let now = SystemClock::default().now();
    let mut families = Vec::new();
    for _ in 0..FAMILIES {
        let (grant, value) = (grant(client, now), mint("gh", SecretKind::RefreshToken, &SystemRandom));
        let token = RefreshToken {
            hash: value.hash(),
            grant_id: grant.id,
            generation: 0,
            created_at: now,
            expires_at: grant.expires_at,
            used_at: None,
        };
        let write = async move |tx: &mut Tx| {
            grants::insert(tx, &grant).await?;
            refresh_tokens::insert(tx, &token).await
        };
        let written: Result<(), DbError> = db.write(write).await;
        written.expect("grant and token are stored");
        families.push(vec![value.expose().to_owned()]);
    }
    db.close().await;
    families
}

fn grant(client: &Client, now: Timestamp) -> Grant {
    Grant {
        id: GrantId::new(now, &SystemRandom),
        server_id: "default".parse().expect("an id"),
        application_id: client.application,
        user_id: client.customer,
        session_id: None,
        scopes: vec!["openid".into(), "offline_access".into()],
        resources: Vec::new(),
        nonce: None,
        claims: None,
        authentication: Authentication { at: now, amr: Vec::new() },
        created_at: now,
        last_used_at: now,
        expires_at: now.plus_secs(86_400),
        ended_at: None,
    }
}
