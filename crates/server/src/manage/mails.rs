//! `/manage/v1/mails`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::OutboxId;
use gatehouse_store::outbox;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Iso, Listed, Paging, Params, Path, Refusal};
use crate::actions::{Actor, mails};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry))
}

/// A mail on its way. Its text is not shown: it may hold a link that works once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Mail)]
pub struct MailView {
    /// `out_…`; the mail's `Message-ID` begins with it.
    pub id: String,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    /// Whom it goes to; null once it was sent.
    pub to: Option<String>,
    /// Its subject; null once it was sent.
    pub subject: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// What the last try failed of; null when none did.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Iso,
    /// When it is tried next; null unless it waits.
    pub next_attempt_at: Option<Iso>,
    /// When it was sent or given up; null while it waits.
    pub ended_at: Option<Iso>,
}

impl From<&outbox::Entry> for MailView {
    fn from(entry: &outbox::Entry) -> Self {
        let text = |name: &str| entry.payload.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        Self {
            id: entry.id.to_string(),
            state: entry.state.to_string(),
            to: text("to"),
            subject: text("subject"),
            attempts: entry.attempts,
            last_error: entry.last_error.clone(),
            created_at: entry.created_at.into(),
            next_attempt_at: (entry.state == outbox::State::Waiting).then_some(Iso(entry.next_attempt_at)),
            ended_at: entry.ended_at.map(Iso),
        }
    }
}

/// Which mails.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MailFilter {
    /// Items on a page: 1–200, 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Only those that are `waiting`, `sent` or `failed`.
    #[param(value_type = Option<String>)]
    pub state: Option<outbox::State>,
}

/// List mails
///
/// Those that were sent or given up are kept for seven days.
#[utoipa::path(get, path = "/mails", tag = "Mails", params(MailFilter), responses(
    (status = 200, description = "A page of mails", body = Listed<MailView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(filter): Params<MailFilter>,
) -> Result<Json<Listed<MailView>>, Refusal> {
    let window = Paging::new(filter.limit, filter.cursor).window(&ctx, OutboxId::PREFIX)?;
    let entries = mails::list(&ctx, filter.state, window.after.clone(), window.fetch()).await?;
    Ok(Json(Listed::new(entries, &window, |entry| entry.id.to_string())))
}

/// Try a mail that was given up again
#[utoipa::path(post, path = "/mails/{id}/retry", tag = "Mails",
    params(("id" = String, Path, description = "`out_…`")), responses(
    (status = 200, description = "The mail as it is now", body = MailView),
))]
async fn retry(State(ctx): State<Context>, actor: Actor, Path(id): Path<OutboxId>) -> Result<Json<MailView>, Refusal> {
    Ok(Json((&mails::retry(&ctx, &actor, id).await?).into()))
}
