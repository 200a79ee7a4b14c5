//! One flag per configuration key that may stand on a command line, from the table of keys.

use clap::{Arg, ArgMatches, Command, FromArgMatches};
use gatehouse_server::config::keys::{KEYS, Key};

/// Configuration given as flags, by key name.
#[derive(Clone, Debug, Default)]
pub(super) struct ConfigFlags(pub(super) Vec<(String, String)>);

impl clap::Args for ConfigFlags {
    fn augment_args(command: Command) -> Command {
        flags().fold(command, |command, (id, key, from_file)| {
            let help = if from_file { format!("File that holds `{}`", key.name) } else { key.help.to_owned() };
            command.arg(
                Arg::new(id.clone())
                    .long(id.replace('_', "-"))
                    .help(help)
                    .value_name("VALUE")
                    .global(true)
                    .hide(true)
                    .help_heading("Configuration"),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ConfigFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = flags().filter_map(|(id, ..)| matches.get_one::<String>(&id).map(|text| (id, text.clone())));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Flag id, key, and whether the flag names a file that holds the value.
fn flags() -> impl Iterator<Item = (String, &'static Key, bool)> {
    KEYS.iter().flat_map(|key| {
        let direct = key.kind.has_flag().then(|| (key.name.to_owned(), key, false));
        let from_file = key.kind.from_file().then(|| (format!("{}_file", key.name), key, true));
        direct.into_iter().chain(from_file)
    })
}
