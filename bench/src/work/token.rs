//! P1 and P3: `client_credentials` with ES256, the secret in the body, the whole of Gatehouse in between.

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::Options;
use crate::measure::{self, Target};
use crate::report::{Line, number, spread};
use crate::server::{self, DataFolder, Gatehouse};
use crate::work::{primitives, token_request};

/// Ceiling and Gatehouse alternately; statements counted across the measured rounds.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let folder = DataFolder::new("token")?;
    let gatehouse = server::gatehouse(&options.binary, &folder)?;
    let (status, answer) = gatehouse.server.ask(&token_request(&gatehouse, "close"))?;
    if status != 200 {
        bail!("no token: {status} {answer}");
    }
    let bare = server::bare(answer.len())?;
    let request = token_request(&gatehouse, "keep-alive");
    let ours = Target { server: &gatehouse.server, request: request.clone() };
    let ceiling = Target { server: &bare, request };
    let primitives = primitives()?;
    measure::load(&ours, 1)?;
    let before = statements(&gatehouse)?;
    let (ours, bare) = measure::alternate(options.times(), &ours, &ceiling)?;
    let after = statements(&gatehouse)?;

    let (mine, hyper) = (spread(&ours.rates), spread(&bare.rates));
    let (mine_us, hyper_us) = (spread(&ours.cpu_us).median, spread(&bare.cpu_us).median);
    let best = 1.0 / (1.0 / hyper.median + 1.0 / primitives.es256 + 1.0 / primitives.sha256);
    let p1 = Line {
        row: "P1",
        work: "client_credentials, ES256, secret in the body".to_owned(),
        measured: mine.words("/s"),
        ceiling: format!(
            "{}/s (hyper {}, ES256 {:.1} µs, SHA-256 {:.2} µs)",
            number(best),
            hyper.words("/s"),
            1e6 / primitives.es256,
            1e6 / primitives.sha256
        ),
        result: format!(
            "{:.0} % ({:.0} % by processor time)",
            100.0 * mine.median / best,
            100.0 * (hyper_us + 1e6 / primitives.es256 + 1e6 / primitives.sha256) / mine_us
        ),
        budget: "≥ 55 % now, 70–80 % later",
        details: json!({
            "gatehouse": ours, "hyper": bare, "primitives": primitives, "ceiling": best, "bytes": answer.len(),
        }),
    };
    let requests: f64 = ours.rates.iter().sum::<f64>() * options.times().seconds as f64;
    Ok(vec![p1, statement_line(before, after, requests)])
}

fn statement_line(before: Statements, after: Statements, requests: f64) -> Line {
    let (read, write) = (after.read - before.read, after.write - before.write);
    Line {
        row: "P3",
        work: "statements of P1".to_owned(),
        measured: format!("{} reads, {} writes for {} tokens", number(read), number(write), number(requests)),
        ceiling: "–".to_owned(),
        result: format!("{:.5} a token", (read + write) / requests),
        budget: "0 a token; usage and changes once a second",
        details: json!({ "read": read, "write": write, "tokens": requests }),
    }
}

#[derive(Clone, Copy)]
struct Statements {
    read: f64,
    write: f64,
}

/// `gatehouse_database_statements_total{kind="read|write"}` of `/metrics`.
fn statements(gatehouse: &Gatehouse) -> Result<Statements> {
    let text = gatehouse.metrics()?;
    let count = |kind: &str| {
        let name = format!("gatehouse_database_statements_total{{kind=\"{kind}\"}}");
        let value = text.lines().find_map(|line| line.strip_prefix(&name)).context("/metrics counts no statements")?;
        Ok::<_, anyhow::Error>(value.trim().parse::<f64>()?)
    };
    Ok(Statements { read: count("read")?, write: count("write")? })
}
