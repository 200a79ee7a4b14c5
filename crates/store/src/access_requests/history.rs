//! What a reviewer wants to know of an organization's and an application's earlier requests, and who is to be reminded.

use gatehouse_core::id::{AccessRequestId, ApplicationId, OrganizationId};
use gatehouse_core::portal::access_request::AccessRequestState;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A request that has ended, as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// What people quote.
    pub reference: String,
    /// The application's name.
    pub application: String,
    /// The API's name.
    pub api: String,
    /// How it ended.
    pub state: AccessRequestState,
    /// When.
    pub ended_at: Timestamp,
}

/// The last `limit` decisions on requests of an organization, the newest first.
pub async fn decisions(tx: &mut Tx, organization: OrganizationId, limit: i64) -> Result<Vec<Earlier>, DbError> {
    let sql = "SELECT r.reference, a.name AS application, p.name AS api, r.state, r.decided_at \
               FROM applications a JOIN access_requests r ON r.application_id = a.id JOIN apis p ON p.id = r.api_id \
               WHERE a.organization_id = $1 AND r.state IN ('approved', 'partly_approved', 'declined') \
               ORDER BY r.decided_at DESC, r.id DESC LIMIT $2";
    let read = |row: &Row| {
        Ok(Earlier {
            reference: row.get("reference")?,
            application: row.get("application")?,
            api: row.get("api")?,
            state: row.parse("state")?,
            ended_at: row.get("decided_at")?,
        })
    };
    tx.query(sql, params![organization, limit]).await?.iter().map(read).collect()
}

/// When something that the application asked for was last approved.
pub async fn last_approval(tx: &mut Tx, application: ApplicationId) -> Result<Option<Timestamp>, DbError> {
    let sql = "SELECT CAST(MAX(decided_at) AS BIGINT) AS at FROM access_requests \
               WHERE application_id = $1 AND state IN ('approved', 'partly_approved')";
    tx.query_one(sql, params![application]).await?.get("at")
}

/// What a reviewer is reminded of, of a request or a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminder {
    /// Half of the time is over.
    HalfTime,
    /// All of it.
    Overdue,
}

/// Up to `limit` requests whose clock runs and of which nobody was reminded so, those due first at the beginning.
pub async fn not_reminded(tx: &mut Tx, of: Reminder, limit: i64) -> Result<Vec<AccessRequestId>, DbError> {
    let sql = format!(
        "SELECT id FROM access_requests WHERE state IN ('submitted', 'in_review') AND due_at IS NOT NULL \
         AND {} IS NULL ORDER BY due_at, id LIMIT $1",
        of.column()
    );
    tx.query(&sql, params![limit]).await?.iter().map(|row| row.parse("id")).collect()
}

/// Remembers a reminder. `false` when it has gone out, or the clock does not run any more.
pub async fn set_reminded(tx: &mut Tx, id: AccessRequestId, of: Reminder, now: Timestamp) -> Result<bool, DbError> {
    let column = of.column();
    let sql = format!(
        "UPDATE access_requests SET {column} = $2 WHERE id = $1 AND {column} IS NULL \
         AND state IN ('submitted', 'in_review')"
    );
    Ok(tx.execute(&sql, params![id, now]).await? == 1)
}

impl Reminder {
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::HalfTime => "half_time_reminded_at",
            Self::Overdue => "overdue_reminded_at",
        }
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_core::portal::access_request::{self, Reviewer, ScopeVerdict, Verdict};
    use gatehouse_core::portal::review::Calendar;

    use super::super::tests::{insert_one, sample, save};
    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn remembers_decisions_and_reminders() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let application = insert_sample(db, ground, 1).await.id;
            let (first, second) = (sample(ground, application, 1), sample(ground, application, 2));
            let calendar = Calendar::office_hours(jiff::tz::TimeZone::UTC);
            for request in [&first, &second] {
                insert_one(db, request).await;
            }
            let mut open = access_request::submit(first, &calendar, NOW).unwrap();
            assert!(save(db, &open).await);
            let id = open.id;
            db.write(async move |tx: &mut Tx| {
                assert_eq!(last_approval(tx, application).await?, None);
                assert_eq!(decisions(tx, ground.organization, 9).await?, []);
                for of in [Reminder::HalfTime, Reminder::Overdue] {
                    assert_eq!(not_reminded(tx, of, 9).await?, [id], "drafts are nobody's business");
                    assert!(set_reminded(tx, id, of, NOW).await?);
                    assert!(!set_reminded(tx, id, of, NOW).await?, "once");
                    assert_eq!(not_reminded(tx, of, 9).await?, []);
                }
                Ok::<_, DbError>(())
            })
            .await
            .unwrap();
            let reviewer = Reviewer { user_id: ground.reviewer, organizations: &[] };
            open = access_request::assign(open, reviewer, NOW).unwrap();
            assert!(save(db, &open).await);
            let decline = Verdict::Decline { reason: "no".into() };
            let declined: Vec<_> =
                ground.scopes.map(|scope_id| ScopeVerdict { scope_id, verdict: decline.clone() }).to_vec();
            open = access_request::decide(open, &declined, reviewer, NOW.plus_secs(5)).unwrap();
            assert!(save(db, &open).await);
            let reference = open.reference.clone();
            db.write(async move |tx: &mut Tx| {
                let found = decisions(tx, ground.organization, 9).await?;
                let names = found.iter().map(|one| (one.reference.as_str(), one.state, one.ended_at));
                let expected = (reference.as_str(), AccessRequestState::Declined, NOW.plus_secs(5));
                assert_eq!(names.collect::<Vec<_>>(), [expected]);
                assert_eq!(last_approval(tx, application).await?, None, "a refusal is no approval");
                let sql = "UPDATE access_requests SET state = 'approved' WHERE id = $1";
                tx.execute(sql, params![id]).await?;
                assert_eq!(last_approval(tx, application).await?, Some(NOW.plus_secs(5)));
                assert!(!set_reminded(tx, id, Reminder::Overdue, NOW).await?);
                Ok::<_, DbError>(())
            })
            .await
            .unwrap();
        })
        .await;
    }
}
