//! Lengths and parameters of functions.

use std::path::Path;

use anyhow::Result;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Finding;
use super::source::{Tree, is_cfg_test, lines};

const LONGEST_FUNCTION: usize = 70;
const MOST_PARAMETERS: usize = 5;

/// Functions under 70 lines (tables of cases in tests aside), at most 5 parameters, none of them a bool.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in &tree.rust {
        let mut visitor = Functions { path: &file.path, in_test: file.is_test(), findings: &mut findings };
        visitor.visit_file(&file.syntax);
    }
    Ok(findings)
}

struct Functions<'a> {
    path: &'a Path,
    in_test: bool,
    findings: &'a mut Vec<Finding>,
}

impl Functions<'_> {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let name = signature.ident.to_string();
        let line = lines(signature.span()).0;
        // The signature counts as well: it has to be read.
        let mut length = lines(block.span()).1 - line + 1;
        if self.in_test {
            length -= tables(block);
        }
        if length > LONGEST_FUNCTION {
            let message = format!("`{name}` has {length} lines; at most {LONGEST_FUNCTION}: name its steps");
            self.findings.push(Finding::new("function-length", self.path, line, message).about(&name));
        }
        let parameters = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        if parameters > MOST_PARAMETERS {
            let message = format!("`{name}` takes {parameters} parameters; at most {MOST_PARAMETERS}: make a struct");
            self.findings.push(Finding::new("parameters", self.path, line, message).about(&name));
        }
    }

    fn bools(&mut self, signature: &syn::Signature) {
        if self.in_test {
            return;
        }
        let name = signature.ident.to_string();
        for input in &signature.inputs {
            if let syn::FnArg::Typed(typed) = input
                && is_bool(&typed.ty)
            {
                let message = format!("`{name}` takes a bool: an enum says at the call what it means");
                let line = lines(typed.span()).0;
                self.findings.push(Finding::new("bool-parameter", self.path, line, message).about(&name));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        self.bools(&item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        // A trait's signature is not ours to choose.
        if item.trait_.is_none() {
            for member in &item.items {
                if let syn::ImplItem::Fn(function) = member {
                    self.bools(&function.sig);
                }
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let before = self.in_test;
        self.in_test |= is_cfg_test(&item.attrs);
        visit::visit_item_mod(self, item);
        self.in_test = before;
    }
}

/// Lines of the arrays in a test: a table of cases is data, however many cases it has.
fn tables(block: &syn::Block) -> usize {
    #[derive(Default)]
    struct Tables(usize);
    impl<'ast> Visit<'ast> for Tables {
        fn visit_expr_array(&mut self, array: &'ast syn::ExprArray) {
            let (first, last) = lines(array.span());
            self.0 += last - first;
        }

        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            if call.path.is_ident("vec") {
                let (first, last) = lines(call.span());
                self.0 += last - first;
            }
        }
    }
    let mut tables = Tables::default();
    tables.visit_block(block);
    tables.0
}

fn is_bool(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.is_ident("bool"))
}
