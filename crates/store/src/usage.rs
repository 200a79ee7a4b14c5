//! Table `usage_hours`: calls and tokens per application, API and hour. Nodes sum in memory and add once a second.

use gatehouse_core::id::{ApiId, ApplicationId};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// One hour of one application at one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageHour {
    /// The application.
    pub application_id: ApplicationId,
    /// The API.
    pub api_id: ApiId,
    /// Begin of the hour.
    pub hour: Timestamp,
    /// Authenticated calls at the gate, refused ones included.
    pub calls: i64,
    /// Calls that the gate refused for scope or quota.
    pub refused: i64,
    /// Calls that it passed on and that the API answered with an error.
    pub failed: i64,
    /// Access tokens given out whose audience names the API.
    pub tokens: i64,
}

/// Adds calls of an application, by its client id. An unknown client id adds nothing.
pub async fn add_calls(tx: &mut Tx, client_id: &str, api: ApiId, hour: Timestamp, sums: Calls) -> Result<(), DbError> {
    let sql = "INSERT INTO usage_hours (application_id, api_id, hour, calls, refused, failed, tokens)
               SELECT id, CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT),
                   CAST($5 AS BIGINT), 0
               FROM applications WHERE client_id = $6
               ON CONFLICT (application_id, api_id, hour) DO UPDATE
               SET calls = usage_hours.calls + excluded.calls, refused = usage_hours.refused + excluded.refused,
                   failed = usage_hours.failed + excluded.failed";
    tx.execute(sql, params![api, hour, sums.calls, sums.refused, sums.failed, client_id]).await.map(drop)
}

/// What is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Authenticated calls, refused ones included.
    pub calls: i64,
    /// Calls that the gate refused.
    pub refused: i64,
    /// Calls that the API answered with an error.
    pub failed: i64,
}

/// Adds tokens.
pub async fn add_tokens(
    tx: &mut Tx,
    application: ApplicationId,
    api: ApiId,
    hour: Timestamp,
    tokens: i64,
) -> Result<(), DbError> {
    let sql = "INSERT INTO usage_hours (application_id, api_id, hour, calls, refused, failed, tokens)
               VALUES ($1, $2, $3, 0, 0, 0, $4)
               ON CONFLICT (application_id, api_id, hour) DO UPDATE SET tokens = usage_hours.tokens + excluded.tokens";
    tx.execute(sql, params![application, api, hour, tokens]).await.map(drop)
}

/// The hours of an application from `since` on, the oldest first.
pub async fn of_application(
    tx: &mut Tx,
    application: ApplicationId,
    since: Timestamp,
) -> Result<Vec<UsageHour>, DbError> {
    let sql = "SELECT application_id, api_id, hour, calls, refused, failed, tokens
               FROM usage_hours WHERE application_id = $1 AND hour >= $2 ORDER BY hour, api_id";
    tx.query(sql, params![application, since]).await?.iter().map(read).collect()
}

/// Calls, refused and failed ones and tokens of a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Authenticated calls, refused ones included.
    pub calls: i64,
    /// Calls that the gate refused.
    pub refused: i64,
    /// Calls that the API answered with an error.
    pub failed: i64,
    /// Access tokens given out.
    pub tokens: i64,
}

impl Sums {
    /// Calls that the API answered without an error.
    pub const fn answered(&self) -> i64 {
        self.calls - self.refused - self.failed
    }
}

/// What an application has used at all APIs from `since` on.
pub async fn sums(tx: &mut Tx, application: ApplicationId, since: Timestamp) -> Result<Sums, DbError> {
    let sql = "SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT) AS calls,
                   CAST(COALESCE(SUM(refused), 0) AS BIGINT) AS refused,
                   CAST(COALESCE(SUM(failed), 0) AS BIGINT) AS failed,
                   CAST(COALESCE(SUM(tokens), 0) AS BIGINT) AS tokens
               FROM usage_hours WHERE application_id = $1 AND hour >= $2";
    let row = tx.query_one(sql, params![application, since]).await?;
    let number = |name| row.get(name);
    Ok(Sums {
        calls: number("calls")?,
        refused: number("refused")?,
        failed: number("failed")?,
        tokens: number("tokens")?,
    })
}

fn read(row: &Row) -> Result<UsageHour, DbError> {
    Ok(UsageHour {
        application_id: row.parse("application_id")?,
        api_id: row.parse("api_id")?,
        hour: row.get("hour")?,
        calls: row.get("calls")?,
        refused: row.get("refused")?,
        failed: row.get("failed")?,
        tokens: row.get("tokens")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::authorization_servers::{self, tests::server};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    const HOUR: i64 = 3_600;

    async fn insert_parents(tx: &mut Tx, application: ApplicationId, api: ApiId) -> Result<(), DbError> {
        let sql = "INSERT INTO organizations (id, name, created_at, updated_at, version) VALUES ('org', 'O', 0, 0, 1)";
        tx.execute(sql, params![]).await?;
        let sql = "INSERT INTO applications (id, organization_id, client_id, name, contacts, type, environment, state,
            redirect_uris, post_logout_redirect_uris, require_pkce,
            require_pushed_authorization_requests, token_endpoint_auth_methods,
            id_token_signed_response_alg, subject_type, backchannel_logout_session_required, skip_consent,
            sign_in_scopes, created_at, updated_at, version)
            VALUES ($1, 'org', 'client', 'A', '[]', 'service', 'production', 'active', '[]', '[]', 1, 0, '[]', 'RS256',
                'public', 0, 0, '', 0, 0, 1)";
        tx.execute(sql, params![application]).await?;
        authorization_servers::insert(tx, &server("default")).await?;
        let sql = "INSERT INTO apis (id, slug, server_id, name, description, audience, token_format, quota_limit,
            quota_window, review_policy, request_questions, state, created_at, updated_at, version)
            VALUES ($1, 'x', 'default', 'X', '', 'https://x', 'jwt', 10, 60, '{}', '[]', 'published', 0, 0, 1)";
        tx.execute(sql, params![api]).await.map(drop)
    }

    #[tokio::test]
    async fn adds_up() {
        each_engine(async |db: &Db| {
            let random = SeededRandom::new(1);
            let (application_id, api_id) = (ApplicationId::new(NOW, &random), ApiId::new(NOW, &random));
            let seen = db
                .write(async move |tx: &mut Tx| {
                    insert_parents(tx, application_id, api_id).await?;
                    add_calls(tx, "client", api_id, NOW, Calls { calls: 3, refused: 1, failed: 1 }).await?;
                    add_calls(tx, "client", api_id, NOW, Calls { calls: 2, refused: 0, failed: 1 }).await?;
                    add_tokens(tx, application_id, api_id, NOW, 7).await?;
                    add_tokens(tx, application_id, api_id, NOW.plus_secs(HOUR), 1).await?;
                    add_calls(tx, "unknown", api_id, NOW, Calls { calls: 9, refused: 9, failed: 0 }).await?;
                    let all = of_application(tx, application_id, NOW).await?;
                    let expected = Sums { calls: 5, refused: 1, failed: 2, tokens: 8 };
                    assert_eq!(sums(tx, application_id, Timestamp::default()).await?, expected);
                    assert_eq!(sums(tx, application_id, NOW).await?, expected);
                    assert_eq!(sums(tx, application_id, NOW.plus_secs(HOUR + 1)).await?, Sums::default());
                    Ok::<_, DbError>((all, of_application(tx, application_id, NOW.plus_secs(1)).await?))
                })
                .await
                .expect("written");
            let first = UsageHour { application_id, api_id, hour: NOW, calls: 5, refused: 1, failed: 2, tokens: 7 };
            let second =
                UsageHour { hour: NOW.plus_secs(HOUR), calls: 0, refused: 0, failed: 0, tokens: 1, ..first.clone() };
            assert_eq!(seen, (vec![first, second.clone()], vec![second]));
        })
        .await;
    }
}
