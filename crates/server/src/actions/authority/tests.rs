//! Action × role: whoever may not is refused, with the same words whatever the page, and nothing is written.

use gatehouse_core::id::{AccessRequestId, ApplicationId};
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_store::audit;
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::actions::ground::{Ground, MAINTAINER, OWN_REVIEWER, OWNER, REVIEWER, SCOPES, SECOND_REVIEWER, code};
use crate::actions::{
    access_requests, apis, applications, client_secrets, entitlements, keys, operator_keys, organizations, servers,
    users, workspaces,
};
use crate::testing::actor;

/// No member, no reviewer.
const STRANGER: &str = "stranger@example.net";
/// A member who may only look.
const VIEWER: &str = OWN_REVIEWER;
const ADMIN: &str = SECOND_REVIEWER;

struct Stage {
    ground: Ground,
    application: ApplicationId,
    request: AccessRequestId,
}

impl Stage {
    async fn set(db: &Db) -> Self {
        let ground = Ground::lay(db).await;
        let new = json!({ "email": STRANGER, "name": "Stranger", "email_verified": true });
        users::create(&ground.ctx, &actor(), input(new)).await.expect("a user");
        let application = ground.application(ApplicationType::Web).await.id;
        let grant = json!({ "api": "a", "scopes": [SCOPES[0]] });
        entitlements::grant(&ground.ctx, &actor(), application, input(grant)).await.expect("an entitlement");
        let request = json!({
            "application_id": application, "api": "a", "scopes": [SCOPES[1]], "purpose": "Reads.", "developer": OWNER,
        });
        let request = access_requests::create(&ground.ctx, &actor(), input(request)).await.expect("a draft").id;
        Self { ground, application, request }
    }

    async fn user(&self, email: &str) -> Actor {
        let id = users::get_by_ref(&self.ground.ctx, email).await.expect("a user").id;
        Actor { kind: ActorKind::User(id), request_id: None, address: None }
    }

    /// What the action answers to each of these users.
    async fn told(&self, action: &str, emails: &[&str]) -> Vec<String> {
        let mut told = Vec::new();
        for email in emails {
            told.push(self.run(action, &self.user(email).await).await);
        }
        told
    }

    async fn events(&self) -> usize {
        let all = audit::Filter::default();
        self.ground.ctx.db.read(async move |tx| audit::list(tx, &all, 1_000).await).await.expect("events").len()
    }

    async fn run(&self, action: &str, by: &Actor) -> String {
        let (ctx, application, request) = (&self.ground.ctx, self.application, self.request);
        let (organization, api, name) = (self.ground.organization, self.ground.api, json!({ "name": "Other" }));
        match action {
            "applications.find" => code(applications::find(ctx, by, application).await),
            "applications.create" => {
                code(applications::create(ctx, by, self.ground.input(ApplicationType::Service)).await)
            }
            "applications.change" => code(applications::change(ctx, by, application, input(name)).await),
            "applications.skip_consent" => {
                code(applications::change(ctx, by, application, input(json!({ "skip_consent": true }))).await)
            }
            "applications.sign_in_scopes" => {
                code(applications::change(ctx, by, application, input(json!({ "sign_in_scopes": ["openid"] }))).await)
            }
            "applications.require_pkce" => {
                code(applications::change(ctx, by, application, input(json!({ "require_pkce": false }))).await)
            }
            "applications.set_api_user" => code(applications::set_api_user(ctx, by, application, None).await),
            "applications.suspend" => code(applications::suspend(ctx, by, application).await),
            "applications.reactivate" => code(applications::reactivate(ctx, by, application).await),
            "applications.delete" => code(applications::delete(ctx, by, application).await),
            "secrets.list" => code(client_secrets::list(ctx, by, application).await),
            "secrets.create" => code(client_secrets::create(ctx, by, application, input(json!({}))).await),
            "entitlements.list" => code(entitlements::list(ctx, by, application).await),
            "entitlements.grant" => {
                let grant = json!({ "api": "a", "scopes": [SCOPES[1]] });
                code(entitlements::grant(ctx, by, application, input(grant)).await)
            }
            "entitlements.set_quota" => {
                code(entitlements::set_quota(ctx, by, (application, "a".into()), Some(9_000)).await)
            }
            "entitlements.suspend" => self.change_scopes(by, entitlements::Transition::Suspend).await,
            "entitlements.resume" => self.change_scopes(by, entitlements::Transition::Resume).await,
            "entitlements.revoke" => self.change_scopes(by, entitlements::Transition::Revoke).await,
            "requests.find" => code(access_requests::find(ctx, by, &request.to_string()).await),
            "requests.thread" => code(access_requests::thread(ctx, by, request).await),
            "requests.submit" => {
                code(access_requests::submit(ctx, by, request, input(json!({ "terms_accepted": true }))).await)
            }
            "requests.withdraw" => code(access_requests::withdraw(ctx, by, request).await),
            "requests.assign" => code(access_requests::assign(ctx, by, request, input(json!({}))).await),
            "requests.ask" => code(access_requests::ask(ctx, by, request, input(json!({ "text": "Why?" }))).await),
            "requests.answer" => {
                code(access_requests::answer(ctx, by, request, input(json!({ "text": "Because." }))).await)
            }
            "requests.decide" => {
                let decision = json!({ "scopes": [{ "scope": SCOPES[1], "decision": "approved" }] });
                code(access_requests::decide(ctx, by, request, input(decision)).await)
            }
            "organizations.edit" => code(organizations::edit(ctx, by, organization, input(name)).await),
            "organizations.verify" => code(organizations::verify(ctx, by, organization).await),
            "users.set_role" => {
                let id = users::get_by_ref(ctx, STRANGER).await.expect("a user").id;
                code(users::set_role(ctx, by, id, Role::Admin).await)
            }
            "users.set_password" => {
                let id = users::get_by_ref(ctx, OWNER).await.expect("a user").id;
                code(users::set_password(ctx, by, id, "another good password").await)
            }
            "apis.edit" => code(apis::edit(ctx, by, api, input(name)).await),
            "servers.edit" => code(servers::edit(ctx, by, "default", input(name)).await),
            "servers.admit" => code(servers::admit(ctx, by, "default", application).await),
            "servers.exclude" => code(servers::exclude(ctx, by, "default", application).await),
            "keys.rotate" => code(keys::rotate(ctx, by, "default", input(json!({ "rotation": "immediate" }))).await),
            "operator_keys.create" => code(operator_keys::create(ctx, by, input(name)).await),
            "workspaces.create" => code(workspaces::create(ctx, by, input(name)).await),
            other => panic!("no action {other}"),
        }
    }

    async fn change_scopes(&self, by: &Actor, transition: entitlements::Transition) -> String {
        let which = (self.application, "a".to_owned());
        code(entitlements::change_scopes(&self.ground.ctx, by, which, transition, input(json!({}))).await)
    }
}

fn input<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an input")
}

#[tokio::test]
async fn things_of_an_organization_are_nothing_to_strangers() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let before = stage.events().await;
        for (action, expected) in [
            ("applications.find", "no application"),
            ("applications.create", "organization_id unknown"),
            ("applications.change", "no application"),
            ("applications.set_api_user", "no application"),
            ("applications.delete", "no application"),
            ("secrets.list", "no application"),
            ("secrets.create", "no application"),
            ("entitlements.list", "no application"),
            ("entitlements.revoke", "no application"),
            ("requests.find", "no access request"),
            ("requests.thread", "no access request"),
            ("requests.submit", "no access request"),
            ("requests.withdraw", "no access request"),
            ("requests.answer", "no access request"),
            ("organizations.edit", "no organization"),
        ] {
            // A draft is not the reviewers' yet.
            assert_eq!(stage.told(action, &[STRANGER, REVIEWER]).await, [expected; 2], "{action}");
        }
        assert_eq!(stage.events().await, before);
    })
    .await;
}

#[tokio::test]
async fn members_without_the_role_are_told_so() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let before = stage.events().await;
        for action in [
            "applications.create",
            "applications.change",
            "applications.set_api_user",
            "applications.delete",
            "secrets.create",
            "entitlements.revoke",
            "requests.submit",
            "requests.withdraw",
            "requests.answer",
        ] {
            assert_eq!(stage.told(action, &[VIEWER]).await, ["not_allowed"], "{action}");
        }
        for action in ["applications.delete", "organizations.edit"] {
            assert_eq!(stage.told(action, &[MAINTAINER]).await, ["not_allowed"], "{action}");
        }
        assert_eq!(stage.events().await, before);
        for action in ["applications.find", "secrets.list", "entitlements.list", "requests.find", "requests.thread"] {
            assert_eq!(stage.told(action, &[VIEWER, MAINTAINER, OWNER]).await, ["done"; 3], "{action}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_operates_the_installation_is_the_admins() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        let before = stage.events().await;
        let actions = [
            "applications.suspend",
            "applications.reactivate",
            "entitlements.grant",
            "entitlements.set_quota",
            "entitlements.suspend",
            "entitlements.resume",
            "organizations.verify",
            "users.set_role",
            "users.set_password",
            "apis.edit",
            "servers.edit",
            "servers.admit",
            "servers.exclude",
            "keys.rotate",
            "operator_keys.create",
            "workspaces.create",
        ];
        for action in actions {
            assert_eq!(stage.told(action, &[STRANGER, OWNER, REVIEWER]).await, ["not_allowed"; 3], "{action}");
        }
        assert_eq!(stage.events().await, before);
        for action in actions {
            assert_eq!(stage.told(action, &[ADMIN]).await, ["done"], "{action}");
        }
    })
    .await;
}

#[tokio::test]
async fn developers_cannot_give_their_application_what_only_operators_give() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        for action in ["applications.skip_consent", "applications.sign_in_scopes", "applications.require_pkce"] {
            assert_eq!(stage.told(action, &[OWNER, MAINTAINER]).await, ["not_allowed"; 2], "{action}");
            assert_eq!(stage.run(action, &actor()).await, "done", "{action}");
            // What an operator gave stays when the owner changes something else.
            assert_eq!(stage.told("applications.change", &[OWNER]).await, ["done"]);
        }
    })
    .await;
}

#[tokio::test]
async fn the_desk_is_the_reviewers_and_not_for_their_own() {
    each_engine(async |db: &Db| {
        let stage = Stage::set(db).await;
        assert_eq!(stage.told("requests.submit", &[MAINTAINER]).await, ["done"]);
        assert_eq!(stage.told("requests.find", &[STRANGER, REVIEWER]).await, ["no access request", "done"]);
        for action in ["requests.assign", "requests.ask", "requests.decide"] {
            let told = stage.told(action, &[STRANGER, OWNER, OWN_REVIEWER]).await;
            assert_eq!(told, ["not_allowed", "not_allowed", "own_organization"], "{action}");
            if action == "requests.assign" {
                assert_eq!(stage.told(action, &[REVIEWER]).await, ["done"]);
            }
        }
        assert_eq!(stage.told("requests.decide", &[REVIEWER]).await, ["done"]);
        assert_eq!(stage.told("entitlements.revoke", &[MAINTAINER]).await, ["done"], "what one has one may give up");
        let disabled = stage.user(OWNER).await;
        let ActorKind::User(id) = disabled.kind else { unreachable!("is a user") };
        let maintainer = users::get_by_ref(&stage.ground.ctx, MAINTAINER).await.expect("a user").id;
        let role = MemberRole::Owner;
        organizations::set_member_role(&stage.ground.ctx, &actor(), (stage.ground.organization, maintainer), role)
            .await
            .expect("another owner");
        users::disable(&stage.ground.ctx, &actor(), id).await.expect("is disabled");
        assert_eq!(stage.run("applications.change", &disabled).await, "account_disabled");
    })
    .await;
}
