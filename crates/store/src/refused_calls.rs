//! Table `refused_calls`: the last refused calls and token requests of each application, and the last ones that its API
//! answered with an error. Nodes collect in memory and
//! add once a second.

use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// How many are kept of each application.
pub const KEPT: i64 = 100;
/// How many are kept of those whose caller had only named the application: strangers cannot push out the real ones.
pub const KEPT_CLAIMED: i64 = 20;
/// How many are kept of those that the gate passed on: many a not found cannot push out what was refused.
pub const KEPT_PASSED_ON: i64 = 20;

/// A call that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedCall {
    /// The request's id, as the caller was told it.
    pub id: RequestId,
    /// When.
    pub at: Timestamp,
    /// `GET`
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What was answered; 0 when an application did not answer us.
    pub status: i64,
    /// The caller had only named the application and proved nothing.
    pub claimed: bool,
    /// The gate let it through, and the API answered with an error.
    pub passed_on: bool,
    /// A stable word for programs.
    pub code: String,
    /// The whole reason, for the owners of the application.
    pub reason: String,
}

/// Adds a call of an application, by its client id. An unknown client id adds nothing; a call that is there already is
/// left as it is.
pub async fn add(tx: &mut Tx, client_id: &str, call: &RefusedCall) -> Result<(), DbError> {
    let sql =
        "INSERT INTO refused_calls (id, application_id, at, method, path, status, claimed, passed_on, code, reason)
               SELECT CAST($1 AS TEXT), id, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT),
                   CAST($6 AS BIGINT), CAST($7 AS BIGINT), CAST($8 AS TEXT), CAST($9 AS TEXT)
               FROM applications WHERE client_id = $10 AND state <> 'deleted' ON CONFLICT (id) DO NOTHING";
    let values = params![
        call.id,
        call.at,
        &call.method,
        &call.path,
        call.status,
        call.claimed,
        call.passed_on,
        &call.code,
        &call.reason,
        client_id
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The same for what happens to one message after the other: of those with this code only the last stays.
pub async fn replace(tx: &mut Tx, client_id: &str, call: &RefusedCall) -> Result<(), DbError> {
    let sql = "DELETE FROM refused_calls
               WHERE application_id = (SELECT id FROM applications WHERE client_id = $1) AND code = $2";
    tx.execute(sql, params![client_id, &call.code]).await?;
    add(tx, client_id, call).await
}

/// Forgets all but the last calls of an application, by its client id.
pub async fn prune(tx: &mut Tx, client_id: &str) -> Result<u64, DbError> {
    let sql = "DELETE FROM refused_calls
               WHERE application_id = (SELECT id FROM applications WHERE client_id = $1)
               AND claimed = $2 AND passed_on = $3 AND id NOT IN (SELECT r.id FROM refused_calls r JOIN applications a ON a.id = r.application_id
                   WHERE a.client_id = $1 AND r.claimed = $2 AND r.passed_on = $3
                   ORDER BY r.at DESC, r.id DESC LIMIT $4)";
    let mut gone = 0;
    for (claimed, passed_on, kept) in [(false, false, KEPT), (true, false, KEPT_CLAIMED), (false, true, KEPT_PASSED_ON)]
    {
        gone += tx.execute(sql, params![client_id, claimed, passed_on, kept]).await?;
    }
    Ok(gone)
}

/// The calls of an application, the newest first.
pub async fn of_application(tx: &mut Tx, application: ApplicationId) -> Result<Vec<RefusedCall>, DbError> {
    let sql = "SELECT id, at, method, path, status, claimed, passed_on, code, reason FROM refused_calls
               WHERE application_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
    tx.query(sql, params![application, KEPT + KEPT_CLAIMED + KEPT_PASSED_ON]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<RefusedCall, DbError> {
    Ok(RefusedCall {
        id: row.parse("id")?,
        at: row.get("at")?,
        method: row.get("method")?,
        path: row.get("path")?,
        status: row.get("status")?,
        claimed: row.get("claimed")?,
        passed_on: row.get("passed_on")?,
        code: row.get("code")?,
        reason: row.get("reason")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn call(random: &SeededRandom, second: i64, claimed: bool) -> RefusedCall {
        let at = NOW.plus_secs(second);
        RefusedCall {
            id: RequestId::new(at, random),
            at,
            method: "GET".into(),
            path: "/v2/things".into(),
            status: 403,
            claimed,
            passed_on: false,
            code: "insufficient_scope".into(),
            reason: "The scope is missing.".into(),
        }
    }

    #[tokio::test]
    async fn keeps_the_last_of_each_kind() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let application = insert_sample(db, ground, 1).await;
            let other = insert_sample(db, ground, 2).await;
            let write = async move |tx: &mut Tx| {
                let random = SeededRandom::new(3);
                let real: Vec<_> = (0..KEPT + 3).map(|second| call(&random, second, false)).collect();
                let claimed: Vec<_> = (0..KEPT_CLAIMED + 3).map(|second| call(&random, 1_000 + second, true)).collect();
                let answer = |second| RefusedCall { passed_on: true, ..call(&random, 2_000 + second, false) };
                let passed_on: Vec<_> = (0..KEPT_PASSED_ON + 3).map(answer).collect();
                for one in real.iter().chain(&claimed).chain(&passed_on) {
                    add(tx, &application.client_id, one).await?;
                }
                add(tx, &application.client_id, &real[5]).await?;
                add(tx, &other.client_id, &call(&random, 9, false)).await?;
                add(tx, "unknown", &call(&random, 9, false)).await?;
                assert_eq!(prune(tx, &application.client_id).await?, 9);
                assert_eq!(prune(tx, &application.client_id).await?, 0);
                let expected = [&passed_on[3..], &claimed[3..], &real[3..]].map(|kind| kind.iter().rev().cloned());
                let expected: Vec<_> = expected.into_iter().flatten().collect();
                assert_eq!(of_application(tx, application.id).await?, expected);
                assert_eq!(of_application(tx, other.id).await?.len(), 1);
                let told = |second| RefusedCall { code: "told".into(), ..call(&random, second, false) };
                let [first, second] = [told(10), told(11)];
                for one in [&first, &second] {
                    replace(tx, &other.client_id, one).await?;
                }
                assert_eq!(of_application(tx, other.id).await?[0], second);
                assert_eq!(of_application(tx, other.id).await?.len(), 2, "the first made room, nothing else did");
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
