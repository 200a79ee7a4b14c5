//! Looking at the audit log and proving it. Events are written by the actions themselves ([`super::events`]).

use std::path::Path;

use gatehouse_core::field::FieldError;
use gatehouse_core::id::AuditEventId;
use gatehouse_core::time::Timestamp;
use gatehouse_store::audit::{self, Entry, Filter, Verification};

use super::ActionError;
use crate::context::Context;
use crate::jobs;

/// Which events, as they are asked for; empty fields ask nothing.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// `user`, `operator`, `command_line`, `application` or `system`.
    pub actor_kind: Option<String>,
    /// User id, operator key id, client id, name of a user of the operating system or of a job.
    pub actor_id: Option<String>,
    /// `application.suspended`
    pub action: Option<String>,
    /// `application`
    pub target_kind: Option<String>,
    /// On this.
    pub target_id: Option<String>,
    /// Not before: `2026-11-22T00:00:00Z`.
    pub from: Option<String>,
    /// Before.
    pub until: Option<String>,
    /// Older than this event.
    pub before: Option<AuditEventId>,
}

/// Up to `limit` events, newest first.
pub async fn list(ctx: &Context, filter: EventFilter, limit: u32) -> Result<Vec<Entry>, ActionError> {
    let filter = check(filter)?;
    Ok(ctx.db.read(async move |tx| audit::list(tx, &filter, limit).await).await?)
}

/// The whole log page by page, oldest first.
pub async fn export(ctx: &Context, after: Option<AuditEventId>, limit: u32) -> Result<Vec<Entry>, ActionError> {
    Ok(ctx.db.read(async move |tx| audit::export(tx, after, limit).await).await?)
}

/// Proves the chain against the heads exported to `heads`, if there is such a folder. Gives the number of heads too.
pub async fn verify(ctx: &Context, heads: Option<&Path>) -> Result<(Verification, usize), ActionError> {
    let heads = match heads {
        Some(folder) => {
            jobs::read_audit_heads(folder).map_err(|error| ActionError::conflict("no_heads", error.to_string()))?
        }
        None => Vec::new(),
    };
    Ok((audit::verify(&ctx.db, &heads).await?, heads.len()))
}

fn check(filter: EventFilter) -> Result<Filter, ActionError> {
    let mut errors = Vec::new();
    let actor_kind = filter.actor_kind.and_then(|text| match text.parse() {
        Ok(kind) => Some(kind),
        Err(error) => {
            errors.push(FieldError::new("actor_kind", "unknown", format!("{error}")));
            None
        }
    });
    let mut time = |field: &str, text: Option<String>| {
        let text = text?;
        match text.parse() {
            Ok(at) => Some(Timestamp::from_jiff(at)),
            Err(_) => {
                let message = "must be a time such as 2026-11-22T11:05:00Z";
                errors.push(FieldError::new(field, "invalid", message));
                None
            }
        }
    };
    let (from, until) = (time("from", filter.from), time("until", filter.until));
    if !errors.is_empty() {
        return Err(ActionError::Invalid(errors));
    }
    Ok(Filter {
        actor_kind,
        actor_id: filter.actor_id,
        action: filter.action,
        target_kind: filter.target_kind,
        target_id: filter.target_id,
        from,
        until,
        before: filter.before,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_store::testing::TestDb;

    use super::*;
    use crate::actions::events;
    use crate::testing::{actor, context};

    #[tokio::test]
    async fn lists_exports_and_verifies() {
        let test = TestDb::sqlite().await;
        let (ctx, _) = context(&test.db);
        for number in 0..5 {
            let event = events::event(&ctx, &actor(), "test.done", "test", number).personal("email", "ada@example.org");
            ctx.db.write(async move |tx| audit::record(tx, &event).await).await.unwrap();
        }
        assert_eq!(list(&ctx, EventFilter::default(), 3).await.unwrap().len(), 3);
        let all = export(&ctx, None, 100).await.unwrap();
        assert_eq!(all.len(), 5);
        let one = EventFilter {
            target_id: Some("3".into()),
            from: Some("2026-11-22T11:05:00Z".into()),
            ..EventFilter::default()
        };
        assert_eq!(list(&ctx, one, 10).await.unwrap().len(), 1);
        let (verification, heads) = verify(&ctx, None).await.unwrap();
        assert_eq!((verification.unchained.0, verification.problem_count, heads), (5, 0, 0));
        verify(&ctx, Some(Path::new("/no/such/folder"))).await.unwrap_err();
    }

    #[test]
    fn every_bad_field_is_named() {
        let bad = |text: &str| Some(text.to_owned());
        let filter =
            EventFilter { actor_kind: bad("robot"), from: bad("now"), until: bad("2026"), ..EventFilter::default() };
        let Err(ActionError::Invalid(errors)) = check(filter) else { panic!("refused") };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["actor_kind", "from", "until"]);
    }
}
