//! What attackers write into addresses, names and answers.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::*;

/// Longer than any answer on a busy machine.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// A server that says what it is told to whoever asks.
struct Receiver {
    port: u16,
    /// Connections so far.
    met: Arc<AtomicUsize>,
    /// What was asked last.
    asked: Arc<Mutex<String>>,
    _task: JoinSet<()>,
}

impl Receiver {
    async fn start(address: &str, port: u16, answer: &str) -> Self {
        Self::trickle(address, port, (answer, "", Duration::from_secs(1))).await
    }

    /// Says `first`, and then `again` without end with a pause between, unless it is empty.
    async fn trickle(address: &str, port: u16, (first, again, pause): (&str, &str, Duration)) -> Self {
        let listener = TcpListener::bind((address, port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (met, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(String::new())));
        let (first, again) = (first.to_owned(), again.to_owned());
        let (count, heard) = (Arc::clone(&met), Arc::clone(&asked));
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = vec![0; 16_384];
                let read = stream.read(&mut request).await.unwrap_or(0);
                *heard.lock().unwrap() = String::from_utf8_lossy(&request[..read]).into_owned();
                let mut pauses = tokio::time::interval(pause);
                pauses.tick().await;
                let mut said = stream.write_all(first.as_bytes()).await;
                while said.is_ok() && !again.is_empty() {
                    pauses.tick().await;
                    said = stream.write_all(again.as_bytes()).await;
                }
            }
        });
        Self { port, met, asked, _task: task }
    }

    fn met(&self) -> usize {
        self.met.load(Ordering::SeqCst)
    }
}

fn client(open: &[&str], whole: Duration) -> Outbound {
    Outbound::new(networks(open), whole)
}

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().map(|text| Network::parse(text).unwrap()).collect()
}

fn scripted(open: &[&str], answers: &[&[&str]]) -> Outbound {
    let addresses = |texts: &&[&str]| texts.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect();
    let answers: VecDeque<Vec<IpAddr>> = answers.iter().map(addresses).collect();
    Outbound::with_lookup(networks(open), LONG, Lookup::Scripted(Mutex::new(answers)))
}

async fn get(client: &Outbound, url: &str) -> Result<u16, OutboundError> {
    client.get(url, "application/json").await.map(|answer| answer.status.as_u16())
}

#[tokio::test]
async fn inside_addresses_in_any_spelling_are_not_called() {
    let inside = Receiver::start("127.0.0.1", 0, OK).await;
    let port = inside.port;
    let closed = client(&[], LONG);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "０x7f.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[::]",
        "0.0.0.0",
        "0",
        "169.254.169.254",
        "10.0.0.1",
        "[fe80::1]",
        "[fd00:ec2::254]",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/");
            assert_eq!(get(&closed, &url).await, Err(OutboundError::Host), "{url}");
            let sent = closed.post_form(&url, "a=b".to_owned()).await;
            assert_eq!(sent, Err(OutboundError::Host), "{url}");
        }
    }
    assert_eq!(inside.met(), 0);
    assert_eq!(get(&client(&["127.0.0.0/8"], LONG), &format!("http://0x7f.1:{port}/")).await, Ok(200), "when opened");
}

#[tokio::test]
async fn addresses_that_are_none() {
    let open = client(&["127.0.0.0/8", "::1"], LONG);
    let long = format!("https://a.example/{}", "a".repeat(2_000));
    for url in [
        "",
        "/",
        "//a.example/",
        "a.example",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "data:,x",
        "javascript:1",
        "unix:/run/x",
        "https://",
        "https:///",
        "http://user@127.0.0.1/",
        "http://u:p@127.0.0.1/",
        "http://:p@127.0.0.1/",
        "https://[::1",
        "https://256.1.1.1/",
        "https://a b/",
        "http://127.0.0.1:99999/",
        &long,
    ] {
        assert_eq!(get(&open, url).await, Err(OutboundError::Address), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let (outside, inside) = (Receiver::start("127.0.0.2", 0, OK).await, "127.0.0.1");
    let inside = Receiver::start(inside, outside.port, OK).await;
    let url = format!("http://rebind.example:{}/", outside.port);
    let answers: &[&[&str]] =
        &[&["127.0.0.2"], &["127.0.0.1"], &["127.0.0.2", "127.0.0.1"], &["::ffff:127.0.0.1"], &[]];
    let client = scripted(&["127.0.0.2"], answers);
    assert_eq!(get(&client, &url).await, Ok(200), "asked once, and connected to what was judged");
    for _ in 1..answers.len() {
        assert_eq!(get(&client, &url).await, Err(OutboundError::Host));
    }
    assert_eq!((outside.met(), inside.met()), (1, 0));
    let asked = outside.asked.lock().unwrap().clone();
    assert!(asked.contains(&format!("host: rebind.example:{}\r\n", outside.port)), "{asked}");
}

#[tokio::test]
async fn public_hosts_are_called_by_https_only() {
    let client = scripted(&[], &[&["1.1.1.1"]]);
    assert_eq!(get(&client, "http://public.example/").await, Err(OutboundError::Address));
    assert_eq!(get(&client, "http://1.1.1.1/").await, Err(OutboundError::Address));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inside = Receiver::start("127.0.0.1", 0, OK).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:{}/\r\nrefresh: 0;url=http://127.0.0.1:{}/\r\n\
             content-length: 0\r\n\r\n",
            inside.port, inside.port
        );
        let first = Receiver::start("127.0.0.1", 0, &answer).await;
        let client = client(&["127.0.0.0/8"], LONG);
        let url = format!("http://127.0.0.1:{}/", first.port);
        assert_eq!(get(&client, &url).await.map(|status| status / 100), Ok(3));
        assert_eq!(client.post_form(&url, "a=b".to_owned()).await.map(|status| status.as_u16() / 100), Ok(3));
    }
    assert_eq!(inside.met(), 0);
}

#[tokio::test]
async fn large_answers_are_cut() {
    let client = client(&["127.0.0.0/8"], LONG);
    let body = "a".repeat(LARGEST_BODY + 1);
    let told = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let untold =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let lying = format!("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{body}");
    for answer in [told, untold, lying] {
        let receiver = Receiver::start("127.0.0.1", 0, &answer).await;
        let url = format!("http://127.0.0.1:{}/", receiver.port);
        assert_eq!(get(&client, &url).await, Err(OutboundError::Large));
        assert_eq!(client.post_form(&url, String::new()).await, Ok(StatusCode::OK), "the body is not read");
    }
    let most = format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGEST_BODY}\r\n\r\n{}", "a".repeat(LARGEST_BODY));
    let receiver = Receiver::start("127.0.0.1", 0, &most).await;
    assert_eq!(get(&client, &format!("http://127.0.0.1:{}/", receiver.port)).await, Ok(200));
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(LARGEST_HEAD * 2));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(MOST_HEADERS + 1));
    for answer in [head, many, "SSH-2.0-OpenSSH_9\r\n".to_owned(), String::new(), "HTTP/1.1 200".to_owned()] {
        let receiver = Receiver::start("127.0.0.1", 0, &answer).await;
        assert_eq!(get(&client, &format!("http://127.0.0.1:{}/", receiver.port)).await, Err(OutboundError::Http));
    }
}

#[tokio::test]
async fn slow_answers_are_cut() {
    let client = client(&["127.0.0.0/8"], SHORT);
    let pause = Duration::from_millis(20);
    for (first, again) in [
        ("", "H"),
        ("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\na\r\n"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n"),
    ] {
        let receiver = Receiver::trickle("127.0.0.1", 0, (first, again, pause)).await;
        let answer = get(&client, &format!("http://127.0.0.1:{}/", receiver.port)).await;
        assert!(matches!(answer, Err(OutboundError::Late | OutboundError::Http)), "{answer:?} to {first}{again}");
    }
    // Nobody speaks TLS there; the handshake has no end of its own.
    let receiver = Receiver::trickle("127.0.0.1", 0, ("", " ", Duration::from_secs(3_600))).await;
    let answer = get(&client, &format!("https://127.0.0.1:{}/", receiver.port)).await;
    assert_eq!(answer, Err(OutboundError::Late));
}

#[tokio::test]
async fn nothing_listens() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let answer = get(&client(&["127.0.0.0/8"], LONG), &format!("http://{gone}/")).await;
    assert_eq!(answer, Err(OutboundError::Connect));
}

#[tokio::test]
async fn certificates_must_be_good_for_the_host() {
    let made = rcgen::generate_simple_self_signed(["good.example".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let server = server.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4_096];
            if stream.read(&mut request).await.is_ok() {
                drop(stream.write_all(OK.as_bytes()).await);
            }
        }
    });
    let believing = |answers: &[&[&str]]| {
        let client = scripted(&["127.0.0.0/8"], answers);
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        assert!(client.0.tls.set(connect::config(roots).unwrap()).is_ok());
        client
    };
    let here: &[&str] = &["127.0.0.1"];
    assert_eq!(get(&believing(&[here]), &format!("https://good.example:{port}/")).await, Ok(200));
    assert_eq!(get(&believing(&[here]), &format!("https://good.example.:{port}/")).await, Ok(200));
    assert_eq!(get(&believing(&[]), &format!("https://127.0.0.1:{port}/")).await, Ok(200));
    assert_eq!(get(&believing(&[here]), &format!("https://other.example:{port}/")).await, Err(OutboundError::Tls));
    let strict = scripted(&["127.0.0.0/8"], &[here]);
    assert_eq!(get(&strict, &format!("https://good.example:{port}/")).await, Err(OutboundError::Tls), "nobody vouches");
}

#[test]
fn errors_name_no_address() {
    for error in [
        OutboundError::Address,
        OutboundError::Host,
        OutboundError::Connect,
        OutboundError::Tls,
        OutboundError::Late,
        OutboundError::Large,
        OutboundError::Http,
    ] {
        let text = error.to_string();
        assert!(!text.contains(|c: char| c.is_ascii_digit()) && !text.contains("://"), "{text}");
    }
}
