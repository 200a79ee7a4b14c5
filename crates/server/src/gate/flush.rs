//! Stores what the gate has counted, in one transaction a second.

use gatehouse_gate::Gate;
use gatehouse_gate::usage::UsageRow;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::usage::{self, Calls};

use crate::context::Context;

/// Takes the sums out of the gate and adds them to the store. On failure they go back, so that the next attempt has
/// them; what was counted since the last success is lost only when the process is killed.
///
/// # Errors
/// [`DbError`] when the store cannot be written.
pub async fn flush(ctx: &Context, gate: &Gate) -> Result<(), DbError> {
    let rows = gate.usage().drain();
    if rows.is_empty() {
        return Ok(());
    }
    let kept = rows.clone();
    let written = ctx.db.write(async move |tx| add(tx, &rows).await).await;
    if written.is_err() {
        gate.usage().restore(kept);
    }
    written
}

/// In a fixed order, so that two nodes never wait for each other's rows crosswise.
async fn add(tx: &mut Tx, rows: &[UsageRow]) -> Result<(), DbError> {
    let mut rows: Vec<&UsageRow> = rows.iter().collect();
    rows.sort_unstable_by(|a, b| (&a.client_id, a.api, a.hour).cmp(&(&b.client_id, b.api, b.hour)));
    for row in rows {
        let sums = Calls { calls: number(row.calls), refused: number(row.refused), failed: number(row.failed) };
        usage::add_calls(tx, &row.client_id, row.api, row.hour, sums).await?;
    }
    Ok(())
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
