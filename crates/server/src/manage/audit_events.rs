//! `/manage/v1/audit_events`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::AuditEventId;
use gatehouse_store::audit::Entry;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Iso, Listed, Paging, Params, Refusal};
use crate::actions::audit::{self, EventFilter};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which events.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Items on a page: 1–200, 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `user`, `operator`, `command_line`, `application` or `system`.
    actor_kind: Option<String>,
    /// Who acted.
    actor_id: Option<String>,
    /// What was done: `application.suspended`.
    action: Option<String>,
    /// On what kind of thing: `application`.
    target_kind: Option<String>,
    /// On what.
    target_id: Option<String>,
    /// Not before this time.
    from: Option<String>,
    /// Before this time.
    until: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub struct AuditEventView {
    /// `aud_…`
    pub id: String,
    /// When.
    pub at: Iso,
    /// `user`, `operator`, `command_line`, `application` or `system`.
    pub actor_kind: String,
    /// Who.
    pub actor_id: String,
    /// What: `application.suspended`.
    pub action: String,
    /// On what kind of thing.
    pub target_kind: String,
    /// On what.
    pub target_id: String,
    /// What changed, as it was.
    pub before: Option<serde_json::Value>,
    /// What changed, as it became.
    pub after: Option<serde_json::Value>,
    /// The HTTP request that carried it.
    pub request_id: Option<String>,
    /// Addresses and names, unless they have been deleted.
    pub personal: Option<serde_json::Map<String, serde_json::Value>>,
    /// Salted SHA-256 of the personal fields, in hexadecimal; stays when they are deleted.
    pub personal_hash: Option<String>,
    /// Number in the chain; null for the second until it has one.
    pub seq: Option<i64>,
    /// Hash in the chain, in hexadecimal.
    pub hash: Option<String>,
}

impl From<&Entry> for AuditEventView {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at.into(),
            actor_kind: entry.actor_kind.to_string(),
            actor_id: entry.actor_id.clone(),
            action: entry.action.clone(),
            target_kind: entry.target_kind.clone(),
            target_id: entry.target_id.clone(),
            before: entry.before.clone(),
            after: entry.after.clone(),
            request_id: entry.request_id.map(|id| id.to_string()),
            personal: entry.personal.clone(),
            personal_hash: entry.personal_hash.as_deref().map(hex),
            seq: entry.seq,
            hash: entry.hash.as_deref().map(hex),
        }
    }
}

/// List audit events, newest first
#[utoipa::path(get, path = "/audit_events", tag = "Audit log", params(Query), responses(
    (status = 200, description = "A page of events", body = Listed<AuditEventView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(query): Params<Query>,
) -> Result<Json<Listed<AuditEventView>>, Refusal> {
    let window = Paging::new(query.limit, query.cursor).window(&ctx, AuditEventId::PREFIX)?;
    let filter = EventFilter {
        actor_kind: query.actor_kind,
        actor_id: query.actor_id,
        action: query.action,
        target_kind: query.target_kind,
        target_id: query.target_id,
        from: query.from,
        until: query.until,
        before: window.after.parse().ok(),
    };
    let fetch = u32::try_from(window.fetch()).unwrap_or(1);
    let entries = audit::list(&ctx, filter, fetch).await?;
    Ok(Json(Listed::new(entries, &window, |entry| entry.id.to_string())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
