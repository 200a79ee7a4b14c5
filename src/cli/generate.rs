//! `gatehouse generate …`: the parts of `docs/` that come from the program itself. `cargo xtask generate` writes the
//! answers into their files; CI fails when they differ.

use gatehouse_server::manage;

use super::output::print;

/// Write the generated parts of the documentation
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    part: Part,
}

#[derive(clap::Subcommand)]
enum Part {
    /// docs/reference/configuration.md
    ConfigReference,
    /// docs/reference/cli.md
    CliReference,
    /// docs/reference/manage-openapi.json
    ManageOpenapi,
}

/// Prints one generated file.
pub(super) fn run(arguments: &Arguments, cli: clap::Command) -> anyhow::Result<()> {
    match arguments.part {
        Part::ConfigReference => print(&gatehouse_server::config::reference_page()),
        Part::CliReference => print(&cli_reference(cli)),
        Part::ManageOpenapi => print(&format!("{}\n", serde_json::to_string_pretty(&manage::openapi())?)),
    }
}

fn cli_reference(mut cli: clap::Command) -> String {
    let mut out = "# Command line\n\n`gatehouse COMMAND --help` says the same. Every command takes `--config FILE`, \
                   `--json` and a flag for each [configuration key](configuration.md). Exit codes: 0 done, 1 failed, \
                   2 wrongly called or configured.\n"
        .to_owned();
    cli.build();
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        describe(&mut out, command, &[]);
    }
    out
}

fn describe(out: &mut String, command: &clap::Command, above: &[&str]) {
    if command.get_name() == "help" {
        return;
    }
    let path: Vec<&str> = above.iter().copied().chain([command.get_name()]).collect();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    out.push_str(&format!("\n{} `gatehouse {}`\n\n{about}\n", "#".repeat(path.len() + 1), path.join(" ")));
    let mine = command.get_arguments().filter(|argument| !argument.is_global_set() && !argument.is_hide_set());
    let lines: Vec<String> =
        mine.filter(|argument| !["help", "version"].contains(&argument.get_id().as_str())).map(line).collect();
    if !lines.is_empty() {
        out.push_str(&format!("\n{}", lines.concat()));
    }
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        describe(out, inner, &path);
    }
}

fn line(argument: &clap::Arg) -> String {
    let values: Vec<String> = argument.get_value_names().into_iter().flatten().map(|name| format!(" {name}")).collect();
    let takes_value = argument.get_action().takes_values();
    let name = match argument.get_long() {
        Some(long) if takes_value => format!("--{long}{}", values.concat()),
        Some(long) => format!("--{long}"),
        None => values.concat().trim().to_owned(),
    };
    let needed = if argument.is_required_set() { " (required)" } else { "" };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = if takes_value && !defaults.is_empty() {
        format!(" Default: `{}`.", defaults.join(","))
    } else {
        String::new()
    };
    format!("- `{name}`{needed}: {help}.{default}\n")
}
