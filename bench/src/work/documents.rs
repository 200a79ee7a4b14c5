//! P7: what every client and every gate fetches, against bare hyper with an answer of the same length.

use anyhow::{Result, bail};
use serde_json::json;

use crate::Options;
use crate::measure::{self, Target};
use crate::report::{Line, spread};
use crate::server::{self, DataFolder, Server};
use crate::work::path;

/// Discovery, then the keys.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let folder = DataFolder::new("documents")?;
    let gatehouse = server::gatehouse(&options.binary, &folder)?;
    let bare = server::bare(0)?;
    let issuer =
        path(gatehouse.env.get("TOKEN_URL").map_or("", String::as_str)).trim_end_matches("/v1/token").to_owned();
    let documents = [
        ("discovery", format!("{issuer}/.well-known/oauth-authorization-server")),
        ("keys", format!("{issuer}/v1/keys")),
    ];
    documents.into_iter().map(|(work, path)| document(options, work, &path, (&gatehouse.server, &bare))).collect()
}

fn document(options: &Options, work: &str, path: &str, servers: (&Server, &Server)) -> Result<Line> {
    let (gatehouse, bare) = servers;
    let (status, answer) = gatehouse.ask(&get(path, gatehouse, "close"))?;
    if status != 200 {
        bail!("GET {path}: {status} {answer}");
    }
    let ours = Target { server: gatehouse, request: get(path, gatehouse, "keep-alive") };
    let ceiling = Target { server: bare, request: get(&format!("/{}", answer.len()), bare, "keep-alive") };
    let (ours, bare) = measure::alternate(options.times(), &ours, &ceiling)?;
    let (mine, hyper) = (spread(&ours.rates), spread(&bare.rates));
    Ok(Line {
        row: "P7",
        work: format!("{work}, {} bytes", answer.len()),
        measured: mine.words("/s"),
        ceiling: format!("hyper GET {}", hyper.words("/s")),
        result: format!(
            "{:.0} % ({:.0} % by processor time)",
            100.0 * mine.median / hyper.median,
            100.0 * spread(&bare.cpu_us).median / spread(&ours.cpu_us).median
        ),
        budget: "≥ 90 %",
        details: json!({ "gatehouse": ours, "hyper": bare }),
    })
}

fn get(path: &str, server: &Server, connection: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: {connection}\r\n\r\n", server.port).into_bytes()
}
