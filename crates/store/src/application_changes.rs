//! Table `application_changes`.

use gatehouse_core::id::{ApplicationChangeId, ApplicationId, OrganizationId, UserId};
use gatehouse_core::portal::application_change::{
    Addresses, ApplicationChange, ApplicationChangeState, ChangedField, Proposal,
};
use gatehouse_core::time::Timestamp;
use serde::Serialize;

use crate::access_requests::history::Reminder;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A change with its application's organization.
const CHANGES: &str =
    "SELECT c.*, a.organization_id FROM application_changes c JOIN applications a ON a.id = c.application_id";

/// Adds a change. A second open one of the same application and field is refused by an index: end the first.
pub async fn insert(tx: &mut Tx, change: &ApplicationChange) -> Result<(), DbError> {
    let sql = "INSERT INTO application_changes (id, reference, application_id, field, value_before, value_after, state, \
               proposed_by, created_at, due_at, decided_by, decided_at, reason) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let (before, after) = match &change.proposal {
        Proposal::RedirectUris(addresses) | Proposal::PostLogoutRedirectUris(addresses) => {
            (json(&addresses.before)?, json(&addresses.after)?)
        }
        Proposal::ApiUser { before, after } => (json(before)?, json(after)?),
    };
    let values = params![
        change.id,
        &change.reference,
        change.application_id,
        change.proposal.field().as_str(),
        before,
        after,
        change.state.as_str(),
        change.proposed_by,
        change.created_at,
        change.due_at,
        change.decided_by,
        change.decided_at,
        change.reason.as_ref(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes the end of an open change. `false` when it has ended already: of any number at once, one ends it.
pub async fn end(tx: &mut Tx, change: &ApplicationChange) -> Result<bool, DbError> {
    let sql = "UPDATE application_changes SET state = $1, decided_by = $2, decided_at = $3, reason = $4 \
               WHERE id = $5 AND state = 'submitted'";
    let values =
        params![change.state.as_str(), change.decided_by, change.decided_at, change.reason.as_ref(), change.id];
    Ok(tx.execute(sql, values).await? == 1)
}

/// One change.
pub async fn find(tx: &mut Tx, id: ApplicationChangeId) -> Result<Option<ApplicationChange>, DbError> {
    let sql = format!("{CHANGES} WHERE c.id = $1");
    tx.query_opt(&sql, params![id]).await?.as_ref().map(read).transpose()
}

/// One change, by what people quote.
pub async fn find_by_reference(tx: &mut Tx, reference: &str) -> Result<Option<ApplicationChange>, DbError> {
    let sql = format!("{CHANGES} WHERE c.reference = $1");
    tx.query_opt(&sql, params![reference]).await?.as_ref().map(read).transpose()
}

/// What of an application waits, in the order of the fields' names.
pub async fn open_of_application(tx: &mut Tx, application: ApplicationId) -> Result<Vec<ApplicationChange>, DbError> {
    let sql = format!("{CHANGES} WHERE c.application_id = $1 AND c.state = 'submitted' ORDER BY c.field DESC");
    tx.query(&sql, params![application]).await?.iter().map(read).collect()
}

/// Up to `limit` changes of an application that have ended, the newest first.
pub async fn ended_of_application(
    tx: &mut Tx,
    application: ApplicationId,
    limit: i64,
) -> Result<Vec<ApplicationChange>, DbError> {
    let sql = format!(
        "{CHANGES} WHERE c.application_id = $1 AND c.state <> 'submitted' ORDER BY c.decided_at DESC, c.id DESC LIMIT $2"
    );
    tx.query(&sql, params![application, limit]).await?.iter().map(read).collect()
}

/// Up to `limit` changes with ids greater than `after`, oldest first: of one application, in one state, or any.
pub async fn list(
    tx: &mut Tx,
    (application, state): (Option<ApplicationId>, Option<ApplicationChangeState>),
    after: &str,
    limit: i64,
) -> Result<Vec<ApplicationChange>, DbError> {
    let sql = format!(
        "{CHANGES} WHERE (CAST($1 AS TEXT) IS NULL OR c.application_id = $1) \
         AND (CAST($2 AS TEXT) IS NULL OR c.state = $2) AND c.id > $3 ORDER BY c.id LIMIT $4"
    );
    let values = params![application, state.map(ApplicationChangeState::as_str), after, limit];
    tx.query(&sql, values).await?.iter().map(read).collect()
}

/// Which part of the review desk's list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// What waits, due first.
    #[default]
    Open,
    /// What has ended, the newest first.
    Ended,
}

/// A change in the review desk's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The change.
    pub change: ApplicationChange,
    /// The application's name.
    pub application: String,
    /// The name of its organization.
    pub organization: String,
    /// When the organization was verified.
    pub verified_at: Option<Timestamp>,
    /// Who proposed it, by name.
    pub proposed_by: String,
}

/// Up to `limit` changes of the review desk's list after the first `skip`.
pub async fn queue(tx: &mut Tx, stage: Stage, (skip, limit): (i64, i64)) -> Result<Vec<Queued>, DbError> {
    let (condition, order) = match stage {
        Stage::Open => ("c.state = 'submitted'", "c.due_at, c.id"),
        Stage::Ended => ("c.state <> 'submitted'", "c.decided_at DESC, c.id DESC"),
    };
    let sql = format!(
        "SELECT c.*, a.organization_id, a.name AS application_name, o.name AS organization_name, o.verified_at, \
         u.name AS proposer_name FROM application_changes c JOIN applications a ON a.id = c.application_id \
         JOIN organizations o ON o.id = a.organization_id JOIN users u ON u.id = c.proposed_by \
         WHERE {condition} ORDER BY {order} LIMIT $1 OFFSET $2"
    );
    let read = |row: &Row| {
        Ok(Queued {
            change: read(row)?,
            application: row.get("application_name")?,
            organization: row.get("organization_name")?,
            verified_at: row.get("verified_at")?,
            proposed_by: row.get("proposer_name")?,
        })
    };
    tx.query(&sql, params![limit, skip]).await?.iter().map(read).collect()
}

/// When a change of an application's redirect URIs was last approved.
pub async fn last_approval(tx: &mut Tx, application: ApplicationId) -> Result<Option<Timestamp>, DbError> {
    let sql = "SELECT CAST(MAX(decided_at) AS BIGINT) AS at FROM application_changes \
               WHERE application_id = $1 AND field = 'redirect_uris' AND state = 'approved'";
    tx.query_one(sql, params![application]).await?.get("at")
}

/// How many changes wait.
pub async fn count_open(tx: &mut Tx) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) AS open FROM application_changes WHERE state = 'submitted'";
    tx.query_one(sql, params![]).await?.get("open")
}

/// Up to `limit` changes that wait and of which nobody was reminded so, those due first at the beginning.
pub async fn not_reminded(tx: &mut Tx, of: Reminder, limit: i64) -> Result<Vec<ApplicationChangeId>, DbError> {
    let sql = format!(
        "SELECT id FROM application_changes WHERE state = 'submitted' AND {} IS NULL ORDER BY due_at, id LIMIT $1",
        of.column()
    );
    tx.query(&sql, params![limit]).await?.iter().map(|row| row.parse("id")).collect()
}

/// Remembers a reminder. `false` when it has gone out, or the change has ended.
pub async fn set_reminded(tx: &mut Tx, id: ApplicationChangeId, of: Reminder, now: Timestamp) -> Result<bool, DbError> {
    let column = of.column();
    let sql = format!(
        "UPDATE application_changes SET {column} = $2 WHERE id = $1 AND {column} IS NULL AND state = 'submitted'"
    );
    Ok(tx.execute(&sql, params![id, now]).await? == 1)
}

fn read(row: &Row) -> Result<ApplicationChange, DbError> {
    Ok(ApplicationChange {
        id: row.parse("id")?,
        reference: row.get("reference")?,
        application_id: row.parse("application_id")?,
        organization_id: row.parse::<OrganizationId>("organization_id")?,
        proposal: read_proposal(row)?,
        state: row.parse("state")?,
        proposed_by: row.parse("proposed_by")?,
        created_at: row.get("created_at")?,
        due_at: row.get("due_at")?,
        decided_by: row.parse_opt::<UserId>("decided_by")?,
        decided_at: row.get("decided_at")?,
        reason: row.get("reason")?,
    })
}

fn read_proposal(row: &Row) -> Result<Proposal, DbError> {
    let addresses = || Ok(Addresses { before: row.json("value_before")?, after: row.json("value_after")? });
    match row.parse("field")? {
        ChangedField::RedirectUris => addresses().map(Proposal::RedirectUris),
        ChangedField::PostLogoutRedirectUris => addresses().map(Proposal::PostLogoutRedirectUris),
        ChangedField::ApiUser => {
            Ok(Proposal::ApiUser { before: row.json("value_before")?, after: row.json("value_after")? })
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Engine(format!("a value cannot be written as JSON: {error}")))
}

#[cfg(test)]
mod tests;
