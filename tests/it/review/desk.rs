//! What the desk's tests stand on.

use gatehouse_core::id::{AccessRequestId, ApplicationId, OrganizationId, ScopeId};
use gatehouse_server::actions::{access_requests, apis, applications, organizations, servers, users};
use gatehouse_store::audit;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::world::input;

pub(super) const OWNER: &str = "owner@studio.example";
pub(super) const REVIEWER: &str = "rita@corp.example";
pub(super) const SECOND: &str = "sam@corp.example";
pub(super) const ADMIN: &str = "ada@corp.example";
/// Reviews, and is a member of the organization that asks.
pub(super) const OWN: &str = "olga@corp.example";
/// Names that must not become markup.
pub(super) const HOSTILE: &str = "<script>alert('a')</script>";

/// An API with a normal, a sensitive and a restricted scope, an organization that asks, and reviewers.
pub(super) struct Desk<'a> {
    app: &'a TestApp,
    organization: OrganizationId,
}

/// A request that was submitted.
pub(super) struct Asked {
    pub(super) id: AccessRequestId,
    pub(super) application: ApplicationId,
    /// `/review/R-…`
    pub(super) path: String,
    scopes: Vec<(String, ScopeId)>,
}

impl<'a> Desk<'a> {
    pub(super) async fn new(app: &'a TestApp) -> Self {
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        for (email, name, role) in [
            (OWNER, "Otto Owner", "developer"),
            (REVIEWER, "Rita Reviewer", "reviewer"),
            (SECOND, "Sam Second", "reviewer"),
            (ADMIN, "Ada Admin", "admin"),
            (OWN, "Olga Own", "reviewer"),
        ] {
            let user = json!({ "email": email, "name": name, "role": role, "email_verified": true });
            users::create(ctx, &actor, input(user)).await.expect("a user");
        }
        let organization = json!({ "name": "Studio", "owner": OWNER, "homepage": "https://studio.example" });
        let organization = organizations::create(ctx, &actor, input(organization)).await.expect("an organization").id;
        let member = input(json!({ "user": OWN, "role": "viewer" }));
        organizations::add_member(ctx, &actor, organization, member).await.expect("a member");
        let server = json!({ "id": "default", "name": "D", "audience": "https://api.example.com" });
        servers::create(ctx, &actor, input(server)).await.expect("a server");
        let api = json!({
            "document": document(), "slug": "studies", "audience": "https://api.example.com/studies",
            "state": "published",
        });
        let api = apis::create(ctx, &actor, input(api)).await.expect("an API");
        for scope in apis::list_scopes(ctx, api.id).await.expect("scopes") {
            let sensitivity = scope.name.split_once(':').expect("a colon").1;
            let edit = input(json!({ "sensitivity": sensitivity }));
            apis::edit_scope(ctx, &actor, (api.id, scope.id), edit).await.expect("a scope");
        }
        Self { app, organization }
    }

    /// A request of a new web application with this name for these scopes.
    pub(super) async fn ask(&self, name: &str, scopes: &[&str]) -> Asked {
        let (ctx, actor) = (self.app.ctx(), TestApp::actor());
        let application = json!({
            "organization_id": self.organization, "name": name, "type": "web",
            "redirect_uris": ["https://studi0.example/callback"], "api_user": OWNER,
        });
        let application = applications::create(ctx, &actor, input(application)).await.expect("an application").id;
        let new = json!({
            "application_id": application, "api": "studies", "scopes": scopes,
            "purpose": "Shows results & <b>more</b>.", "developer": OWNER,
        });
        let draft = access_requests::create(ctx, &actor, input(new)).await.expect("a draft");
        let asked = access_requests::submit(ctx, &actor, draft.id, input(json!({}))).await.expect("submitted");
        Asked {
            id: asked.id,
            application,
            path: format!("/review/{}", asked.reference),
            scopes: asked.scopes.iter().map(|scope| (scope.scope.clone(), scope.scope_id)).collect(),
        }
    }

    /// How often the audit log tells of this.
    pub(super) async fn audited(&self, action: &str) -> usize {
        let filter = audit::Filter { action: Some(action.to_owned()), ..audit::Filter::default() };
        self.app.ctx().db.read(async move |tx| audit::list(tx, &filter, 1_000).await).await.expect("events").len()
    }

    /// The request's state now.
    pub(super) async fn state(&self, asked: &Asked) -> String {
        let found = access_requests::find(self.app.ctx(), &TestApp::actor(), &asked.id.to_string()).await;
        found.expect("the request").state.to_string()
    }
}

impl Asked {
    /// `verdict[scp_…]` of the scope `studies:{name}`.
    pub(super) fn verdict(&self, name: &str) -> String {
        format!("verdict[{}]", self.scope(name))
    }

    /// `reason[scp_…]`
    pub(super) fn reason(&self, name: &str) -> String {
        format!("reason[{}]", self.scope(name))
    }

    fn scope(&self, name: &str) -> ScopeId {
        let full = format!("studies:{name}");
        self.scopes.iter().find(|(scope, _)| *scope == full).expect("asked for").1
    }
}

fn document() -> Value {
    let scopes = json!({ "studies:normal": "List", "studies:sensitive": "Read", "studies:restricted": "Delete" });
    let flow = json!({ "clientCredentials": { "tokenUrl": "/token", "scopes": scopes } });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Studies", "version": "1" },
        "paths": { "/studies": { "get": {
            "operationId": "list", "responses": { "200": { "description": "ok" } },
            "security": [{ "oauth": ["studies:normal"] }],
        } } },
        "components": { "securitySchemes": { "oauth": { "type": "oauth2", "flows": flow } } },
    })
}
