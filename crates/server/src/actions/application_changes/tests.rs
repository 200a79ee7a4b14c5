use std::time::Duration;

use gatehouse_core::portal::application::{Application, ApplicationType};
use gatehouse_core::portal::application_change::{ApplicationChangeState, ChangedField};
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;
use serde_json::json;

use super::*;
use crate::actions::ground::{Ground, MAINTAINER, OWN_REVIEWER, OWNER, REVIEWER, SCOPES, SECOND_REVIEWER, code};
use crate::actions::{apis, applications, entitlements, organizations, users};
use crate::testing::actor;

mod deciding;
mod waiting;

const OLD: &str = "https://app.example.com/cb";
const NEW: &str = "https://new.example.com/cb";
const STRANGER: &str = "stranger@example.net";

/// A production application that has access, and its people.
struct Stage {
    ground: Ground,
    application: Application,
}

impl Stage {
    async fn set(db: &Db) -> Self {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Web).await;
        let stage = Self { ground, application };
        stage.grant().await;
        stage
    }

    async fn grant(&self) {
        let grant = json!({ "api": "a", "scopes": [SCOPES[0]] });
        entitlements::grant(&self.ground.ctx, &actor(), self.application.id, input(grant)).await.expect("a grant");
    }

    async fn user(&self, email: &str) -> Actor {
        let id = users::get_by_ref(&self.ground.ctx, email).await.expect("a user").id;
        Actor { kind: ActorKind::User(id), request_id: None, address: None }
    }

    async fn change(&self, by: &Actor, change: Value) -> Result<Application, ActionError> {
        applications::change(&self.ground.ctx, by, self.application.id, input(change)).await
    }

    async fn change_uris(&self, by: &Actor, uris: &[&str]) -> Vec<String> {
        self.change(by, json!({ "redirect_uris": uris })).await.expect("it is changed").redirect_uris
    }

    /// The redirect URIs in use.
    async fn in_use(&self) -> Vec<String> {
        self.found().await.redirect_uris
    }

    async fn found(&self) -> Application {
        applications::find(&self.ground.ctx, &actor(), self.application.id).await.expect("an application")
    }

    async fn open(&self) -> Vec<ApplicationChange> {
        let owner = self.user(OWNER).await;
        let found = of_application(&self.ground.ctx, &owner, self.application.id).await.expect("changes");
        found.open.into_iter().map(|change| change.change).collect()
    }

    /// The one change that waits.
    async fn waiting(&self) -> ApplicationChange {
        let open = self.open().await;
        assert_eq!(open.len(), 1, "{open:?}");
        open.into_iter().next().expect("one")
    }

    async fn decide(&self, reviewer: &str, id: ApplicationChangeId, decision: Value) -> Result<(), ActionError> {
        let by = self.user(reviewer).await;
        decide(&self.ground.ctx, &by, id, input(decision)).await.map(drop)
    }

    async fn approve(&self, id: ApplicationChangeId) -> String {
        code(self.decide(REVIEWER, id, json!({ "decision": "approved" })).await)
    }
}

fn input<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an input")
}
