use gatehouse_core::random::SeededRandom;
use gatehouse_core::secret::mint;

use super::*;

fn link(base: &str) -> String {
    let random = SeededRandom::new(1);
    let token = mint("gh", SecretKind::OneTimeLink, &random);
    format!("{base}{PATH}{}#{}", token.expose(), LinkKey::draw(&random).text().expose())
}

#[test]
fn whole_links_by_https_or_on_this_machine() {
    for base in ["https://portal.example", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
        let (url, _) = parse(&link(base)).unwrap_or_else(|error| panic!("{base}: {error}"));
        assert!(url.as_str().starts_with(base) && url.fragment().is_none(), "{url}");
    }
    for base in ["http://portal.example", "http://127.0.0.1.example", "ftp://localhost", "http://10.0.0.1"] {
        let error = parse(&link(base)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("does not begin with https"), "{base}: {error}");
    }
}

#[test]
fn cut_links_are_told_apart_before_anything_is_sent() {
    let whole = link("https://portal.example");
    for end in 0..whole.len() {
        assert!(parse(&whole[..end]).is_err_and(|error| error.to_string().contains("not whole")), "{end}");
    }
    assert!(parse(&whole.replace("/reveal/", "/sign-in/")).is_err());
}

#[test]
fn a_terminal_is_told_nothing() {
    let text = Secret::new("A=1\n\u{1b}]0;x\u{7}B=2\r\u{9b}31m".to_owned());
    assert_eq!(harmless(&text), "A=1\n]0;xB=231m");
}
