use serde_json::json;

use super::*;
use crate::portal::application::Environment;
use crate::portal::application::tests::sample;

fn errors(of: ApplicationType, change: impl FnOnce(&mut Application)) -> Vec<(String, &'static str)> {
    let mut application = sample(of);
    change(&mut application);
    check(&application).into_iter().map(|error| (error.field, error.code)).collect()
}

fn one(of: ApplicationType, change: impl FnOnce(&mut Application)) -> (String, &'static str) {
    let mut errors = errors(of, change);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn named(field: &str, code: &'static str) -> (String, &'static str) {
    (field.to_owned(), code)
}

#[test]
fn samples_pass() {
    for of in ApplicationType::ALL {
        assert_eq!(errors(*of, |_| {}), vec![], "{of}");
    }
}

#[test]
fn texts() {
    let of = ApplicationType::Web;
    assert_eq!(one(of, |a| a.name = " ".into()), named("name", "required"));
    assert_eq!(one(of, |a| a.name = "x".repeat(101)), named("name", "too_long"));
    assert_eq!(one(of, |a| a.name = "a\u{202e}b".into()), named("name", "invalid_character"));
    assert_eq!(one(of, |a| a.name = " a".into()), named("name", "invalid_character"));
    assert_eq!(one(of, |a| a.description = Some("x".repeat(2_001))), named("description", "too_long"));
    assert_eq!(one(of, |a| a.description = Some("a\0b".into())), named("description", "invalid_character"));
    assert_eq!(errors(of, |a| a.description = Some("two\nlines".into())), vec![]);
    assert_eq!(
        one(of, |a| a.contacts = vec!["a@b.example".into(), "nobody".into()]),
        named("contacts[1]", "invalid_email")
    );
    assert_eq!(one(of, |a| a.contacts = vec!["a@b.example".into(); 11]), named("contacts", "too_many"));
}

#[test]
fn addresses() {
    let of = ApplicationType::Web;
    for bad in ["example.com", "javascript:alert(1)", "https://u:p@example.com", "https://exa mple.com", "https://a\\b"]
    {
        assert_eq!(one(of, |a| a.homepage = Some(bad.into())), named("homepage", "invalid_url"), "{bad}");
        assert_eq!(one(of, |a| a.jwks_uri = Some(bad.into())), named("jwks_uri", "invalid_url"), "{bad}");
    }
    assert_eq!(errors(of, |a| a.homepage = Some("http://example.com/a#b".into())), vec![]);
    assert_eq!(one(of, |a| a.logo_url = Some("http://example.com/a.png".into())), named("logo_url", "invalid_url"));
    assert_eq!(one(of, |a| a.logo_url = Some("https://example.com/#a".into())), named("logo_url", "invalid_url"));
    assert_eq!(
        errors(of, |a| {
            a.environment = Environment::Sandbox;
            a.backchannel_logout_uri = Some("http://localhost:3000/logout".into());
        }),
        vec![]
    );
    assert_eq!(
        one(of, |a| a.backchannel_logout_session_required = true),
        named("backchannel_logout_session_required", "not_allowed")
    );
    for bad in
        ["http://localhost:3000/logout", "https://u@a.example/", "https://a.example/#x", "/logout", "ftp://a.example"]
    {
        let expected = named("backchannel_logout_uri", "invalid_url");
        assert_eq!(one(of, |a| a.backchannel_logout_uri = Some(bad.into())), expected, "{bad}");
    }
    assert_eq!(
        one(ApplicationType::Service, |a| a.backchannel_logout_uri = Some("https://a.example/out".into())),
        named("backchannel_logout_uri", "not_allowed")
    );
}

#[test]
fn redirects() {
    let uri = || vec!["https://app.example.com/cb".to_owned()];
    assert_eq!(one(ApplicationType::Service, |a| a.redirect_uris = uri()), named("redirect_uris", "not_allowed"));
    assert_eq!(one(ApplicationType::Browser, |a| a.redirect_uris.clear()), named("redirect_uris", "required"));
    let twice = [uri(), uri()].concat();
    assert_eq!(one(ApplicationType::Web, |a| a.redirect_uris = twice), named("redirect_uris[1]", "duplicate"));
    let many = (0..11).map(|n| format!("https://app.example.com/{n}")).collect();
    assert_eq!(one(ApplicationType::Web, |a| a.redirect_uris = many), named("redirect_uris", "too_many"));
    let plain = vec!["http://app.example.com/".to_owned()];
    assert_eq!(
        one(ApplicationType::Web, |a| a.post_logout_redirect_uris = plain),
        named("post_logout_redirect_uris[0]", "plain_http")
    );
}

#[test]
fn authentication() {
    let field = "token_endpoint_auth_methods";
    let (basic, none) = (ClientAuthMethod::ClientSecretBasic, ClientAuthMethod::None);
    let set = |of, methods: &[ClientAuthMethod]| one(of, |a| a.token_endpoint_auth_methods = methods.to_vec());
    assert_eq!(set(ApplicationType::Web, &[]), named(field, "required"));
    assert_eq!(set(ApplicationType::Web, &[basic, basic]), named(field, "duplicate"));
    assert_eq!(set(ApplicationType::Web, &[basic, none]), named(field, "not_allowed"));
    assert_eq!(set(ApplicationType::Native, &[basic]), named(field, "not_allowed"));
    assert_eq!(set(ApplicationType::Browser, &[none, basic]), named(field, "not_allowed"));
    assert_eq!(set(ApplicationType::Web, &[ClientAuthMethod::PrivateKeyJwt]), named("jwks", "required"));
    assert_eq!(one(ApplicationType::Native, |a| a.require_pkce = false), named("require_pkce", "not_allowed"));
    assert_eq!(errors(ApplicationType::Web, |a| a.require_pkce = false), vec![]);
}

#[test]
fn keys() {
    let of = ApplicationType::Service;
    let public = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}]});
    assert_eq!(errors(of, |a| a.jwks = Some(public.clone())), vec![]);
    for bad in [json!({}), json!([]), json!({"keys": []}), json!({"keys": ["x"]}), json!("x")] {
        assert_eq!(one(of, |a| a.jwks = Some(bad)), named("jwks", "invalid_jwks"));
    }
    let private = json!({"keys": [{"kty": "oct", "k": "x"}]});
    assert_eq!(one(of, |a| a.jwks = Some(private)), named("jwks", "private_key"));
    assert_eq!(
        one(of, |a| {
            a.jwks = Some(public);
            a.jwks_uri = Some("https://example.com/keys".into());
        }),
        named("jwks", "not_allowed")
    );
}

#[test]
fn people() {
    use SignInScope::{Email, OfflineAccess, Openid};
    let set = |scopes: &[SignInScope]| errors(ApplicationType::Web, |a| a.sign_in_scopes = scopes.to_vec());
    assert_eq!(set(&[Openid, Email, OfflineAccess]), vec![]);
    assert_eq!(set(&[OfflineAccess]), vec![]);
    assert_eq!(set(&[Email]), vec![named("sign_in_scopes", "openid_missing")]);
    assert_eq!(set(&[Openid, Openid]), vec![named("sign_in_scopes", "duplicate")]);
    assert_eq!(
        one(ApplicationType::Service, |a| a.sign_in_scopes = vec![Openid]),
        named("sign_in_scopes", "not_allowed")
    );
    assert_eq!(one(ApplicationType::Web, |a| a.default_max_age = Some(-1)), named("default_max_age", "out_of_range"));
    assert_eq!(
        one(ApplicationType::Web, |a| {
            a.subject_type = SubjectType::Pairwise;
            a.redirect_uris = vec!["https://a.example.com/".into(), "https://b.example.com/".into()];
        }),
        named("sector_identifier_uri", "required")
    );
}
