//! `/oauth2/{server}/v1/…`.

mod authorize;
mod backchannel_logout;
mod conformance;
mod cors;
mod device;
mod introspect;
mod keys;
mod logout;
mod metadata;
mod revoke;
mod rotation;
mod sector;
mod taken_back;
mod token;
mod userinfo;

use gatehouse_core::id::ApplicationId;
use gatehouse_store::audit::{self, ActorKind, Filter};
use serde_json::Value;

use crate::support::TestApp;
use crate::support::world::Client;

/// Sends a form to an endpoint of the server `default` as this client; status and JSON.
async fn ask(app: &TestApp, endpoint: &str, by: &Client, form: &[(&str, &str)]) -> (u16, Value) {
    let mut all = vec![("client_id", by.client_id.as_str()), ("client_secret", by.secret.expose())];
    all.extend_from_slice(form);
    let path = format!("/oauth2/default/v1/{endpoint}");
    let answer = app.request("POST", &path).form(&all).send().await.expect("an answer");
    assert_eq!(answer.headers()["cache-control"], "no-store", "{endpoint}");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// What the userinfo endpoint says to a token; status and JSON.
async fn userinfo(app: &TestApp, token: &Value) -> (u16, Value) {
    let token = token.as_str().expect("a token");
    let answer = app.request("GET", "/oauth2/default/v1/userinfo").bearer_auth(token).send().await;
    let answer = answer.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// What the audit log says that an application brought about, the newest first.
async fn brought_about(app: &TestApp, by: ApplicationId) -> Vec<String> {
    let actor = (Some(ActorKind::Application), Some(by.to_string()));
    let filter = Filter { actor_kind: actor.0, actor_id: actor.1, ..Filter::default() };
    let events = app.ctx().db.read(async move |tx| audit::list(tx, &filter, 10).await).await.expect("events");
    events.into_iter().map(|event| event.action).collect()
}
