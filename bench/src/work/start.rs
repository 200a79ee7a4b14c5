//! P9: from the start of the process to the first token, on an empty store and on an existing one.

use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::json;

use crate::Options;
use crate::report::{Line, spread};
use crate::server::{self, DataFolder, until};
use crate::work::token_request;

/// Starts on an empty store, and on an existing one, in milliseconds.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let (empty, existing) = if options.quick { (2, 3) } else { (5, 11) };
    let mut first = Vec::new();
    for round in 0..empty {
        let folder = DataFolder::new(&format!("empty-{round}"))?;
        first.push(start(options, &folder)?);
    }
    let folder = DataFolder::new("existing")?;
    start(options, &folder)?;
    let mut again = Vec::new();
    for _ in 0..existing {
        again.push(start(options, &folder)?);
    }
    Ok(vec![line("existing store", &again, "≤ 150 ms"), line("empty store, sample data made", &first, "≤ 1,000 ms")])
}

fn start(options: &Options, folder: &DataFolder) -> Result<f64> {
    let started = Instant::now();
    let gatehouse = server::gatehouse(&options.binary, folder)?;
    let request = token_request(&gatehouse, "close");
    until(|| gatehouse.server.ask(&request).ok().filter(|(status, _)| *status == 200)).context("no token")?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

fn line(store: &str, times: &[f64], budget: &'static str) -> Line {
    let spread = spread(times);
    Line {
        row: "P9",
        work: format!("start to first token, {store}"),
        measured: spread.words(" ms"),
        ceiling: "–".to_owned(),
        result: format!("{:.0} ms", spread.median),
        budget,
        details: json!(times),
    }
}
