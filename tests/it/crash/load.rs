//! The load that a kill interrupts, and what of it was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::import::Import;
use crate::support::binary::{Dev, Env, Installation};
use crate::support::http;

/// Something that the server, or the import, said is done.
pub(super) enum Done {
    /// An access token was handed out.
    Token(String),
    /// An organization was made.
    Organization(String),
    /// A secret was made, gave a token, and was revoked: its text.
    SecretRevoked(String),
    /// The keys were rotated: the id of the one that signs from then on.
    Rotation(String),
    /// A test was imported.
    Import { test: String, sessions: u64 },
    /// The kill met this import: wholly there, or not at all.
    ImportKilled { test: String, sessions: u64 },
}

/// Puts load on the server and kills it in the middle: by turns after an import, a rotation, a secret or some
/// organizations, and then some tokens more. Gives what was acknowledged.
pub(super) async fn until_killed(installation: &Installation, dev: &Dev, round: usize) -> Vec<Done> {
    let (tell, mut hear) = unbounded_channel();
    let caller = Arc::new(Caller::of(dev).await);
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        tasks.spawn(tokens(Arc::clone(&caller), tell.clone()));
    }
    tasks.spawn(organizations(Arc::clone(&caller), tell.clone()));
    tasks.spawn(secrets(Arc::clone(&caller), tell.clone()));
    tasks.spawn(rotations(Arc::clone(&caller), tell.clone()));
    let import = Import::start(installation.clone(), caller.workspace.clone(), tell);
    let (mut done, mut wanted, mut tokens_more) = (Vec::new(), 1 + round % 3, (round * 5) % 23);
    while wanted > 0 || tokens_more > 0 {
        let next = hear.recv().await.expect("something goes on");
        match (round % 4, &next) {
            (0, Done::Import { .. }) => wanted = 0,
            (1, Done::Rotation(_)) | (2, Done::SecretRevoked(_)) | (3, Done::Organization(_)) => {
                wanted = wanted.saturating_sub(1);
            }
            (_, Done::Token(_)) if wanted == 0 => tokens_more = tokens_more.saturating_sub(1),
            _ => {}
        }
        done.push(next);
    }
    dev.kill();
    import.kill();
    // Each ends with its first call that is not answered; what was answered until then counts.
    while tasks.join_next().await.is_some_and(|ended| ended.expect("nothing was refused").is_err()) {}
    while let Some(last) = hear.recv().await {
        done.push(last);
    }
    done
}

/// What the tasks need to know of the server.
struct Caller {
    env: Env,
    application: String,
    workspace: String,
}

impl Caller {
    async fn of(dev: &Dev) -> Self {
        let env = dev.env.clone();
        let client_id = env.get("CLIENT_ID").to_owned();
        let application = find(&env, "/applications?limit=100", |item| item["client_id"] == client_id.as_str()).await;
        let api_user = application["api_user_id"].clone();
        let mut workspace = None;
        for candidate in items(&env, "/workspaces?limit=100").await {
            let id = candidate["id"].as_str().expect("an id").to_owned();
            let members = items(&env, &format!("/workspaces/{id}/members")).await;
            if members.iter().any(|member| member["user_id"] == api_user) {
                workspace = Some(id);
            }
        }
        let workspace = workspace.expect("the API user is a member of a workspace");
        Self { application: application["id"].as_str().expect("an id").to_owned(), env, workspace }
    }
}

async fn items(env: &Env, path: &str) -> Vec<Value> {
    try_items(env, path).await.expect("an answer")
}

/// For while the server may be killed.
async fn try_items(env: &Env, path: &str) -> Result<Vec<Value>, reqwest::Error> {
    let (status, answer) = manage(env, "GET", path, Value::Null).await?;
    assert_eq!(status, 200, "{answer}");
    Ok(answer["items"].as_array().expect("a list").clone())
}

async fn find(env: &Env, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    items(env, path).await.into_iter().find(wanted).expect("it is there")
}

type Ended = Result<(), reqwest::Error>;

async fn tokens(caller: Arc<Caller>, tell: UnboundedSender<Done>) -> Ended {
    loop {
        let token = token(&caller.env, caller.env.get("CLIENT_SECRET")).await?.expect("a token");
        drop(tell.send(Done::Token(token)));
    }
}

async fn organizations(caller: Arc<Caller>, tell: UnboundedSender<Done>) -> Ended {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    loop {
        let name = format!("Organization {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let made = done(&caller.env, "/organizations", json!({ "name": name })).await?;
        drop(tell.send(Done::Organization(made["id"].as_str().expect("an id").to_owned())));
    }
}

/// A secret at a time, because an application has only a few: made, used, revoked.
async fn secrets(caller: Arc<Caller>, tell: UnboundedSender<Done>) -> Ended {
    let all = format!("/applications/{}/secrets", caller.application);
    // What the kill before left behind.
    let left = try_items(&caller.env, &all).await?;
    let mut left: Vec<_> = left.iter().filter(|one| one["name"] == "crash" && one["state"] == "active").collect();
    loop {
        let (id, text) = match left.pop() {
            Some(one) => (one["id"].clone(), None),
            None => {
                let made = done(&caller.env, &all, json!({ "name": "crash" })).await?;
                let text = made["client_secret"].as_str().expect("its text").to_owned();
                assert!(token(&caller.env, &text).await?.is_some(), "a new secret works at once");
                (made["id"].clone(), Some(text))
            }
        };
        let id = id.as_str().expect("an id");
        done(&caller.env, &format!("{all}/{id}/revoke"), json!({})).await?;
        if let Some(text) = text {
            drop(tell.send(Done::SecretRevoked(text)));
        }
    }
}

async fn rotations(caller: Arc<Caller>, tell: UnboundedSender<Done>) -> Ended {
    loop {
        let keys = done(&caller.env, "/servers/default/keys/rotate", json!({ "rotation": "immediate" })).await?;
        let keys = keys["items"].as_array().expect("keys");
        let active = keys.iter().find(|key| key["state"] == "active" && key["alg"] == "ES256").expect("one signs");
        drop(tell.send(Done::Rotation(active["kid"].as_str().expect("a kid").to_owned())));
    }
}

/// A call of the management API that must succeed when it is answered.
async fn done(env: &Env, path: &str, body: Value) -> Result<Value, reqwest::Error> {
    let (status, answer) = manage(env, "POST", path, body).await?;
    assert!((200..300).contains(&status), "{path}: {status} {answer}");
    Ok(answer)
}

/// A call of the management API; status and body.
pub(super) async fn manage(env: &Env, method: &str, path: &str, body: Value) -> Result<(u16, Value), reqwest::Error> {
    let url = format!("{}/manage/v1{path}", env.get("GATEHOUSE_URL"));
    let request = http().request(method.parse().expect("a method"), url).bearer_auth(env.get("OPERATOR_KEY"));
    let request = if body.is_null() { request } else { request.json(&body) };
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    Ok((status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }))
}

/// A token of the sample application by one of its secrets; `None` when the secret is refused.
pub(super) async fn token(env: &Env, secret: &str) -> Result<Option<String>, reqwest::Error> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", env.get("CLIENT_ID")),
        ("client_secret", secret),
        ("scope", env.get("SCOPE")),
    ];
    let answer = http().post(env.get("TOKEN_URL")).form(&form).send().await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    assert!(matches!(status, 200 | 401), "{status} {text}");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    Ok(body["access_token"].as_str().map(str::to_owned))
}
