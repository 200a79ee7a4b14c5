//! What is issued.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_server::actions::client_secrets;
use gatehouse_server::every_second::write_once;
use serde_json::{Value, json};

use super::request::{TokenRequest, basic, form};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

async fn token(app: &TestApp, request: TokenRequest) -> Value {
    let answer = request.send(&app.base).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().expect("text").to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("pragma").as_deref(), Some("no-cache"));
    answer.json().await.expect("JSON")
}

fn ask(world: &World, more: &[(&str, &str)]) -> TokenRequest {
    let (id, secret) = (world.service.client_id.as_str(), world.service.secret.expose());
    let mut pairs = vec![("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    pairs.extend_from_slice(more);
    TokenRequest::new(&form(&pairs))
}

async fn claims(app: &TestApp, answer: &Value) -> Value {
    let token = answer["access_token"].as_str().expect("a token");
    let list: Value = app.get("/oauth2/default/v1/keys").await.json().await.expect("JSON");
    let keys: Vec<PublicJwk> = serde_json::from_value(list["keys"].clone()).expect("keys");
    assert_eq!(keys.len(), 2, "the active key and the next one");
    let claims = KeySet::new(&keys).expect("a key set").verify(token, "at+jwt").expect("a good signature");
    serde_json::from_slice(&claims).expect("claims")
}

#[tokio::test]
async fn a_token_says_what_it_should() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let answer = token(app, ask(&world, &[("scope", "public_api.read")])).await;
        let token = answer["access_token"].as_str().expect("a token");
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64url");
        let header: Value = serde_json::from_slice(&header).expect("JSON");
        assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("at+jwt")));
        assert_eq!(
            answer,
            json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "public_api.read"})
        );
        let claims = claims(app, &answer).await;
        let now = app.ctx().now().as_secs();
        let client_id = &world.service.client_id;
        let expected = json!({
            "iss": format!("{}/oauth2/default", app.base),
            "sub": client_id,
            "aud": "api://results",
            "exp": now + 3600,
            "iat": now,
            "nbf": now,
            "jti": claims["jti"],
            "client_id": client_id,
            "scope": "public_api.read",
            "ver": 1,
            "cid": client_id,
            "scp": ["public_api.read"],
            "gid": world.service.secret_id,
        });
        assert_eq!(claims, expected);
        let jti: uuid::Uuid = claims["jti"].as_str().expect("a jti").parse().expect("a UUID");
        assert_eq!(jti.get_version_num(), 7);
    })
    .await;
}

#[tokio::test]
async fn every_way_of_asking_works() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let (id, secret) = (&world.service.client_id, world.service.secret.expose());
    let all = "public_api.read studies:read";
    let by_header = |line: Vec<u8>| TokenRequest::new("grant_type=client_credentials").authorization(vec![line]);
    let encoded = secret.replace('_', "%5F");
    let plain = String::from_utf8(basic(&format!("{id}:{secret}"))).expect("text");
    let with_id = TokenRequest::new(&form(&[("grant_type", "client_credentials"), ("client_id", id)]))
        .authorization(vec![basic(&format!("{id}:{secret}"))]);
    let requests = [
        ("post", ask(&world, &[]), all),
        ("basic", by_header(plain.clone().into_bytes()), all),
        ("basic, another case, two blanks", by_header(plain.replace("Basic ", "bASIC  ").into_bytes()), all),
        ("basic, percent-encoded", by_header(basic(&format!("{id}:{encoded}"))), all),
        ("basic, with the same client_id in the body", with_id, all),
        ("scope empty", ask(&world, &[("scope", "")]), all),
        ("unknown parameters", ask(&world, &[("whatever", "1"), ("state", "<x>")]), all),
        (
            "surplus blanks",
            ask(&world, &[("scope", " studies:read  public_api.read ")]),
            "studies:read public_api.read",
        ),
        ("a scope twice", ask(&world, &[("scope", "studies:read studies:read")]), "studies:read"),
        ("resource", ask(&world, &[("resource", "api://results")]), all),
        ("resource twice", ask(&world, &[("resource", "api://results"), ("resource", "api://results")]), all),
        ("an unknown parameter in the address", ask(&world, &[]).query("utm_source=x"), all),
    ];
    for (name, request, scope) in requests {
        assert_eq!(token(&app, request).await["scope"], scope, "{name}");
    }
    app.stop().await;
}

/// The hot path: once an application has been seen, a token costs no statement; what it leaves is written later, in
/// one transaction.
#[tokio::test]
async fn a_token_costs_no_statement() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        token(app, ask(&world, &[])).await;
        let before = app.ctx().db.statements();
        for _ in 0..20 {
            token(app, ask(&world, &[])).await;
        }
        assert_eq!(app.ctx().db.statements(), before);
        write_once(&app.state).await.expect("written");
        let secrets = client_secrets::list(app.ctx(), &TestApp::actor(), world.service.id).await.expect("secrets");
        assert_eq!(secrets[0].last_used_at, Some(app.ctx().now()));
        assert_eq!(app.state.token_usage.total(), 21);
    })
    .await;
}
