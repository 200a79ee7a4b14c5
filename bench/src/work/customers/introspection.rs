//! P4: an application asks about an access token of its own, and about a refresh token, which is looked up in the store.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{seed, value};
use crate::Options;
use crate::exchange::Kind;
use crate::measure::{self, Target};
use crate::report::{Line, spread};
use crate::server::{self, DataFolder, Gatehouse};
use crate::work::{path, token_request};

/// Both, against bare hyper with an answer of the same length.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let folder = DataFolder::new("introspection")?;
    let gatehouse = server::gatehouse(&options.binary, &folder)?;
    let (status, answer) = gatehouse.server.ask(&token_request(&gatehouse, "close"))?;
    let answer: Value = serde_json::from_str(&answer).with_context(|| format!("{status} {answer}"))?;
    let access_token = answer["access_token"].as_str().context("no access token")?;
    let refresh_token = seed(&gatehouse, &folder.database(), (Kind::RefreshToken, 1, 1))?.concat();
    Ok(vec![
        line(options, &gatehouse, ("introspection of a JWT", "≥ 70 %"), ("CLIENT", access_token))?,
        line(
            options,
            &gatehouse,
            ("introspection of an opaque refresh token", "≥ 50 %"),
            ("WEB_CLIENT", &refresh_token),
        )?,
    ])
}

fn line(
    options: &Options,
    gatehouse: &Gatehouse,
    (work, budget): (&str, &'static str),
    (client, token): (&str, &str),
) -> Result<Line> {
    let (status, answer) = gatehouse.server.ask(&request(gatehouse, (client, token), "close"))?;
    if status != 200 || !answer.contains("\"active\":true") {
        bail!("{work}: {status} {answer}");
    }
    let bare = server::bare(answer.len())?;
    let request = request(gatehouse, (client, token), "keep-alive");
    let ours = Target { server: &gatehouse.server, request: request.clone() };
    let ceiling = Target { server: &bare, request };
    let (ours, bare) = measure::alternate(options.times(), &ours, &ceiling)?;
    let (mine, hyper) = (spread(&ours.rates), spread(&bare.rates));
    Ok(Line {
        row: "P4",
        work: format!("{work}, {} bytes", answer.len()),
        measured: mine.words("/s"),
        ceiling: format!("hyper POST {}", hyper.words("/s")),
        result: format!(
            "{:.0} % ({:.0} % by processor time)",
            100.0 * mine.median / hyper.median,
            100.0 * spread(&bare.cpu_us).median / spread(&ours.cpu_us).median
        ),
        budget,
        details: json!({ "gatehouse": ours, "hyper": bare }),
    })
}

fn request(gatehouse: &Gatehouse, (client, token): (&str, &str), connection: &str) -> Vec<u8> {
    let of = |name: &str| value(gatehouse, &format!("{client}_{name}")).to_owned();
    let body = format!("client_id={}&client_secret={}&token={token}", of("ID"), of("SECRET"));
    let path = path(value(gatehouse, "TOKEN_URL")).replace("/token", "/introspect");
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         connection: {connection}\r\ncontent-length: {}\r\n\r\n{body}",
        gatehouse.server.port,
        body.len()
    )
    .into_bytes()
}
