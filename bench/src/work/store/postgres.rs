//! The same rotations on PostgreSQL, against a bare loop on as many connections as the store uses.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use super::statements::{FIND, INSERT, POSTGRES_TABLE, USE, hash};
use super::{CLIENTS, ours};
use crate::Options;
use crate::report::{Line, spread};

/// Connections that write, of all threads of the store together.
const CONNECTIONS: usize = 16;
const SCHEMA: &str = "gatehouse_bench";

/// Through the store and bare, alternately.
pub(super) fn measure(options: &Options, server: &str) -> Result<Line> {
    let times = options.times();
    let each = Duration::from_secs(times.seconds);
    let mark = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{mark}schema={SCHEMA}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (mut mine, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..times.rounds {
        let emptied = format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}");
        runtime
            .block_on(async { connect(server).await?.batch_execute(&emptied).await.context("cannot make a schema") })?;
        mine.push(ours::rotations(&url, POSTGRES_TABLE, CLIENTS, each)?.per_second);
        runtime
            .block_on(async { connect(server).await?.batch_execute(&emptied).await.context("cannot make a schema") })?;
        bare.push(runtime.block_on(rotations(server, each))?);
    }
    let drop = format!("DROP SCHEMA {SCHEMA} CASCADE");
    runtime.block_on(async { connect(server).await?.batch_execute(&drop).await.context("cannot drop the schema") })?;
    let (ours, ceiling) = (spread(&mine), spread(&bare));
    Ok(Line {
        row: "P5",
        work: format!("durable rotations, PostgreSQL, {CLIENTS} clients"),
        measured: ours.words("/s"),
        ceiling: format!("bare loop on {CONNECTIONS} connections: {}", ceiling.words("/s")),
        result: format!("{:.0} %", 100.0 * ours.median / ceiling.median),
        budget: "≥ 60 %",
        details: json!({ "store": mine, "bare": bare, "connections": CONNECTIONS }),
    })
}

async fn connect(server: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await.context("PostgreSQL does not answer")?;
    tokio::spawn(connection);
    Ok(client)
}

/// Rotations a second on all connections together.
async fn rotations(server: &str, each: Duration) -> Result<f64> {
    let first = connect(server).await?;
    first.batch_execute(&format!("SET search_path = {SCHEMA}; {POSTGRES_TABLE}")).await?;
    let (started, end) = (Instant::now(), Instant::now() + each);
    let mut tasks = tokio::task::JoinSet::new();
    for family in 0..CONNECTIONS {
        tasks.spawn(one_connection(server.to_owned(), family, end));
    }
    let mut done = 0;
    while let Some(rotated) = tasks.join_next().await {
        done += rotated??;
    }
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

async fn one_connection(server: String, family: usize, end: Instant) -> Result<i64> {
    let client = connect(&server).await?;
    client.batch_execute(&format!("SET search_path = {SCHEMA}")).await?;
    let (find, use_up) = (client.prepare(FIND).await?, client.prepare(USE).await?);
    let insert = client.prepare(INSERT).await?;
    let name = format!("family-{family}");
    client.execute(&insert, &[&hash(family, 0), &name, &0_i64, &1_i64]).await?;
    let mut generation = 0_i64;
    while Instant::now() < end {
        let presented = hash(family, generation);
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let found: i64 = client.query_one(&find, &[&presented]).await?.get(1);
        client.execute(&use_up, &[&1_i64, &presented]).await?;
        client.execute(&insert, &[&hash(family, found + 1), &name, &(found + 1), &1_i64]).await?;
        client.batch_execute("COMMIT").await?;
        generation += 1;
    }
    Ok(generation)
}
