//! The same rotations in a bare loop: one connection, the store's pragmas, cached statements, no callers to answer.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

use super::CLIENTS;
use super::statements::{FIND, INSERT, TABLE, USE, hash};

const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                       PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16000; \
                       PRAGMA journal_size_limit = 67108864";

/// Rotations a second with so many in each commit.
pub(crate) fn rotations(file: &Path, group: usize, each: Duration) -> Result<f64> {
    let connection = Connection::open(file)?;
    connection.execute_batch(PRAGMAS)?;
    // The store writes $N as well; SQLite numbers `$1` by first appearance, and `?1` as it says.
    let [find, use_up, insert] = [FIND, USE, INSERT].map(|sql| sql.replace('$', "?"));
    connection.execute_batch(TABLE)?;
    for family in 0..CLIENTS {
        connection.execute(&insert, params![hash(family, 0), format!("family-{family}"), 0, 1])?;
    }
    let mut generations = [0_i64; CLIENTS];
    let (started, mut done) = (Instant::now(), 0_usize);
    while started.elapsed() < each {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..group {
            let family = done % CLIENTS;
            let presented = hash(family, generations[family]);
            let generation: i64 = connection.prepare_cached(&find)?.query_one(params![presented], |row| row.get(1))?;
            connection.prepare_cached(&use_up)?.execute(params![1, presented])?;
            let successor = params![hash(family, generation + 1), format!("family-{family}"), generation + 1, 1];
            connection.prepare_cached(&insert)?.execute(successor)?;
            generations[family] = generation + 1;
            done += 1;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(done as f64 / started.elapsed().as_secs_f64())
}
