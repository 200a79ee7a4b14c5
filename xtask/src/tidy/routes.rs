//! The route table: short, and every address in it documented.

use std::fs;
use std::path::Path;

use anyhow::Result;
use syn::visit::Visit;

use super::Finding;
use super::source::{Tree, lines};

const TABLE: &str = "crates/server/src/routes.rs";
const LONGEST_TABLE: usize = 200;

/// The table keeps its length; the docs name each address in it.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let Some(table) = tree.rust.iter().find(|file| file.path == Path::new(TABLE)) else {
        let message = "the route table is not there: every path → function belongs in it".to_owned();
        return Ok(vec![Finding::new("routes", TABLE, 1, message)]);
    };
    let mut findings = Vec::new();
    let length = table.text.lines().count();
    if length >= LONGEST_TABLE {
        let message = format!("the route table has {length} lines; under {LONGEST_TABLE}: one line a route");
        findings.push(Finding::new("routes", TABLE, length, message));
    }
    let docs = docs(tree)?;
    let mut addresses = Addresses::default();
    addresses.visit_file(&table.syntax);
    for (line, address) in addresses.found {
        // Of a wildcard, what stands before it.
        let documented = address.split("{*").next().unwrap_or_default();
        if !docs.contains(documented) {
            let message = format!("no page of docs/ names `{address}`: document it, or remove the route");
            findings.push(Finding::new("routes", TABLE, line, message).about(&address));
        }
    }
    Ok(findings)
}

fn docs(tree: &Tree) -> Result<String> {
    let mut text = String::new();
    for file in tree.files.iter().filter(|file| file.starts_with("docs")) {
        let readable = file.extension().is_some_and(|ext| ext == "md" || ext == "json");
        if readable {
            text.push_str(&fs::read_to_string(tree.root.join(file))?);
        }
    }
    Ok(text)
}

/// String literals that are addresses.
#[derive(Default)]
struct Addresses {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Addresses {
    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        let text = literal.value();
        if text.starts_with('/') && text.len() > 1 {
            self.found.push((lines(literal.span()).0, text));
        }
    }
}
