//! Measuring two things alternately, so that a noisy neighbour hits both.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exchange::Kind;
use crate::load::Outcome;
use crate::server::Server;

/// The server's core, and the load's.
pub(crate) const SERVER_CORE: &str = "0";
const LOAD_CORE: &str = "1";

/// How long and how often.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Times {
    pub(crate) warm_up: u64,
    pub(crate) seconds: u64,
    pub(crate) rounds: usize,
}

/// One request to one server.
pub(crate) struct Target<'a> {
    pub(crate) server: &'a Server,
    pub(crate) request: Vec<u8>,
}

/// What one target did in each round.
#[derive(Clone, Serialize, Default)]
pub(crate) struct Series {
    /// Answers a second, by round.
    pub(crate) rates: Vec<f64>,
    /// Processor microseconds of the server for each answer, by round.
    pub(crate) cpu_us: Vec<f64>,
    /// Share of the round in which the server kept its core busy: well under 1 means that the load was too small.
    pub(crate) busy: Vec<f64>,
    pub(crate) p50_us: Vec<u64>,
    pub(crate) p99_us: Vec<u64>,
}

/// Warms both up, then measures one after the other, `rounds` times.
pub(crate) fn alternate(times: Times, one: &Target<'_>, other: &Target<'_>) -> Result<(Series, Series)> {
    let (mut first, mut second) = (Series::default(), Series::default());
    load(one, times.warm_up)?;
    load(other, times.warm_up)?;
    for _ in 0..times.rounds {
        first.add(one, times.seconds)?;
        second.add(other, times.seconds)?;
    }
    Ok((first, second))
}

impl Series {
    fn add(&mut self, target: &Target<'_>, seconds: u64) -> Result<()> {
        self.record(target.server, || load(target, seconds))
    }

    /// One round of any load on a server.
    pub(crate) fn record(&mut self, server: &Server, load: impl FnOnce() -> Result<Outcome>) -> Result<()> {
        let before = server.cpu_seconds()?;
        let outcome = load()?;
        let cpu = server.cpu_seconds()? - before;
        self.rates.push(outcome.rate());
        self.cpu_us.push(cpu * 1e6 / outcome.answers as f64);
        self.busy.push(cpu / outcome.seconds);
        self.p50_us.push(outcome.p50_us);
        self.p99_us.push(outcome.p99_us);
        Ok(())
    }
}

/// Puts load on a target from the other core.
pub(crate) fn load(target: &Target<'_>, seconds: u64) -> Result<Outcome> {
    generate(target, &["--seconds", &seconds.to_string()])
}

/// One call after the other on one connection; the times tell more than the rate.
pub(crate) fn calls(target: &Target<'_>, calls: u64) -> Result<Outcome> {
    generate(target, &["--connections", "1", "--seconds", "60", "--at-most", &calls.to_string()])
}

/// Values to exchange at a token endpoint.
pub(crate) struct Exchange<'a> {
    pub(crate) server: &'a Server,
    pub(crate) path: &'a str,
    /// What every form begins with.
    pub(crate) form: &'a str,
    pub(crate) kind: Kind,
}

/// Exchanges values from the other core, 64 at once.
pub(crate) fn exchange(exchange: &Exchange<'_>, values: &[String], seconds: u64) -> Result<Outcome> {
    let file = temporary("values");
    std::fs::write(&file, values.join("\n"))?;
    let mut command = pinned(LOAD_CORE, &std::env::current_exe()?);
    command.arg("exchange").arg("--address").arg(format!("127.0.0.1:{}", exchange.server.port));
    command.args(["--path", exchange.path, "--form", exchange.form, "--kind", exchange.kind.argument()]);
    command.arg("--values").arg(&file).args(["--seconds", &seconds.to_string()]);
    let outcome: Outcome = json(&mut command)?;
    std::fs::remove_file(file)?;
    good(outcome)
}

fn generate(target: &Target<'_>, arguments: &[&str]) -> Result<Outcome> {
    let file = temporary("request");
    std::fs::write(&file, &target.request)?;
    let mut command = pinned(LOAD_CORE, &std::env::current_exe()?);
    command.arg("load").arg("--address").arg(SocketAddr::from(([127, 0, 0, 1], target.server.port)).to_string());
    command.arg("--request").arg(&file).args(arguments);
    let outcome: Outcome = json(&mut command)?;
    std::fs::remove_file(file)?;
    good(outcome)
}

/// An answer that is not 200 is an error: it measures something else.
fn good(outcome: Outcome) -> Result<Outcome> {
    if outcome.refusals > 0 || outcome.answers == 0 {
        let example = outcome.refusal.unwrap_or_default();
        bail!("{} answers, {} of another status than 200, such as:\n{example}", outcome.answers, outcome.refusals);
    }
    Ok(outcome)
}

/// A program that may run on one core only.
pub(crate) fn pinned(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", core]).arg(program);
    command
}

/// What a part of ourselves prints as JSON.
pub(crate) fn json<T: DeserializeOwned>(command: &mut Command) -> Result<T> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("taskset is not there")?;
    if !output.status.success() {
        bail!("a part of the harness failed: {}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A name of our own in the temporary folder.
pub(crate) fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("gatehouse-bench-{}-{name}", std::process::id()))
}
