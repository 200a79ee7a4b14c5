//! An application's back-channel logout URI: hears tokens and answers what a test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::form_urlencoded::parse;

/// What a receiver does with a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// Answers with this status.
    Status(u16),
    /// Hangs up.
    Cut,
    /// Keeps the connection and says nothing.
    Silence,
}

/// One application's end. 200 is answered when nothing else was asked for.
pub(crate) struct Receiver {
    pub(crate) url: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    heard: watch::Receiver<Vec<String>>,
    task: JoinSet<()>,
}

impl Receiver {
    /// On any port of this machine.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/backchannel?tenant=1", listener.local_addr().expect("it is bound"));
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let (tell, heard) = watch::channel(Vec::new());
        let (next, mut task) = (Arc::clone(&answers), JoinSet::new());
        task.spawn(async move {
            let mut silent = Vec::new();
            let tell = Arc::new(tell);
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let token = token(&mut stream).await;
                let answer = next.lock().expect("nobody panics with it").pop_front().unwrap_or(Answer::Status(200));
                tell.send_modify(|heard| heard.push(token));
                match answer {
                    Answer::Status(status) => {
                        let text = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                        drop(stream.write_all(text.as_bytes()).await);
                    }
                    Answer::Cut => drop(stream),
                    Answer::Silence => silent.push(stream),
                }
            }
        });
        Self { url, answers, heard, task }
    }

    /// Nothing listens there any more.
    pub(crate) async fn stop(mut self) {
        self.task.shutdown().await;
    }

    /// Does this with the next messages.
    pub(crate) fn then(&self, answers: &[Answer]) {
        self.answers.lock().expect("nobody panics with it").extend(answers);
    }

    /// The logout tokens so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.borrow().clone()
    }

    /// Waits until there are as many.
    pub(crate) async fn wait_for(&self, count: usize) {
        let mut heard = self.heard.clone();
        heard.wait_for(|heard| heard.len() >= count).await.expect("it listens");
    }
}

/// Reads a request to its end and gives the token of its form, checking what §2.5 says of it.
async fn token(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.expect("a request");
        assert_ne!(read, 0, "the request ends early");
        request.extend_from_slice(&part[..read]);
        let text = String::from_utf8(request.clone()).expect("UTF-8");
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let field = |name: &str| {
            head.lines()
                .find_map(|line| line.split_once(": ").filter(|(known, _)| *known == name))
                .map(|(_, value)| value)
        };
        let length: usize = field("content-length").expect("a length").parse().expect("a number");
        if body.len() < length {
            continue;
        }
        assert!(head.starts_with("POST /backchannel?tenant=1 HTTP/1.1\r\n"), "{head}");
        assert_eq!(field("content-type"), Some("application/x-www-form-urlencoded"));
        let fields: Vec<_> = parse(body.as_bytes()).into_owned().collect();
        let [(name, token)] = fields.as_slice() else { panic!("{fields:?}") };
        assert_eq!(name, "logout_token");
        return token.clone();
    }
}
