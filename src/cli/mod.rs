//! The command line: one file per command, named after it.
//!
//! To add a command: write `src/cli/NAME.rs` with
//!
//! ```text
//! /// One line for the help.                     (clap's derive; subcommands as an enum in the same file)
//! #[derive(clap::Args)]
//! pub(super) struct Arguments { … }
//!
//! pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
//!     let session = global.open().await?;          // configuration read, database open and migrated
//!     let made = actions::widgets::create(&session.ctx, &session.actor, input).await.map_err(failed)?;
//!     session.output.item(&made, &[("id", made.id.to_string()), ("name", made.name.clone())])
//! }
//! ```
//!
//! and give it a variant in [`Command`] and a line in [`run`]. A command calls the same function of
//! `gatehouse_server::actions` that the management API calls; it prints a table, or JSON with `--json`; it fails with a
//! sentence that says what to do ([`failure::failed`] turns an action's error into one). Exit codes: 0 done, 1 failed,
//! 2 wrongly called ([`failure::UsageError`]).

mod apis;
mod applications;
mod audit;
mod changes;
mod config;
mod dev;
mod entitlements;
mod failure;
mod files;
mod flags;
mod generate;
mod global;
mod keys;
mod mails;
mod migrate;
mod operator_keys;
mod organizations;
mod output;
mod pages;
mod replies;
mod requests;
mod results_import;
mod reveal;
mod secrets;
mod serve;
mod servers;
mod signals;
mod telemetry;
mod users;
mod version;
mod workspaces;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use global::Global;

/// Developer portal, review desk, OAuth 2.0 authorization server and API gate in one binary.
#[derive(clap::Parser)]
#[command(name = "gatehouse", version, propagate_version = true, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// One variant per file.
#[derive(clap::Subcommand)]
enum Command {
    /// Start everything on this machine, with sample data
    Dev(dev::Arguments),
    /// Serve in production
    Serve(serve::Arguments),
    /// Look at the audit log and prove it
    Audit(audit::Arguments),
    /// Check, print and explain the configuration
    Config(config::Arguments),
    /// Bring the database to this program's version
    Migrate(migrate::Arguments),
    /// Import results of tests
    #[command(subcommand)]
    Results(results_import::Command),
    /// Create and manage users
    Users(users::Arguments),
    /// Create and manage organizations and their members
    Organizations(organizations::Arguments),
    /// Create and manage workspaces, their members and invitations
    Workspaces(workspaces::Arguments),
    /// Create and manage authorization servers
    Servers(servers::Arguments),
    /// Look at and rotate the signing keys of authorization servers
    Keys(keys::Arguments),
    /// Create and manage APIs, their versions and scopes
    Apis(apis::Arguments),
    /// Create and manage applications
    Applications(applications::Arguments),
    /// Create, retire and revoke client secrets
    Secrets(secrets::Arguments),
    /// Open a link that shows a secret once
    Reveal(reveal::Arguments),
    /// Grant scopes of APIs to applications, and take them away
    Entitlements(entitlements::Arguments),
    /// Keep the texts that reviewers send often
    Replies(replies::Arguments),
    /// Make, review and decide access requests
    Requests(requests::Arguments),
    /// Decide on changes of applications that wait for a review
    Changes(changes::Arguments),
    /// Look at mails on their way, and try those that failed again
    Mails(mails::Arguments),
    /// Create and revoke keys of the management API
    OperatorKeys(operator_keys::Arguments),
    /// Print the version
    Version(version::Arguments),
    /// Write the generated parts of the documentation
    #[command(hide = true)]
    Generate(generate::Arguments),
}

/// Parses, runs, and turns what went wrong into one sentence and an exit code.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&anyhow::anyhow!("the machine gives no threads: {error}")),
    };
    let result = runtime.block_on(run(cli));
    // A blocking task (a resolver, say) must not hold the process back once the answer is known.
    runtime.shutdown_background();
    result.map_or_else(|error| failure::report(&error), |()| ExitCode::SUCCESS)
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    signals::outlive_file_limits()?;
    let global = &cli.global;
    match cli.command {
        Command::Dev(arguments) => dev::run(&arguments, global).await,
        Command::Serve(arguments) => serve::run(&arguments, global).await,
        Command::Audit(arguments) => audit::run(arguments, global).await,
        Command::Config(arguments) => config::run(&arguments, global),
        Command::Migrate(arguments) => migrate::run(&arguments, global).await,
        Command::Results(command) => results_import::run(command, global).await,
        Command::Users(arguments) => users::run(arguments, global).await,
        Command::Organizations(arguments) => organizations::run(arguments, global).await,
        Command::Workspaces(arguments) => workspaces::run(arguments, global).await,
        Command::Servers(arguments) => servers::run(arguments, global).await,
        Command::Keys(arguments) => keys::run(arguments, global).await,
        Command::Apis(arguments) => apis::run(arguments, global).await,
        Command::Applications(arguments) => applications::run(arguments, global).await,
        Command::Secrets(arguments) => secrets::run(arguments, global).await,
        Command::Reveal(arguments) => reveal::run(arguments, global).await,
        Command::Entitlements(arguments) => entitlements::run(arguments, global).await,
        Command::Replies(arguments) => replies::run(arguments, global).await,
        Command::Requests(arguments) => requests::run(arguments, global).await,
        Command::Changes(arguments) => changes::run(arguments, global).await,
        Command::Mails(arguments) => mails::run(arguments, global).await,
        Command::OperatorKeys(arguments) => operator_keys::run(arguments, global).await,
        Command::Version(arguments) => version::run(&arguments, global),
        Command::Generate(arguments) => generate::run(&arguments, Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// clap finds clashes of names only when a command is used.
    #[test]
    fn every_command_is_well_formed() {
        Cli::command().debug_assert();
    }
}
