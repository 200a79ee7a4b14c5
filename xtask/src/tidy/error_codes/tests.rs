use syn::visit::Visit as _;

use super::*;

fn codes(source: &str, rules: bool) -> (Vec<String>, usize) {
    let mut codes = Codes { rules, ..Codes::default() };
    codes.visit_file(&syn::parse_str(source).unwrap());
    (codes.found.into_iter().map(|(code, _)| code).collect(), codes.computed.len())
}

#[test]
fn finds_every_way_to_name_a_code() {
    let source = r#"
        impl Problem { fn internal() -> Self { Self::new(STATUS, "server_error", "…") } }
        fn a() { Problem::new(StatusCode::GONE, "gone", format!("…")); }
        fn b() -> ActionError { ActionError::Conflict { code: "taken", message: "…".to_owned() } }
        fn c() { ActionError::conflict("last", "…"); ActionError::conflict(error.code(), "…"); }
        fn d(code: &'static str) { ActionError::conflict(code, "…"); FieldProblem::new("field", "other", "…"); }
        impl RuleError { fn code(&self) -> &'static str { match self { Self::Ended => "ended" } } }
        #[cfg(test)] mod tests { fn e() { ActionError::conflict("only_here", "…"); } }
    "#;
    let outside = ["server_error", "gone", "taken", "last"];
    assert_eq!(codes(source, false), (outside.map(str::to_owned).to_vec(), 1));
    assert_eq!(codes(source, true).0.last().unwrap(), "ended");
}

#[test]
fn compares_both_ways() {
    let codes =
        BTreeMap::from([("gone", 1), ("taken", 2)].map(|(code, line)| (code.to_owned(), ("a.rs".into(), line))));
    assert_eq!(compare(&codes, "# Errors\n\n### gone\n\n### taken\n").len(), 0);
    let findings = compare(&codes, "### gone\n\n### old\n");
    let told: Vec<_> = findings.iter().map(|finding| (finding.item.as_str(), finding.line)).collect();
    assert_eq!(told, [("taken", 2), ("old", 3)]);
}
