//! Table `access_request_drafts`: the request form of a user for an API while it is being filled in.

use std::collections::BTreeMap;

use gatehouse_core::id::{ApiId, UserId};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What was typed: the values of each field, by its name.
pub type DraftForm = BTreeMap<String, Vec<String>>;

/// A form that was not sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// For which API.
    pub api_id: ApiId,
    /// What was typed.
    pub form: DraftForm,
    /// When it was saved.
    pub updated_at: Timestamp,
}

/// Keeps a form, over what was kept before.
pub async fn put(tx: &mut Tx, user: UserId, draft: &Draft) -> Result<(), DbError> {
    let sql = "INSERT INTO access_request_drafts (user_id, api_id, form, updated_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (user_id, api_id) DO UPDATE SET form = excluded.form, updated_at = excluded.updated_at";
    let form = serde_json::to_string(&draft.form).map_err(|error| DbError::Engine(error.to_string()))?;
    tx.execute(sql, params![user, draft.api_id, form, draft.updated_at]).await.map(drop)
}

/// The form of a user for an API.
pub async fn find(tx: &mut Tx, user: UserId, api: ApiId) -> Result<Option<Draft>, DbError> {
    let sql = "SELECT api_id, form, updated_at FROM access_request_drafts WHERE user_id = $1 AND api_id = $2";
    tx.query_opt(sql, params![user, api]).await?.as_ref().map(from_row).transpose()
}

/// All forms of a user, the last saved first.
pub async fn list_of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Draft>, DbError> {
    let sql = "SELECT api_id, form, updated_at FROM access_request_drafts WHERE user_id = $1
               ORDER BY updated_at DESC, api_id";
    tx.query(sql, params![user]).await?.iter().map(from_row).collect()
}

/// Throws a form away. `false` when there was none.
pub async fn delete(tx: &mut Tx, user: UserId, api: ApiId) -> Result<bool, DbError> {
    let sql = "DELETE FROM access_request_drafts WHERE user_id = $1 AND api_id = $2";
    Ok(tx.execute(sql, params![user, api]).await? == 1)
}

fn from_row(row: &Row) -> Result<Draft, DbError> {
    Ok(Draft { api_id: row.parse("api_id")?, form: row.json("form")?, updated_at: row.get("updated_at")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::tests::ground;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn is_one_per_user_and_api() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let write = async move |tx: &mut Tx| {
                let (user, api) = (ground.developer, ground.api);
                assert_eq!(find(tx, user, api).await?, None);
                let mut draft = Draft { api_id: api, form: DraftForm::new(), updated_at: NOW };
                put(tx, user, &draft).await?;
                draft.form.insert("scopes".to_owned(), vec!["a".to_owned(), "<b>\n\"".to_owned()]);
                draft.updated_at = NOW.plus_secs(1);
                put(tx, user, &draft).await?;
                assert_eq!(find(tx, user, api).await?.as_ref(), Some(&draft));
                assert_eq!(list_of_user(tx, user).await?, [draft]);
                assert_eq!(find(tx, ground.reviewer, api).await?, None, "it is the user's own");
                assert!(!delete(tx, ground.reviewer, api).await?);
                assert!(delete(tx, user, api).await? && !delete(tx, user, api).await?);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("works");
        })
        .await;
    }
}
