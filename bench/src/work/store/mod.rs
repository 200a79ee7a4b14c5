//! P5: durable rotations of 64 clients through the store, against a bare loop of the same statements.
//!
//! Two measures: how much of a bare loop with groups of the same size the store reaches, and how much more than one
//! commit for each request the grouping gives. Both on the disk that holds the temporary folder, as it is.

pub(crate) mod bare;
mod ours;
mod postgres;
mod statements;

use std::fs;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::Options;
use crate::measure::temporary;
use crate::report::{Line, spread};

/// Clients that rotate, each waiting for its answer.
const CLIENTS: usize = 64;

/// SQLite; and PostgreSQL if `GATEHOUSE_TEST_POSTGRES` names one, as `cargo xtask bench` has it do.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let mut lines = sqlite(options)?;
    if let Ok(server) = std::env::var("GATEHOUSE_TEST_POSTGRES") {
        lines.push(postgres::measure(options, &server)?);
    }
    Ok(lines)
}

/// Through the store, in bare groups as large as the store's, and one commit a rotation, alternately.
fn sqlite(options: &Options) -> Result<Vec<Line>> {
    let times = options.times();
    let folder = temporary("store");
    fs::create_dir(&folder)?;
    let each = Duration::from_secs(times.seconds);
    let (mut ours, mut groups, mut grouped, mut single) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..times.rounds {
        let file = |name: &str| folder.join(format!("{name}-{round}.db"));
        let rate = ours::rotations(&format!("sqlite:{}", file("store").display()), statements::TABLE, CLIENTS, each)?;
        ours.push(rate.per_second);
        groups.push(rate.group);
        grouped.push(bare::rotations(&file("grouped"), (rate.group.round() as usize).max(1), each)?);
        single.push(bare::rotations(&file("single"), 1, each)?);
    }
    fs::remove_dir_all(&folder)?;
    let (mine, in_groups, one) = (spread(&ours), spread(&grouped), spread(&single));
    let details = json!({ "store": ours, "bare_groups": grouped, "bare_single": single, "groups": groups });
    let line = |ceiling: String, result: String, budget| Line {
        row: "P5",
        work: format!("durable rotations, SQLite, {CLIENTS} clients"),
        measured: mine.words("/s"),
        ceiling,
        result,
        budget,
        details: details.clone(),
    };
    Ok(vec![
        line(
            format!("bare loop in groups of {:.0}: {}", spread(&groups).median, in_groups.words("/s")),
            format!("{:.0} %", 100.0 * mine.median / in_groups.median),
            "≥ 60 %",
        ),
        line(
            format!("one commit each: {}", one.words("/s")),
            format!("{:.1} ×", mine.median / one.median),
            "≥ 10 × with 3.5 ms per fsync",
        ),
    ])
}
