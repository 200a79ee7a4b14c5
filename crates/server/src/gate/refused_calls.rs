//! Stores which calls were refused and why, in one transaction a second. Nothing is written while nothing is refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use gatehouse_gate::Gate;
use gatehouse_gate::refused_calls::{RefusedCall, Standing};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::refused_calls;

use crate::context::Context;

/// Takes the calls out of memory and adds them to the store, where the last of each application stay. On failure they go
/// back, so that the next attempt has them.
///
/// # Errors
/// [`DbError`] when the store cannot be written.
pub async fn flush_refused(ctx: &Context, gate: &Gate) -> Result<(), DbError> {
    let mut calls = gate.refused_calls().drain();
    if calls.is_empty() {
        return Ok(());
    }
    // In a fixed order, so that two nodes never wait for each other's rows crosswise.
    calls.sort_unstable_by(|a, b| (&a.client_id, a.at, a.request_id).cmp(&(&b.client_id, b.at, b.request_id)));
    let kept = calls.clone();
    let written = ctx.db.write(async move |tx| add(tx, &calls).await).await;
    if written.is_err() {
        gate.refused_calls().restore(kept);
    }
    written
}

async fn add(tx: &mut Tx, calls: &[RefusedCall]) -> Result<(), DbError> {
    for call in calls {
        refused_calls::add(tx, &call.client_id, &row(call)).await?;
    }
    let clients: BTreeSet<&Arc<str>> = calls.iter().map(|call| &call.client_id).collect();
    for client_id in clients {
        refused_calls::prune(tx, client_id).await?;
    }
    Ok(())
}

/// Neither engine stores NUL.
fn row(call: &RefusedCall) -> refused_calls::RefusedCall {
    refused_calls::RefusedCall {
        id: call.request_id,
        at: call.at,
        method: call.method.to_string(),
        path: call.path.replace('\0', ""),
        status: call.status.as_u16().into(),
        claimed: call.standing == Standing::Claimed,
        passed_on: call.standing == Standing::PassedOn,
        code: call.code.to_owned(),
        reason: call.reason.replace('\0', ""),
    }
}
