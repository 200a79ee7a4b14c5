//! Sample data of the development start: two workspaces, six tests with every type of task, 1,200 sessions. Made from
//! fixed seeds, so that it is the same on every machine, and loaded through the import like anybody's data.

mod answers;
mod dice;
mod plan;
mod plans;
mod session;
mod source;

use gatehouse_core::id::WorkspaceId;
use gatehouse_store::db::DbError;
use gatehouse_store::results::import::Mode;
use gatehouse_store::results::tests;
use serde_json::json;
use tokio::io::BufReader;
use uuid::Uuid;

use crate::actions::Actor;
use crate::actions::results_import::{self, Import, Report, ResultsImportError};
use crate::context::Context;
use plan::Plan;
use source::Source;

/// The test that the public documentation asks for.
pub const TEST_ID: Uuid = Uuid::from_u128(0x3fa8_5f64_5717_4562_b3fc_2c96_3f66_afa6);
/// A completed session of that test with an answer of every type.
pub const SESSION_ID: Uuid = Uuid::from_u128(0x5e55_1011_0000_4000_8000_0000_0000_0001);
/// What the two workspaces are called.
pub const WORKSPACE_NAMES: [&str; 2] = ["Nimbus Shop", "Harbour Bank"];

/// Loads the sample data into the two workspaces, unless it is there. A report only when something was done.
pub async fn load(
    ctx: &Context,
    actor: &Actor,
    workspaces: [WorkspaceId; 2],
) -> Result<Option<Report>, ResultsImportError> {
    let there: Result<bool, DbError> = ctx.db.read(async |tx| tests::exists(tx, TEST_ID).await).await;
    if there? {
        return Ok(None);
    }
    let mut source = BufReader::with_capacity(1 << 16, Source::new(lines(workspaces)));
    let import = Import {
        source: &mut source,
        name: "sample data".to_owned(),
        workspace: None,
        mode: Mode::AllOrNothing,
        progress: &mut |_| {},
    };
    results_import::run(ctx, actor, import).await.map(Some)
}

/// The sample data as lines of the import format.
pub fn lines(workspaces: [WorkspaceId; 2]) -> impl Iterator<Item = String> {
    plans::ALL.iter().flat_map(move |plan| {
        let sessions = (0..plan.sessions).map(|number| session::line(plan, number));
        std::iter::once(test_line(plan, workspaces)).chain(sessions)
    })
}

/// One test and any number of sessions as lines of the import format, for measurements.
pub fn lines_of_size(test_id: Uuid, workspace: WorkspaceId, sessions: u64) -> impl Iterator<Item = String> {
    let seed = u64::try_from(test_id.as_u128() & 0xffff_ffff).unwrap_or(0) | 1 << 40;
    let plan = Plan { test_id, seed, sessions, first_session: None, ..plans::ALL[0] };
    let test = test_line(&plan, [workspace, workspace]);
    std::iter::once(test).chain((0..sessions).map(move |number| session::line(&plan, number)))
}

fn test_line(plan: &Plan, workspaces: [WorkspaceId; 2]) -> String {
    let line = json!({
        "v": 1,
        "kind": "test",
        "testId": plan.test_id,
        "workspaceId": workspaces[plan.workspace],
        "title": plan.title,
        "type": plan.kind,
    });
    line.to_string()
}

#[cfg(test)]
#[path = "tests.rs"]
mod unit_tests;
