//! Finds the codes in the sources.

use syn::punctuated::Punctuated;
use syn::visit::Visit;

use crate::tidy::source::{is_cfg_test, lines};

/// Codes with their lines.
#[derive(Default)]
pub(super) struct Codes {
    /// Whether a `fn code` of this file counts.
    pub(super) rules: bool,
    pub(super) found: Vec<(String, usize)>,
    /// Lines where a code is neither a literal nor a rule's.
    pub(super) computed: Vec<usize>,
}

impl Codes {
    fn note(&mut self, argument: Option<&syn::Expr>) {
        match argument {
            Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(code), .. })) => {
                self.found.push((code.value(), lines(code.span()).0));
            }
            Some(syn::Expr::MethodCall(call)) if call.method == "code" => {}
            Some(other) => self.computed.push(lines(syn::spanned::Spanned::span(other)).0),
            None => {}
        }
    }

    fn call(&mut self, path: &syn::Path, arguments: &Punctuated<syn::Expr, syn::Token![,]>) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names[..] {
            // Of `Problem` itself: `Self::new(status, code, detail)`.
            [.., "Problem" | "Self", "new"] if arguments.len() == 3 => self.note(arguments.get(1)),
            [.., "ActionError" | "Self", "conflict"] => self.note(arguments.first()),
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Codes {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_cfg_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            self.call(&path.path, &call.args);
        }
        syn::visit::visit_expr_call(self, call);
    }

    fn visit_expr_struct(&mut self, literal: &'ast syn::ExprStruct) {
        if literal.path.segments.last().is_some_and(|last| last.ident == "Conflict") {
            for field in &literal.fields {
                let is_code = matches!(&field.member, syn::Member::Named(name) if name == "code");
                // `Conflict { code, … }` with a parameter of the same name is how `conflict` is made.
                if is_code && field.colon_token.is_some() {
                    self.note(Some(&field.expr));
                }
            }
        }
        syn::visit::visit_expr_struct(self, literal);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if self.rules && function.sig.ident == "code" {
            let mut texts = Texts::default();
            texts.visit_block(&function.block);
            self.found.append(&mut texts.0);
        }
        syn::visit::visit_impl_item_fn(self, function);
    }
}

/// String literals.
#[derive(Default)]
struct Texts(Vec<(String, usize)>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.0.push((literal.value(), lines(literal.span()).0));
    }
}
