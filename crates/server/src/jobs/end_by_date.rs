//! Writes down what a date has ended. Nothing waits for it: what has ended is refused when it is read. What it adds is
//! the audit event, and the end of the tokens that an ended secret got; and people are told.

use super::JobError;
use crate::actions::{access_requests, client_secrets};
use crate::context::Context;

pub(super) async fn run(ctx: &Context) -> Result<(), JobError> {
    while client_secrets::settle(ctx).await? > 0 {}
    while client_secrets::lapse_slots(ctx).await? > 0 {}
    while access_requests::expire(ctx).await? > 0 {}
    Ok(())
}
