//! Reminds reviewers of requests and changes whose time runs out.

use super::JobError;
use crate::actions::{access_requests, application_changes};
use crate::context::Context;

pub(super) async fn run(ctx: &Context) -> Result<(), JobError> {
    while access_requests::remind(ctx).await? + application_changes::remind(ctx).await? > 0 {}
    Ok(())
}
