//! The harness of docs/performance.md: ratios against a ceiling measured in the same run, never bare times.
//!
//! `cargo xtask bench` builds the release binaries and calls this program. It starts the servers pinned to one core and
//! the load generator (itself again, `gatehouse-bench load`) pinned to another.

mod bare;
mod exchange;
mod load;
mod measure;
mod output;
mod primitives;
mod report;
mod server;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(about = "Measures Gatehouse against ceilings of the same run")]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Part {
    /// Generate load and print what happened as JSON.
    Load(load::Options),
    /// Exchange codes or refresh tokens and print what happened as JSON.
    #[command(hide = true)]
    Exchange(exchange::Options),
    /// Serve a fixed answer with bare hyper: the ceiling.
    #[command(hide = true)]
    Bare(bare::Options),
    /// Time the primitives of a token and print them as JSON.
    #[command(hide = true)]
    Primitives,
}

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// The release binary under test.
    #[arg(long, default_value = "target/release/gatehouse")]
    binary: PathBuf,
    /// Where the JSON report goes.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Measurements of each thing, alternating with its ceiling; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds before the first measurement of each thing.
    #[arg(long, default_value_t = 5)]
    warm_up: u64,
    /// Short measurements, to see whether it works: 2 seconds each, 1 second of warm-up.
    #[arg(long)]
    quick: bool,
    /// Only these rows.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Row>,
}

/// Rows of the table in docs/performance.md.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Row {
    /// Tokens, and the statements they cost (P3).
    P1,
    /// Introspection.
    P4,
    /// Durable writes: of the store, and codes and refresh tokens over HTTP.
    P5,
    /// Discovery and keys.
    P7,
    /// Memory.
    P8,
    /// Start.
    P9,
    /// With a large store: tokens, rotations; and its clean-up.
    P10,
    /// The list call of the Results API.
    List,
}

impl Options {
    fn wants(&self, row: Row) -> bool {
        self.only.is_empty() || self.only.contains(&row)
    }

    fn times(&self) -> measure::Times {
        if self.quick {
            measure::Times { warm_up: 1, seconds: 2, rounds: self.rounds }
        } else {
            measure::Times { warm_up: self.warm_up, seconds: self.seconds, rounds: self.rounds }
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.part {
        Some(Part::Load(options)) => load::run(&options),
        Some(Part::Exchange(options)) => exchange::run(&options),
        Some(Part::Bare(options)) => bare::run(&options),
        Some(Part::Primitives) => primitives::run(),
        None => work::run(&cli.options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::line(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
