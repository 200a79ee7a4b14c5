//! `sector_identifier_uri` (OpenID Connect Core §8.1, Registration §5): read when it matters, and believed no further.

use std::sync::{Arc, Mutex};

use gatehouse_core::portal::application::Application;
use gatehouse_server::actions::{ActionError, Actor, ActorKind, applications};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::support::customer::{Customer, REDIRECT_URI};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

const OTHER: &str = "https://other.example.com/cb";

/// A document of an application's own.
struct Document {
    url: String,
    says: Arc<Mutex<(u16, String)>>,
    asked: watch::Receiver<usize>,
    /// An answer takes one.
    answers: Arc<Semaphore>,
    _task: JoinSet<()>,
}

impl Document {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/sector.json", listener.local_addr().expect("it is bound"));
        let (says, answers) = (Arc::new(Mutex::new((200, String::new()))), Arc::new(Semaphore::new(1_000)));
        let (count, asked) = watch::channel(0);
        let (text, turn, mut task) = (Arc::clone(&says), Arc::clone(&answers), JoinSet::new());
        task.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let mut request = [0; 4_096];
                let read = stream.read(&mut request).await.expect("a request");
                assert!(request[..read].starts_with(b"GET /sector.json HTTP/1.1\r\n"));
                count.send_modify(|count| *count += 1);
                turn.acquire().await.expect("it is open").forget();
                let (status, body) = text.lock().expect("nobody panics with it").clone();
                let head =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                drop(stream.write_all(format!("{head}{body}").as_bytes()).await);
            }
        });
        Self { url, says, asked, answers, _task: task }
    }

    fn says(&self, status: u16, body: &str) {
        *self.says.lock().expect("nobody panics with it") = (status, body.to_owned());
    }
}

async fn change(app: &TestApp, by: &Actor, of: &Application, change: Value) -> Result<Application, String> {
    applications::change(app.ctx(), by, of.id, input(change)).await.map_err(|error| match error {
        ActionError::Invalid(errors) => format!("{} {}", errors[0].field, errors[0].code),
        other => other.to_string(),
    })
}

async fn sandboxed(app: &TestApp) -> Application {
    let world = World::new(app).await;
    let made = Customer::web_in("sandbox", app, &world).await;
    applications::find(app.ctx(), &TestApp::actor(), made.id).await.expect("an application")
}

#[tokio::test]
async fn the_document_lists_every_redirect_uri() {
    on_each_engine(async |app: &TestApp| {
        let (document, of, by) = (Document::start().await, sandboxed(app).await, TestApp::actor());
        let named = json!({"subject_type": "pairwise", "sector_identifier_uri": document.url});
        let good = json!([OTHER, REDIRECT_URI]).to_string();
        for (status, body, expected) in [
            (404, good.as_str(), "unreachable"),
            (302, &good, "unreachable"),
            (200, "", "invalid_document"),
            (200, "{}", "invalid_document"),
            (200, "[1]", "invalid_document"),
            (200, "[]", "not_in_sector"),
            (200, r#"["https://app.example.com/CB"]"#, "not_in_sector"),
            (200, &format!("[\"{}\"]", "x".repeat(70_000)), "unreachable"),
        ] {
            document.says(status, body);
            let refused = change(app, &by, &of, named.clone()).await.expect_err("it is refused");
            assert_eq!(refused, format!("sector_identifier_uri {expected}"), "{status}");
        }
        let gone = json!({"sector_identifier_uri": "http://127.0.0.1:1/sector.json"});
        assert_eq!(change(app, &by, &of, gone).await.expect_err("gone"), "sector_identifier_uri unreachable");
        let untouched = applications::find(app.ctx(), &by, of.id).await.expect("an application");
        assert_eq!(untouched, of, "nothing was written");

        document.says(200, &good);
        let saved = change(app, &by, &of, named).await.expect("it is good");
        assert_eq!(saved.sector_identifier_uri.as_deref(), Some(document.url.as_str()));
        let asked = *document.asked.borrow();
        change(app, &by, &of, json!({"name": "Another name"})).await.expect("nothing to ask");
        assert_eq!(*document.asked.borrow(), asked);
        let uris = |all: &[&str]| json!({"redirect_uris": all});
        let strange = uris(&[REDIRECT_URI, "https://third.example.com/cb"]);
        assert_eq!(change(app, &by, &of, strange).await.expect_err("not listed"), "redirect_uris not_in_sector");
        change(app, &by, &of, uris(&[REDIRECT_URI, OTHER])).await.expect("both are listed");
        document.says(500, "");
        change(app, &by, &of, uris(&[OTHER])).await.expect("taking one away asks nobody");
    })
    .await;
}

#[tokio::test]
async fn nobody_asks_through_an_application_of_others() {
    let app = TestApp::sqlite().await;
    let (document, of) = (Document::start().await, sandboxed(&app).await);
    let user = input(json!({"email": "stranger@example.com", "name": "S", "email_verified": true}));
    let user = gatehouse_server::actions::users::create(app.ctx(), &TestApp::actor(), user).await.expect("a user");
    let stranger = Actor { kind: ActorKind::User(user.id), ..TestApp::actor() };
    let refused = change(&app, &stranger, &of, json!({"sector_identifier_uri": document.url})).await;
    assert!(refused.expect_err("not theirs").starts_with("there is no application"));
    assert_eq!(*document.asked.borrow(), 0);
}

#[tokio::test]
async fn nothing_is_written_for_what_was_not_read() {
    on_each_engine(async |app: &TestApp| {
        let (mut document, of, by) = (Document::start().await, sandboxed(app).await, TestApp::actor());
        document.says(200, &json!([REDIRECT_URI]).to_string());
        document.answers.forget_permits(1_000);
        let slow = change(app, &by, &of, json!({"sector_identifier_uri": document.url}));
        let answers = Arc::clone(&document.answers);
        let meanwhile = async {
            document.asked.wait_for(|asked| *asked == 1).await.expect("it is asked");
            change(app, &by, &of, json!({"redirect_uris": [REDIRECT_URI, OTHER]})).await.expect("nothing to ask yet");
            answers.add_permits(1);
        };
        let (slow, ()) = tokio::join!(slow, meanwhile);
        assert_eq!(slow.expect_err("not what was read"), "sector_identifier_uri not_in_sector");
        let now = applications::find(app.ctx(), &by, of.id).await.expect("an application");
        assert_eq!((now.redirect_uris.len(), now.sector_identifier_uri), (2, None));
    })
    .await;
}
