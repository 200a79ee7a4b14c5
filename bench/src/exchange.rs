//! Load of codes and refresh tokens: each connection exchanges values of its own, one after the other.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::load::{Outcome, Times, answer};
use crate::output;

/// What is exchanged, where and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// Address and port.
    #[arg(long)]
    address: SocketAddr,
    /// Path of the token endpoint.
    #[arg(long)]
    path: String,
    /// What every form begins with: client, grant type and so on.
    #[arg(long)]
    form: String,
    /// What the values are.
    #[arg(long, value_enum)]
    kind: Kind,
    /// A file with one value a line.
    #[arg(long)]
    values: PathBuf,
    /// Connections, each with one request in flight and an equal share of the values.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How long.
    #[arg(long)]
    seconds: u64,
}

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub(crate) enum Kind {
    /// An authorization code: good once.
    Code,
    /// A refresh token: the answer holds the next one.
    RefreshToken,
}

impl Kind {
    /// As clap reads it.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::RefreshToken => "refresh-token",
        }
    }

    fn parameter(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// Exchanges, counts, prints the outcome as JSON.
pub(crate) fn run(options: &Options) -> Result<()> {
    let text = std::fs::read_to_string(&options.values).context("cannot read the values")?;
    let mut shares = vec![Vec::new(); options.connections];
    for (index, value) in text.lines().enumerate() {
        shares[index % options.connections].push(value.to_owned());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let outcome = runtime.block_on(generate(options, shares))?;
    output::line(&serde_json::to_string(&outcome)?);
    Ok(())
}

async fn generate(options: &Options, shares: Vec<Vec<String>>) -> Result<Outcome> {
    let started = Instant::now();
    let end = started + Duration::from_secs(options.seconds);
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n",
        options.path, options.address
    );
    let form = format!("{}&{}=", options.form, options.kind.parameter());
    let request = Arc::new(Request { address: options.address, kind: options.kind, head, form, end });
    let mut tasks = tokio::task::JoinSet::new();
    for share in shares {
        tasks.spawn(connection(Arc::clone(&request), share));
    }
    let mut times = Times::default();
    while let Some(done) = tasks.join_next().await {
        times.merge(&done??);
    }
    Ok(times.outcome(started.elapsed()))
}

struct Request {
    address: SocketAddr,
    kind: Kind,
    head: String,
    form: String,
    end: Instant,
}

async fn connection(request: Arc<Request>, mut values: Vec<String>) -> Result<Times> {
    let mut stream = TcpStream::connect(request.address).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    let (mut seen, mut buffer) = (Times::default(), vec![0; 64 * 1024]);
    while Instant::now() < request.end {
        let Some(value) = values.pop() else { bail!("the values are used up before the time is") };
        let body = [request.form.as_str(), &value].concat();
        let text = format!("{}content-length: {}\r\n\r\n{body}", request.head, body.len());
        let sent = Instant::now();
        stream.write_all(text.as_bytes()).await?;
        let length = answer(&mut stream, &mut buffer).await?;
        let text = std::str::from_utf8(&buffer[..length])?;
        seen.add(sent.elapsed(), text);
        if request.kind == Kind::RefreshToken {
            values.push(member(text, "refresh_token")?);
        }
    }
    Ok(seen)
}

/// A text of the answer's JSON that needs no unescaping.
fn member(answer: &str, name: &str) -> Result<String> {
    let rest = answer.split_once(&format!("\"{name}\":\"")).map(|(_, rest)| rest);
    let value = rest.and_then(|rest| rest.split('"').next()).with_context(|| format!("no {name} in:\n{answer}"))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_next_token() {
        assert_eq!(member(r#"{"a":1,"refresh_token":"gh_rt_1","b":2}"#, "refresh_token").unwrap(), "gh_rt_1");
        assert!(member(r#"{"error":"invalid_grant"}"#, "refresh_token").is_err());
    }
}
