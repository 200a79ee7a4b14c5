//! Whether the gate can route an API's operations beside everybody else's.

use gatehouse_core::field::FieldError;
use gatehouse_core::id::ApiId;
use gatehouse_core::portal::openapi::{self, Document, Operation};
use gatehouse_gate::route::{RouteError, RouteTable, Target};
use gatehouse_store::api_versions;
use gatehouse_store::db::Tx;
use http::Method;

use crate::actions::ActionError;
use crate::context::Context;

/// Refuses operations that the gate would leave out: paths of our own, and those that another API answers. Versions of
/// the same API may share paths.
///
/// Two APIs published at the same moment can both pass; then the gate leaves the later one's path out and says so.
pub(super) async fn check(ctx: &Context, api: ApiId, document: &Document) -> Result<(), ActionError> {
    let served = ctx.db.read(async |tx: &mut Tx| api_versions::list_served(tx).await).await?;
    let others = served.iter().filter(|version| version.api_id != api);
    let mut table = RouteTable::default();
    for operation in others.filter_map(|version| openapi::parse(&version.document).ok()).flat_map(|d| d.operations) {
        // What cannot be routed, or is there twice, is no hindrance.
        let _ = insert(&mut table, &operation);
    }
    let errors = document.operations.iter().filter_map(|operation| insert(&mut table, operation).err());
    super::refuse(errors.collect())
}

fn insert(table: &mut RouteTable, operation: &Operation) -> Result<(), FieldError> {
    let method = operation.method.as_str().parse::<Method>().unwrap_or(Method::GET);
    let inserted = table.insert(&method, &operation.path_template, Target { api: 0, operation: 0 });
    inserted.map_err(|error| {
        let way_out = match error {
            RouteError::Taken(_) => {
                ". To change an API that is there, add a version to it, or replace a version's document"
            }
            RouteError::Malformed(_) | RouteError::Reserved(_) => "",
        };
        FieldError::new("document/paths", "cannot_route", format!("{method} {error}{way_out}"))
    })
}
