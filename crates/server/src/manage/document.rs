//! The description of the management API (OpenAPI 3.1): what the handlers say, and what holds for all of them.

use utoipa::OpenApi;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{PathItem, Ref, RefOr, Response, ResponseBuilder};

use super::ProblemView;

const SCHEME: &str = "operator_key";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatehouse Management API",
        description = "Everything that an operator can do. Every call carries an operator key: \
                       `Authorization: Bearer gh_ok_…`. Unknown fields and parameters are refused. \
                       Lists come in pages: pass `next_cursor` as `cursor` for the next one."
    ),
    components(schemas(ProblemView)),
    security(("operator_key" = []))
)]
struct Frame;

/// Before the handlers are known.
pub(super) fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

/// Adds what holds for every operation: the way to authenticate, a unique id, and the shape of errors.
pub(super) fn complete(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let scheme = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("gh_ok_…").build();
    document.components.get_or_insert_default().add_security_scheme(SCHEME, SecurityScheme::Http(scheme));
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            let handler = operation.operation_id.take().unwrap_or_default();
            operation.operation_id = Some(id(path, &handler));
            operation.responses.responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(problem()));
        }
    }
    document
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

/// `operator_keys_create`, `apis_scopes_list`, `users_disable`: where it is and what the handler is called, without
/// saying the same twice.
fn id(path: &str, handler: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').skip(3).filter(|part| !part.starts_with('{')).collect();
    if parts.last().is_some_and(|last| handler.contains(last.trim_end_matches('s'))) {
        parts.pop();
    }
    parts.push(handler);
    parts.join("_")
}

fn problem() -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description("Not done: what is wrong and what to do")
        .content("application/problem+json", content)
        .build()
}
