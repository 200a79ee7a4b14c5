//! Takes the samples out of `docs/samples.md`, so that what readers copy is what is tried.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::test::node;

const PAGE: &str = "docs/samples.md";

/// Writes every sample of the page to a folder where Node finds the judges' packages. Gives that folder.
pub(crate) fn extract(root: &Path) -> Result<PathBuf> {
    let folder = node::folder(root).join("extracted");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder)?;
    let page = fs::read_to_string(root.join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let samples = samples(&page)?;
    if samples.is_empty() {
        bail!("{PAGE} holds no sample: each is a fenced block below a line `<!-- sample: NAME -->`");
    }
    for (name, text) in samples {
        fs::write(folder.join(name), text)?;
    }
    Ok(folder)
}

/// Name and text of each fenced block that follows a `<!-- sample: NAME -->` line.
fn samples(page: &str) -> Result<Vec<(&str, String)>> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix("<!-- sample: ") else { continue };
        let name = rest.strip_suffix(" -->").with_context(|| format!("{PAGE}: `{line}` does not end in ` -->`"))?;
        if !lines.next().is_some_and(|fence| fence.starts_with("```")) {
            bail!("{PAGE}: no fenced block right below `{line}`");
        }
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        found.push((name, text.join("\n") + "\n"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_blocks_that_have_names() {
        let page = "x\n```sh\nno\n```\n<!-- sample: a.sh -->\n```sh\none\n\ntwo\n```\nrest\n";
        assert_eq!(samples(page).unwrap(), [("a.sh", "one\n\ntwo\n".to_owned())]);
        assert!(samples("<!-- sample: a.sh -->\nno fence\n").is_err());
    }
}
