//! Lines of kind `test`.

use super::TestRecord;
use super::fields::{Object, SHORT};
use crate::id::WorkspaceId;

pub(super) fn read(mut object: Object<'_>, workspace: Option<WorkspaceId>) -> Option<TestRecord> {
    let test_id = object.uuid("testId");
    let workspace_id = match workspace {
        Some(workspace) => object.name_opt("workspaceId").or(Some(workspace)),
        None => object.name("workspaceId"),
    };
    let title = object.text("title", SHORT);
    let kind = object.name("type");
    object.end();
    Some(TestRecord { test_id: test_id?, workspace_id: workspace_id?, title: title?, kind: kind? })
}
