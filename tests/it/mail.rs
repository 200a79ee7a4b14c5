//! Mails through a real mail server: delivered, refused, put off; nothing lost, nothing twice but under the same id.

use std::collections::BTreeMap;
use std::time::Duration;

use gatehouse_core::id::OutboxId;
use gatehouse_core::secret::Secret;
use gatehouse_server::config::{Encryption, SmtpConfig, SmtpLogin};
use gatehouse_server::mail::{self, Mail};
use gatehouse_store::outbox::{self, Entry, State};
use gatehouse_store::testing::TestDb;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::manage::Operator;
use crate::support::TestApp;
use crate::support::smtp::MailServer;

/// What is done to settings.
type Change = dyn Fn(SmtpConfig) -> SmtpConfig;

/// An application beside a mail server.
struct Post {
    app: TestApp,
    folder: TempDir,
    server: Option<MailServer>,
    config: SmtpConfig,
}

impl Post {
    async fn open(db: TestDb, encryption: Encryption) -> Self {
        Self::open_with(db, encryption, |config| config).await
    }

    /// With settings that are not as they should be.
    async fn open_with(db: TestDb, encryption: Encryption, change: impl Fn(SmtpConfig) -> SmtpConfig) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = MailServer::start(folder.path(), encryption);
        let config = change(server.config(folder.path()));
        let app = TestApp::start_mailing(db, config.clone()).await;
        Self { app, folder, server: Some(server), config }
    }

    async fn write(&self, to: &str) -> OutboxId {
        let now = self.app.ctx().now();
        let id = OutboxId::new(now, self.app.ctx().random());
        let mail = Mail { to: to.to_owned(), subject: "Grüße".to_owned(), text: "Hello Zoë\n.\nEnd\n".to_owned() };
        self.app.ctx().db.write(async move |tx| mail::enqueue(tx, id, &mail, now).await).await.expect("written");
        id
    }

    async fn entry(&self, id: OutboxId) -> Entry {
        self.app.ctx().db.read(async move |tx| outbox::find(tx, id).await).await.expect("read").expect("kept")
    }

    /// Lets so much time pass and sends what is due then.
    async fn later(&self, seconds: u64) {
        self.app.advance(Duration::from_secs(seconds));
        self.app.run_jobs_now().await;
    }

    fn stop_server(&mut self) -> Vec<Value> {
        self.server.take().expect("it runs").stop()
    }

    /// Another one where the last one was.
    fn start_server(&mut self) {
        self.server = Some(MailServer::start_at(self.folder.path(), self.config.encryption, self.config.port));
    }
}

async fn engines() -> [TestDb; 2] {
    [TestDb::sqlite().await, TestDb::postgres().await]
}

fn of<'a>(events: &'a [Value], event: &str) -> Vec<&'a Value> {
    events.iter().filter(|seen| seen["event"] == event).collect()
}

fn message_id(event: &Value) -> String {
    let message = event["message"].as_str().expect("a message");
    let line = message.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("an id");
    line.trim_matches(['<', '>']).split_once('@').expect("a host").0.to_owned()
}

#[tokio::test]
async fn delivers_over_starttls_after_signing_in() {
    for db in engines().await {
        let mut post = Post::open(db, Encryption::StartTls).await;
        let id = post.write("ann@example.com").await;
        // Ids of the same millisecond have no order.
        post.app.advance(Duration::from_millis(1));
        let other = post.write("bob@BÜCHER.example").await;
        post.app.run_jobs_now().await;
        post.later(3_600).await;
        let events = post.stop_server();
        let taken = of(&events, "accepted");
        assert_eq!(
            taken.iter().map(|event| message_id(event)).collect::<Vec<_>>(),
            [id, other].map(|id| id.to_string())
        );
        assert_eq!((&taken[0]["tls"], &taken[0]["user"]), (&json!(true), &json!("gatehouse")));
        assert_eq!(taken[0]["peer"], taken[1]["peer"], "one connection for both");
        assert_eq!(taken[1]["to"], "bob@xn--bcher-kva.example");
        assert_eq!(taken[0]["sender"], "no-reply@example.com");
        let message = taken[0]["message"].as_str().expect("a message").replace("\r\n", "\n");
        let (head, body) = message.split_once("\n\n").expect("a head");
        for field in [
            "From: \"Example: APIs\" <no-reply@example.com>",
            "To: ann@example.com",
            "Subject: =?utf-8?B?R3LDvMOfZQ==?=",
            "Reply-To: help@example.com",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.lines().any(|line| line == field), "{field}: {head}");
        }
        assert_eq!(body, "Hello Zoë\n.\nEnd\n");
        let entry = post.entry(id).await;
        assert_eq!((entry.state, entry.attempts, entry.payload), (State::Sent, 1, json!({})));
        post.app.stop().await;
    }
}

#[tokio::test]
async fn delivers_over_tls_and_over_nothing() {
    for encryption in [Encryption::Tls, Encryption::Plain] {
        let mut post = Post::open(TestDb::sqlite().await, encryption).await;
        let id = post.write("ann@example.com").await;
        post.app.run_jobs_now().await;
        let events = post.stop_server();
        assert_eq!(message_id(of(&events, "accepted")[0]), id.to_string());
        post.app.stop().await;
    }
}

#[tokio::test]
async fn a_recipient_who_does_not_exist_ends_the_mail_and_the_operator_is_told() {
    for db in engines().await {
        let mut post = Post::open(db, Encryption::StartTls).await;
        let id = post.write("bounce-1@example.com").await;
        let neighbour = post.write("ann@example.com").await;
        post.app.run_jobs_now().await;
        let entry = post.entry(id).await;
        assert_eq!((entry.state, entry.attempts), (State::Failed, 1));
        let why = "naming the recipient: the mail server answered 550 5.1.1";
        assert_eq!(entry.last_error.as_deref(), Some(why), "code and no address");
        assert_eq!(post.entry(neighbour).await.state, State::Sent);
        post.later(86_400).await;
        assert_eq!(post.entry(id).await.attempts, 1, "not asked for again");

        let operator = Operator::new(&post.app).await;
        let failed = operator.done("GET", "/mails?state=failed", Value::Null).await;
        assert_eq!(failed["items"].as_array().map(Vec::len), Some(1));
        let listed = &failed["items"][0];
        assert_eq!((&listed["id"], &listed["last_error"]), (&json!(id.to_string()), &json!(why)));
        assert_eq!((&listed["to"], &listed["text"]), (&json!("bounce-1@example.com"), &Value::Null));
        let metrics = post.app.get_operator("/metrics").await.text().await.expect("text");
        assert!(metrics.contains("gatehouse_mails_total{outcome=\"refused\"} 1\n"), "{metrics}");

        let retry = format!("/mails/{id}/retry");
        assert_eq!(operator.done("POST", &retry, Value::Null).await["state"], "waiting");
        let refused = operator.refused("POST", &retry, Value::Null).await;
        assert_eq!(refused, (409, "mail_state".to_owned()), "it waits already");
        post.app.run_jobs_now().await;
        assert_eq!(post.entry(id).await.state, State::Sent);
        let events = post.stop_server();
        let taken: Vec<_> = of(&events, "accepted").into_iter().map(message_id).collect();
        assert_eq!(taken, [neighbour.to_string(), id.to_string()]);
        post.app.stop().await;
    }
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again_after_a_pause() {
    for db in engines().await {
        let mut post = Post::open(db, Encryption::StartTls).await;
        let id = post.write("busy-2@example.com").await;
        post.app.run_jobs_now().await;
        post.later(9).await;
        let entry = post.entry(id).await;
        assert_eq!((entry.state, entry.attempts), (State::Waiting, 1));
        assert!(entry.last_error.is_some_and(|why| why.ends_with("answered 451 4.3.0")));
        post.later(1).await;
        post.later(20).await;
        assert_eq!((post.entry(id).await.state, post.entry(id).await.attempts), (State::Sent, 3));
        let events = post.stop_server();
        assert_eq!((of(&events, "busy").len(), of(&events, "accepted").len()), (2, 1));
        post.app.stop().await;
    }
}

#[tokio::test]
async fn an_outage_loses_nothing_and_sends_nothing_twice() {
    for db in engines().await {
        let mut post = Post::open(db, Encryption::StartTls).await;
        let before = post.write("first@example.com").await;
        post.app.run_jobs_now().await;
        let seen = post.stop_server();
        assert_eq!(of(&seen, "accepted").len(), 1);
        let mut ids = Vec::new();
        for number in 0..25 {
            ids.push(post.write(&format!("user{number}@example.com")).await);
            if number % 5 == 0 {
                post.later(1_000).await;
            }
        }
        // Two days, as over a weekend.
        for _ in 0..96 {
            post.later(1_800).await;
        }
        assert_eq!(post.entry(ids[0]).await.state, State::Waiting);
        post.start_server();
        post.later(1_800).await;
        let events = post.stop_server();
        let mut taken: Vec<_> = of(&events, "accepted").into_iter().map(message_id).collect();
        taken.sort();
        ids.sort();
        assert_eq!(taken, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(!taken.contains(&before.to_string()));
        post.app.stop().await;
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_after_the_text_brings_the_same_id_again() {
    for db in engines().await {
        let mut post = Post::open(db, Encryption::StartTls).await;
        let (cut, whole) = (post.write("cut-1@example.com").await, post.write("ann@example.com").await);
        post.app.run_jobs_now().await;
        assert_eq!((post.entry(cut).await.state, post.entry(whole).await.state), (State::Waiting, State::Sent));
        post.later(10).await;
        assert_eq!(post.entry(cut).await.state, State::Sent);
        let events = post.stop_server();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for event in of(&events, "accepted").into_iter().chain(of(&events, "cut")) {
            *seen.entry(message_id(event)).or_default() += 1;
        }
        assert_eq!(seen, BTreeMap::from([(cut.to_string(), 2), (whole.to_string(), 1)]));
        post.app.stop().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_us_or_the_server_puts_mails_off_and_gives_nothing_away() {
    let wrong_password = |config| SmtpConfig { login: Some(login("wrong")), ..config };
    let unknown_authority = |config| SmtpConfig { ca_file: None, ..config };
    let no_tls_there = |config| SmtpConfig { encryption: Encryption::StartTls, login: Some(login("p")), ..config };
    let cases: [(Encryption, &Change, &str); 3] = [
        (Encryption::StartTls, &wrong_password, "signing in: the mail server answered 535 5.7.8"),
        (Encryption::StartTls, &unknown_authority, "STARTTLS: "),
        (Encryption::Plain, &no_tls_there, "the mail server offers no STARTTLS"),
    ];
    for (encryption, change, expected) in cases {
        let mut post = Post::open_with(TestDb::sqlite().await, encryption, change).await;
        let id = post.write("ann@example.com").await;
        post.app.run_jobs_now().await;
        let entry = post.entry(id).await;
        let why = entry.last_error.unwrap_or_default();
        assert!(entry.state == State::Waiting && why.starts_with(expected), "{why}");
        let events = post.stop_server();
        assert!(events.iter().all(|event| event["right"] == json!(false)), "{events:?}");
        post.app.stop().await;
    }
}

fn login(password: &str) -> SmtpLogin {
    SmtpLogin { user: "gatehouse".to_owned(), password: Secret::new(password.to_owned()) }
}
