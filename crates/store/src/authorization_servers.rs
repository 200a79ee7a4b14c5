//! Table `authorization_servers`. There are few, so lists are whole.

use gatehouse_core::oauth::authorization_server::{AuthorizationServer, Lifetimes};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What [`insert`] fails with when the id is taken.
pub const ID_TAKEN: &str = "authorization_servers.id";

/// What [`insert`] and [`save`] fail with when another server has the audience.
pub const AUDIENCE_TAKEN: &str = "authorization_servers.audience";

/// A new server, without keys.
pub async fn insert(tx: &mut Tx, server: &AuthorizationServer) -> Result<(), DbError> {
    let sql = "INSERT INTO authorization_servers (id, name, audience, access_token_signing_alg, open_to, access_token_lifetime,
                   id_token_lifetime, code_lifetime, refresh_token_idle_lifetime, refresh_token_absolute_lifetime,
                   refresh_token_leeway, pushed_authorization_request_lifetime, device_code_lifetime,
                   session_idle_lifetime, session_absolute_lifetime, key_rotation_interval, created_at, updated_at,
                   version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let lifetimes = &server.lifetimes;
    let params = params![
        server.id.as_str(),
        &server.name,
        &server.audience,
        server.access_token_signing_alg.as_str(),
        server.open_to.as_str(),
        lifetimes.access_token,
        lifetimes.id_token,
        lifetimes.code,
        lifetimes.refresh_token_idle,
        lifetimes.refresh_token_absolute,
        lifetimes.refresh_token_leeway,
        lifetimes.pushed_authorization_request,
        lifetimes.device_code,
        lifetimes.session_idle,
        lifetimes.session_absolute,
        server.key_rotation_interval,
        server.created_at,
        server.updated_at,
        server.version
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By id; any text may be asked for.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<AuthorizationServer>, DbError> {
    let sql = "SELECT * FROM authorization_servers WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// By audience.
pub async fn find_by_audience(tx: &mut Tx, audience: &str) -> Result<Option<AuthorizationServer>, DbError> {
    let sql = "SELECT * FROM authorization_servers WHERE audience = $1";
    tx.query_opt(sql, params![audience]).await?.as_ref().map(from_row).transpose()
}

/// All, in order of id.
pub async fn all(tx: &mut Tx) -> Result<Vec<AuthorizationServer>, DbError> {
    let sql = "SELECT * FROM authorization_servers ORDER BY id";
    tx.query(sql, params![]).await?.iter().map(from_row).collect()
}

/// Writes a changed server, its version raised by one. `false` when somebody else changed it since it was read.
pub async fn save(tx: &mut Tx, server: &AuthorizationServer) -> Result<bool, DbError> {
    let sql = "UPDATE authorization_servers SET name = $3, audience = $4, access_token_signing_alg = $5,
                   open_to = $6, access_token_lifetime = $7, id_token_lifetime = $8, code_lifetime = $9,
                   refresh_token_idle_lifetime = $10, refresh_token_absolute_lifetime = $11,
                   refresh_token_leeway = $12, pushed_authorization_request_lifetime = $13,
                   device_code_lifetime = $14, session_idle_lifetime = $15, session_absolute_lifetime = $16,
                   key_rotation_interval = $17, updated_at = $18, version = $19
               WHERE id = $1 AND version = $2";
    let lifetimes = &server.lifetimes;
    let params = params![
        server.id.as_str(),
        server.version - 1,
        &server.name,
        &server.audience,
        server.access_token_signing_alg.as_str(),
        server.open_to.as_str(),
        lifetimes.access_token,
        lifetimes.id_token,
        lifetimes.code,
        lifetimes.refresh_token_idle,
        lifetimes.refresh_token_absolute,
        lifetimes.refresh_token_leeway,
        lifetimes.pushed_authorization_request,
        lifetimes.device_code,
        lifetimes.session_idle,
        lifetimes.session_absolute,
        server.key_rotation_interval,
        server.updated_at,
        server.version
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

fn from_row(row: &Row) -> Result<AuthorizationServer, DbError> {
    Ok(AuthorizationServer {
        id: row.parse("id")?,
        name: row.get("name")?,
        audience: row.get("audience")?,
        access_token_signing_alg: row.parse("access_token_signing_alg")?,
        open_to: row.parse("open_to")?,
        lifetimes: Lifetimes {
            access_token: row.get("access_token_lifetime")?,
            id_token: row.get("id_token_lifetime")?,
            code: row.get("code_lifetime")?,
            refresh_token_idle: row.get("refresh_token_idle_lifetime")?,
            refresh_token_absolute: row.get("refresh_token_absolute_lifetime")?,
            refresh_token_leeway: row.get("refresh_token_leeway")?,
            pushed_authorization_request: row.get("pushed_authorization_request_lifetime")?,
            device_code: row.get("device_code_lifetime")?,
            session_idle: row.get("session_idle_lifetime")?,
            session_absolute: row.get("session_absolute_lifetime")?,
        },
        key_rotation_interval: row.get("key_rotation_interval")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use gatehouse_core::jose::Algorithm;
    use gatehouse_core::oauth::admission::OpenTo;
    use gatehouse_core::oauth::authorization_server::DEFAULT_KEY_ROTATION_INTERVAL;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    pub(crate) fn server(id: &str) -> AuthorizationServer {
        AuthorizationServer {
            id: id.parse().expect("is an id"),
            name: "Default".to_owned(),
            audience: format!("https://api.example.com/{id}"),
            access_token_signing_alg: Algorithm::EdDsa,
            open_to: OpenTo::All,
            lifetimes: Lifetimes::default(),
            key_rotation_interval: DEFAULT_KEY_ROTATION_INTERVAL,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    #[tokio::test]
    async fn saves_over_the_version_that_was_read() {
        each_engine(async |db: &Db| {
            let lifetimes = Lifetimes {
                access_token: 600,
                pushed_authorization_request: 61,
                device_code: 62,
                session_idle: 363,
                session_absolute: 364,
                ..Lifetimes::default()
            };
            let changed = AuthorizationServer { open_to: OpenTo::Listed, lifetimes, version: 2, ..server("default") };
            let expected = (Some(changed.clone()), vec![server("a"), changed.clone()], (true, false), None);
            let seen = db
                .write(async move |tx: &mut Tx| {
                    insert(tx, &server("default")).await?;
                    insert(tx, &server("a")).await?;
                    let saved = (save(tx, &changed).await?, save(tx, &changed).await?);
                    let found = find(tx, "default").await?;
                    assert_eq!(find_by_audience(tx, &changed.audience).await?, found);
                    Ok::<_, DbError>((found, all(tx).await?, saved, find(tx, "../etc").await?))
                })
                .await;
            assert_eq!(seen.expect("written"), expected);
        })
        .await;
    }

    #[tokio::test]
    async fn ids_and_audiences_are_unique() {
        each_engine(async |db: &Db| {
            let add =
                async |server: AuthorizationServer| db.write(async move |tx: &mut Tx| insert(tx, &server).await).await;
            add(server("a")).await.expect("is the first");
            let same_id = AuthorizationServer { audience: "other".to_owned(), ..server("a") };
            assert!(add(same_id).await.expect_err("is refused").is_constraint(ID_TAKEN));
            let same_audience = AuthorizationServer { audience: server("a").audience, ..server("b") };
            assert!(add(same_audience).await.expect_err("is refused").is_constraint(AUDIENCE_TAKEN));
        })
        .await;
    }
}
