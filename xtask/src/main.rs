//! Task runner of Gatehouse: `cargo xtask test | screenshots | tidy | generate | bench`.

mod bench;
mod generate;
mod output;
mod paths;
mod process;
mod screenshots;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the tests lack, start PostgreSQL, run every suite, count.
    Test(test::Options),
    /// Take a picture of every page.
    Screenshots(screenshots::Options),
    /// Check the budgets and habits of ARCHITECTURE.md.
    Tidy,
    /// Write the generated references under docs/reference/.
    Generate(generate::Options),
    /// Measure against the ceilings of docs/performance.md.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Test(options) => test::run(&options),
        Task::Screenshots(options) => screenshots::run(&options),
        Task::Tidy => tidy::run(),
        Task::Generate(options) => generate::run(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::line(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
