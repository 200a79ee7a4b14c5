//! Table `settings`: what this installation keeps about itself, by name.

use crate::db::{DbError, Tx};
use crate::params;

/// A setting, `None` when it was never set.
pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<String>, DbError> {
    let row = tx.query_opt("SELECT value FROM settings WHERE name = $1", params![name]).await?;
    row.map(|row| row.get("value")).transpose()
}

/// Sets it, whatever it was.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), DbError> {
    let sql = "INSERT INTO settings (name, value) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, params![name, value]).await.map(drop)
}

/// Sets it unless it is set. `true` when it was not.
pub async fn set_first(tx: &mut Tx, name: &str, value: &str) -> Result<bool, DbError> {
    let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    Ok(tx.execute(sql, params![name, value]).await? == 1)
}

/// Forgets it.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM settings WHERE name = $1", params![name]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::each_engine;

    #[tokio::test]
    async fn keeps_the_last_value_or_the_first() {
        each_engine(async |db: &Db| {
            let seen = db
                .write(async |tx: &mut Tx| {
                    assert_eq!(get(tx, "a").await?, None);
                    set(tx, "a", "1").await?;
                    set(tx, "a", "2").await?;
                    assert!(!set_first(tx, "a", "3").await?);
                    assert!(set_first(tx, "b", "4").await?);
                    let seen = (get(tx, "a").await?, get(tx, "b").await?);
                    remove(tx, "a").await?;
                    assert_eq!(get(tx, "a").await?, None);
                    Ok::<_, DbError>(seen)
                })
                .await
                .expect("written");
            assert_eq!(seen, (Some("2".to_owned()), Some("4".to_owned())));
        })
        .await;
    }
}
