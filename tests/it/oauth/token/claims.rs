//! What tokens say, read as a stranger reads them: with the published keys.

use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::jose::verify::KeySet;
use serde_json::Value;

use crate::support::TestApp;

/// The claims of the access token of a token answer.
pub(crate) async fn access_token(app: &TestApp, answer: &Value) -> Value {
    claims(app, &answer["access_token"], "at+jwt").await
}

/// The claims of its ID token.
pub(crate) async fn id_token(app: &TestApp, answer: &Value) -> Value {
    claims(app, &answer["id_token"], "JWT").await
}

/// The claims of a token of a type.
pub(crate) async fn claims(app: &TestApp, token: &Value, typ: &str) -> Value {
    let list: Value = app.get("/oauth2/default/v1/keys").await.json().await.expect("JSON");
    let keys: Vec<PublicJwk> = serde_json::from_value(list["keys"].clone()).expect("keys");
    let keys = KeySet::new(&keys).expect("a key set");
    let claims = keys.verify(token.as_str().expect("a token"), typ).expect("a good signature");
    serde_json::from_slice(&claims).expect("claims")
}
