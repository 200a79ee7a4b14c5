//! Route × role → answer, as one table (`security.md` G): another organization's things are 404, a viewer's writes are
//! 403, the desk is the reviewers'. A new page gets a line here.

use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_server::actions::{
    Actor, ActorKind, access_requests, application_changes, applications, organizations, sessions, users, workspaces,
};
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

/// Who looks, in the order of the columns.
const ROLES: [&str; 6] = ["visitor", "stranger", "viewer", "owner", "reviewer", "admin"];

/// `303` of a visitor leads to the sign-in, of a reviewer to the same request on the desk. `-`: not asked, for it would
/// change something. What a viewer may open says so and has no button.
const PAGES: &[(&str, &str)] = &[
    //                                          visitor stranger viewer owner reviewer admin
    ("GET /", "200 200 200 200 200 200"),
    ("GET /apis", "200 200 200 200 200 200"),
    ("GET /apis/results", "200 200 200 200 200 200"),
    ("GET /apis/results/openapi.json", "200 200 200 200 200 200"),
    ("GET /apis/nothing", "404 404 404 404 404 404"),
    ("GET /docs", "303 303 303 303 303 303"),
    ("GET /docs/get-started", "200 200 200 200 200 200"),
    ("GET /docs/nothing", "404 404 404 404 404 404"),
    ("GET /sign-in", "200 303 303 303 303 303"),
    ("POST /sign-in/again", "401 400 400 400 400 400"),
    ("GET /sign-in/code", "303 303 303 303 303 303"),
    ("POST /sign-in/code", "303 303 303 303 303 303"),
    ("POST /sign-in/passkey", "422 422 422 422 422 422"),
    ("GET /profile/shared", "303 200 200 200 200 200"),
    ("POST /profile/shared", "401 303 303 303 303 303"),
    ("GET /profile/two-step", "303 200 200 200 200 200"),
    ("GET /profile/two-step/app", "303 200 200 200 200 200"),
    ("POST /profile/two-step/app", "401 422 422 422 422 422"),
    ("GET /profile/two-step/app/remove", "303 303 303 303 303 303"),
    ("POST /profile/two-step/app/remove", "401 422 422 422 422 422"),
    ("GET /profile/two-step/codes", "303 303 303 303 303 303"),
    ("POST /profile/two-step/codes", "401 422 422 422 422 422"),
    ("GET /profile/passkeys", "303 200 200 200 200 200"),
    ("POST /profile/passkeys", "401 303 303 303 303 303"),
    ("GET /profile/passkeys/psk_00000000000000000000000000/remove", "303 404 404 404 404 404"),
    ("POST /profile/passkeys/psk_00000000000000000000000000/remove", "401 404 404 404 404 404"),
    ("GET /sign-up", "200 303 303 303 303 303"),
    ("GET /forgot-password", "200 200 200 200 200 200"),
    ("GET /profile", "303 200 200 200 200 200"),
    ("POST /profile", "401 422 422 422 422 422"),
    ("GET /profile/email", "303 200 200 200 200 200"),
    ("POST /profile/email", "401 422 422 422 422 422"),
    ("POST /profile/email/cancel", "401 303 303 303 303 303"),
    ("GET /profile/email/gh_ol_nothing", "303 410 410 410 410 410"),
    ("POST /profile/email/gh_ol_nothing", "401 410 410 410 410 410"),
    ("GET /reveal/gh_ol_nothing", "410 410 410 410 410 410"),
    ("POST /reveal/gh_ol_nothing", "410 410 410 410 410 410"),
    ("GET /device", "303 200 200 200 200 200"),
    ("POST /device", "303 422 422 422 422 422"),
    ("GET /device/confirm", "303 303 303 303 303 303"),
    ("POST /device/confirm", "303 303 303 303 303 303"),
    ("GET /device/done", "303 303 303 303 303 303"),
    ("GET /connected-applications", "303 200 200 200 200 200"),
    ("GET /connected-applications/{app}/disconnect", "303 404 404 404 404 404"),
    ("POST /connected-applications/{app}/disconnect", "401 404 404 404 404 404"),
    ("POST /profile/password", "401 422 422 422 422 422"),
    ("GET /apis/results/request", "303 200 200 200 200 200"),
    ("GET /apis/nothing/request", "303 404 404 404 404 404"),
    ("GET /requests", "303 200 200 200 200 200"),
    ("GET /requests/{request}", "303 404 200 200 303 303"),
    ("POST /requests/{request}/answer", "401 404 403 - 303 303"),
    ("POST /requests/{request}/reply", "401 404 403 - 303 303"),
    ("POST /requests/{request}/submit", "401 404 403 303 303 303"),
    ("GET /requests/{request}/withdraw", "303 404 303 200 303 303"),
    ("POST /requests/{request}/withdraw", "401 404 403 - 303 303"),
    ("GET /requests/R-00000000", "303 404 404 404 303 303"),
    ("GET /applications", "303 200 200 200 200 200"),
    ("GET /applications/{app}", "303 404 200 200 404 404"),
    ("GET /applications/{app}/first-call", "303 404 200 200 404 404"),
    ("GET /applications/{app}/access", "303 404 200 200 404 404"),
    ("GET /applications/{app}/access/results/give-up", "303 404 200 200 404 404"),
    ("POST /applications/{app}/access/results/give-up", "401 404 403 - 404 404"),
    ("GET /applications/{app}/secrets", "303 404 200 200 404 404"),
    ("POST /applications/{app}/secrets", "401 404 403 - 404 404"),
    ("GET /applications/{app}/secrets/collect", "303 404 404 404 404 404"),
    ("POST /applications/{app}/secrets/collect", "401 404 403 - 404 404"),
    ("GET /applications/{app}/secrets/{secret}", "303 404 200 200 404 404"),
    ("POST /applications/{app}/secrets/{secret}", "401 404 403 - 404 404"),
    ("GET /applications/{app}/usage", "303 404 200 200 404 404"),
    ("GET /applications/{app}/settings", "303 404 200 200 404 404"),
    ("POST /applications/{app}/settings", "401 404 403 - 404 404"),
    ("POST /applications/{app}/api-user", "401 404 403 - 404 404"),
    ("POST /applications/{app}/changes/{change}/withdraw", "401 404 403 - 404 404"),
    ("POST /applications/{app}/changes/C-00000000/withdraw", "401 404 404 404 404 404"),
    ("GET /applications/{app}/delete", "303 404 200 200 404 404"),
    ("POST /applications/{app}/delete", "401 404 403 - 404 404"),
    ("GET /applications/app_00000000000000000000000000", "303 404 404 404 404 404"),
    ("GET /applications/{app}/members", "303 404 200 200 404 404"),
    ("GET /applications/{app}/transfer", "303 404 200 200 404 404"),
    ("POST /applications/{app}/transfer", "401 404 403 - 404 404"),
    ("GET /organizations", "303 200 200 200 200 200"),
    ("GET /organizations/new", "303 200 200 200 200 200"),
    ("POST /organizations/new", "401 422 422 422 422 422"),
    ("GET /organizations/{org}", "303 404 200 200 404 404"),
    ("POST /organizations/{org}", "401 404 403 - 404 404"),
    ("POST /organizations/{org}/invitations", "401 404 403 - 404 404"),
    ("POST /organizations/{org}/invitations/{invitation}/withdraw", "401 404 403 - 404 404"),
    ("GET /organizations/{org}/members/{user}", "303 404 200 200 404 404"),
    ("POST /organizations/{org}/members/{user}", "401 404 403 - 404 404"),
    ("GET /organizations/org_00000000000000000000000000", "303 404 404 404 404 404"),
    ("POST /invitations/{invitation}", "401 404 404 404 404 404"),
    ("GET /workspaces", "303 303 303 303 303 303"),
    ("GET /workspaces/{workspace}", "303 404 200 200 404 404"),
    ("POST /workspaces/{workspace}", "401 404 403 - 404 404"),
    ("POST /workspaces/{workspace}/invitations", "401 404 403 - 404 404"),
    ("POST /workspaces/{workspace}/invitations/{invitation}/withdraw", "401 404 403 - 404 404"),
    ("GET /workspaces/{workspace}/members/{user}", "303 404 200 200 404 404"),
    ("POST /workspaces/{workspace}/members/{user}", "401 404 403 - 404 404"),
    ("GET /workspaces/wsp_00000000000000000000000000", "303 404 404 404 404 404"),
    ("GET /review", "303 403 403 403 200 200"),
    ("GET /review/{request}", "303 403 403 403 200 200"),
    ("GET /review/R-00000000", "303 403 403 403 404 404"),
    ("GET /review/together?request={request}", "303 403 403 403 200 200"),
    ("POST /review/together/assign", "401 403 403 403 303 303"),
    ("POST /review/together/decide", "401 403 403 403 303 303"),
    ("GET /review/replies", "303 403 403 403 200 200"),
    ("POST /review/replies", "401 403 403 403 422 422"),
    ("GET /review/replies/rpl_00000000000000000000000000", "303 403 403 403 404 404"),
    ("POST /review/replies/rpl_00000000000000000000000000", "401 403 403 403 404 404"),
    ("POST /review/replies/rpl_00000000000000000000000000/delete", "401 403 403 403 404 404"),
    ("POST /review/{request}/assign", "401 403 403 403 - -"),
    ("POST /review/{request}/ask", "401 403 403 403 - -"),
    ("POST /review/{request}/note", "401 403 403 403 - -"),
    ("POST /review/{request}/decide", "401 403 403 403 - -"),
    ("GET /review/changes", "303 403 403 403 200 200"),
    ("GET /review/changes/{change}", "303 403 403 403 200 200"),
    ("GET /review/{change}", "303 303 303 303 303 303"),
    ("GET /review/changes/C-00000000", "303 403 403 403 404 404"),
    ("POST /review/changes/{change}/decide", "401 403 403 403 - -"),
];

struct Stage {
    app_id: String,
    secret_id: String,
    request: String,
    change: String,
    organization: String,
    invitation: String,
    workspace: String,
    owner: String,
}

#[tokio::test]
async fn every_page_answers_each_role_as_it_should() {
    on_each_engine(async |app: &TestApp| {
        let stage = Stage::set(app).await;
        let mut browsers = vec![Browser::new(app)];
        for email in ["stranger@example.net", "viewer@example.com", "owner@example.com", "reviewer@example.org"] {
            browsers.push(signed_in(app, email).await);
        }
        browsers.push(signed_in(app, "admin@example.org").await);
        let mut wrong = Vec::new();
        for (route, expected) in PAGES {
            let (method, path) = route.split_once(' ').expect("a method and a path");
            let path = stage.filled(path);
            let mut answers = Vec::new();
            for (browser, expected) in browsers.iter().zip(expected.split(' ')) {
                let answer = match (expected, method) {
                    ("-", _) => "-".to_owned(),
                    (_, "GET") => browser.get(&path).await.status.to_string(),
                    (_, _) => browser.post(&path, fields(&path)).await.status.to_string(),
                };
                answers.push(answer);
            }
            let answers = answers.join(" ");
            if answers != *expected {
                wrong.push(format!("{route}\n  expected {expected}\n  answered {answers}"));
            }
        }
        assert!(wrong.is_empty(), "{ROLES:?}\n{}", wrong.join("\n"));
    })
    .await;
}

impl Stage {
    /// Beside the world's owner: a viewer, a stranger with an organization of their own, a reviewer, an admin; a
    /// submitted request.
    async fn set(app: &TestApp) -> Self {
        let world = World::new(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        for (email, role) in [
            ("viewer@example.com", "developer"),
            ("stranger@example.net", "developer"),
            ("reviewer@example.org", "reviewer"),
            ("admin@example.org", "admin"),
        ] {
            let user = json!({ "email": email, "name": "Person", "role": role, "email_verified": true });
            users::create(ctx, &actor, input(user)).await.expect("a user");
        }
        let application = applications::find(ctx, &actor, world.service.id).await.expect("an application");
        let viewer = json!({ "user": "viewer@example.com", "role": "viewer" });
        organizations::add_member(ctx, &actor, application.organization_id, input(viewer)).await.expect("a member");
        let other = json!({ "name": "Strangers", "owner": "stranger@example.net" });
        organizations::create(ctx, &actor, input(other)).await.expect("an organization");
        let request = json!({
            "application_id": world.other.id, "api": "results", "scopes": ["public_api.read"], "purpose": "Reads.",
            "developer": "owner@example.com",
        });
        let request = access_requests::create(ctx, &actor, input(request)).await.expect("a draft");
        let request = access_requests::submit(ctx, &actor, request.id, input(json!({}))).await.expect("is submitted");
        let owner = users::get_by_ref(ctx, "owner@example.com").await.expect("a user").id;
        let owner = Actor { kind: ActorKind::User(owner), request_id: None, address: None };
        applications::set_api_user(ctx, &owner, world.service.id, None).await.expect("it waits");
        let changes = application_changes::of_application(ctx, &owner, world.service.id).await.expect("changes");
        let invitation = json!({ "email": "somebody@example.com", "role": "viewer" });
        let invitation = organizations::invite(ctx, &actor, application.organization_id, input(invitation)).await;
        let invitation = invitation.expect("an invitation").invitation;
        let workspace = json!({ "name": "Research", "owner": "owner@example.com" });
        let workspace = workspaces::create(ctx, &actor, input(workspace)).await.expect("a workspace");
        let member = json!({ "user": "viewer@example.com", "role": "member" });
        workspaces::add_member(ctx, &actor, workspace.id, input(member)).await.expect("a member");
        Self {
            change: changes.open[0].change.reference.clone(),
            app_id: world.service.id.to_string(),
            secret_id: world.service.secret_id.to_string(),
            request: request.reference,
            organization: application.organization_id.to_string(),
            invitation: invitation.id.to_string(),
            workspace: workspace.id.to_string(),
            owner: users::get_by_ref(ctx, "owner@example.com").await.expect("a user").id.to_string(),
        }
    }

    fn filled(&self, path: &str) -> String {
        let path = path.replace("{app}", &self.app_id).replace("{secret}", &self.secret_id);
        let path = path.replace("{org}", &self.organization).replace("{invitation}", &self.invitation);
        let path = path.replace("{workspace}", &self.workspace).replace("{user}", &self.owner);
        path.replace("{request}", &self.request).replace("{change}", &self.change)
    }
}

/// Enough of the page's form that only the role can be wrong.
fn fields(path: &str) -> &'static [(&'static str, &'static str)] {
    match path.rsplit('/').next().unwrap_or_default() {
        "answer" | "reply" => &[("text", "Because.")],
        "give-up" => &[("scopes", "public_api.read")],
        "collect" => &[("slot", "slt_00000000000000000000000000")],
        "delete" if path.starts_with("/applications") => &[("name", "Service")],
        "invitations" => &[("email", "x@example.com"), ("role", "owner")],
        last if last.starts_with("inv_") => &[("answer", "accept")],
        last if last.starts_with("usr_") => &[("how", "remove")],
        last if last.starts_with("org_") || last.starts_with("wsp_") => &[("name", "Other")],
        last if last.starts_with("sec_") => &[("how", "revoke"), ("grace", ""), ("last_active", "yes")],
        _ => &[],
    }
}

async fn signed_in<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let user = users::get_by_ref(app.ctx(), email).await.expect("a user").id;
    let how = (vec![AuthenticationMethod::Password], Device::default());
    let opened = sessions::open(app.ctx(), &TestApp::actor(), user, how).await.expect("a session");
    let browser = Browser::new(app);
    browser.plant("gatehouse", opened.cookie.expose());
    browser
}
