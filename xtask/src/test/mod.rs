//! `cargo xtask test`: from a machine with only Rust to a count of passed and failed tests.

pub(crate) mod browser;
mod certificates;
pub(crate) mod install;
mod judges;
pub(crate) mod node;
pub(crate) mod postgres;
mod python;
mod rust;
mod samples;
pub(crate) mod server;
mod summary;
mod watchdog;

use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::output;
use crate::paths;
use install::{Missing, Need};
use summary::{Count, Summary};

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Only these parts; everything when not given.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Install nothing: fail when something is missing.
    #[arg(long)]
    no_install: bool,
    /// Passed on to the Rust test programs and the browser tests: a part of a test's name.
    #[arg(last = true)]
    filter: Vec<String>,
}

/// A part of the whole.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The crates' own tests.
    Unit,
    /// `tests/it`.
    Integration,
    /// Examples in doc comments.
    Docs,
    /// Clients that others wrote, and the samples of the docs, against the started binary.
    Judges,
    /// Pages and journeys in Chromium, against the started binary.
    Browser,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Runs the tests; true when all passed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let root = paths::root()?;
    install_missing(&root, options)?;
    let mut summary = Summary::default();
    run_rust(&root, options, &mut summary)?;
    if options.wants(Part::Judges) {
        summary.attempt("judges", |summary| judges::run(&root, summary));
    }
    if options.wants(Part::Browser) {
        summary.attempt("browser", |summary| browser::run(&root, &options.filter, summary));
    }
    summary.print();
    Ok(summary.passed())
}

fn install_missing(root: &Path, options: &Options) -> Result<()> {
    output::heading("What the tests need");
    let mut needs = Vec::new();
    if options.wants(Part::Unit) || options.wants(Part::Integration) {
        needs.extend(postgres::needs());
    }
    if options.wants(Part::Judges) {
        needs.extend([Need::Curl, Need::OidcAgent, Need::Apache]);
    }
    let python = options.wants(Part::Judges) || options.wants(Part::Integration);
    if python {
        needs.push(Need::Python);
    }
    if options.wants(Part::Browser) {
        needs.push(Need::Chromium);
    }
    if options.wants(Part::Judges) || options.wants(Part::Browser) {
        needs.push(Need::Node);
    }
    let missing = if options.no_install { Missing::Refuse } else { Missing::Install };
    install::ensure(&needs, missing)?;
    if options.wants(Part::Judges) {
        node::install(&node::folder(root), missing)?;
    }
    if python {
        python::install(root, missing)?;
    }
    if options.wants(Part::Browser) {
        node::install(&browser::folder(root), missing)?;
    }
    Ok(())
}

fn run_rust(root: &Path, options: &Options, summary: &mut Summary) -> Result<()> {
    let (unit, integration) = (options.wants(Part::Unit), options.wants(Part::Integration));
    if unit || integration {
        output::heading("PostgreSQL");
        let database = postgres::start(postgres::Commits::Fast)?;
        output::heading("Build");
        let mut programs = rust::build(root)?;
        programs.retain(|program| if program.is_integration() { integration } else { unit });
        for program in &programs {
            output::heading(&program.suite);
            let mut variables = vec![(postgres::VARIABLE, database.url.clone()), python::variable(root)];
            variables.extend(database.tls.iter().map(|url| (postgres::TLS_VARIABLE, url.clone())));
            let count = rust::run(program, &variables, &options.filter)?;
            summary.add(&program.suite, count);
        }
    }
    if options.wants(Part::Docs) && options.filter.is_empty() {
        output::heading("Examples in doc comments");
        for (suite, count) in rust::doc_tests(root)? {
            summary.add(&suite, count);
        }
    }
    Ok(())
}

/// One failure that is no test's: a program that could not be run or died without a count.
fn broken() -> Count {
    Count { failed: 1, ..Count::default() }
}
