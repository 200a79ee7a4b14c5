//! Clean-up: a million expired codes and a million expired refresh tokens go, while tokens are given out.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rusqlite::Connection;
use serde_json::json;

use crate::Options;
use crate::measure::{self, Series, Target};
use crate::report::{Line, number, spread};
use crate::server::{self, DataFolder};
use crate::work::token_request;

const EXPIRED: i64 = 1_000_000;
const PATIENCE: Duration = Duration::from_secs(600);

/// Rate of tokens while the job deletes, against the rate once it is done.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let folder = DataFolder::new("clean-up")?;
    drop(server::gatehouse(&options.binary, &folder)?);
    let expired = if options.quick { EXPIRED / 100 } else { EXPIRED };
    fill(&folder, expired)?;
    let started = Instant::now();
    let gatehouse = server::gatehouse(&options.binary, &folder)?;
    let target = Target { server: &gatehouse.server, request: token_request(&gatehouse, "keep-alive") };
    let connection = Connection::open(folder.database())?;
    connection.busy_timeout(Duration::from_secs(10))?;
    let (mut during, mut after) = (Series::default(), Series::default());
    while left(&connection)? > 0 {
        if started.elapsed() > PATIENCE {
            bail!("{} rows are left after {} s", left(&connection)?, PATIENCE.as_secs());
        }
        during.record(&gatehouse.server, || measure::load(&target, 1))?;
    }
    let took = started.elapsed().as_secs_f64();
    // The job goes on with authorizations; the rows that were counted are gone.
    thread::sleep(Duration::from_secs(2));
    for _ in 0..during.rates.len().clamp(3, 10) {
        after.record(&gatehouse.server, || measure::load(&target, 1))?;
    }
    let (with, without) = (spread(&during.rates), spread(&after.rates));
    Ok(vec![Line {
        row: "P10",
        work: format!("{} expired codes and as many refresh tokens deleted under load", number(expired as f64)),
        measured: format!(
            "{} rows/s; all gone in {} s; tokens {}",
            number(2.0 * expired as f64 / took),
            number(took),
            with.words("/s")
        ),
        ceiling: format!("tokens afterwards {}", without.words("/s")),
        result: format!("{:.0} %", 100.0 * with.median / without.median),
        budget: "–",
        details: json!({ "seconds": took, "during": during, "after": after }),
    }])
}

fn left(connection: &Connection) -> Result<i64> {
    let sql = "SELECT EXISTS (SELECT 1 FROM codes) + EXISTS (SELECT 1 FROM refresh_tokens)";
    Ok(connection.query_one(sql, [], |row| row.get(0))?)
}

/// Everything expired an hour ago, and the job is due.
fn fill(folder: &DataFolder, expired: i64) -> Result<()> {
    let mut connection = Connection::open(folder.database())?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA foreign_keys = OFF")?;
    let tx = connection.transaction()?;
    tx.execute_batch(&format!(
        "CREATE TEMP TABLE t AS SELECT (CAST(strftime('%s', 'now') AS INTEGER) - 3600) * 1000000 AS at;
         INSERT INTO grants (id, server_id, application_id, user_id, scopes, resources, offline, authenticated_at, amr,
             created_at, last_used_at, expires_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {expired})
         SELECT 'gra_' || printf('%026d', i), 'default', (SELECT id FROM applications WHERE type = 'web' LIMIT 1),
             (SELECT id FROM users LIMIT 1), 'offline_access', '', 1, at, 'pwd', at, at, at FROM n, t;
         INSERT INTO codes (hash, grant_id, redirect_uri, redirect_uri_sent, created_at, expires_at)
         SELECT randomblob(32), id, 'https://app.example.com/cb', 1, expires_at, expires_at FROM grants;
         INSERT INTO refresh_tokens (hash, grant_id, generation, created_at, expires_at)
         SELECT randomblob(32), id, 0, expires_at, expires_at FROM grants;
         DELETE FROM jobs WHERE name = 'prune';"
    ))?;
    tx.commit()?;
    Ok(())
}
