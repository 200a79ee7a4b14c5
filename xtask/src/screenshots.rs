//! `cargo xtask screenshots`: a picture of every page, to look at; and those that the docs show.

use std::fs;

use anyhow::Result;
use clap::Args;

use crate::output;
use crate::paths;
use crate::process;
use crate::test::install::{self, Missing, Need};
use crate::test::{browser, node, server};

/// Which pictures.
#[derive(Args)]
pub(crate) struct Options {
    /// Make the pictures that the docs show (docs/pictures) instead.
    #[arg(long)]
    docs: bool,
    /// Only pages whose name contains this.
    filter: Option<String>,
}

/// Into `target/screenshots`, with a contact sheet `index.html`; or into `docs/pictures`.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let root = paths::root()?;
    install::ensure(&[Need::Node, Need::Chromium], Missing::Install)?;
    node::install(&browser::folder(&root), Missing::Install)?;
    let folder = if options.docs { root.join("docs/pictures") } else { paths::target(&root).join("screenshots") };
    if !options.docs && folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let server = server::start(&root, "screenshots")?;
    let mut command = browser::node(&root, &server)?;
    command.arg(if options.docs { "docs-pictures.js" } else { "screenshots.js" });
    process::run(command.arg(&folder).args(&options.filter))?;
    output::line(&format!("Pictures are in {}", folder.display()));
    Ok(true)
}
