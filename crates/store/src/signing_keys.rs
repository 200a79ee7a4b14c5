//! Table `signing_keys`. Two unique indexes hold that a server has one active and one next key per algorithm, whoever
//! races; each transition is one conditional statement, decided on its row count.

use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::oauth::authorization_server::ServerId;
use gatehouse_core::oauth::signing_key::{KeyState, KeyStateName, ServerKey};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What [`insert`] and [`activate`] fail with when another key is active.
pub const ACTIVE_TAKEN: &str = "signing_keys.server_id, signing_keys.alg";

/// A new key.
pub async fn insert(tx: &mut Tx, key: &ServerKey) -> Result<(), DbError> {
    let sql = "INSERT INTO signing_keys (id, server_id, alg, state, public_jwk, private_ciphertext,
                   key_encryption_key, created_at, activated_at, retired_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let (activated_at, retired_at) = match key.state {
        KeyState::Next => (None, None),
        KeyState::Active { since } => (Some(since), None),
        KeyState::Retired { since, until } => (Some(since), Some(until)),
    };
    let public = serde_json::to_string(&key.public).map_err(|error| DbError::Engine(error.to_string()))?;
    let params = params![
        key.public.kid(),
        key.server_id.as_str(),
        key.alg().as_str(),
        key.state.name().as_str(),
        public,
        key.sealed.as_slice(),
        &key.key_encryption_key,
        key.created_at,
        activated_at,
        retired_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// Of one server, the newest first.
pub async fn list_of_server(tx: &mut Tx, server: &ServerId) -> Result<Vec<ServerKey>, DbError> {
    let sql = "SELECT id, server_id, state, public_jwk, private_ciphertext, key_encryption_key, created_at,
                   activated_at, retired_at
               FROM signing_keys WHERE server_id = $1 ORDER BY created_at DESC, id";
    tx.query(sql, params![server.as_str()]).await?.iter().map(from_row).collect()
}

/// Of all servers, for the memory of a node.
pub async fn all(tx: &mut Tx) -> Result<Vec<ServerKey>, DbError> {
    let sql = "SELECT id, server_id, state, public_jwk, private_ciphertext, key_encryption_key, created_at,
                   activated_at, retired_at
               FROM signing_keys ORDER BY server_id, created_at DESC, id";
    tx.query(sql, params![]).await?.iter().map(from_row).collect()
}

/// `active → retired`; the private part is erased. `false` when the key is not active.
pub async fn retire(tx: &mut Tx, kid: &str, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE signing_keys SET state = 'retired', retired_at = $2, private_ciphertext = $3
               WHERE id = $1 AND state = 'active'";
    Ok(tx.execute(sql, params![kid, now, Vec::<u8>::new()]).await? == 1)
}

/// `next → active`. `false` when the key is not next.
pub async fn activate(tx: &mut Tx, kid: &str, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE signing_keys SET state = 'active', activated_at = $2 WHERE id = $1 AND state = 'next'";
    Ok(tx.execute(sql, params![kid, now]).await? == 1)
}

/// Puts the private part under another key-encryption key, `from` one `to` another. `false` when somebody else
/// did, or it is erased.
pub async fn reseal(tx: &mut Tx, kid: &str, (from, to): (&str, &str), sealed: &[u8]) -> Result<bool, DbError> {
    let sql = "UPDATE signing_keys SET private_ciphertext = $4, key_encryption_key = $3
               WHERE id = $1 AND key_encryption_key = $2 AND state <> 'retired'";
    Ok(tx.execute(sql, params![kid, from, to, sealed]).await? == 1)
}

/// Withdraws every key of a server and algorithm. Gives their ids.
pub async fn delete_all(tx: &mut Tx, server: &ServerId, alg: Algorithm) -> Result<Vec<String>, DbError> {
    let sql = "DELETE FROM signing_keys WHERE server_id = $1 AND alg = $2 RETURNING id";
    let rows = tx.query(sql, params![server.as_str(), alg.as_str()]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Deletes keys retired before `before`. Gives the servers that had them.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<Vec<ServerId>, DbError> {
    let sql = "DELETE FROM signing_keys WHERE state = 'retired' AND retired_at < $1 RETURNING id, server_id";
    tx.query(sql, params![before]).await?.iter().map(|row| row.parse("server_id")).collect()
}

fn from_row(row: &Row) -> Result<ServerKey, DbError> {
    let id: String = row.get("id")?;
    let public: PublicJwk = row.json("public_jwk")?;
    let state =
        KeyState::from_parts(row.parse::<KeyStateName>("state")?, row.get("activated_at")?, row.get("retired_at")?);
    let (Some(state), true) = (state, public.kid() == id) else {
        return Err(DbError::Unreadable(format!("signing_keys {id}: state, times and public key do not fit")));
    };
    Ok(ServerKey {
        server_id: row.parse("server_id")?,
        public,
        sealed: row.get("private_ciphertext")?,
        key_encryption_key: row.get("key_encryption_key")?,
        created_at: row.get("created_at")?,
        state,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::jose::sign::SigningKey;

    use super::*;
    use crate::authorization_servers;
    use crate::authorization_servers::tests::server;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn key(server: &str, state: KeyState) -> ServerKey {
        ServerKey {
            server_id: server.parse().expect("is an id"),
            public: SigningKey::generate(Algorithm::EdDsa).expect("generates").public_jwk().clone(),
            sealed: vec![1, 2, 3],
            key_encryption_key: "aa".to_owned(),
            created_at: NOW,
            state,
        }
    }

    async fn add(db: &Db, key: &ServerKey) -> Result<(), DbError> {
        let key = key.clone();
        db.write(async move |tx: &mut Tx| insert(tx, &key).await).await
    }

    async fn everything(db: &Db) -> Vec<ServerKey> {
        db.read(async |tx: &mut Tx| all(tx).await).await.expect("reads")
    }

    async fn add_server(db: &Db, id: &'static str) {
        let insert = async move |tx: &mut Tx| authorization_servers::insert(tx, &server(id)).await;
        db.write(insert).await.expect("inserts");
    }

    #[tokio::test]
    async fn one_active_and_one_next_per_server_and_algorithm() {
        each_engine(async |db: &Db| {
            add_server(db, "a").await;
            add_server(db, "b").await;
            for state in [KeyState::Active { since: NOW }, KeyState::Next] {
                add(db, &key("a", state)).await.expect("is the first");
                let error = add(db, &key("a", state)).await.expect_err("is the second");
                assert!(matches!(error, DbError::Constraint(_)), "{error}");
                add(db, &key("b", state)).await.expect("is of another server");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn goes_from_next_to_active_to_retired_once() {
        each_engine(async |db: &Db| {
            add_server(db, "a").await;
            let (active, next) = (key("a", KeyState::Active { since: NOW }), key("a", KeyState::Next));
            add(db, &active).await.expect("inserts");
            add(db, &next).await.expect("inserts");
            let (old, new) = (active.public.kid().to_owned(), next.public.kid().to_owned());
            let later = NOW.plus_secs(5);
            let done = db
                .write(async move |tx: &mut Tx| {
                    let first = (retire(tx, &old, later).await?, activate(tx, &new, later).await?);
                    let second = (retire(tx, &old, later).await?, activate(tx, &new, later).await?);
                    Ok::<_, DbError>((first, second))
                })
                .await;
            assert_eq!(done.expect("written"), ((true, true), (false, false)));
            let mut wanted = vec![
                ServerKey { state: KeyState::Retired { since: NOW, until: later }, sealed: Vec::new(), ..active },
                ServerKey { state: KeyState::Active { since: later }, ..next },
            ];
            wanted.sort_by(|a, b| a.public.kid().cmp(b.public.kid()));
            assert_eq!(everything(db).await, wanted);
            let id = "a".parse().expect("is an id");
            let own = db.read(async move |tx: &mut Tx| list_of_server(tx, &id).await).await.expect("reads");
            assert_eq!(own, wanted);
        })
        .await;
    }

    #[tokio::test]
    async fn reseals_over_the_key_that_was_read() {
        each_engine(async |db: &Db| {
            add_server(db, "a").await;
            let (next, retired) = (key("a", KeyState::Next), key("a", KeyState::Retired { since: NOW, until: NOW }));
            add(db, &next).await.expect("inserts");
            add(db, &retired).await.expect("inserts");
            let (kid, old) = (next.public.kid().to_owned(), retired.public.kid().to_owned());
            let done = db
                .write(async move |tx: &mut Tx| {
                    let first = reseal(tx, &kid, ("aa", "bb"), &[9]).await?;
                    let second = reseal(tx, &kid, ("aa", "bb"), &[8]).await?;
                    Ok::<_, DbError>((first, second, reseal(tx, &old, ("aa", "bb"), &[7]).await?))
                })
                .await;
            assert_eq!(done.expect("written"), (true, false, false));
            let changed = ServerKey { sealed: vec![9], key_encryption_key: "bb".to_owned(), ..next };
            assert!(everything(db).await.contains(&changed));
        })
        .await;
    }

    #[tokio::test]
    async fn prunes_and_withdraws() {
        each_engine(async |db: &Db| {
            add_server(db, "a").await;
            let old = key("a", KeyState::Retired { since: NOW, until: NOW });
            let newer = key("a", KeyState::Retired { since: NOW, until: NOW.plus_secs(1) });
            add(db, &old).await.expect("inserts");
            add(db, &newer).await.expect("inserts");
            let before = NOW.plus_secs(1);
            let servers = db.write(async move |tx: &mut Tx| prune(tx, before).await).await.expect("prunes");
            assert_eq!(servers, [old.server_id]);
            assert_eq!(everything(db).await, std::slice::from_ref(&newer));
            let id = newer.server_id.clone();
            let gone = db.write(async move |tx: &mut Tx| delete_all(tx, &id, Algorithm::EdDsa).await).await;
            assert_eq!(gone.expect("deletes"), [newer.public.kid()]);
            assert_eq!(everything(db).await, []);
        })
        .await;
    }
}
