//! What is measured, row by row of docs/performance.md.

mod customers;
mod documents;
mod list;
mod memory;
mod start;
pub(crate) mod store;
mod token;

use std::process::Command;

use anyhow::{Result, bail};

use crate::measure::{SERVER_CORE, json, pinned};
use crate::primitives::Primitives;
use crate::server::Gatehouse;
use crate::{Options, Row, output, report};

/// Measures the wanted rows and reports.
pub(crate) fn run(options: &Options) -> Result<()> {
    if std::thread::available_parallelism()?.get() < 2 {
        bail!("two cores are needed: one for the server, one for the load");
    }
    let mut lines = Vec::new();
    if options.wants(Row::P1) {
        output::line("P1, P3: client_credentials …");
        lines.extend(token::measure(options)?);
    }
    if options.wants(Row::P4) {
        output::line("P4: introspection …");
        lines.extend(customers::introspection::measure(options)?);
    }
    if options.wants(Row::P5) {
        output::line("P5: durable rotations …");
        lines.extend(store::measure(options)?);
        output::line("P5: codes and refresh tokens over HTTP …");
        lines.extend(customers::exchanges::measure(options)?);
    }
    if options.wants(Row::P7) {
        output::line("P7: discovery and keys …");
        lines.extend(documents::measure(options)?);
    }
    if options.wants(Row::P8) {
        output::line("P8: memory …");
        lines.push(memory::measure(options)?);
    }
    if options.wants(Row::P9) {
        output::line("P9: start …");
        lines.extend(start::measure(options)?);
    }
    if options.wants(Row::P10) {
        output::line("P10: a large store; filling it takes minutes …");
        lines.extend(customers::growth::measure(options)?);
        lines.extend(customers::clean_up::measure(options)?);
    }
    if options.wants(Row::List) {
        output::line("Results: the list call …");
        lines.extend(list::measure(options)?);
    }
    report::write(&lines, &machine(), &options.out)
}

/// The primitives, on the server's core.
pub(crate) fn primitives() -> Result<Primitives> {
    json(pinned(SERVER_CORE, &std::env::current_exe()?).arg("primitives"))
}

/// The token request with the secret in the body, whole. With `close` the server closes after the answer.
pub(crate) fn token_request(gatehouse: &Gatehouse, connection: &str) -> Vec<u8> {
    let value = |name: &str| gatehouse.env.get(name).map_or("", String::as_str);
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
        value("CLIENT_ID"),
        value("CLIENT_SECRET"),
        value("SCOPE")
    );
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         connection: {connection}\r\ncontent-length: {}\r\n\r\n",
        path(value("TOKEN_URL")),
        gatehouse.server.port,
        body.len()
    );
    [head, body].concat().into_bytes()
}

/// The path of an address.
pub(crate) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |slash| &rest[slash..])
}

/// Processor and kernel, for the report.
fn machine() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let kernel = Command::new("uname").arg("-sr").output().map(|output| output.stdout).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "{}, {cores} cores, {}",
        model.trim_start_matches(['\t', ' ', ':']),
        String::from_utf8_lossy(&kernel).trim()
    )
}
