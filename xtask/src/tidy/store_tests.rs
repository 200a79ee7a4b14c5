//! Every statement runs in a test: each public function of a table's file is called by one.

use anyhow::Result;

use super::Finding;
use super::source::{RustFile, Tree, lines};

/// Every `pub async fn` of `crates/store/src/` outside `db/` is called by a test, by name, or (in a table's folder) by a
/// neighbour there.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let tests = tests(tree);
    let mut findings = Vec::new();
    for file in tree.rust.iter().filter(|file| is_table(file)) {
        for (name, line) in statements(file) {
            let called = tests.iter().any(|test| test.calls(file, &name));
            if !called && !neighbour_calls(tree, file, &name) {
                let message = format!("no test calls `{}::{name}`: run it on both engines", file.module());
                findings.push(Finding::new("untested-statement", &file.path, line, message).about(&name));
            }
        }
    }
    Ok(findings)
}

/// Whether another file of the same table's folder runs it: its public functions are called by tests in turn.
fn neighbour_calls(tree: &Tree, table: &RustFile, name: &str) -> bool {
    let folder = table.path.parent().filter(|folder| !folder.ends_with("src"));
    let call = format!("{}::{name}(", table.module());
    tree.rust.iter().any(|file| {
        file.path != table.path && is_table(file) && file.path.parent() == folder && file.text.contains(&call)
    })
}

fn is_table(file: &RustFile) -> bool {
    // `testing.rs` is what the tests stand on.
    file.module() != "testing"
        && file.path.starts_with("crates/store/src")
        && !file.path.starts_with("crates/store/src/db")
        && !file.is_test()
}

fn statements(file: &RustFile) -> Vec<(String, usize)> {
    let functions = file.syntax.items.iter().filter_map(|item| match item {
        syn::Item::Fn(function) => Some(function),
        _ => None,
    });
    let public = functions
        .filter(|function| function.sig.asyncness.is_some() && matches!(function.vis, syn::Visibility::Public(_)));
    public.map(|function| (function.sig.ident.to_string(), lines(function.sig.ident.span()).0)).collect()
}

/// Test code: a file of its own, or the test module at the end of one.
struct TestCode<'a> {
    file: &'a RustFile,
    text: String,
}

fn tests(tree: &Tree) -> Vec<TestCode<'_>> {
    let mut tests = Vec::new();
    for file in tree.rust.iter().filter(|file| file.path.starts_with("crates") || file.path.starts_with("tests")) {
        if file.is_test() {
            tests.push(TestCode { file, text: file.text.clone() });
        } else if let Some((first, last)) = file.inline_tests() {
            let text = file.text.lines().skip(first - 1).take(last + 1 - first).collect::<Vec<_>>().join("\n");
            tests.push(TestCode { file, text });
        }
    }
    tests
}

impl TestCode<'_> {
    /// `module::name(`, or `name(` where the module is the one under test.
    fn calls(&self, table: &RustFile, name: &str) -> bool {
        if self.text.contains(&format!("{}::{name}(", table.module())) {
            return true;
        }
        let own = self.file.path == table.path || self.file.path == table.path.with_extension("").join("tests.rs");
        let beside = self.file.path == table.path.with_file_name("tests.rs");
        (own || beside) && calls_bare(&self.text, name)
    }
}

fn calls_bare(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}(")).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == '.')
    })
}
