//! Malformed and refused token requests, each with its exact status and body.

use super::request::{Expected, Headers, TokenRequest, basic, form};

/// The words for whoever proves nothing.
const REFUSED: &str =
    "the client id or the client secret is not right: compare them with those of the application in the portal";
const HEADER: &str =
    "the Authorization header is not Basic base64(client_id:client_secret), each of the two form-urlencoded";
const NOT_UTF8: &str = "the parameters are not UTF-8: encode them as UTF-8 and percent-encode the bytes";
const UNKNOWN_SCOPE: &str =
    "a scope that was asked for is unknown or not granted to this application: the portal lists the granted ones";
const SCOPE_CHARACTER: &str = "scope holds a character that is not allowed: scopes are separated by single blanks, not \
                               by commas, tabs or line ends";
const NOT_A_FORM: &str = "the body must be application/x-www-form-urlencoded: set Content-Type so";
const UNSUPPORTED_GRANT: &str = "this grant type is not supported here: the metadata document lists those that are";
const IN_ADDRESS: &str =
    "was sent in the address: send all parameters in the body, and change the secret if it was among them";

/// One row: what it is, the request, the answer.
pub(super) type Case = (&'static str, TokenRequest, Expected);

/// Every row. `id` and `secret` are a good pair, `other` is the client id of another application.
pub(super) fn all(id: &str, secret: &str, other: &str) -> Vec<Case> {
    let mut cases = bodies(id, secret);
    cases.extend(parameters(id, secret));
    cases.extend(methods(id, secret));
    cases.extend(headers(id, secret));
    cases.extend(credentials(id, secret, other));
    cases.extend(scopes(id, secret));
    cases
}

fn bodies(id: &str, secret: &str) -> Vec<Case> {
    let good = form(&[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)]);
    let large = format!("{good}&padding={}", "x".repeat(64 * 1024));
    let json = format!(r#"{{"grant_type":"client_credentials","client_id":"{id}","client_secret":"{secret}"}}"#);
    let too_large = "the body is larger than 64 KiB: send only the parameters that are needed";
    let missing = "grant_type is missing: send client_credentials, authorization_code or refresh_token";
    let typed = |content_type: &'static str, body: &str| {
        TokenRequest::new(body).headers(vec![("content-type", content_type.into())])
    };
    vec![
        (
            "no content type",
            TokenRequest::new(&good).headers(vec![]),
            Expected::new(415, "invalid_request", NOT_A_FORM),
        ),
        ("json", typed("application/json", &json), Expected::new(415, "invalid_request", NOT_A_FORM)),
        (
            "multipart",
            typed("multipart/form-data; boundary=x", "--x--"),
            Expected::new(415, "invalid_request", NOT_A_FORM),
        ),
        ("text", typed("text/plain", &good), Expected::new(415, "invalid_request", NOT_A_FORM)),
        (
            "almost a form",
            typed("application/x-www-form-urlencoded2", &good),
            Expected::new(415, "invalid_request", NOT_A_FORM),
        ),
        ("over 64 KiB", TokenRequest::new(&large), Expected::new(413, "invalid_request", too_large)),
        ("empty", TokenRequest::new(""), Expected::new(400, "invalid_request", missing)),
        ("only separators", TokenRequest::new("&&=&"), Expected::new(400, "invalid_request", missing)),
        ("not UTF-8", TokenRequest::bytes(b"grant_type=\xff"), Expected::new(400, "invalid_request", NOT_UTF8)),
        (
            "percent-encoded not UTF-8",
            TokenRequest::new("grant_type=%ff"),
            Expected::new(400, "invalid_request", NOT_UTF8),
        ),
        ("json said to be a form", TokenRequest::new(&json), Expected::new(400, "invalid_request", missing)),
    ]
}

fn parameters(id: &str, secret: &str) -> Vec<Case> {
    let good = form(&[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)]);
    let repeated = |name: &str| format!("the parameter {name} is repeated: send it once");
    let many: String = (0..101).map(|n| format!("&p{n}=1")).collect();
    let nul = "a parameter holds a NUL character: remove it";
    vec![
        (
            "grant_type twice",
            TokenRequest::new(&format!("{good}&grant_type=client_credentials")),
            Expected::new(400, "invalid_request", &repeated("grant_type")),
        ),
        (
            "client_id twice",
            TokenRequest::new(&format!("{good}&client_id={id}")),
            Expected::new(400, "invalid_request", &repeated("client_id")),
        ),
        (
            "client_secret twice",
            TokenRequest::new(&format!("{good}&client_secret={secret}")),
            Expected::new(400, "invalid_request", &repeated("client_secret")),
        ),
        (
            "scope twice",
            TokenRequest::new(&format!("{good}&scope=a&scope=b")),
            Expected::new(400, "invalid_request", &repeated("scope")),
        ),
        (
            "scope twice, once in disguise",
            TokenRequest::new(&format!("{good}&scope=a&%73cope=b")),
            Expected::new(400, "invalid_request", &repeated("scope")),
        ),
        (
            "an unknown one twice",
            TokenRequest::new(&format!("{good}&<b>=1&<b>=2")),
            Expected::new(400, "invalid_request", "a parameter is repeated: send each one once"),
        ),
        (
            "over 100",
            TokenRequest::new(&format!("{good}{many}")),
            Expected::new(400, "invalid_request", "more than 100 parameters: send only those that are needed"),
        ),
        (
            "NUL in a value",
            TokenRequest::new(&format!("{good}&scope=a%00b")),
            Expected::new(400, "invalid_request", nul),
        ),
        ("NUL in a name", TokenRequest::new(&format!("{good}&a%00b=1")), Expected::new(400, "invalid_request", nul)),
        (
            "grant_type empty",
            TokenRequest::new(&good.replace("=client_credentials", "=")),
            Expected::new(
                400,
                "invalid_request",
                "grant_type is missing: send client_credentials, authorization_code or refresh_token",
            ),
        ),
        (
            "grant_type in capitals",
            TokenRequest::new(&good.replace("client_credentials", "CLIENT_CREDENTIALS")),
            Expected::new(400, "unsupported_grant_type", UNSUPPORTED_GRANT),
        ),
        (
            "grant_type password",
            TokenRequest::new(&good.replace("client_credentials", "password")),
            Expected::new(400, "unsupported_grant_type", UNSUPPORTED_GRANT),
        ),
        (
            "grant_type unknown",
            TokenRequest::new(&good.replace("client_credentials", "%3Cscript%3E")),
            Expected::new(400, "unsupported_grant_type", UNSUPPORTED_GRANT),
        ),
        (
            "secret in the address",
            TokenRequest::new(&good).query(&format!("client_secret={secret}")),
            Expected::new(400, "invalid_request", &format!("client_secret {IN_ADDRESS}")),
        ),
        (
            "grant_type in the address",
            TokenRequest::new(&good).query("grant_type=client_credentials"),
            Expected::new(400, "invalid_request", &format!("grant_type {IN_ADDRESS}")),
        ),
        (
            "unknown server",
            TokenRequest::new(&good).server("nobody"),
            Expected::new(
                404,
                "invalid_request",
                "there is no authorization server of this name: compare the address with the portal's",
            ),
        ),
        (
            "resource unknown",
            TokenRequest::new(&format!("{good}&resource=https%3A%2F%2Felsewhere.example")),
            Expected::new(400, "invalid_target", "resource is not the audience of an API of this authorization server"),
        ),
    ]
}

fn methods(id: &str, secret: &str) -> Vec<Case> {
    let good = form(&[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)]);
    let text = "this endpoint takes POST with the parameters in the body";
    ["GET", "PUT", "DELETE", "PATCH"]
        .map(|method| (method, TokenRequest::new(&good).method(method), Expected::new(405, "invalid_request", text)))
        .into()
}

fn headers(id: &str, secret: &str) -> Vec<Case> {
    let unauthorized = |text: &str| Expected::new(401, "invalid_client", text).challenged();
    let with = |authorization: Headers| TokenRequest::new("grant_type=client_credentials").authorization(authorization);
    let twice = vec![basic(&format!("{id}:{secret}")), basic(&format!("{id}:{secret}"))];
    let body = |more: &str| {
        TokenRequest::new(&format!("grant_type=client_credentials{more}"))
            .authorization(vec![basic(&format!("{id}:{secret}"))])
    };
    let two_ways =
        "two ways of client authentication: use the Authorization header or client_secret in the body, not both";
    let assertion = "client_assertion is not supported: use client_secret_basic or client_secret_post";
    vec![
        ("Basic without anything", with(vec![b"Basic".to_vec()]), unauthorized(HEADER)),
        ("Basic without base64", with(vec![b"Basic ???".to_vec()]), unauthorized(HEADER)),
        ("Basic without colon", with(vec![basic("no-colon")]), unauthorized(HEADER)),
        ("Basic without id", with(vec![basic(&format!(":{secret}"))]), unauthorized(HEADER)),
        ("Basic with NUL", with(vec![basic(&format!("{id}\0:{secret}"))]), unauthorized(HEADER)),
        ("Basic with encoded NUL", with(vec![basic(&format!("{id}%00:{secret}"))]), unauthorized(HEADER)),
        ("Basic not UTF-8", with(vec![b"Basic /zr/".to_vec()]), unauthorized(HEADER)),
        ("Bearer", with(vec![b"Bearer abc".to_vec()]), unauthorized(HEADER)),
        ("raw bytes", with(vec![b"\xff\xfe".to_vec()]), unauthorized(HEADER)),
        (
            "two headers",
            with(twice),
            Expected::new(400, "invalid_request", "more than one Authorization header: send one"),
        ),
        ("header and body", body(&format!("&client_secret={secret}")), Expected::new(400, "invalid_request", two_ways)),
        ("header and empty secret", body("&client_secret="), Expected::new(400, "invalid_request", two_ways)),
        (
            "header and another client_id",
            body("&client_id=somebody"),
            Expected::new(400, "invalid_request", "client_id in the body is not that of the Authorization header"),
        ),
        ("header and assertion", body("&client_assertion=x"), Expected::new(401, "invalid_client", assertion)),
    ]
}

fn credentials(id: &str, secret: &str, other: &str) -> Vec<Case> {
    let post = |id: &str, secret: &str| {
        TokenRequest::new(&form(&[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)]))
    };
    let refused = || Expected::new(401, "invalid_client", REFUSED);
    let nothing = "no client authentication: send client_id and client_secret in the body, or an Authorization header";
    let no_secret = "client_secret is missing: only public clients go without";
    let changed = format!("{}0", &secret[..secret.len() - 1]);
    let changed = if changed == secret { format!("{}1", &secret[..secret.len() - 1]) } else { changed };
    vec![
        (
            "nothing at all",
            TokenRequest::new("grant_type=client_credentials"),
            Expected::new(401, "invalid_client", nothing),
        ),
        (
            "secret without id",
            TokenRequest::new(&format!("grant_type=client_credentials&client_secret={secret}")),
            Expected::new(401, "invalid_client", nothing),
        ),
        (
            "id without secret",
            TokenRequest::new(&format!("grant_type=client_credentials&client_id={id}")),
            Expected::new(401, "invalid_client", no_secret),
        ),
        ("unknown client", post("AAAAAAAAAAAAAAAAAAAA", secret), refused()),
        ("another application's id", post(other, secret), refused()),
        ("id with a blank", post(&format!("{id} "), secret), refused()),
        ("id in another case", post(&swap_case(id), secret), refused()),
        ("id of 10,000 characters", post(&"x".repeat(10_000), secret), refused()),
        ("secret cut", post(id, &secret[..secret.len() - 1]), refused()),
        ("secret extended", post(id, &format!("{secret}0")), refused()),
        ("secret changed", post(id, &changed), refused()),
        ("secret with a blank before", post(id, &format!(" {secret}")), refused()),
        ("secret of 10,000 characters", post(id, &"x".repeat(10_000)), refused()),
        (
            "secret by Basic wrong",
            TokenRequest::new("grant_type=client_credentials").authorization(vec![basic(&format!("{id}:{changed}"))]),
            refused().challenged(),
        ),
    ]
}

fn scopes(id: &str, secret: &str) -> Vec<Case> {
    let ask = |scope: &str| {
        TokenRequest::new(&form(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("scope", scope),
        ]))
    };
    let many: Vec<String> = (0..10_000).map(|n| format!("s{n}")).collect();
    let no = |text: &str| Expected::new(400, "invalid_scope", text);
    vec![
        ("unknown scope", ask("nobody:knows"), no(UNKNOWN_SCOPE)),
        ("one granted, one not", ask("public_api.read nobody:knows"), no(UNKNOWN_SCOPE)),
        ("scope in capitals", ask("PUBLIC_API.READ"), no(UNKNOWN_SCOPE)),
        ("scopes by comma", ask("public_api.read,studies:read"), no(SCOPE_CHARACTER)),
        ("scopes by tab", ask("public_api.read\tstudies:read"), no(SCOPE_CHARACTER)),
        ("scope with a quote", ask("\"public_api.read\""), no(SCOPE_CHARACTER)),
        ("scope with markup", ask("<script>alert(1)</script>"), no(UNKNOWN_SCOPE)),
        ("scope of letters that look alike", ask("ρublic_api.read"), no(SCOPE_CHARACTER)),
        ("scope of blanks", ask("   "), no("scope is blank: name the scopes or leave the parameter out")),
        ("scope of 129 characters", ask(&"x".repeat(129)), no("a scope is longer than 128 characters")),
        ("10,000 scopes", ask(&many.join(" ")), no("more than 100 scopes: ask for those that this call needs")),
        (
            "openid",
            ask("openid"),
            no("scope openid speaks of a signed-in user and cannot be had with client_credentials"),
        ),
        (
            "offline_access",
            ask("offline_access"),
            no("scope offline_access speaks of a signed-in user and cannot be had with client_credentials"),
        ),
    ]
}

fn swap_case(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
}
