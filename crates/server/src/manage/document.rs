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
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        operation.operation_id = Some(id(operation));
        operation.responses.responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(problem()));
    }
    document
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

/// `operator_keys_create`: unique, since handlers of one file have different names.
fn id(operation: &Operation) -> String {
    let noun = operation.tags.iter().flatten().next().map(String::as_str).unwrap_or_default();
    let verb = operation.operation_id.as_deref().unwrap_or_default();
    format!("{}_{verb}", noun.to_lowercase().replace(' ', "_"))
}

fn problem() -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description("Not done: what is wrong and what to do")
        .content("application/problem+json", content)
        .build()
}
