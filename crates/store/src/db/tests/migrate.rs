use super::*;
use crate::testing::{NOW, TestDb};

async fn both_empty() -> [TestDb; 2] {
    [TestDb::empty_sqlite().await, TestDb::empty_postgres().await]
}

const OLD: Migration = Migration {
    version: 1,
    name: "0001_first",
    sqlite: "CREATE TABLE one (id BIGINT)",
    postgres: "CREATE TABLE one (id BIGINT)",
};
const NEW: Migration = Migration {
    version: 2,
    name: "0002_second",
    sqlite: "CREATE TABLE two (id BIGINT); INSERT INTO two (id) SELECT id FROM one",
    postgres: "CREATE TABLE two (id BIGINT); INSERT INTO two (id) SELECT id FROM one",
};

async fn advance_to(db: &Db, migrations: &'static [Migration]) -> Result<Vec<String>, DbError> {
    create_table(db).await?;
    db.write(async move |tx| {
        lock(tx).await?;
        advance(tx, migrations, NOW).await
    })
    .await
}

#[tokio::test]
async fn goes_forward_once_and_keeps_what_is_there() {
    for test in both_empty().await {
        assert_eq!(advance_to(&test.db, &[OLD]).await.unwrap(), ["0001_first"]);
        test.db.write(async |tx| tx.execute("INSERT INTO one (id) VALUES (7)", &[]).await).await.unwrap();
        assert_eq!(advance_to(&test.db, &[OLD, NEW]).await.unwrap(), ["0002_second"]);
        assert_eq!(advance_to(&test.db, &[OLD, NEW]).await.unwrap(), Vec::<String>::new());
        let row = test.db.read(async |tx| tx.query_one("SELECT id FROM two", &[]).await).await.unwrap();
        assert_eq!(row.get::<i64>("id").unwrap(), 7);
    }
}

#[tokio::test]
async fn refuses_a_newer_schema() {
    for test in both_empty().await {
        advance_to(&test.db, &[OLD, NEW]).await.unwrap();
        let error = advance_to(&test.db, &[OLD]).await.unwrap_err();
        assert!(matches!(error, DbError::NewerSchema { found: 2, known: 1 }), "{error}");
    }
}

#[tokio::test]
async fn refuses_an_edited_migration() {
    for test in both_empty().await {
        advance_to(&test.db, &[OLD]).await.unwrap();
        const EDITED: Migration =
            Migration { sqlite: "CREATE TABLE x (id BIGINT)", postgres: "CREATE TABLE x (id BIGINT)", ..OLD };
        let error = advance_to(&test.db, &[EDITED]).await.unwrap_err();
        assert!(matches!(error, DbError::OtherSchema { migration: "0001_first" }), "{error}");
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_last_version() {
    for test in both_empty().await {
        const BROKEN: Migration = Migration {
            sqlite: "CREATE TABLE two (id BIGINT); SELEC",
            postgres: "CREATE TABLE two (id BIGINT); SELEC",
            ..NEW
        };
        advance_to(&test.db, &[OLD]).await.unwrap();
        advance_to(&test.db, &[OLD, BROKEN]).await.unwrap_err();
        assert_eq!(advance_to(&test.db, &[OLD, NEW]).await.unwrap(), ["0002_second"]);
    }
}

#[tokio::test]
async fn eight_at_once_are_safe() {
    for test in both_empty().await {
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let url = test.url.clone();
            tasks.push(tokio::spawn(async move { Db::open(&url).await?.migrate(NOW).await }));
        }
        let mut ran = 0;
        for task in tasks {
            ran += task.await.unwrap().unwrap().len();
        }
        assert_eq!(ran, MIGRATIONS.len());
    }
}
