use super::*;
use crate::oauth::entitled::Grantable;
use crate::portal::application::tests::sample;
use crate::portal::application::{ApplicationType, SignInScope};
use crate::time::Timestamp;

const PKCE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn parse(query: &str, application: &Application) -> Result<AuthorizationRequest, ErrorCode> {
    AuthorizationRequest::parse(&Params::parse(query.as_bytes()).expect("parses"), application)
        .map_err(|error| error.code)
}

#[test]
fn reads_everything() {
    let query = format!(
        "response_type=code&{PKCE}&nonce=n&prompt=login+consent&max_age=5&login_hint=a%40b.c&acr_values=phr+x&\
         claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D&id_token_hint=t&ui_locales=de&display=page&unknown=1"
    );
    let request = parse(&query, &sample(ApplicationType::Web)).expect("is good");
    assert_eq!(request.prompt, Prompt { login: true, consent: true, ..Prompt::default() });
    assert_eq!((request.max_age, request.nonce.as_deref()), (Some(5), Some("n")));
    assert_eq!(request.login_hint.as_deref(), Some("a@b.c"));
    assert_eq!(request.acr_values, ["phr", "x"]);
    assert_eq!(request.claims.expect("claims").1.names().collect::<Vec<_>>(), ["email"]);
    assert_eq!(request.id_token_hint.as_deref(), Some("t"));
}

#[test]
fn refuses_by_rule() {
    use ErrorCode::{
        InvalidRequest, RegistrationNotSupported, RequestNotSupported, RequestUriNotSupported, UnsupportedResponseType,
    };
    let application = sample(ApplicationType::Web);
    let cases: &[(&str, ErrorCode)] = &[
        ("", InvalidRequest),
        ("response_type=token", UnsupportedResponseType),
        ("response_type=code+id_token", UnsupportedResponseType),
        ("response_type=code&request=x", RequestNotSupported),
        ("response_type=code&request_uri=x", RequestUriNotSupported),
        ("response_type=code&registration=%7B%7D", RegistrationNotSupported),
        ("response_type=code", InvalidRequest),
        ("response_type=code&code_challenge=plain&code_challenge_method=plain", InvalidRequest),
        (&format!("response_type=code&{PKCE}&prompt=none+login"), InvalidRequest),
        (&format!("response_type=code&{PKCE}&prompt=create"), InvalidRequest),
        (&format!("response_type=code&{PKCE}&max_age=-1"), InvalidRequest),
        (&format!("response_type=code&{PKCE}&max_age=soon"), InvalidRequest),
        (&format!("response_type=code&{PKCE}&claims=x"), InvalidRequest),
        (&format!("response_type=code&{PKCE}&nonce={}", "n".repeat(513)), InvalidRequest),
        (&format!("response_type=code&{PKCE}&login_hint={}", "n".repeat(321)), InvalidRequest),
    ];
    for (query, code) in cases {
        assert_eq!(parse(query, &application), Err(*code), "{query}");
    }
}

#[test]
fn pkce_is_left_out_only_by_an_operator_and_a_confidential_application() {
    let without = |application_type| Application { require_pkce: false, ..sample(application_type) };
    assert!(parse("response_type=code", &without(ApplicationType::Web)).is_ok());
    assert_eq!(parse("response_type=code", &without(ApplicationType::Browser)), Err(ErrorCode::InvalidRequest));
    let default_max_age = Application { default_max_age: Some(60), ..without(ApplicationType::Web) };
    assert_eq!(parse("response_type=code", &default_max_age).expect("is good").max_age, Some(60));
}

fn find(query: &str, registered: &[&str]) -> Result<(Target, Result<(), OAuthError>), RedirectFault> {
    let redirect_uris = registered.iter().map(|&uri| uri.to_owned()).collect();
    let application = Application { redirect_uris, ..sample(ApplicationType::Web) };
    target(&Params::parse(query.as_bytes()).expect("parses"), &application)
}

#[test]
fn goes_only_where_it_is_registered() {
    const HERE: &str = "https://a.example/cb";
    let (found, checked) = find("redirect_uri=https%3A%2F%2Fa.example%2Fcb&state=s", &[HERE]).expect("is registered");
    assert_eq!((found.redirect_uri.as_str(), found.redirect_uri_sent, checked), (HERE, true, Ok(())));
    assert_eq!((found.state.as_deref(), found.response_mode), (Some("s"), ResponseMode::Query));
    assert!(!find("", &[HERE]).expect("the only one").0.redirect_uri_sent);
    assert_eq!(find("", &[]), Err(RedirectFault::NoneRegistered));
    assert_eq!(find("", &[HERE, "https://a.example/other"]), Err(RedirectFault::Missing));
    let fault = find("redirect_uri=https%3A%2F%2Fa.example%2Fcb2", &["https://b.example/", HERE]).expect_err("differs");
    assert_eq!(
        fault.to_string(),
        "redirect URI differs at character 21 from the registered https://a.example/cb: https://a.example/cb2"
    );
}

#[test]
fn an_answer_has_a_form() {
    const HERE: &[&str] = &["https://a.example/cb"];
    let mode = |query: &str| {
        let (target, checked) = find(query, HERE).expect("is registered");
        (target.response_mode, checked.map_err(|error| error.code))
    };
    assert_eq!(mode("response_mode=fragment"), (ResponseMode::Fragment, Ok(())));
    assert_eq!(mode("response_mode=form_post"), (ResponseMode::FormPost, Ok(())));
    assert_eq!(mode("response_type=id_token+token"), (ResponseMode::Fragment, Ok(())));
    assert_eq!(mode("response_mode=query.jwt"), (ResponseMode::Query, Err(ErrorCode::InvalidRequest)));
    let (target, checked) = find(&format!("state={}", "s".repeat(2_049)), HERE).expect("is registered");
    assert!(target.state.is_none() && checked.is_err());
}

#[test]
fn scopes_are_entitled_or_approved() {
    let application =
        Application { sign_in_scopes: vec![SignInScope::Openid, SignInScope::Email], ..sample(ApplicationType::Web) };
    let grantable = [
        Grantable { name: "a:read".into(), audience: "https://a".into(), expires_at: None },
        Grantable { name: "b:read".into(), audience: "https://b".into(), expires_at: None },
    ];
    let ask = |asked, resources: &[&'static str]| {
        let known = |audience: &str| ["https://a", "https://b"].contains(&audience);
        scopes(&application, (&grantable, known), asked, resources, Timestamp::from_secs(1))
            .map(|found| found.all().collect::<Vec<_>>().join(" "))
            .map_err(|error| error.code)
    };
    assert_eq!(ask(Some("a:read openid"), &[]), Ok("openid a:read".to_owned()));
    assert_eq!(ask(Some("openid"), &[]), Ok("openid".to_owned()));
    assert_eq!(ask(None, &[]), Ok("a:read b:read".to_owned()));
    assert_eq!(ask(None, &["https://b"]), Ok("b:read".to_owned()));
    for (asked, resources) in [
        ("profile", &[][..]),
        ("offline_access openid", &[]),
        ("c:read", &[]),
        ("openid", &["https://a"]),
        ("a:read", &["https://b"]),
    ] {
        assert_eq!(ask(Some(asked), resources), Err(ErrorCode::InvalidScope), "{asked}");
    }
    assert_eq!(ask(Some("a:read"), &["https://c"]), Err(ErrorCode::InvalidTarget));
}
