//! Promises of both engines.

use std::future::Future;
use std::time::Duration;

use proptest::prelude::*;

use crate::changes::Topic;
use crate::db::{Db, DbError, Tx, Value};
use crate::params;
use crate::testing::{TestDb, each_engine};

async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<u64, DbError> {
    tx.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", params![name, value]).await
}

async fn count(db: &Db) -> i64 {
    db.read(async |tx| tx.query_one("SELECT COUNT(*) AS n FROM settings", &[]).await?.get::<i64>("n")).await.unwrap()
}

#[tokio::test]
async fn keeps_what_ended_well_and_nothing_else() {
    each_engine(async |db: &Db| {
        let gone = db.write(async |tx| {
            set(tx, "a", "1").await?;
            tx.change(Topic::Api, "a");
            Err::<(), _>(DbError::Busy("on purpose".to_owned()))
        });
        assert!(matches!(gone.await, Err(DbError::Busy(_))));
        db.write(async |tx| set(tx, "b", "1").await).await.unwrap();
        assert_eq!(count(db).await, 1);
        let head = db.read(async |tx| tx.query_one("SELECT seq FROM changes_head", &[]).await?.get::<i64>("seq"));
        assert_eq!(head.await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn one_of_fifty_conditional_updates_wins() {
    each_engine(async |db: &Db| {
        db.write(async |tx| set(tx, "slot", "free").await).await.unwrap();
        let racers = (0..50).map(|number| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(async move |tx| {
                    let sql = "UPDATE settings SET value = $1 WHERE name = $2 AND value = $3";
                    tx.execute(sql, params![format!("taken by {number}"), "slot", "free"]).await
                })
                .await
            })
        });
        let mut won = 0;
        for racer in racers.collect::<Vec<_>>() {
            won += racer.await.unwrap().unwrap();
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn a_panic_touches_no_other() {
    each_engine(async |db: &Db| {
        let tasks: Vec<_> = (0..40)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(async move |tx| {
                        set(tx, &format!("s{number}"), "1").await?;
                        assert_ne!(number % 4, 0, "on purpose");
                        Ok::<_, DbError>(())
                    })
                    .await
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            let outcome = task.await.unwrap();
            assert_eq!(outcome.is_err(), number % 4 == 0, "{number}: {outcome:?}");
        }
        assert_eq!(count(db).await, 30);
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_leaves_all_or_nothing() {
    each_engine(async |db: &Db| {
        let mut gone = 0;
        for number in 0..40 {
            let mut call = Box::pin(db.write(async move |tx| {
                set(tx, &format!("a{number}"), "1").await?;
                set(tx, &format!("b{number}"), "1").await
            }));
            // Polled once: it is under way, or on a busy machine already done. Then the caller goes.
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            gone += u32::from(call.as_mut().poll(&mut context).is_pending());
        }
        assert!(gone > 0, "every call was done before its caller went");
        db.write(async |tx| set(tx, "last", "1").await).await.unwrap();
        let sql = "SELECT COUNT(*) AS n FROM settings a WHERE a.name LIKE 'a%' AND NOT EXISTS \
                   (SELECT 1 FROM settings b WHERE b.name = 'b' || SUBSTR(a.name, 2))";
        let halves = db.read(async move |tx| tx.query_one(sql, &[]).await?.get::<i64>("n")).await.unwrap();
        assert_eq!(halves, 0);
    })
    .await;
}

#[tokio::test]
async fn names_constraints_alike() {
    each_engine(async |db: &Db| {
        db.write(async |tx| set(tx, "a", "1").await).await.unwrap();
        let twice = db.write(async |tx| set(tx, "a", "2").await).await.unwrap_err();
        assert!(twice.is_constraint("settings.name"), "{twice}");
        let orphan = db.write(async |tx| {
            let sql =
                "INSERT INTO organization_members (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)";
            tx.execute(sql, params!["org_x", "usr_x", "owner", 1]).await
        });
        let orphan = orphan.await.unwrap_err();
        assert!(orphan.is_constraint("foreign key"), "{orphan}");
        let empty =
            db.write(async |tx| tx.execute("INSERT INTO settings (name, value) VALUES ($1, NULL)", params!["n"]).await);
        let empty = empty.await.unwrap_err();
        assert!(empty.is_constraint("not null settings.value"), "{empty}");
        let composite = db.write(async |tx| {
            let sql = "INSERT INTO usage_hours (application_id, api_id, hour, calls, refused, failed, tokens) \
                       VALUES ($1, $2, 1, 1, 1, 1, 1), ($1, $2, 1, 1, 1, 1, 1)";
            tx.execute(sql, params!["a", "b"]).await
        });
        let composite = composite.await.unwrap_err();
        assert!(
            composite.is_constraint("usage_hours.application_id, usage_hours.api_id, usage_hours.hour"),
            "{composite}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_transaction_does_not_go_on_after_a_failed_statement() {
    each_engine(async |db: &Db| {
        db.write(async |tx| set(tx, "a", "1").await).await.unwrap();
        let went_on = db.write(async |tx| {
            set(tx, "b", "1").await?;
            assert!(set(tx, "a", "2").await.is_err());
            assert!(set(tx, "c", "1").await.is_err());
            Ok::<_, DbError>(())
        });
        assert!(matches!(went_on.await, Err(DbError::Engine(_))));
        assert_eq!(count(db).await, 1);
    })
    .await;
}

#[tokio::test]
async fn refuses_nul_in_text() {
    each_engine(async |db: &Db| {
        let refused = db.write(async |tx| set(tx, "a", "x\0y").await).await.unwrap_err();
        assert_eq!(refused.to_string(), "database: parameter $2 holds a NUL character");
    })
    .await;
}

#[tokio::test]
async fn refuses_to_write_in_a_read() {
    each_engine(async |db: &Db| {
        db.read(async |tx| set(tx, "a", "1").await).await.unwrap_err();
        assert_eq!(count(db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_long_statement_is_stopped() {
    each_engine(async |db: &Db| {
        let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000000000) \
                   SELECT CAST(MAX(x) AS BIGINT) AS x FROM n";
        let long = db.write_within(Duration::from_millis(50), async move |tx| tx.query_one(sql, &[]).await);
        let long = long.await.unwrap_err();
        assert!(matches!(long, DbError::Busy(_)), "{long}");
        db.write(async |tx| set(tx, "after", "1").await).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_closure_that_waits_too_long_is_stopped() {
    each_engine(async |db: &Db| {
        let hangs = db.write_within(Duration::from_millis(20), async |tx| {
            set(tx, "a", "1").await?;
            std::future::pending::<Result<(), DbError>>().await
        });
        assert!(matches!(hangs.await, Err(DbError::Busy(_))));
        assert_eq!(count(db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn counts_statements() {
    each_engine(async |db: &Db| {
        let before = db.statements();
        db.write(async |tx| set(tx, "a", "1").await).await.unwrap();
        assert_eq!(count(db).await, 1);
        let after = db.statements();
        assert_eq!((after.reads - before.reads, after.writes - before.writes), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn refuses_work_after_close() {
    each_engine(async |db: &Db| {
        db.close().await;
        assert!(matches!(db.write(async |tx| set(tx, "a", "1").await).await, Err(DbError::Unavailable(_))));
        assert!(matches!(db.read(async |tx| set(tx, "a", "1").await).await, Err(DbError::Unavailable(_))));
    })
    .await;
}

#[tokio::test]
async fn takes_every_kind_of_value_and_gives_it_back() {
    each_engine(async |db: &Db| {
        let row = db.write(async |tx| {
            let sql = "INSERT INTO audit_head (id, seq, hash) SELECT 2, 0, $1 WHERE 1 = 2";
            tx.execute(sql, params![vec![0_u8, 255]]).await?;
            let sql = "UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1 RETURNING seq, hash, NULL AS empty";
            tx.query_one(sql, params![i64::MIN, vec![0_u8, 255]]).await
        });
        let row = row.await.unwrap();
        assert_eq!(row.get::<i64>("seq").unwrap(), i64::MIN);
        assert_eq!(row.get::<Vec<u8>>("hash").unwrap(), [0, 255]);
        assert_eq!(row.get::<Option<String>>("empty").unwrap(), None);
    })
    .await;
}

/// A statement that names its parameters in any order and repeats them, beside texts that only look like placeholders.
fn shuffled() -> impl Strategy<Value = (Vec<usize>, Vec<i64>)> {
    (1_usize..=12).prop_flat_map(|count| {
        let order = Just((1..=count).collect::<Vec<_>>()).prop_shuffle();
        let extra = proptest::collection::vec(1..=count, 0..5);
        let values = proptest::collection::vec(any::<i64>(), count);
        (order, extra, values).prop_map(|(mut order, extra, values)| {
            order.extend(extra);
            (order, values)
        })
    })
}

#[test]
fn placeholders_mean_their_number() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tests = runtime.block_on(async { [TestDb::empty_sqlite().await, TestDb::empty_postgres().await] });
    proptest!(|((order, values) in shuffled())| {
        for test in &tests {
            let columns = order.iter().enumerate().map(|(at, number)| format!("CAST(${number} AS BIGINT) AS c{at}"));
            let sql = format!("SELECT '$1 ''$2' AS text, \"t\".\"$3\" AS name, {} /* $1 */ FROM (SELECT '$4' AS \"$3\") t -- $9",
                columns.collect::<Vec<_>>().join(", "));
            let params: Vec<Value> = values.iter().copied().map(Value::from).collect();
            let row = runtime.block_on(test.db.read(async move |tx| tx.query_one(&sql, &params).await)).unwrap();
            prop_assert_eq!(row.get::<String>("text").unwrap(), "$1 '$2");
            prop_assert_eq!(row.get::<String>("name").unwrap(), "$4");
            for (at, number) in order.iter().enumerate() {
                prop_assert_eq!(row.get::<i64>(&format!("c{at}")).unwrap(), values[number - 1]);
            }
        }
    });
}

#[tokio::test]
async fn refuses_a_wrong_number_of_parameters() {
    each_engine(async |db: &Db| {
        let few =
            db.read(async |tx| tx.query("SELECT name FROM settings WHERE name = $1 OR name = $2", params!["a"]).await);
        few.await.unwrap_err();
        let many = db.read(async |tx| tx.query("SELECT name FROM settings WHERE name = $1", params!["a", "b"]).await);
        many.await.unwrap_err();
    })
    .await;
}
