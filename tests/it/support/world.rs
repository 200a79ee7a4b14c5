//! What most tests need around an application, made by the same actions that everybody uses.

use gatehouse_core::id::{ApplicationId, ClientSecretId, OrganizationId};
use gatehouse_core::secret::Secret;
use gatehouse_server::actions::{apis, applications, client_secrets, entitlements, organizations, servers, users};
use gatehouse_server::context::Context;
use gatehouse_server::results;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::TestApp;

/// The server `default`, the Results API, an organization with an owner, and two applications of it: `service` may
/// have both scopes, `other` has a secret and no entitlement.
pub(crate) struct World {
    pub(crate) service: Client,
    pub(crate) other: Client,
}

/// An application with a secret.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: ApplicationId,
    pub(crate) client_id: String,
    pub(crate) secret_id: ClientSecretId,
    pub(crate) secret: Secret,
}

impl World {
    pub(crate) async fn new(app: &TestApp) -> Self {
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        servers::create(ctx, &actor, input(json!({"id": "default", "name": "D", "audience": "api://default"})))
            .await
            .expect("a server");
        let document: Value = serde_json::from_str(results::OPENAPI).expect("a document");
        let api = json!({
            "document": document, "audience": "api://results", "slug": "results", "upstream": "builtin:results",
            "state": "published",
        });
        apis::create(ctx, &actor, input(api)).await.expect("an API");
        let owner = json!({"email": "owner@example.com", "name": "Owner", "email_verified": true});
        let owner = users::create(ctx, &actor, input(owner)).await.expect("a user");
        let organization = json!({"name": "Organization", "owner": owner.id});
        let organization = organizations::create(ctx, &actor, input(organization)).await.expect("an organization");
        let service = Client::new(ctx, organization.id, owner.email.as_typed()).await;
        let other = Client::new(ctx, organization.id, owner.email.as_typed()).await;
        entitlements::grant(ctx, &actor, service.id, input(json!({"api": "results"}))).await.expect("an entitlement");
        let world = Self { service, other };
        app.poll_changes_now().await;
        world
    }
}

impl Client {
    /// A service application of an organization.
    pub(crate) async fn new(ctx: &Context, organization: OrganizationId, api_user: &str) -> Self {
        let actor = TestApp::actor();
        let new = json!({
            "organization_id": organization, "name": "Service", "type": "service", "api_user": api_user,
        });
        let application = applications::create(ctx, &actor, input(new)).await.expect("an application");
        let made = client_secrets::create(ctx, &actor, application.id, input(json!({}))).await.expect("a secret");
        Self { id: application.id, client_id: made.client_id, secret_id: made.secret.id, secret: made.text }
    }
}

/// An input as the management API takes it.
pub(crate) fn input<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an input")
}
