//! TLS to PostgreSQL, with a real handshake: `cargo xtask test` gives its cluster a certificate for `localhost`.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::db::Db;

/// The address with `sslmode=verify-full` and the authority; `None`, and said so, when the server is somebody's own.
fn server() -> Option<String> {
    let server = std::env::var("GATEHOUSE_TEST_POSTGRES_TLS").ok();
    if server.is_none() {
        // Past the test runner, which shows nothing of tests that pass.
        let _ = writeln!(std::io::stderr(), "NOT RUN: GATEHOUSE_TEST_POSTGRES_TLS names no server with TLS");
    }
    server
}

async fn refused(url: &str) -> String {
    let error = Db::open(url).await.unwrap_err().to_string();
    assert!(error.contains("PostgreSQL at "), "{error}");
    error
}

/// Whether the server says that the connection is encrypted.
async fn is_encrypted(url: &str) -> bool {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
    let db = Db::open(url).await.unwrap();
    let count = db.read(async move |tx| tx.query_one(sql, &[]).await?.get::<i64>("n")).await.unwrap();
    db.close().await;
    count == 1
}

#[tokio::test]
async fn verify_full_wants_the_right_authority_and_the_right_name() {
    let Some(server) = server() else { return };
    assert!(server.contains("localhost") && server.contains("sslmode=verify-full"), "{server}");
    assert!(is_encrypted(&server).await);
    let error = refused(&server.replace("authority.pem", "stranger.pem")).await;
    assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
    let error = refused(&server.replace("localhost", "127.0.0.1")).await;
    assert!(error.contains("invalid peer certificate: certificate not valid for name"), "{error}");
    let error = Db::open(&server.replace("authority.pem", "missing.pem")).await.unwrap_err().to_string();
    assert!(error.contains("missing.pem: "), "{error}");
    let (without, _) = server.rsplit_once('&').unwrap();
    // The system's authorities do not know ours, or the system has none.
    let error = Db::open(without).await.unwrap_err().to_string();
    assert!(error.contains("UnknownIssuer") || error.contains("sslrootcert"), "{error}");
}

#[tokio::test]
async fn other_modes_encrypt_without_looking() {
    let Some(server) = server() else { return };
    let (server, _) = server.split_once('?').unwrap();
    let elsewhere = server.replace("localhost", "127.0.0.1");
    assert!(is_encrypted(&format!("{elsewhere}?sslmode=require")).await);
    assert!(is_encrypted(&format!("{elsewhere}?sslmode=prefer")).await);
    assert!(is_encrypted(&elsewhere).await);
    assert!(!is_encrypted(&format!("{elsewhere}?sslmode=disable")).await);
}

/// Nothing is sent in clear to a server, or to somebody in between, that has no TLS.
#[tokio::test]
async fn a_server_without_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Knows nothing but the question for TLS (8 bytes), and says no.
    let asked = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; 8];
            stream.read_exact(&mut question).unwrap();
            stream.write_all(b"N").unwrap();
            stream.read_to_end(&mut asked).unwrap();
        }
        asked
    });
    for mode in ["require", "verify-full"] {
        let error = refused(&format!("postgres://me:hunter2@127.0.0.1:{port}/x?sslmode={mode}")).await;
        assert!(error.contains("TLS"), "{error}");
    }
    assert_eq!(asked.join().unwrap(), b"", "no user, no password");
}
