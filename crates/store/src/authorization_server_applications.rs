//! Table `authorization_server_applications`: who may use a server that is open to listed applications alone. Whoever
//! changes it also tells the data plane.

use std::collections::{HashMap, HashSet};

use gatehouse_core::id::ApplicationId;
use gatehouse_core::oauth::admission::Admission;
use gatehouse_core::oauth::authorization_server::ServerId;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// An application on a server's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub application_id: ApplicationId,
    /// Its client id.
    pub client_id: String,
    /// As customers see it.
    pub name: String,
    /// Since when it stands there.
    pub created_at: Timestamp,
}

/// Puts an application on the list. `false` when it stands there already.
pub async fn insert(tx: &mut Tx, server: &ServerId, id: ApplicationId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "INSERT INTO authorization_server_applications (server_id, application_id, created_at)
               VALUES ($1, $2, $3) ON CONFLICT (server_id, application_id) DO NOTHING";
    Ok(tx.execute(sql, params![server.as_str(), id, now]).await? == 1)
}

/// Takes an application off the list. `false` when it does not stand there.
pub async fn remove(tx: &mut Tx, server: &ServerId, id: ApplicationId) -> Result<bool, DbError> {
    let sql = "DELETE FROM authorization_server_applications WHERE server_id = $1 AND application_id = $2";
    Ok(tx.execute(sql, params![server.as_str(), id]).await? == 1)
}

/// In order of id: `limit` applications on a server's list after `after`.
pub async fn list(tx: &mut Tx, server: &ServerId, after: &str, limit: i64) -> Result<Vec<Listed>, DbError> {
    let sql = "SELECT l.application_id, a.client_id, a.name, l.created_at
               FROM authorization_server_applications l JOIN applications a ON a.id = l.application_id
               WHERE l.server_id = $1 AND l.application_id > $2 ORDER BY l.application_id LIMIT $3";
    tx.query(sql, params![server.as_str(), after, limit]).await?.iter().map(from_row).collect()
}

/// Who may use each server that is not open to all.
pub async fn admissions(tx: &mut Tx) -> Result<HashMap<ServerId, Admission>, DbError> {
    let sql = "SELECT s.id AS server_id, a.client_id FROM authorization_servers s
               LEFT JOIN authorization_server_applications l ON l.server_id = s.id
               LEFT JOIN applications a ON a.id = l.application_id
               WHERE s.open_to = 'listed'";
    let mut lists: HashMap<ServerId, HashSet<String>> = HashMap::new();
    for row in tx.query(sql, params![]).await? {
        lists.entry(row.parse("server_id")?).or_default().extend(row.get::<Option<String>>("client_id")?);
    }
    Ok(lists.into_iter().map(|(server, client_ids)| (server, Admission::Listed(client_ids))).collect())
}

fn from_row(row: &Row) -> Result<Listed, DbError> {
    Ok(Listed {
        application_id: row.parse("application_id")?,
        client_id: row.get("client_id")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::oauth::admission::OpenTo;
    use gatehouse_core::oauth::authorization_server::AuthorizationServer;

    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::authorization_servers::{self, tests::server};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn lists_who_may_use_a_server_that_is_not_open_to_all() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let mut both = [insert_sample(db, ground, 1).await, insert_sample(db, ground, 2).await];
            both.sort_by_key(|application| application.id);
            let [one, other] = both;
            let write = async move |tx: &mut Tx| {
                let partners = AuthorizationServer { open_to: OpenTo::Listed, ..server("partners") };
                let id = partners.id.clone();
                authorization_servers::insert(tx, &partners).await?;
                authorization_servers::insert(tx, &server("open")).await?;
                assert_eq!(admissions(tx).await?, HashMap::from([(id.clone(), Admission::Listed(HashSet::new()))]));
                assert!(insert(tx, &id, one.id, NOW).await?);
                assert!(!insert(tx, &id, one.id, NOW.plus_secs(1)).await?, "once");
                assert!(insert(tx, &id, other.id, NOW).await?);
                let all = list(tx, &id, "", 10).await?;
                let expected = |of: &gatehouse_core::portal::application::Application| Listed {
                    application_id: of.id,
                    client_id: of.client_id.clone(),
                    name: of.name.clone(),
                    created_at: NOW,
                };
                assert_eq!(all, [expected(&one), expected(&other)]);
                assert_eq!(list(tx, &id, &one.id.to_string(), 1).await?, [expected(&other)]);
                assert!(remove(tx, &id, other.id).await?);
                assert!(!remove(tx, &id, other.id).await?);
                let admitted = admissions(tx).await?;
                assert_eq!(admitted.len(), 1);
                assert!(admitted[&id].admits(&one.client_id) && !admitted[&id].admits(&other.client_id));
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
