//! Numbered migrations, embedded, each with the checksum of its text. They go forward only.
//!
//! Our own instead of refinery: a migration runs through the same `Tx` as everything else, two processes that migrate at
//! once wait for one another on both engines, and a database of a newer version is told apart from a damaged one. All of
//! it fits on this page.

use std::time::Duration;

use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use super::tx::{Engine, Tx};
use super::{Db, DbError};
use crate::params;

/// A migration may rebuild large tables.
const LIMIT: Duration = Duration::from_secs(3_600);

/// One step of the schema, written for each engine.
#[derive(Clone, Copy)]
struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal,)*) => {
        const MIGRATIONS: &[Migration] = &[$(Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        },)*];
    };
}

migrations! {
    1 "0001_foundation",
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// Brings the schema to the newest version in one transaction. Safe when several processes do it at once: on SQLite
/// the writer's lock, on PostgreSQL a lock on the table of versions lets one work and shows the others that it is done.
pub(super) async fn run(db: &Db, now: Timestamp) -> Result<Vec<String>, DbError> {
    create_table(db).await?;
    db.write_within(LIMIT, async move |tx| {
        lock(tx).await?;
        advance(tx, MIGRATIONS, now).await
    })
    .await
}

/// `IF NOT EXISTS` of two PostgreSQL sessions at once can still collide in the catalogue, by a constraint there (23505) or
/// by the name (42P07): then it exists now.
async fn create_table(db: &Db) -> Result<(), DbError> {
    match db.write(async |tx| tx.batch(TABLE).await).await {
        Err(DbError::Constraint(_) | DbError::Engine(_)) => db.write(async |tx| tx.batch(TABLE).await).await,
        other => other,
    }
}

async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    match tx.engine {
        Engine::Sqlite(_) => Ok(()),
        Engine::Postgres(_) => tx.batch("LOCK TABLE schema_migrations IN EXCLUSIVE MODE").await,
    }
}

async fn advance(tx: &mut Tx, migrations: &[Migration], now: Timestamp) -> Result<Vec<String>, DbError> {
    let applied = tx.query("SELECT version, name, checksum FROM schema_migrations ORDER BY version", &[]).await?;
    let known = migrations.last().map_or(0, |migration| migration.version);
    for row in &applied {
        let version = row.get::<i64>("version")?;
        let Some(migration) = migrations.iter().find(|migration| migration.version == version) else {
            return Err(DbError::NewerSchema { found: version, known });
        };
        if row.get::<String>("checksum")? != checksum(text(tx, migration)) {
            return Err(DbError::OtherSchema { migration: migration.name });
        }
    }
    let mut names = Vec::new();
    for migration in migrations.iter().skip(applied.len()) {
        let sql = text(tx, migration);
        tx.batch(sql).await?;
        let insert = "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
        tx.execute(insert, params![migration.version, migration.name, checksum(sql), now]).await?;
        names.push(migration.name.to_owned());
    }
    Ok(names)
}

fn text(tx: &Tx, migration: &Migration) -> &'static str {
    match tx.engine {
        Engine::Sqlite(_) => migration.sqlite,
        Engine::Postgres(_) => migration.postgres,
    }
}

/// SHA-256 of the text in hexadecimal.
fn checksum(sql: &str) -> String {
    SecretHash::of(sql).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "tests/migrate.rs"]
mod tests;
