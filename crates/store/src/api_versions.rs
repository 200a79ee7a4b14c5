//! Table `api_versions`.

use gatehouse_core::id::{ApiId, ApiVersionId};
use gatehouse_core::portal::api::{ApiVersion, VersionState};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What [`insert`] fails with when the API has a version of that label.
pub const LABEL_TAKEN: &str = "api_versions.api_id, api_versions.label";

/// A new version.
pub async fn insert(tx: &mut Tx, version: &ApiVersion) -> Result<(), DbError> {
    let sql = "INSERT INTO api_versions (id, api_id, label, document, state, sunset_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = params![
        version.id,
        version.api_id,
        &version.label,
        &version.document,
        version.state.as_str(),
        version.sunset_at,
        version.created_at,
        version.updated_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: ApiVersionId) -> Result<Option<ApiVersion>, DbError> {
    let sql = "SELECT id, api_id, label, document, state, sunset_at, created_at, updated_at
               FROM api_versions WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// By label.
pub async fn find_by_label(tx: &mut Tx, api: ApiId, label: &str) -> Result<Option<ApiVersion>, DbError> {
    let sql = "SELECT id, api_id, label, document, state, sunset_at, created_at, updated_at
               FROM api_versions WHERE api_id = $1 AND label = $2";
    tx.query_opt(sql, params![api, label]).await?.as_ref().map(from_row).transpose()
}

/// Of one API, in the order of their making.
pub async fn list_of_api(tx: &mut Tx, api: ApiId) -> Result<Vec<ApiVersion>, DbError> {
    let sql = "SELECT id, api_id, label, document, state, sunset_at, created_at, updated_at
               FROM api_versions WHERE api_id = $1 ORDER BY id";
    tx.query(sql, params![api]).await?.iter().map(from_row).collect()
}

/// The versions that the gate answers for: published and deprecated ones of published APIs, in the order of their
/// making.
pub async fn list_served(tx: &mut Tx) -> Result<Vec<ApiVersion>, DbError> {
    let sql = "SELECT v.id, v.api_id, v.label, v.document, v.state, v.sunset_at, v.created_at, v.updated_at
               FROM api_versions v JOIN apis a ON a.id = v.api_id
               WHERE a.state = 'published' AND v.state IN ('published', 'deprecated') ORDER BY v.id";
    tx.query(sql, params![]).await?.iter().map(from_row).collect()
}

/// Writes state, sunset and document of a version that stood at `from`. `false` when it stands elsewhere.
pub async fn save(tx: &mut Tx, version: &ApiVersion, from: VersionState) -> Result<bool, DbError> {
    let sql = "UPDATE api_versions SET state = $3, sunset_at = $4, document = $5, updated_at = $6
               WHERE id = $1 AND state = $2";
    let params = params![
        version.id,
        from.as_str(),
        version.state.as_str(),
        version.sunset_at,
        &version.document,
        version.updated_at
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

fn from_row(row: &Row) -> Result<ApiVersion, DbError> {
    Ok(ApiVersion {
        id: row.parse("id")?,
        api_id: row.parse("api_id")?,
        label: row.get("label")?,
        document: row.get("document")?,
        state: row.parse("state")?,
        sunset_at: row.get("sunset_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::portal::api::{Api, ApiState};
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::apis::tests::{api, insert_with_server};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn version(seed: u64, api: &Api, label: &str) -> ApiVersion {
        ApiVersion {
            id: ApiVersionId::new(NOW.plus_secs(i64::try_from(seed).expect("is small")), &SeededRandom::new(seed)),
            api_id: api.id,
            label: label.to_owned(),
            document: "{\"openapi\": \"3.1.0\"}".to_owned(),
            state: VersionState::Draft,
            sunset_at: None,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    #[tokio::test]
    async fn changes_from_the_state_it_stood_at() {
        each_engine(async |db: &Db| {
            let api = Api { state: ApiState::Published, ..api(1, "a") };
            insert_with_server(db, &api).await;
            let (one, two) = (version(1, &api, "1"), version(2, &api, "2"));
            let published = one.publish(NOW).expect("may");
            let deprecated = published.deprecate(Some(NOW.plus_secs(9)), NOW).expect("may");
            let wanted = ((true, false, true), vec![deprecated.clone()], vec![deprecated.clone(), two.clone()]);
            let found = (Some(deprecated.clone()), Some(two.clone()));
            let seen = db
                .write(async move |tx: &mut Tx| {
                    insert(tx, &one).await?;
                    insert(tx, &two).await?;
                    let saved = (
                        save(tx, &published, VersionState::Draft).await?,
                        save(tx, &published, VersionState::Draft).await?,
                        save(tx, &deprecated, VersionState::Published).await?,
                    );
                    let lists = (list_served(tx).await?, list_of_api(tx, one.api_id).await?);
                    let found = (find(tx, one.id).await?, find_by_label(tx, one.api_id, "2").await?);
                    Ok::<_, DbError>(((saved, lists.0, lists.1), found))
                })
                .await;
            assert_eq!(seen.expect("written"), (wanted, found));
        })
        .await;
    }

    #[tokio::test]
    async fn labels_are_unique_and_drafts_are_not_served() {
        each_engine(async |db: &Db| {
            let draft = api(1, "a");
            insert_with_server(db, &draft).await;
            let served = version(1, &draft, "1").publish(NOW).expect("may");
            let again = version(2, &draft, "1");
            db.write(async move |tx: &mut Tx| insert(tx, &served).await).await.expect("inserts");
            let error = db.write(async move |tx: &mut Tx| insert(tx, &again).await).await.expect_err("is refused");
            assert!(error.is_constraint(LABEL_TAKEN), "{error}");
            let served = db.read(async |tx: &mut Tx| list_served(tx).await).await.expect("reads");
            assert_eq!(served, [], "a version of a draft API");
        })
        .await;
    }
}
