use proptest::prelude::*;

use super::*;
use crate::portal::application::ApplicationType::{Native, Web};
use crate::portal::application::Environment::{Production, Sandbox};
use crate::portal::application::{ApplicationType, Environment};

fn web(uri: &str) -> Result<(), &'static str> {
    check(uri, Web, Production).map_err(RedirectUriError::code)
}

#[test]
fn accepts_what_people_need() {
    let cases: [(&str, ApplicationType, Environment); 16] = [
        ("https://app.example.com/callback", Web, Production),
        ("https://app.example.com", Web, Production),
        ("https://app.example.com/", Web, Production),
        ("https://app.example.com:8443/cb?tenant=a&x=%20", Web, Production),
        ("https://xn--bcher-kva.example/cb", Web, Production),
        ("https://app.example.com/a%20b/c.d/..e/;v=1/", Web, Production),
        ("https://app.example.com/user@host", Web, Production),
        ("http://127.0.0.1/cb", Native, Production),
        ("http://127.0.0.1:49152/cb", Native, Production),
        ("http://[::1]/cb", Native, Production),
        ("http://[::1]:3000/cb?x=1", Web, Sandbox),
        ("http://localhost:8080/cb", Web, Sandbox),
        ("https://localhost/cb", Web, Sandbox),
        ("com.example.app:/callback", Native, Production),
        ("com.example.app://callback/path", Native, Production),
        ("https://app.example.com/cb", Native, Production),
    ];
    for (uri, of, environment) in cases {
        assert_eq!(check(uri, of, environment), Ok(()), "{uri}");
    }
}

#[test]
fn refuses_at_registration() {
    let cases = [
        ("", "required"),
        ("callback", "not_absolute"),
        ("/callback", "not_absolute"),
        ("//evil.example/cb", "not_absolute"),
        ("https:/app.example.com/cb", "not_absolute"),
        ("https://", "not_absolute"),
        ("https:///cb", "not_absolute"),
        ("https://app.example.com/cb#", "fragment"),
        ("https://app.example.com/cb#x", "fragment"),
        ("https://*.example.com/cb", "wildcard"),
        ("https://app.example.com/*", "wildcard"),
        ("https://good.example@evil.example/cb", "user_info"),
        ("https://a@b@evil.example/cb", "user_info"),
        ("https://user:pass@app.example.com/cb", "user_info"),
        ("https://@app.example.com/cb", "user_info"),
        ("https://good.example\\@evil.example/cb", "invalid_characters"),
        ("https://good.example\\.evil.example/cb", "invalid_characters"),
        ("https:/\\evil.example/cb", "invalid_characters"),
        ("https://good.example\t.evil.example/cb", "invalid_characters"),
        ("https://good.example\r\n/cb", "invalid_characters"),
        ("https://app.example.com/c b", "invalid_characters"),
        (" https://app.example.com/cb", "invalid_characters"),
        ("https://app.example.com/cb ", "invalid_characters"),
        ("https://app.example.com/\0", "invalid_characters"),
        ("https://bücher.example/cb", "invalid_characters"),
        ("https://gооd.example/cb", "invalid_characters"),
        ("https://app.example.com/<x>", "invalid_characters"),
        ("https://app.example.com/%zz", "invalid_percent_encoding"),
        ("https://app.example.com/%", "invalid_percent_encoding"),
        ("https://app.example.com/../admin", "path_segments"),
        ("https://app.example.com/a/./b", "path_segments"),
        ("https://app.example.com/a/..", "path_segments"),
        ("https://app.example.com/%2e%2E/admin", "path_segments"),
        ("https://app.example.com/.%2e/admin", "path_segments"),
        ("https://app.example.com/..;/admin", "path_segments"),
        ("https://app.example.com/..;x=1/admin", "path_segments"),
        ("https://app.example.com/..%3b/admin", "path_segments"),
        ("https://app.example.com//evil.example", "path_segments"),
        ("https://app.example.com/a%2fb", "path_segments"),
        ("https://app.example.com/a%5Cb", "path_segments"),
        ("https://app.example.com/a%0d%0aSet-Cookie:x", "path_segments"),
        ("https://app.example.com/a%00", "path_segments"),
        ("https://app.example.com/cb?code=x", "response_parameter"),
        ("https://app.example.com/cb?a=b&state=x", "response_parameter"),
        ("https://app.example.com/cb?a=b;state=x", "response_parameter"),
        ("https://app.example.com/cb?%63ode=x", "response_parameter"),
        ("https://app.example.com/cb?Code", "response_parameter"),
        ("https://app.example.com/cb?iss=x", "response_parameter"),
        ("https://app.example.com/cb?error=x", "response_parameter"),
        ("https://app.example.com/cb?code%5B%5D=x", "response_parameter"),
        ("http://app.example.com/cb", "plain_http"),
        ("http://127.0.0.1.evil.example/cb", "plain_http"),
        ("http://localhost.evil.example/cb", "plain_http"),
        ("http://localhost/cb", "localhost"),
        ("https://localhost/cb", "localhost"),
        ("http://127.0.0.2/cb", "ip_literal"),
        ("http://0.0.0.0/cb", "ip_literal"),
        ("https://127.0.0.1/cb", "ip_literal"),
        ("https://10.0.0.1/cb", "ip_literal"),
        ("https://[2001:db8::1]/cb", "ip_literal"),
        ("http://[::ffff:127.0.0.1]/cb", "ip_literal"),
        ("https://2130706433/cb", "ip_literal"),
        ("https://0x7f.1/cb", "ip_literal"),
        ("http://0x7f.1/cb", "not_canonical"),
        ("http://2130706433/cb", "not_canonical"),
        ("http://[0:0:0:0:0:0:0:1]/cb", "not_canonical"),
        ("https://app.example.com./cb", "invalid_host"),
        ("https://intranet/cb", "invalid_host"),
        ("https://-a.example/cb", "invalid_host"),
        ("https://a..example/cb", "invalid_host"),
        ("https://app_1.example/cb", "invalid_host"),
        ("https://app.example.com:443/cb", "not_canonical"),
        ("https://app.example.com:/cb", "not_canonical"),
        ("https://app.example.com:99999/cb", "invalid_host"),
        ("https://App.example.com/cb", "upper_case"),
        ("HTTPS://app.example.com/cb", "upper_case"),
        ("javascript:alert(1)", "scheme"),
        ("JavaScript:alert(1)", "upper_case"),
        (" javascript:alert(1)", "invalid_characters"),
        ("\tjavascript:alert(1)", "invalid_characters"),
        ("data:text/html,x", "scheme"),
        ("vbscript:x", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://app.example.com/cb", "scheme"),
        ("myapp:/cb", "scheme"),
        ("urn:ietf:wg:oauth:2.0:oob", "scheme"),
        ("com.example.app:/cb", "private_scheme"),
    ];
    for (uri, code) in cases {
        assert_eq!(web(uri), Err(code), "{uri:?}");
    }
    assert_eq!(web(&format!("https://app.example.com/{}", "x".repeat(2_000))), Err("too_long"));
}

#[test]
fn private_schemes_have_an_owner() {
    let cases = [
        ("com.example.app:callback", "not_absolute"),
        ("com.example.app://user@host/cb", "user_info"),
        (".example:/cb", "scheme"),
        ("com.:/cb", "scheme"),
        ("1com.example:/cb", "scheme"),
        ("com.example.app:/a/../b", "path_segments"),
        ("com.example.app:/cb?code=1", "response_parameter"),
        ("javascript:alert(1)", "scheme"),
    ];
    for (uri, code) in cases {
        assert_eq!(check(uri, Native, Production).map_err(RedirectUriError::code), Err(code), "{uri}");
    }
}

#[test]
fn compares_byte_for_byte() {
    let registered = ["https://app.example.com/cb".to_owned(), "com.example.app:/cb".to_owned()];
    assert_eq!(find(&registered, "https://app.example.com/cb"), Some("https://app.example.com/cb"));
    let others = [
        "",
        "https://app.example.com/cb/",
        "https://app.example.com/cb?x=1",
        "https://app.example.com/cb?",
        "https://app.example.com/cb#",
        "https://app.example.com/cb%20",
        "https://app.example.com/c%62",
        "https://app.example.com//cb",
        "https://app.example.com/./cb",
        "https://app.example.com/x/../cb",
        "https://app.example.com/..;/cb",
        "https://app.example.com/CB",
        "https://APP.example.com/cb",
        "HTTPS://app.example.com/cb",
        "http://app.example.com/cb",
        "https://app.example.com:443/cb",
        "https://app.example.com:8443/cb",
        "https://app.example.com./cb",
        "https://app.example.com@evil.example/cb",
        "https://evil.example/https://app.example.com/cb",
        "https://app.example.com\\@evil.example/cb",
        "https://app.example.com.evil.example/cb",
        "https://app.example.com\t/cb",
        " https://app.example.com/cb",
        "https://app.example.com/cb\r\n",
        "https://аpp.example.com/cb",
        "//app.example.com/cb",
        "/\\app.example.com/cb",
        "com.example.app://cb",
        "javascript:alert(1)",
    ];
    for uri in others {
        assert_eq!(find(&registered, uri), None, "{uri:?}");
    }
}

#[test]
fn any_port_of_loopback_and_nothing_else() {
    let registered = ["http://127.0.0.1/cb".to_owned(), "http://[::1]:9/cb?x=1".to_owned()];
    for uri in ["http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"] {
        assert_eq!(find(&registered, uri), Some("http://127.0.0.1/cb"), "{uri}");
    }
    assert!(find(&registered, "http://[::1]:4000/cb?x=1").is_some());
    assert!(find(&registered, "http://[::1]/cb?x=1").is_some());
    let others = [
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:80x/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:80.evil.example/cb",
        "http://127.0.0.1:80\\@evil.example/cb",
        "http://127.0.0.1:80/cb/",
        "http://127.0.0.1:80/cb?x=1",
        "http://127.0.0.1:80/cb#",
        "https://127.0.0.1:80/cb",
        "http://localhost:80/cb",
        "http://127.0.0.2/cb",
        "http://[::1]:80/cb",
        "HTTP://127.0.0.1/cb",
    ];
    for uri in others {
        assert_eq!(find(&registered, uri), None, "{uri:?}");
    }
    // A name is no literal: its port counts.
    let named = ["http://localhost:8080/cb".to_owned()];
    assert_eq!(find(&named, "http://localhost:8081/cb"), None);
}

proptest! {
    #[test]
    fn what_is_accepted_is_harmless(uri in "(https?|com\\.x|javascript):/{0,3}[a-z0-9@:.\\\\%/?#&;=*A-Z-]{0,40}") {
        if check(&uri, Native, Sandbox).is_ok() {
            let url = url::Url::parse(&uri).expect("accepted addresses parse");
            prop_assert!(url.fragment().is_none() && url.username().is_empty() && url.password().is_none());
            prop_assert!(url.scheme() == "https" || url.scheme() == "http" || url.scheme().contains('.'));
            let list = [uri.clone()];
            prop_assert_eq!(find(&list, &uri), Some(uri.as_str()));
        }
    }

    #[test]
    fn any_text_is_safe(uri in any::<String>()) {
        let _ = check(&uri, Native, Sandbox);
        let registered = ["http://127.0.0.1/cb".to_owned()];
        if find(&registered, &uri).is_some() {
            prop_assert!(uri.starts_with("http://127.0.0.1") && uri.ends_with("/cb"));
        }
    }
}
