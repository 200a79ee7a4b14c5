//! The tree as the checks see it: every text file, and every Rust file parsed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::paths;

/// All files that git knows or would add.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) rust: Vec<RustFile>,
}

/// A parsed Rust file.
pub(crate) struct RustFile {
    /// Relative to the root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) syntax: syn::File,
}

/// Reads the tree.
pub(crate) fn load(root: &Path) -> Result<Tree> {
    let files = paths::tracked(root)?;
    let mut rust = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ext| ext == "rs")) {
        let text = fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {}", path.display()))?;
        let syntax = syn::parse_file(&text).with_context(|| format!("cannot parse {}", path.display()))?;
        rust.push(RustFile { path: path.clone(), text, syntax });
    }
    Ok(Tree { root: root.to_owned(), files, rust })
}

impl RustFile {
    /// Whether the whole file is test code.
    pub(crate) fn is_test(&self) -> bool {
        self.path.components().any(|part| part.as_os_str() == "tests") || self.path.ends_with("tests.rs")
    }

    /// The module's name: the file's stem, or the folder's for `mod.rs`.
    pub(crate) fn module(&self) -> &str {
        let stem = self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let folder = self.path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        if stem == "mod" { folder.unwrap_or_default() } else { stem }
    }

    /// Lines of the inline test module, first and last, if there is one.
    pub(crate) fn inline_tests(&self) -> Option<(usize, usize)> {
        self.syntax.items.iter().find_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_some() && is_cfg_test(&module.attrs) => {
                Some(lines(syn::spanned::Spanned::span(module)))
            }
            _ => None,
        })
    }
}

/// Whether `#[cfg(test)]` is among the attributes.
pub(crate) fn is_cfg_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

/// First and last line of a span.
pub(crate) fn lines(span: proc_macro2::Span) -> (usize, usize) {
    (span.start().line, span.end().line)
}
