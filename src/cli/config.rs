//! `gatehouse config check|print|keys`.

use gatehouse_server::config::{self, keys};

use super::global::Global;
use super::output::print;

/// Check, print and explain the configuration
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Say everything that is wrong with the configuration
    Check,
    /// Print what is in force, secrets masked
    Print,
    /// List every key with what it does
    Keys,
}

/// Never opens the database.
pub(super) fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<()> {
    match arguments.command {
        Command::Check => {
            let config = global.load()?;
            let place = global.sources().file.map_or("no file".to_owned(), |file| file.display().to_string());
            print(&format!("the configuration ({place}, environment, flags) is good\n"))?;
            if config.addresses.is_none() {
                print("`gatehouse serve` also needs portal_url\n")?;
            }
            if config.key_encryption_keys.is_empty() {
                print("`gatehouse serve` also needs key_encryption_keys\n")?;
            }
            if config.mail.smtp.is_none() {
                let folder = config.mail.folder.display();
                print(&format!("without smtp_url mails land in {folder} as files, and reach nobody\n"))?;
            }
            Ok(())
        }
        Command::Print => print(&config::masked(&global.load()?)),
        Command::Keys => keys::KEYS
            .iter()
            .try_for_each(|key| print(&format!("{}\n    {}\n    Default: {}\n", key.name, key.help, key.default))),
    }
}
