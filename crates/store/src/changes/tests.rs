use std::sync::Arc;

use tokio::sync::{Mutex, oneshot};

use super::*;
use crate::db::Db;
use crate::testing::{TestDb, each_engine, write_unknown_change};

async fn news(db: &Db, seq: i64) -> Since {
    db.read(async move |tx| since(tx, seq).await).await.unwrap()
}

fn keys(news: Since) -> Vec<String> {
    assert!(!news.gap, "{news:?}");
    news.changes.into_iter().map(|change| change.key).collect()
}

fn gap(head: i64) -> Since {
    Since { head, changes: Vec::new(), gap: true }
}

#[tokio::test]
async fn tells_each_change_once_in_order() {
    each_engine(async |db: &Db| {
        assert_eq!(news(db, 0).await, Since { head: 0, changes: Vec::new(), gap: false });
        let twice = db.write(async |tx| {
            tx.change(Topic::Api, "a");
            tx.change(Topic::User, "u");
            tx.change(Topic::Api, "a");
            Ok::<_, DbError>(())
        });
        twice.await.unwrap();
        let expected = vec![
            Change { seq: 1, topic: Topic::Api, key: "a".to_owned() },
            Change { seq: 2, topic: Topic::User, key: "u".to_owned() },
        ];
        assert_eq!(news(db, 0).await, Since { head: 2, changes: expected, gap: false });
        assert_eq!(keys(news(db, 1).await), ["u"]);
        assert_eq!(keys(news(db, 2).await), [""; 0]);
        assert_eq!(db.read(async |tx| head(tx).await).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn pruning_keeps_the_newest_and_shows_as_a_gap() {
    each_engine(async |db: &Db| {
        for number in 0..10 {
            let write = db.write(async move |tx| {
                tx.change(Topic::Api, format!("a{number}"));
                Ok::<_, DbError>(())
            });
            write.await.unwrap();
        }
        assert_eq!(db.write(async |tx| prune(tx, 3, 5).await).await.unwrap(), 5);
        assert_eq!(db.write(async |tx| prune(tx, 3, 5).await).await.unwrap(), 2);
        assert_eq!(db.write(async |tx| prune(tx, 3, 5).await).await.unwrap(), 0);
        assert_eq!(news(db, 0).await, gap(10));
        assert_eq!(news(db, 6).await, gap(10));
        assert_eq!(keys(news(db, 7).await), ["a7", "a8", "a9"]);
        db.write(async |tx| prune(tx, 0, 5).await).await.unwrap();
        assert_eq!(news(db, 9).await, gap(10));
        assert_eq!(keys(news(db, 10).await), [""; 0]);
        assert_eq!(news(db, 11).await, gap(10), "a database that was restored is a gap too");
    })
    .await;
}

/// Nodes are replaced one after the other: the old ones must not stop at what a new one writes.
#[tokio::test]
async fn a_change_that_nobody_here_knows_is_a_gap() {
    each_engine(async |db: &Db| {
        let known = async |key: &'static str| {
            let write = db.write(async move |tx| {
                tx.change(Topic::Api, key);
                Ok::<_, DbError>(())
            });
            write.await.unwrap();
        };
        known("before").await;
        write_unknown_change(db).await;
        known("after").await;
        assert_eq!(news(db, 0).await, gap(3));
        assert_eq!(news(db, 1).await, gap(3));
        assert_eq!(keys(news(db, 2).await), ["after"]);
    })
    .await;
}

#[tokio::test]
async fn a_change_that_was_rolled_back_leaves_no_gap() {
    each_engine(async |db: &Db| {
        for number in 0..6 {
            let write = db.write(async move |tx| {
                tx.change(Topic::Api, format!("a{number}"));
                if number % 2 == 0 { Err(DbError::Busy("on purpose".to_owned())) } else { Ok(()) }
            });
            assert_eq!(write.await.is_ok(), number % 2 == 1);
        }
        assert_eq!(keys(news(db, 0).await), ["a1", "a3", "a5"]);
    })
    .await;
}

/// The transaction that began first commits last. A number taken at its begin would be skipped by whoever had already
/// seen the later one.
#[tokio::test]
async fn commits_out_of_order_lose_no_change() {
    let test = TestDb::postgres().await;
    let (started, begun) = oneshot::channel();
    let (let_go, released) = oneshot::channel::<()>();
    let cells = Arc::new((Mutex::new(Some(started)), Mutex::new(Some(released))));
    let db = test.db.clone();
    let slow = tokio::spawn(async move {
        db.write(async move |tx| {
            tx.change(Topic::Api, "slow");
            tx.query("SELECT 1 AS one", &[]).await?;
            cells.0.lock().await.take().unwrap().send(()).unwrap();
            cells.1.lock().await.take().unwrap().await.unwrap();
            Ok::<_, DbError>(())
        })
        .await
    });
    begun.await.unwrap();
    let fast = test.db.write(async |tx| {
        tx.change(Topic::Api, "fast");
        Ok::<_, DbError>(())
    });
    fast.await.unwrap();
    assert_eq!(keys(news(&test.db, 0).await), ["fast"]);
    let_go.send(()).unwrap();
    slow.await.unwrap().unwrap();
    assert_eq!(keys(news(&test.db, 1).await), ["slow"]);
}

#[tokio::test]
async fn a_poller_beside_many_writers_misses_nothing() {
    each_engine(async |db: &Db| {
        let writers: Vec<_> = (0..120)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(async move |tx| {
                        tx.change(Topic::Application, format!("c{number}"));
                        for _ in 0..number % 5 {
                            tx.query("SELECT 1 AS one", &[]).await?;
                            tokio::task::yield_now().await;
                        }
                        Ok::<_, DbError>(())
                    })
                    .await
                })
            })
            .collect();
        let mut seen = Vec::new();
        while seen.len() < 120 {
            seen.extend(keys(news(db, i64::try_from(seen.len()).unwrap()).await));
        }
        for writer in writers {
            writer.await.unwrap().unwrap();
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 120);
    })
    .await;
}
