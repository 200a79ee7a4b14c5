//! Reminds reviewers of requests whose time runs out.

use super::JobError;
use crate::actions::access_requests;
use crate::context::Context;

pub(super) async fn run(ctx: &Context) -> Result<(), JobError> {
    while access_requests::remind(ctx).await? > 0 {}
    Ok(())
}
