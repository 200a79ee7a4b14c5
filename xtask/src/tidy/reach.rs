//! Dead files: every Rust file is a crate's root or named by a `mod`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Finding;
use super::source::{RustFile, Tree};

/// Every file is reached.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut reached: BTreeSet<PathBuf> =
        tree.rust.iter().map(|file| file.path.clone()).filter(|path| is_root(path)).collect();
    for file in &tree.rust {
        reached.extend(children(file));
    }
    let dead = tree.rust.iter().filter(|file| !reached.contains(&file.path));
    Ok(dead
        .map(|file| {
            let message = format!("no `mod {};` names this file: name it, or remove the file", file.module());
            Finding::new("dead-file", &file.path, 1, message)
        })
        .collect())
}

fn is_root(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    name == "build.rs"
        || matches!((folder, name), ("src", "lib.rs" | "main.rs") | ("it", "main.rs"))
        || matches!(folder, "bin" | "benches" | "examples" | "fuzz_targets")
        || (folder == "tests" && path.starts_with("crates"))
}

fn children(file: &RustFile) -> Vec<PathBuf> {
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let stem = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let base = if is_root(&file.path) || stem == "mod" { folder.to_owned() } else { folder.join(stem) };
    let mut found = Vec::new();
    modules(&file.syntax.items, folder, &base, &mut found);
    found
}

fn modules(items: &[syn::Item], folder: &Path, base: &Path, found: &mut Vec<PathBuf>) {
    for item in items {
        let syn::Item::Mod(module) = item else { continue };
        let name = module.ident.to_string();
        if let Some((_, items)) = &module.content {
            modules(items, &base.join(&name), &base.join(&name), found);
        } else if let Some(path) = path_attribute(&module.attrs) {
            found.push(folder.join(path));
        } else {
            found.push(base.join(format!("{name}.rs")));
            found.push(base.join(&name).join("mod.rs"));
        }
    }
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}
