//! Rotations through the store.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use gatehouse_store::db::{Db, DbError};
use gatehouse_store::params;

use super::statements::{FIND, INSERT, TABLE, USE, hash};

/// Rotations a second with so many clients.
pub(super) fn rotations(file: &Path, clients: usize, each: Duration) -> Result<f64> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(file, clients, each))
}

async fn run(file: &Path, clients: usize, each: Duration) -> Result<f64> {
    let db = Db::open(&format!("sqlite:{}", file.display())).await?;
    db.write(async |tx| tx.execute(TABLE, params![]).await).await?;
    for family in 0..clients {
        db.write(async move |tx| insert(tx, family, 0).await).await?;
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for family in 0..clients {
        tasks.spawn(client(db.clone(), family, started + each));
    }
    let mut done = 0;
    while let Some(rotated) = tasks.join_next().await {
        done += rotated??;
    }
    let rate = done as f64 / started.elapsed().as_secs_f64();
    db.close().await;
    Ok(rate)
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
