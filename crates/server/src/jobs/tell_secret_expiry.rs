//! Tells of client secrets that end soon.

use super::JobError;
use crate::actions::client_secrets;
use crate::context::Context;

pub(super) async fn run(ctx: &Context) -> Result<(), JobError> {
    while client_secrets::tell_expiry(ctx).await? > 0 {}
    Ok(())
}
