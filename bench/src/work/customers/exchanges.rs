//! P5 over HTTP: 64 clients exchange codes and refresh tokens, each answer durable before it is given.
//!
//! The ceiling is what no server in front of one core and this disk can beat: bare hyper, one ES256 signature, and one
//! rotation of the bare loop that `store` measures.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::{form, seed, value};
use crate::Options;
use crate::exchange::Kind;
use crate::measure::{self, Exchange, Series, Target, temporary};
use crate::report::{Line, number, spread};
use crate::server::{self, DataFolder, Gatehouse};
use crate::work::store::bare;
use crate::work::{path, primitives, token_request};

/// More a second than any machine exchanges.
const CODES: u64 = 30_000;
/// Rotations in one commit of the bare loop: half of what could wait.
const GROUP: usize = 32;

/// Codes, then refresh tokens.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let folder = DataFolder::new("exchanges")?;
    let gatehouse = server::gatehouse(&options.binary, &folder)?;
    let works = [(Kind::RefreshToken, "refresh tokens"), (Kind::Code, "codes")];
    works.into_iter().map(|work| line(options, (&gatehouse, &folder), work)).collect()
}

fn line(options: &Options, (gatehouse, folder): (&Gatehouse, &DataFolder), (kind, work): (Kind, &str)) -> Result<Line> {
    let times = options.times();
    let (path, form) = (path(value(gatehouse, "TOKEN_URL")), form(gatehouse, kind));
    let exchange = Exchange { server: &gatehouse.server, path, form: &form, kind };
    let hyper = server::bare(900)?;
    let request = Target { server: &hyper, request: token_request(gatehouse, "keep-alive") };
    let (mut ours, mut bare_http, mut rotations) = (Series::default(), Series::default(), Vec::new());
    for round in 0..=times.rounds {
        let seconds = if round == 0 { times.warm_up } else { times.seconds };
        let count = match kind {
            Kind::Code => usize::try_from(CODES * seconds)?,
            Kind::RefreshToken => 64,
        };
        let values = seed(gatehouse, &folder.database(), (kind, count, 10 * kind as u64 + round as u64 + 1))?;
        if round == 0 {
            measure::exchange(&exchange, &values, seconds)?;
            continue;
        }
        ours.record(&gatehouse.server, || measure::exchange(&exchange, &values, seconds))?;
        bare_http.record(&hyper, || measure::load(&request, seconds))?;
        let file = temporary(&format!("bare-{round}"));
        rotations.push(bare::rotations(&file, GROUP, Duration::from_secs(seconds))?);
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", file.display()));
        }
    }
    let primitives = primitives()?;
    let (mine, hyper, store) = (spread(&ours.rates), spread(&bare_http.rates), spread(&rotations));
    let best = 1.0 / (1.0 / hyper.median + 1.0 / primitives.es256 + 1.0 / store.median);
    Ok(Line {
        row: "P5",
        work: format!("{work} over HTTP, SQLite, 64 clients"),
        measured: mine.words("/s"),
        ceiling: format!(
            "{}/s (hyper {}, ES256 {:.1} µs, bare rotation {})",
            number(best),
            hyper.words("/s"),
            1e6 / primitives.es256,
            store.words("/s")
        ),
        result: format!("{:.0} %; half in {:.1} ms", 100.0 * mine.median / best, median_ms(&ours)),
        budget: "–",
        details: json!({ "gatehouse": ours, "hyper": bare_http, "bare_rotations": rotations, "primitives": primitives }),
    })
}

fn median_ms(series: &Series) -> f64 {
    let times: Vec<f64> = series.p50_us.iter().map(|time| *time as f64 / 1000.0).collect();
    spread(&times).median
}
