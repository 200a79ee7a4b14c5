//! The load generator: HTTP/1.1 over keep-alive connections, one request in flight on each, two system calls a request.
//!
//! Written by hand because it must not be the bottleneck: it shares the machine with what it measures.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::output;

/// What to send, where and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// Address and port.
    #[arg(long)]
    address: SocketAddr,
    /// A file with one whole HTTP/1.1 request, sent as it is.
    #[arg(long)]
    request: PathBuf,
    /// Connections, each with one request in flight.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How long.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// At most so many requests on each connection: quotas count.
    #[arg(long, default_value_t = u64::MAX)]
    at_most: u64,
}

/// What happened.
#[derive(Clone, Serialize, Deserialize, Debug)]
pub(crate) struct Outcome {
    /// Answers with status 200.
    pub(crate) answers: u64,
    /// Answers with another status.
    pub(crate) refusals: u64,
    /// Wall time in seconds.
    pub(crate) seconds: f64,
    /// Half of the answers came within so many microseconds.
    pub(crate) p50_us: u64,
    /// 99 of 100 answers came within so many microseconds.
    pub(crate) p99_us: u64,
    /// An answer that was not 200, to see what went wrong.
    pub(crate) refusal: Option<String>,
}

impl Outcome {
    /// Answers per second.
    pub(crate) fn rate(&self) -> f64 {
        self.answers as f64 / self.seconds
    }
}

/// Times up to 65 ms in microseconds, one counter each; later ones in the last.
const SLOTS: usize = 1 << 16;

/// What was answered, and how fast.
pub(crate) struct Times {
    slots: Vec<u32>,
    answers: u64,
    refusals: u64,
    refusal: Option<String>,
}

impl Default for Times {
    fn default() -> Self {
        Self { slots: vec![0; SLOTS], answers: 0, refusals: 0, refusal: None }
    }
}

impl Times {
    /// One answer.
    pub(crate) fn add(&mut self, time: Duration, answer: &str) {
        let slot = usize::try_from(time.as_micros()).unwrap_or(SLOTS).min(SLOTS - 1);
        self.slots[slot] += 1;
        if answer.get(9..12) == Some("200") {
            self.answers += 1;
        } else {
            self.refusals += 1;
            self.refusal.get_or_insert_with(|| answer.to_owned());
        }
    }

    /// Those of another connection.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.answers += other.answers;
        self.refusals += other.refusals;
        self.refusal = self.refusal.take().or_else(|| other.refusal.clone());
        for (mine, theirs) in self.slots.iter_mut().zip(&other.slots) {
            *mine += theirs;
        }
    }

    /// The sum.
    pub(crate) fn outcome(self, elapsed: Duration) -> Outcome {
        Outcome {
            answers: self.answers,
            refusals: self.refusals,
            seconds: elapsed.as_secs_f64(),
            p50_us: percentile(&self.slots, 0.50),
            p99_us: percentile(&self.slots, 0.99),
            refusal: self.refusal,
        }
    }
}

/// Sends, counts, prints the outcome as JSON.
pub(crate) fn run(options: &Options) -> Result<()> {
    let request = std::fs::read(&options.request).context("cannot read the request")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let outcome = runtime.block_on(generate(options, request.into()))?;
    output::line(&serde_json::to_string(&outcome)?);
    Ok(())
}

async fn generate(options: &Options, request: bytes::Bytes) -> Result<Outcome> {
    let started = Instant::now();
    let end = started + Duration::from_secs(options.seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..options.connections {
        tasks.spawn(connection(options.address, request.clone(), Until { end, at_most: options.at_most }));
    }
    let mut times = Times::default();
    while let Some(done) = tasks.join_next().await {
        times.merge(&done??);
    }
    Ok(times.outcome(started.elapsed()))
}

/// When a connection stops.
struct Until {
    end: Instant,
    at_most: u64,
}

async fn connection(address: SocketAddr, request: bytes::Bytes, until: Until) -> Result<Times> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
    stream.set_nodelay(true)?;
    let mut seen = Times::default();
    let mut buffer = vec![0; 64 * 1024];
    let mut sent = Instant::now();
    while sent < until.end && seen.answers + seen.refusals < until.at_most {
        stream.write_all(&request).await?;
        let length = answer(&mut stream, &mut buffer).await?;
        let now = Instant::now();
        seen.add(now - sent, std::str::from_utf8(&buffer[..length])?);
        sent = now;
    }
    Ok(seen)
}

/// Reads one whole answer into `buffer`; gives its length.
pub(crate) async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    let mut whole = None;
    while whole.is_none_or(|whole| filled < whole) {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            bail!("the server closed the connection after: {}", String::from_utf8_lossy(&buffer[..filled]));
        }
        filled += read;
        if whole.is_none() {
            whole = whole_length(&buffer[..filled])?;
        }
    }
    Ok(filled)
}

/// Length of head and body, once the head is there.
fn whole_length(answer: &[u8]) -> Result<Option<usize>> {
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let fields = answer[..head].split(|byte| *byte == b'\n');
    let mut lengths = fields.filter_map(|field| {
        let (name, value) = field.split_at_checked(15)?;
        name.eq_ignore_ascii_case(b"content-length:").then(|| value.trim_ascii())
    });
    let length = lengths.next().context("an answer without content-length")?;
    Ok(Some(head + 4 + std::str::from_utf8(length)?.parse::<usize>()?))
}

fn percentile(times: &[u32], share: f64) -> u64 {
    let total: u64 = times.iter().map(|count| u64::from(*count)).sum();
    let wanted = (total as f64 * share) as u64;
    let mut seen = 0;
    for (slot, count) in times.iter().enumerate() {
        seen += u64::from(*count);
        if seen > wanted {
            return slot as u64;
        }
    }
    times.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_an_answer_ends() {
        let answer = b"HTTP/1.1 200 OK\r\nx: y\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(whole_length(answer).unwrap(), Some(answer.len()));
        assert_eq!(whole_length(&answer[..20]).unwrap(), None);
        assert!(whole_length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn percentiles() {
        let mut times = vec![0; 10];
        times[2] = 98;
        times[7] = 2;
        assert_eq!((percentile(&times, 0.5), percentile(&times, 0.99)), (2, 7));
    }
}
