//! The review desk's list: what waits for reviewers and what has ended, with the names that people read. A page is two
//! statements, the numbers above it a third.

use std::str::FromStr;

use gatehouse_core::id::{AccessRequestId, ApiId, ApplicationId, OrganizationId, UserId};
use gatehouse_core::portal::access_request::{AccessRequestState, ScopeDecision, Sensitivity};
use gatehouse_core::time::Timestamp;
use serde::Deserialize;

use crate::db::{DbError, Row, Tx, Value};
use crate::params;

/// States in which a request is the reviewers' business, as in the index.
const OPEN: &str = "r.state IN ('submitted', 'in_review', 'needs_information')";
/// Requests whose clock stands still come after all others.
const DUE: &str = "CASE WHEN r.state = 'needs_information' THEN 4000000000000000000 + r.due_at ELSE r.due_at END";

/// Where in its life a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Any of the next three.
    #[default]
    Open,
    /// Nobody has taken it yet.
    Submitted,
    /// A reviewer has it.
    InReview,
    /// The developer is asked.
    NeedsInformation,
    /// Decided, withdrawn or expired; drafts that were thrown away are not among them.
    Ended,
}

/// Who has a request. As text: `nobody`, or the id of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Assignee {
    /// No reviewer.
    Nobody,
    /// This one.
    User(UserId),
}

impl FromStr for Assignee {
    type Err = <UserId as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "nobody" { Ok(Self::Nobody) } else { text.parse().map(Self::User) }
    }
}

impl TryFrom<String> for Assignee {
    type Error = <UserId as FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What is due first.
    #[default]
    Due,
    /// What was submitted last.
    Newest,
    /// What was submitted first.
    Oldest,
    /// What ended last.
    Ended,
}

/// Which requests, and in which order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Where in its life.
    pub stage: Stage,
    /// Of this reviewer, or of none.
    pub assignee: Option<Assignee>,
    /// For this API.
    pub api: Option<ApiId>,
    /// Overdue at this time.
    pub overdue_at: Option<Timestamp>,
    /// In which order.
    pub order: Order,
}

/// The place of a request in its order: where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is ordered by.
    pub key: i64,
    /// Decides between equals.
    pub id: AccessRequestId,
}

/// A request in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its place.
    pub place: Place,
    /// What people quote.
    pub reference: String,
    /// As stored.
    pub state: AccessRequestState,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When the decision is due.
    pub due_at: Option<Timestamp>,
    /// Since when the developer is asked.
    pub asked_at: Option<Timestamp>,
    /// When it ended.
    pub decided_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: UserId,
    /// The reviewer who has it, by name.
    pub assignee: Option<(UserId, String)>,
    /// Who asks, by name.
    pub application: (ApplicationId, String),
    /// The application's organization, by name.
    pub organization: (OrganizationId, String),
    /// When the organization was verified.
    pub verified_at: Option<Timestamp>,
    /// What for, by name.
    pub api: (ApiId, String),
    /// Scope by scope.
    pub scopes: Vec<QueuedScope>,
}

/// A scope of a request in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedScope {
    /// Its name.
    pub name: String,
    /// How much harm it can do.
    pub sensitivity: Sensitivity,
    /// What became of it.
    pub decision: Option<ScopeDecision>,
    /// Who gave the first of the two approvals that a restricted scope takes.
    pub first_approved_by: Option<UserId>,
}

/// How many requests wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In all.
    pub open: i64,
    /// Of one reviewer.
    pub mine: i64,
    /// Of no reviewer.
    pub nobodys: i64,
    /// Overdue; the clock of what the developer is asked about stands still.
    pub overdue: i64,
}

/// Up to `limit` requests after a place.
pub async fn page(tx: &mut Tx, wanted: Wanted, after: Option<Place>, limit: i64) -> Result<Vec<Queued>, DbError> {
    let (key, beyond, direction) = match wanted.order {
        Order::Due => (DUE, ">", "ASC"),
        Order::Oldest => ("r.submitted_at", ">", "ASC"),
        Order::Newest => ("r.submitted_at", "<", "DESC"),
        Order::Ended => ("r.decided_at", "<", "DESC"),
    };
    let (mut conditions, mut values) = conditions(wanted);
    if let Some(Place { key: at, id }) = after {
        values.extend_from_slice(params![at, id]);
        let (at, id) = (values.len() - 1, values.len());
        // The first condition is what an index can begin at.
        conditions.push(format!("{key} {beyond}= ${at} AND ({key} {beyond} ${at} OR r.id {beyond} ${id})"));
    }
    values.push(limit.into());
    let sql = format!(
        "SELECT q.id, q.reference, q.state, q.submitted_at, q.due_at, q.asked_at, q.decided_at, q.created_by, \
         q.assignee_id, u.name AS assignee_name, q.application_id, a.name AS application_name, a.organization_id, \
         o.name AS organization_name, o.verified_at, q.api_id, p.name AS api_name, q.sort_key \
         FROM (SELECT r.*, {key} AS sort_key FROM access_requests r WHERE {} \
         ORDER BY {key} {direction}, r.id {direction} LIMIT ${}) q \
         JOIN applications a ON a.id = q.application_id JOIN organizations o ON o.id = a.organization_id \
         JOIN apis p ON p.id = q.api_id LEFT JOIN users u ON u.id = q.assignee_id \
         ORDER BY q.sort_key {direction}, q.id {direction}",
        conditions.join(" AND "),
        values.len(),
    );
    let mut found = tx.query(&sql, &values).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    add_scopes(tx, &mut found).await?;
    Ok(found)
}

/// How many requests wait at `now`, for the reviewer `user`.
pub async fn counts(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Counts, DbError> {
    let sum = |condition: &str| format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
    let sql = format!(
        "SELECT COUNT(*) AS open, {} AS mine, {} AS nobodys, {} AS overdue FROM access_requests r WHERE {OPEN}",
        sum("r.assignee_id = $1"),
        sum("r.assignee_id IS NULL"),
        sum("r.due_at <= $2 AND r.state <> 'needs_information'"),
    );
    let row = tx.query_one(&sql, params![user, now]).await?;
    Ok(Counts {
        open: row.get("open")?,
        mine: row.get("mine")?,
        nobodys: row.get("nobodys")?,
        overdue: row.get("overdue")?,
    })
}

fn conditions(wanted: Wanted) -> (Vec<String>, Vec<Value>) {
    let stage = match wanted.stage {
        // The same as `OPEN`, in the words of the indexes that are in the order of the list: by `state` SQLite would
        // choose the index of states and sort.
        Stage::Open => "r.decided_at IS NULL AND r.submitted_at IS NOT NULL",
        Stage::Submitted => "r.state = 'submitted'",
        Stage::InReview => "r.state = 'in_review'",
        Stage::NeedsInformation => "r.state = 'needs_information'",
        Stage::Ended => "r.decided_at IS NOT NULL AND r.submitted_at IS NOT NULL",
    };
    let mut conditions = vec![stage.to_owned()];
    let mut values: Vec<Value> = Vec::new();
    match wanted.assignee {
        Some(Assignee::Nobody) => conditions.push("r.assignee_id IS NULL".to_owned()),
        Some(Assignee::User(user)) => {
            values.push(user.into());
            conditions.push(format!("r.assignee_id = ${}", values.len()));
        }
        None => {}
    }
    if let Some(api) = wanted.api {
        values.push(api.into());
        conditions.push(format!("r.api_id = ${}", values.len()));
    }
    if let Some(now) = wanted.overdue_at {
        values.push(now.into());
        conditions.push(format!("r.due_at <= ${} AND r.state <> 'needs_information'", values.len()));
    }
    (conditions, values)
}

async fn add_scopes(tx: &mut Tx, requests: &mut [Queued]) -> Result<(), DbError> {
    if requests.is_empty() {
        return Ok(());
    }
    let ids: Vec<Value> = requests.iter().map(|request| request.place.id.into()).collect();
    let places: Vec<String> = (1..=ids.len()).map(|number| format!("${number}")).collect();
    let sql = format!(
        "SELECT rs.request_id, s.name, s.sensitivity, rs.decision, rs.first_approved_by FROM access_request_scopes rs \
         JOIN scopes s ON s.id = rs.scope_id WHERE rs.request_id IN ({}) ORDER BY s.position, s.id",
        places.join(", ")
    );
    for row in tx.query(&sql, &ids).await? {
        let id: AccessRequestId = row.parse("request_id")?;
        if let Some(request) = requests.iter_mut().find(|request| request.place.id == id) {
            request.scopes.push(QueuedScope {
                name: row.get("name")?,
                sensitivity: row.parse("sensitivity")?,
                decision: row.parse_opt("decision")?,
                first_approved_by: row.parse_opt("first_approved_by")?,
            });
        }
    }
    Ok(())
}

fn read(row: &Row) -> Result<Queued, DbError> {
    let assignee = row.parse_opt("assignee_id")?.zip(row.get::<Option<String>>("assignee_name")?);
    Ok(Queued {
        place: Place { key: row.get("sort_key")?, id: row.parse("id")? },
        reference: row.get("reference")?,
        state: row.parse("state")?,
        submitted_at: row.get("submitted_at")?,
        due_at: row.get("due_at")?,
        asked_at: row.get("asked_at")?,
        decided_at: row.get("decided_at")?,
        created_by: row.parse("created_by")?,
        assignee,
        application: (row.parse("application_id")?, row.get("application_name")?),
        organization: (row.parse("organization_id")?, row.get("organization_name")?),
        verified_at: row.get("verified_at")?,
        api: (row.parse("api_id")?, row.get("api_name")?),
        scopes: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
