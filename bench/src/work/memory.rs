//! P8: memory of a server that has just started, and of one after a load of tokens.

use std::thread;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::Options;
use crate::measure::{self, Target};
use crate::report::{Line, number};
use crate::server::{self, DataFolder};
use crate::work::token_request;

/// Long enough for the jobs of the first seconds to have run.
const IDLE: Duration = Duration::from_secs(5);
const MEGABYTE: f64 = 1024.0 * 1024.0;

/// Idle, then after load. The store is an existing one: what making the sample data took is not idle memory.
pub(crate) fn measure(options: &Options) -> Result<Line> {
    let folder = DataFolder::new("memory")?;
    drop(server::gatehouse(&options.binary, &folder)?);
    let gatehouse = server::gatehouse(&options.binary, &folder)?;
    thread::sleep(IDLE);
    let idle = gatehouse.server.resident_bytes()? as f64 / MEGABYTE;
    let target = Target { server: &gatehouse.server, request: token_request(&gatehouse, "keep-alive") };
    measure::load(&target, options.times().seconds)?;
    let loaded = gatehouse.server.resident_bytes()? as f64 / MEGABYTE;
    Ok(Line {
        row: "P8",
        work: "resident memory".to_owned(),
        measured: format!("{} MB idle, {} MB after load", number(idle), number(loaded)),
        ceiling: "–".to_owned(),
        result: format!("{} MB", number(idle)),
        budget: "idle ≤ 40 MB",
        details: json!({ "idle_mb": idle, "after_load_mb": loaded }),
    })
}
