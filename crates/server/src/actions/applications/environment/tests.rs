use super::*;

fn of(scope: &str, redirect_uri: Option<&str>) -> String {
    let [issuer, token_url, api_url] = ["i", "t", "a"].map(str::to_owned);
    let redirect_uri = redirect_uri.map(str::to_owned);
    let environment = Environment { issuer, token_url, api_url, scope: scope.into(), redirect_uri };
    environment.with("id", &Secret::new("s".into())).expose().to_owned()
}

#[test]
fn several_scopes_are_one_value() {
    assert_eq!(of("x", None), "TOKEN_URL=t\nAPI_URL=a\nCLIENT_ID=id\nCLIENT_SECRET=s\nSCOPE=x");
    assert!(of("x y", None).ends_with("SCOPE=\"x y\""));
}

#[test]
fn who_signs_people_in_finds_both_in_one_block() {
    let expected = "SCOPE=x\nISSUER=i\nWEB_CLIENT_ID=id\nWEB_CLIENT_SECRET=s\n\
                    WEB_REDIRECT_URI='https://a.example/it%27s'";
    assert!(of("x", Some("https://a.example/it's")).ends_with(expected));
}
