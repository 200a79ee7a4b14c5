//! Tables `access_requests`, `access_request_scopes` and `access_request_messages`.

pub mod history;
pub mod queue;

use gatehouse_core::id::{AccessRequestId, ApiId, ApplicationId, UserId};
use gatehouse_core::portal::access_request::{
    AccessRequest, AccessRequestState, FirstApproval, Message, RequestedScope, ScopeDecision,
};
use gatehouse_core::time::Timestamp;

use self::queue::Assignee;
use crate::db::{DbError, Row, Tx, Value};
use crate::params;

/// What [`insert`] fails with when a request has the reference already.
pub const REFERENCE_TAKEN: &str = "access_requests.reference";

/// Adds a request with its scopes.
pub async fn insert(tx: &mut Tx, request: &AccessRequest) -> Result<(), DbError> {
    let sql = "INSERT INTO access_requests (id, reference, application_id, api_id, previous_request_id, state, \
               answers, integration, assignee_id, created_by, created_at, terms_accepted_at, submitted_at, due_at, \
               asked_at, decided_at, updated_at, version, sign_in_scopes) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let values = params![
        request.id,
        &request.reference,
        request.application_id,
        request.api_id,
        request.previous_request_id,
        request.state.as_str(),
        json(&request.answers)?,
        json(&request.integration)?,
        request.assignee_id,
        request.created_by,
        request.created_at,
        request.terms_accepted_at,
        request.submitted_at,
        request.due_at,
        request.asked_at,
        request.decided_at,
        request.updated_at,
        request.version,
        json(&request.sign_in_scopes)?,
    ];
    tx.execute(sql, values).await?;
    put_scopes(tx, request.id, &request.scopes).await
}

/// One request.
pub async fn find(tx: &mut Tx, id: AccessRequestId) -> Result<Option<AccessRequest>, DbError> {
    let sql = "SELECT r.*, a.organization_id FROM access_requests r JOIN applications a ON a.id = r.application_id \
               WHERE r.id = $1";
    let row = tx.query_opt(sql, params![id]).await?;
    with_scopes(tx, row).await
}

/// One request, by what people quote.
pub async fn find_by_reference(tx: &mut Tx, reference: &str) -> Result<Option<AccessRequest>, DbError> {
    let sql = "SELECT r.*, a.organization_id FROM access_requests r JOIN applications a ON a.id = r.application_id \
               WHERE r.reference = $1";
    let row = tx.query_opt(sql, params![reference]).await?;
    with_scopes(tx, row).await
}

/// The newest request of an application for an API.
pub async fn latest(tx: &mut Tx, application: ApplicationId, api: ApiId) -> Result<Option<AccessRequest>, DbError> {
    let sql = "SELECT r.*, a.organization_id FROM access_requests r JOIN applications a ON a.id = r.application_id \
               WHERE r.application_id = $1 AND r.api_id = $2 ORDER BY r.id DESC LIMIT 1";
    let row = tx.query_opt(sql, params![application, api]).await?;
    with_scopes(tx, row).await
}

/// Which requests a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this application only.
    pub application: Option<ApplicationId>,
    /// In this stored state only.
    pub state: Option<AccessRequestState>,
    /// For this API only.
    pub api: Option<ApiId>,
    /// Of this reviewer only, or of none.
    pub assignee: Option<Assignee>,
    /// Overdue at this time only; the clock of what the developer is asked about stands still.
    pub overdue_at: Option<Timestamp>,
}

/// `r` fits the filter, whose values are `$1` to `$5`, and comes after `$6`.
const FITS: &str = "(CAST($1 AS TEXT) IS NULL OR r.application_id = $1) \
                    AND (CAST($2 AS TEXT) IS NULL OR r.state = $2) \
                    AND (CAST($3 AS TEXT) IS NULL OR r.api_id = $3) \
                    AND (CAST($4 AS TEXT) IS NULL OR COALESCE(r.assignee_id, '') = $4) \
                    AND (CAST($5 AS BIGINT) IS NULL \
                         OR (r.due_at <= $5 AND r.state IN ('submitted', 'in_review'))) \
                    AND r.id > $6 ORDER BY r.id LIMIT $7";

/// Up to `limit` requests with ids greater than `after`, oldest first; two statements.
pub async fn list(tx: &mut Tx, filter: Filter, after: &str, limit: i64) -> Result<Vec<AccessRequest>, DbError> {
    let state = filter.state.map(AccessRequestState::as_str);
    let assignee = filter.assignee.map(|assignee| match assignee {
        Assignee::Nobody => String::new(),
        Assignee::User(user) => user.to_string(),
    });
    let values = params![filter.application, state, filter.api, assignee, filter.overdue_at, after, limit];
    let sql = format!(
        "SELECT r.*, a.organization_id FROM access_requests r JOIN applications a ON a.id = r.application_id WHERE {FITS}"
    );
    let mut requests = tx.query(&sql, values).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let sql = format!(
        "SELECT rs.*, s.name AS scope, s.sensitivity FROM access_request_scopes rs \
         JOIN scopes s ON s.id = rs.scope_id WHERE rs.request_id IN (SELECT r.id FROM access_requests r WHERE {FITS}) \
         ORDER BY rs.request_id, s.position, s.id"
    );
    for row in tx.query(&sql, values).await? {
        let id: AccessRequestId = row.parse("request_id")?;
        if let Ok(place) = requests.binary_search_by_key(&id, |request| request.id) {
            requests[place].scopes.push(read_scope(&row)?);
        }
    }
    Ok(requests)
}

/// Up to `limit` requests of a user's organizations with ids smaller than `before`, the newest first, in these stored
/// states only, or in any when none is named; two statements.
pub async fn list_of_user(
    tx: &mut Tx,
    user: UserId,
    states: &[AccessRequestState],
    (before, limit): (&str, i64),
) -> Result<Vec<AccessRequest>, DbError> {
    let states: String = states.iter().map(|state| format!(" {state} ")).collect();
    let values = params![user, states, before, limit];
    let sql = "SELECT r.*, a.organization_id FROM access_requests r JOIN applications a ON a.id = r.application_id \
               JOIN organization_members m ON m.organization_id = a.organization_id AND m.user_id = $1 \
               WHERE (CAST($2 AS TEXT) = '' OR CAST($2 AS TEXT) LIKE '% ' || r.state || ' %') AND r.id < $3 \
               ORDER BY r.id DESC LIMIT $4";
    let mut requests = tx.query(sql, values).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let sql = "SELECT rs.*, s.name AS scope, s.sensitivity FROM access_request_scopes rs \
               JOIN scopes s ON s.id = rs.scope_id WHERE rs.request_id IN (SELECT r.id FROM access_requests r \
               JOIN applications a ON a.id = r.application_id \
               JOIN organization_members m ON m.organization_id = a.organization_id AND m.user_id = $1 \
               WHERE (CAST($2 AS TEXT) = '' OR CAST($2 AS TEXT) LIKE '% ' || r.state || ' %') AND r.id < $3 \
               ORDER BY r.id DESC LIMIT $4) ORDER BY rs.request_id, s.position, s.id";
    for row in tx.query(sql, values).await? {
        let id: AccessRequestId = row.parse("request_id")?;
        if let Some(request) = requests.iter_mut().find(|request| request.id == id) {
            request.scopes.push(read_scope(&row)?);
        }
    }
    Ok(requests)
}

/// How many requests of a user's organizations are stored in each state; none for a state that does not occur.
pub async fn count_of_user(tx: &mut Tx, user: UserId) -> Result<Vec<(AccessRequestState, i64)>, DbError> {
    let sql = "SELECT r.state, COUNT(*) AS found FROM access_requests r JOIN applications a ON a.id = r.application_id \
               JOIN organization_members m ON m.organization_id = a.organization_id AND m.user_id = $1 \
               GROUP BY r.state ORDER BY r.state";
    tx.query(sql, params![user]).await?.iter().map(|row| Ok((row.parse("state")?, row.get("found")?))).collect()
}

/// Up to `limit` requests whose question went out not after `asked_until`.
pub async fn unanswered(tx: &mut Tx, asked_until: Timestamp, limit: i64) -> Result<Vec<AccessRequestId>, DbError> {
    let sql = "SELECT id FROM access_requests WHERE state = 'needs_information' AND asked_at <= $1 \
               ORDER BY id LIMIT $2";
    tx.query(sql, params![asked_until, limit]).await?.iter().map(|row| row.parse("id")).collect()
}

/// Writes the next version with its decisions. `false` when the stored one is not its predecessor: somebody else was
/// faster.
pub async fn update(tx: &mut Tx, request: &AccessRequest) -> Result<bool, DbError> {
    let sql = "UPDATE access_requests SET state = $1, assignee_id = $2, submitted_at = $3, due_at = $4, \
               asked_at = $5, decided_at = $6, updated_at = $7, version = $8, terms_accepted_at = $9 \
               WHERE id = $10 AND version = $11";
    let values = params![
        request.state.as_str(),
        request.assignee_id,
        request.submitted_at,
        request.due_at,
        request.asked_at,
        request.decided_at,
        request.updated_at,
        request.version,
        request.terms_accepted_at,
        request.id,
        request.version - 1,
    ];
    if tx.execute(sql, values).await? == 0 {
        return Ok(false);
    }
    put_scopes(tx, request.id, &request.scopes).await?;
    Ok(true)
}

/// Adds a message to the thread.
pub async fn insert_message(tx: &mut Tx, request: AccessRequestId, message: &Message) -> Result<(), DbError> {
    let sql = "INSERT INTO access_request_messages (id, request_id, kind, author_id, body, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values =
        params![message.id, request, message.kind.as_str(), message.author_id, &message.body, message.created_at];
    tx.execute(sql, values).await.map(drop)
}

/// The thread, oldest first.
pub async fn messages(tx: &mut Tx, request: AccessRequestId) -> Result<Vec<Message>, DbError> {
    let sql = "SELECT * FROM access_request_messages WHERE request_id = $1 ORDER BY created_at, id";
    let read = |row: &Row| {
        Ok(Message {
            id: row.parse("id")?,
            kind: row.parse("kind")?,
            author_id: row.parse("author_id")?,
            body: row.get("body")?,
            created_at: row.get("created_at")?,
        })
    };
    tx.query(sql, params![request]).await?.iter().map(read).collect()
}

async fn put_scopes(tx: &mut Tx, id: AccessRequestId, scopes: &[RequestedScope]) -> Result<(), DbError> {
    let sql = "INSERT INTO access_request_scopes (request_id, scope_id, first_approved_by, first_approved_at, \
               decision, reason, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (request_id, scope_id) DO UPDATE SET first_approved_by = excluded.first_approved_by, \
               first_approved_at = excluded.first_approved_at, decision = excluded.decision, \
               reason = excluded.reason, decided_by = excluded.decided_by, decided_at = excluded.decided_at";
    for scope in scopes {
        let values = params![
            id,
            scope.scope_id,
            scope.first_approval.map(|approval| approval.by),
            scope.first_approval.map(|approval| approval.at),
            scope.decision.map(ScopeDecision::as_str),
            scope.reason.as_ref(),
            scope.decided_by,
            scope.decided_at,
        ];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

async fn with_scopes(tx: &mut Tx, row: Option<Row>) -> Result<Option<AccessRequest>, DbError> {
    let Some(row) = row else { return Ok(None) };
    let mut request = read(&row)?;
    let sql = "SELECT rs.*, s.name AS scope, s.sensitivity FROM access_request_scopes rs \
               JOIN scopes s ON s.id = rs.scope_id WHERE rs.request_id = $1 ORDER BY s.position, s.id";
    let rows = tx.query(sql, params![request.id]).await?;
    request.scopes = rows.iter().map(read_scope).collect::<Result<_, _>>()?;
    Ok(Some(request))
}

fn read(row: &Row) -> Result<AccessRequest, DbError> {
    Ok(AccessRequest {
        id: row.parse("id")?,
        reference: row.get("reference")?,
        application_id: row.parse("application_id")?,
        organization_id: row.parse("organization_id")?,
        api_id: row.parse("api_id")?,
        previous_request_id: row.parse_opt("previous_request_id")?,
        state: row.parse("state")?,
        answers: row.json("answers")?,
        integration: row.json("integration")?,
        assignee_id: row.parse_opt("assignee_id")?,
        created_by: row.parse("created_by")?,
        created_at: row.get("created_at")?,
        terms_accepted_at: row.get("terms_accepted_at")?,
        submitted_at: row.get("submitted_at")?,
        due_at: row.get("due_at")?,
        asked_at: row.get("asked_at")?,
        decided_at: row.get("decided_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
        scopes: Vec::new(),
        sign_in_scopes: row.json("sign_in_scopes")?,
    })
}

fn read_scope(row: &Row) -> Result<RequestedScope, DbError> {
    let by = row.parse_opt("first_approved_by")?;
    let at = row.get::<Option<Timestamp>>("first_approved_at")?;
    Ok(RequestedScope {
        scope_id: row.parse("scope_id")?,
        scope: row.get("scope")?,
        sensitivity: row.parse("sensitivity")?,
        first_approval: by.zip(at).map(|(by, at)| FirstApproval { by, at }),
        decision: row.parse_opt("decision")?,
        reason: row.get("reason")?,
        decided_by: row.parse_opt("decided_by")?,
        decided_at: row.get("decided_at")?,
    })
}

fn json(value: &impl serde::Serialize) -> Result<Value, DbError> {
    let text = serde_json::to_string(value);
    text.map(Value::Text).map_err(|error| DbError::Engine(format!("a value cannot be written as JSON: {error}")))
}

#[cfg(test)]
pub(crate) mod tests;
