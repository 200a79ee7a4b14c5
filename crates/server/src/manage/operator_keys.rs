//! `/manage/v1/operator_keys`.
use crate::context::Context;
use utoipa_axum::router::OpenApiRouter;
/// The routes.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
}
