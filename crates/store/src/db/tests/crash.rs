//! `kill -9` in the middle of writes: what was acknowledged is there afterwards, and nothing is there by half.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use gatehouse_core::id::AuditEventId;
use gatehouse_core::random::SeededRandom;

use crate::audit::{self, ActorKind, Event};
use crate::changes::Topic;
use crate::db::{Db, DbError};
use crate::params;
use crate::testing::{NOW, TestDb};

const URL: &str = "GATEHOUSE_CRASH_URL";
const ROUND: &str = "GATEHOUSE_CRASH_ROUND";
const WRITERS: u64 = 16;

#[tokio::test]
async fn acknowledged_writes_survive_kill_9() {
    // On the disk, where the file of a real installation is.
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("crash.db").display());
    Db::open(&url).await.unwrap().migrate(NOW).await.unwrap();
    rounds(&url, 20).await;
    rounds(&TestDb::postgres().await.url, 5).await;
}

async fn rounds(url: &str, count: usize) {
    let mut acknowledged = BTreeSet::new();
    for round in 0..count {
        acknowledged.extend(write_until_killed(url, round));
        check(url, &acknowledged).await;
    }
    assert!(acknowledged.len() > count * 20);
}

/// Names that the killed process had been told are written.
fn write_until_killed(url: &str, round: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["db::tests::crash::writes_until_it_is_killed", "--exact", "--nocapture"])
        .env(URL, url)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut names, mut line) = (Vec::new(), String::new());
    while names.len() < 30 + round * 9 {
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended by itself");
        names.extend(line.trim_end().strip_prefix("written ").map(str::to_owned));
        line.clear();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had said before it was killed counts as well; a last line that was cut does not.
    while lines.read_line(&mut line).unwrap() > 0 {
        names.extend(line.strip_suffix('\n').and_then(|line| line.strip_prefix("written ")).map(str::to_owned));
        line.clear();
    }
    names
}

async fn check(url: &str, acknowledged: &BTreeSet<String>) {
    let db = Db::open(url).await.unwrap();
    let rows = db.read(async |tx| tx.query("SELECT name FROM settings", &[]).await).await.unwrap();
    let stored: BTreeSet<String> = rows.iter().map(|row| row.get("name").unwrap()).collect();
    for name in acknowledged {
        assert!(stored.contains(name), "{name} was acknowledged and is lost");
    }
    for name in &stored {
        let other = name.strip_suffix('a').map_or_else(|| name.replace('b', "a"), |stem| format!("{stem}b"));
        assert!(stored.contains(&other), "{name} is there without {other}");
    }
    let sql = "SELECT (SELECT COUNT(*) FROM changes) AS changes, (SELECT seq FROM changes_head) AS head, \
               (SELECT COUNT(*) FROM audit_events) AS events";
    let row = db.read(async move |tx| tx.query_one(sql, &[]).await).await.unwrap();
    let pairs = i64::try_from(stored.len() / 2).unwrap();
    assert_eq!(row.get::<i64>("changes").unwrap(), pairs);
    assert_eq!(row.get::<i64>("head").unwrap(), pairs);
    assert_eq!(row.get::<i64>("events").unwrap(), pairs);
    while db.write(async |tx| audit::chain(tx, 500).await).await.unwrap() > 0 {}
    let verification = audit::verify(&db, &[]).await.unwrap();
    assert_eq!((verification.problems, verification.events), (Vec::new(), row.get::<i64>("events").unwrap() as u64));
    db.close().await;
}

/// The process that the test above starts and kills. By itself it does nothing.
#[test]
fn writes_until_it_is_killed() {
    let (Ok(url), Ok(round)) = (std::env::var(URL), std::env::var(ROUND)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Db::open(&url).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            tasks.spawn(write_forever(db.clone(), format!("{round}.{writer}")));
        }
        tasks.spawn(async move {
            loop {
                db.write(async |tx| audit::chain(tx, 50).await).await.unwrap();
            }
        });
        while tasks.join_next().await.is_some() {}
    });
}

async fn write_forever(db: Db, name: String) {
    for number in 0_u64.. {
        let stem = format!("{name}.{number}");
        let event = event(&stem);
        let written = format!("{stem}a");
        let write = db.write(async move |tx| {
            for end in ["a", "b"] {
                let sql = "INSERT INTO settings (name, value) VALUES ($1, 'x')";
                tx.execute(sql, params![format!("{stem}{end}")]).await?;
            }
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, stem.clone());
            Ok::<_, DbError>(())
        });
        write.await.unwrap();
        println!("written {written}");
    }
}

fn event(stem: &str) -> Event {
    // Unique over all rounds and writers.
    let seed = stem.split('.').fold(0, |seed, part| seed * 1_000_000 + part.parse::<u64>().unwrap());
    Event {
        id: AuditEventId::new(NOW, &SeededRandom::new(seed)),
        at: NOW,
        actor_kind: ActorKind::System,
        actor_id: "test".to_owned(),
        action: "test.written",
        target_kind: "setting",
        target_id: stem.to_owned(),
        before: None,
        after: None,
        request_id: None,
        personal: None,
    }
}
