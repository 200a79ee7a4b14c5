//! Rotations through the store.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use gatehouse_store::db::{Db, DbError};
use gatehouse_store::params;

use super::statements::{FIND, INSERT, USE, hash};

/// What the store did.
#[derive(Clone, Copy)]
pub(super) struct Rate {
    /// Rotations a second.
    pub(super) per_second: f64,
    /// Rotations in one commit, on average.
    pub(super) group: f64,
}

/// Rotations with so many clients, in a table that `table` makes.
pub(super) fn rotations(url: &str, table: &'static str, clients: usize, each: Duration) -> Result<Rate> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(url, table, clients, each))
}

async fn run(url: &str, table: &'static str, clients: usize, each: Duration) -> Result<Rate> {
    let db = Db::open(url).await?;
    db.write(async move |tx| tx.execute(table, params![]).await).await?;
    for family in 0..clients {
        db.write(async move |tx| insert(tx, family, 0).await).await?;
    }
    let (started, before) = (Instant::now(), db.statements().commits);
    let mut tasks = tokio::task::JoinSet::new();
    for family in 0..clients {
        tasks.spawn(client(db.clone(), family, started + each));
    }
    let mut done = 0;
    while let Some(rotated) = tasks.join_next().await {
        done += rotated??;
    }
    let per_second = done as f64 / started.elapsed().as_secs_f64();
    let group = done as f64 / (db.statements().commits - before) as f64;
    db.close().await;
    Ok(Rate { per_second, group })
}

async fn client(db: Db, family: usize, end: Instant) -> Result<i64> {
    let mut generation = 0;
    while Instant::now() < end {
        let rotated = db.write(async move |tx| rotate(tx, family, generation).await).await?;
        if !rotated {
            bail!("family {family}, generation {generation}: used twice");
        }
        generation += 1;
    }
    Ok(generation)
}

async fn rotate(tx: &mut gatehouse_store::db::Tx, family: usize, generation: i64) -> Result<bool, DbError> {
    let presented = hash(family, generation);
    let found = tx.query_one(FIND, params![presented.clone()]).await?;
    if found.get::<i64>("generation")? != generation || tx.execute(USE, params![1_i64, presented]).await? != 1 {
        return Ok(false);
    }
    insert(tx, family, generation + 1).await?;
    Ok(true)
}

async fn insert(tx: &mut gatehouse_store::db::Tx, family: usize, generation: i64) -> Result<u64, DbError> {
    tx.execute(INSERT, params![hash(family, generation), format!("family-{family}"), generation, 1_i64]).await
}
