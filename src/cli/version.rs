//! `gatehouse version`.

use serde_json::json;

use super::global::Global;

/// Print the version
#[derive(clap::Args)]
pub(super) struct Arguments {}

/// Name and version, or a JSON object.
pub(super) fn run(_arguments: &Arguments, global: &Global) -> anyhow::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    global.output().done(&format!("gatehouse {version}"), &json!({ "name": "gatehouse", "version": version }))
}
