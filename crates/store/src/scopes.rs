//! Table `scopes`.

use gatehouse_core::id::{ApiId, ScopeId};
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::scope::Scope;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What [`insert`] fails with when the server has a scope of that name.
pub const NAME_TAKEN: &str = "scopes.server_id, scopes.name";

/// What [`delete`] fails with when a request or an entitlement speaks of the scope.
pub const IN_USE: &str = "foreign key";

/// A new scope.
pub async fn insert(tx: &mut Tx, scope: &Scope) -> Result<(), DbError> {
    let sql = "INSERT INTO scopes (id, server_id, api_id, name, title, sentence, sensitivity, consent, grant_types,
                   position, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let params = params![
        scope.id,
        scope.server_id.as_str(),
        scope.api_id,
        &scope.name,
        &scope.title,
        &scope.sentence,
        scope.sensitivity.as_str(),
        scope.consent.as_str(),
        grant_types(scope),
        scope.position,
        scope.created_at,
        scope.updated_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: ScopeId) -> Result<Option<Scope>, DbError> {
    let sql = "SELECT id, server_id, api_id, name, title, sentence, sensitivity, consent, grant_types, position,
                   created_at, updated_at
               FROM scopes WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// Of one API, in their order.
pub async fn list_of_api(tx: &mut Tx, api: ApiId) -> Result<Vec<Scope>, DbError> {
    let sql = "SELECT id, server_id, api_id, name, title, sentence, sensitivity, consent, grant_types, position,
                   created_at, updated_at
               FROM scopes WHERE api_id = $1 ORDER BY position, name";
    tx.query(sql, params![api]).await?.iter().map(from_row).collect()
}

/// Of every API, in their order, for the memory of a node.
pub async fn all(tx: &mut Tx) -> Result<Vec<Scope>, DbError> {
    let sql = "SELECT id, server_id, api_id, name, title, sentence, sensitivity, consent, grant_types, position,
                   created_at, updated_at
               FROM scopes ORDER BY api_id, position, name";
    tx.query(sql, params![]).await?.iter().map(from_row).collect()
}

/// Writes everything but id, name, API and server, which never change. `false` when it is gone.
pub async fn save(tx: &mut Tx, scope: &Scope) -> Result<bool, DbError> {
    let sql = "UPDATE scopes SET title = $2, sentence = $3, sensitivity = $4, consent = $5, grant_types = $6,
                   position = $7, updated_at = $8
               WHERE id = $1";
    let params = params![
        scope.id,
        &scope.title,
        &scope.sentence,
        scope.sensitivity.as_str(),
        scope.consent.as_str(),
        grant_types(scope),
        scope.position,
        scope.updated_at
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

/// Removes a scope that nobody has ever asked for. `false` when it is gone.
pub async fn delete(tx: &mut Tx, id: ScopeId) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM scopes WHERE id = $1", params![id]).await? == 1)
}

fn grant_types(scope: &Scope) -> String {
    scope.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(" ")
}

fn from_row(row: &Row) -> Result<Scope, DbError> {
    let names: String = row.get("grant_types")?;
    let grants: Result<Vec<GrantType>, _> = names.split(' ').map(str::parse).collect();
    let grants = grants.map_err(|error| DbError::Unreadable(format!("scopes, grant_types {names}: {error}")))?;
    Ok(Scope {
        id: row.parse("id")?,
        api_id: row.parse("api_id")?,
        server_id: row.parse("server_id")?,
        name: row.get("name")?,
        title: row.get("title")?,
        sentence: row.get("sentence")?,
        sensitivity: row.parse("sensitivity")?,
        consent: row.parse("consent")?,
        grant_types: grants,
        position: row.get("position")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use gatehouse_core::portal::api::Api;
    use gatehouse_core::portal::scope::{Consent, DEFAULT_GRANT_TYPES, Sensitivity};
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::apis::tests::{api, insert_with_server};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    pub(crate) fn scope(seed: u64, api: &Api, name: &str) -> Scope {
        Scope {
            id: ScopeId::new(NOW, &SeededRandom::new(seed)),
            api_id: api.id,
            server_id: api.server_id.clone(),
            name: name.to_owned(),
            title: "Read studies".to_owned(),
            sentence: "See tests and sessions.".to_owned(),
            sensitivity: Sensitivity::Normal,
            consent: Consent::Required,
            grant_types: DEFAULT_GRANT_TYPES.to_vec(),
            position: i64::try_from(seed).expect("is small"),
            created_at: NOW,
            updated_at: NOW,
        }
    }

    #[tokio::test]
    async fn come_back_whole_and_in_order() {
        each_engine(async |db: &Db| {
            let api = api(1, "a");
            insert_with_server(db, &api).await;
            let (first, second) = (scope(1, &api, "b:read"), scope(2, &api, "a:read"));
            let changed = Scope {
                sensitivity: Sensitivity::Restricted,
                consent: Consent::Flexible,
                grant_types: vec![GrantType::DeviceCode],
                ..second.clone()
            };
            let wanted = (vec![first.clone(), changed.clone()], Some(changed.clone()), true, vec![changed.clone()]);
            let seen = db
                .write(async move |tx: &mut Tx| {
                    insert(tx, &second).await?;
                    insert(tx, &first).await?;
                    let saved = save(tx, &changed).await?;
                    let listed = list_of_api(tx, api.id).await?;
                    let found = find(tx, changed.id).await?;
                    delete(tx, first.id).await?;
                    Ok::<_, DbError>((listed, found, saved, all(tx).await?))
                })
                .await;
            assert_eq!(seen.expect("written"), wanted);
        })
        .await;
    }

    #[tokio::test]
    async fn names_are_unique_on_a_server() {
        each_engine(async |db: &Db| {
            let (one, two) = (api(1, "a"), api(2, "b"));
            insert_with_server(db, &one).await;
            insert_with_server(db, &two).await;
            let first = scope(1, &one, "read");
            db.write(async move |tx: &mut Tx| insert(tx, &first).await).await.expect("inserts");
            let second = scope(2, &two, "read");
            let error = db.write(async move |tx: &mut Tx| insert(tx, &second).await).await.expect_err("is refused");
            assert!(error.is_constraint(NAME_TAKEN), "{error}");
        })
        .await;
    }
}
