use super::*;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect()
}

#[test]
fn an_error_of_an_address_names_its_line() {
    let typed = fields(&[("redirect_uris", "https://a.example/cb\n\n  http://b.example/cb  \r\nx")]);
    let error = |at: usize| FieldError::new(format!("application.redirect_uris[{at}]"), "plain_http", "use https");
    for (at, message) in [(0, "line 1: use https"), (1, "line 3: use https"), (2, "line 4: use https")] {
        let placed = placed(&error(at), &typed);
        assert_eq!((placed.field.as_str(), placed.message.as_str()), ("redirect_uris", message));
    }
    let uris = applicant(&typed).redirect_uris;
    assert_eq!(uris, ["https://a.example/cb", "http://b.example/cb", "x"]);
}

#[test]
fn what_is_not_chosen_is_left_out() {
    let empty = apply_of("results", &Fields::new());
    let applicant = empty.application.expect("a new one is the first choice");
    assert!(empty.application_id.is_none() && !empty.terms_accepted && empty.idempotency_key.is_none());
    assert!(applicant.application_type.is_none() && applicant.organization_name.is_none());
    let typed = fields(&[
        ("application", "existing"),
        ("application_id", "app_nothing"),
        ("terms_accepted", "no"),
        ("answers.volume", ""),
        ("answers.why", "because"),
    ]);
    let existing = apply_of("results", &typed);
    assert!(existing.application.is_none() && existing.application_id.is_none() && !existing.terms_accepted);
    assert_eq!(existing.answers, BTreeMap::from([("why".to_owned(), "because".to_owned())]));
}

#[test]
fn only_what_calls_by_itself_has_an_api_user() {
    for (kind, has_one) in [("service", true), ("web", true), ("browser", false), ("native", false)] {
        let typed = fields(&[("type", kind), ("api_user", "usr_x"), ("organization", "new")]);
        assert_eq!(applicant(&typed).api_user.is_some(), has_one, "{kind}");
        assert_eq!(applicant(&typed).organization_name.as_deref(), Some(""));
    }
}

#[test]
fn a_draft_keeps_neither_button_nor_consent() {
    let typed = fields(&[("do", "save"), ("terms_accepted", "yes"), ("name", "A"), ("form", "f")]);
    assert_eq!(draft_of(&typed), fields(&[("name", "A"), ("form", "f")]));
    assert_eq!(Wanted::of(&typed), Some(Wanted::Save));
    assert_eq!(Wanted::of(&Fields::new()), Some(Wanted::Submit));
    assert_eq!(Wanted::of(&fields(&[("do", "approve")])), None);
}
