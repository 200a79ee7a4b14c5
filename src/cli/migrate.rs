//! `gatehouse migrate`.

use gatehouse_core::time::Clock as _;
use gatehouse_server::clock::SystemClock;
use gatehouse_store::db::Db;
use serde_json::json;

use super::global::Global;
use super::{files, telemetry};

/// Bring the database to this program's version, ahead of `serve`, which does the same
#[derive(clap::Args)]
pub(super) struct Arguments {}

/// Names the migrations that ran.
pub(super) async fn run(_arguments: &Arguments, global: &Global) -> anyhow::Result<()> {
    let config = global.load()?;
    telemetry::start(&config.log, telemetry::Use::Command)?;
    files::make_folder(&config.data_folder)?;
    let db = Db::open(config.database_url.expose()).await?;
    let ran = db.migrate(SystemClock::default().now()).await?;
    db.close().await;
    let sentence =
        if ran.is_empty() { "the database is up to date".to_owned() } else { format!("ran {}", ran.join(", ")) };
    global.output().done(&sentence, &json!({ "migrations": ran }))
}
