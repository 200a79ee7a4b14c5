//! The list call of the Results API: a deep page against the first one, a full store against a small one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::Options;
use crate::measure::{self, Target};
use crate::report::{Line, spread};
use crate::server::{self, DataFolder, Gatehouse};
use crate::work::token_request;

/// The test under measure has so many sessions.
const SESSIONS: usize = 12_000;
/// Calls of each measurement; all of them together stay below the sample application's quota.
const CALLS: u64 = 250;
const ROUNDS: usize = 5;
/// Of the tests that only fill the store.
const FILLING_TEST: usize = 10_000;

/// A store with one big test, and one with the same and a million other sessions.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let filling = if options.quick { 50_000 } else { 1_000_000 };
    let (small, full) = (DataFolder::new("list-small")?, DataFolder::new("list-full")?);
    let (mine, other) = (server::gatehouse(&options.binary, &small)?, server::gatehouse(&options.binary, &full)?);
    let test = Store { options, folder: &small, gatehouse: &mine }.fill(0)?;
    let same = Store { options, folder: &full, gatehouse: &other }.fill(filling)?;
    let (mut first, mut deep, mut filled) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        first.push(median(&mine, &test, 0)?);
        deep.push(median(&mine, &test, 10_000)?);
        filled.push(median(&other, &same, 0)?);
    }
    let (one, ten_thousand, million) = (spread(&first), spread(&deep), spread(&filled));
    let details = json!({ "first_us": first, "deep_us": deep, "filled_us": filled, "filling": filling });
    let line = |work: String, measured: String, result: String, budget| Line {
        row: "List",
        work,
        measured,
        ceiling: format!("first page {}", one.words(" µs")),
        result,
        budget,
        details: details.clone(),
    };
    Ok(vec![
        line(
            format!("page of 100 at offset 10,000 of {SESSIONS} sessions"),
            ten_thousand.words(" µs"),
            format!("{:.2} ×", ten_thousand.median / one.median),
            "≤ 2 ×",
        ),
        line(
            format!("first page with {filling} other sessions stored"),
            million.words(" µs"),
            format!("{:+.0} %", 100.0 * (million.median / one.median - 1.0)),
            "< 10 %",
        ),
    ])
}

/// Median time of the list call in microseconds.
fn median(gatehouse: &Gatehouse, test: &str, offset: usize) -> Result<f64> {
    let target = Target { server: &gatehouse.server, request: call(gatehouse, test, offset, "keep-alive")? };
    Ok(measure::calls(&target, CALLS)?.p50_us as f64)
}

fn call(gatehouse: &Gatehouse, test: &str, offset: usize, connection: &str) -> Result<Vec<u8>> {
    let (status, answer) = gatehouse.server.ask(&token_request(gatehouse, "close"))?;
    let answer: serde_json::Value = serde_json::from_str(&answer).with_context(|| format!("{status} {answer}"))?;
    let token = answer["access_token"].as_str().context("no access token")?.to_owned();
    Ok(format!(
        "GET /v2/sessionResults?testId={test}&limit=100&offset={offset} HTTP/1.1\r\nhost: localhost:{}\r\n\
         token: {token}\r\nconnection: {connection}\r\n\r\n",
        gatehouse.server.port
    )
    .into_bytes())
}

/// A store to fill.
struct Store<'a> {
    options: &'a Options,
    folder: &'a DataFolder,
    gatehouse: &'a Gatehouse,
}

impl Store<'_> {
    /// Imports the test under measure and `others` sessions of other tests; gives the test's id.
    fn fill(&self, others: usize) -> Result<String> {
        let workspaces = self.workspaces()?;
        for (index, workspace) in workspaces.iter().enumerate() {
            let test = uuid(1, index);
            self.import(&lines(&test, workspace, SESSIONS, index))?;
            let (status, _) = self.gatehouse.server.ask(&call(self.gatehouse, &test, 0, "close")?)?;
            if status == 200 {
                for filler in 0..others / FILLING_TEST {
                    self.import(&lines(&uuid(2, filler), workspace, FILLING_TEST, 100 + filler))?;
                }
                return Ok(test);
            }
        }
        bail!("the sample application sees none of {} workspaces", workspaces.len())
    }

    fn workspaces(&self) -> Result<Vec<String>> {
        let key = self.gatehouse.env.get("OPERATOR_KEY").context("dev.env has no OPERATOR_KEY")?;
        let request = format!(
            "GET /manage/v1/workspaces HTTP/1.1\r\nhost: localhost:{}\r\nauthorization: Bearer {key}\r\n\
             connection: close\r\n\r\n",
            self.gatehouse.server.port
        );
        let (status, answer) = self.gatehouse.server.ask(request.as_bytes())?;
        let answer: serde_json::Value = serde_json::from_str(&answer).with_context(|| format!("{status} {answer}"))?;
        let items = answer["items"].as_array().context("no list of workspaces")?;
        Ok(items.iter().filter_map(|item| Some(item["id"].as_str()?.to_owned())).collect())
    }

    fn import(&self, lines: &str) -> Result<()> {
        let file = self.folder.data().join("bench-import.jsonl");
        fs::write(&file, lines)?;
        let config = self.folder.data().join("gatehouse.toml");
        import(&self.options.binary, &config, &file)?;
        fs::remove_file(file)?;
        Ok(())
    }
}

fn import(binary: &Path, config: &Path, file: &Path) -> Result<()> {
    let mut command = Command::new(binary);
    let output = command.arg("--config").arg(config).args(["results", "import"]).arg(file).output()?;
    if !output.status.success() {
        bail!("results import: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// A test with so many completed sessions, a minute apart.
fn lines(test: &str, workspace: &str, sessions: usize, series: usize) -> String {
    let mut out = format!(
        "{{\"v\":1,\"kind\":\"test\",\"testId\":\"{test}\",\"workspaceId\":\"{workspace}\",\
         \"title\":\"Bench\",\"type\":\"SURVEY\"}}\n"
    );
    for index in 0..sessions {
        let (day, hour, minute) = (1 + index / 1440, index / 60 % 24, index % 60);
        let id = uuid(1000 + series, index);
        let _ = writeln!(
            out,
            "{{\"v\":1,\"kind\":\"session\",\"testId\":\"{test}\",\"sessionId\":\"{id}\",\"status\":\"COMPLETE\",\
             \"startTime\":\"2026-01-{day:02}T{hour:02}:{minute:02}:00.000Z\"}}"
        );
    }
    out
}

fn uuid(series: usize, index: usize) -> String {
    format!("{series:08x}-0000-4000-8000-{index:012x}")
}
