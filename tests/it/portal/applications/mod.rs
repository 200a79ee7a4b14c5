//! `/applications`: what developers have, seen and changed from outside, as each role and as a stranger.

mod list;
mod maintenance;
mod members;
mod roles;
mod secrets;
mod usage;

use gatehouse_core::id::ApplicationId;
use gatehouse_server::actions::{applications, organizations, users};
use serde_json::json;

use crate::support::TestApp;
use crate::support::world::{World, input};

pub(super) const OWNER: &str = "owner@example.com";
pub(super) const MAINTAINER: &str = "maintainer@example.com";
pub(super) const VIEWER: &str = "viewer@example.com";
pub(super) const STRANGER: &str = "stranger@example.org";

/// The world of most tests, with a maintainer and a viewer of its organization, and a stranger with one of their own.
pub(super) async fn people(app: &TestApp) -> World {
    let world = World::new(app).await;
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let organization = organization(app, world.service.id).await;
    for (email, name, role) in
        [(MAINTAINER, "Max", Some("maintainer")), (VIEWER, "Vera", Some("viewer")), (STRANGER, "Sam", None)]
    {
        let user = json!({"email": email, "name": name, "email_verified": true, "time_zone": "Europe/Berlin"});
        users::create(ctx, &actor, input(user)).await.expect("a user");
        match role {
            Some(role) => {
                let member = input(json!({"user": email, "role": role}));
                organizations::add_member(ctx, &actor, organization, member).await.expect("a member");
            }
            None => {
                let own = input(json!({"name": "Elsewhere", "owner": email}));
                organizations::create(ctx, &actor, own).await.expect("an organization");
            }
        }
    }
    world
}

pub(super) async fn organization(app: &TestApp, id: ApplicationId) -> gatehouse_core::id::OrganizationId {
    applications::find(app.ctx(), &TestApp::actor(), id).await.expect("it is there").organization_id
}
