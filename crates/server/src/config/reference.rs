//! The configuration reference, written from the table of keys.

use super::keys::{KEYS, Key};

/// `docs/reference/configuration.md`.
pub fn reference_page() -> String {
    let mut out = HEAD.to_owned();
    for key in KEYS {
        section(&mut out, key);
    }
    out
}

const HEAD: &str = "\
# Configuration

Gatehouse reads one TOML file (`--config FILE`, else `GATEHOUSE_CONFIG`, else `gatehouse.toml` in the current folder if
there is one), then `GATEHOUSE_…` environment variables, then flags; each later one wins. A key that is not on this page
is refused, and the nearest known one is named. `gatehouse config check` says everything that is wrong,
`gatehouse config print` shows what is in force with secrets masked.

A list is an array in the file and separated by commas elsewhere. A relative path in the file starts at the file's
folder, elsewhere at the current folder. A key marked *from a file* can be given as `…_file` with a path, so that the
secret itself stands neither in the configuration nor in the environment; secrets have no flag, because every user of
a machine can read command lines.
";

fn section(out: &mut String, key: &Key) {
    let flag = if key.kind.has_flag() { format!("`--{}`", key.name.replace('_', "-")) } else { "none".to_owned() };
    let from_file = if key.kind.from_file() { format!("`{}_file`", key.name) } else { String::new() };
    out.push_str(&format!("\n## `{}`\n\n{}\n\n", key.name, key.help));
    out.push_str(&format!("- Value: {}\n- Default: {}\n", key.kind.words(), key.default));
    out.push_str(&format!("- Environment: `GATEHOUSE_{}`; flag: {flag}\n", key.name.to_ascii_uppercase()));
    if !from_file.is_empty() {
        out.push_str(&format!("- From a file: {from_file}\n"));
    }
    out.push_str(&format!("- Example: `{} = {}`\n", key.name, key.example));
}
