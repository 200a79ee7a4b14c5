//! `/applications/{id}/members` and `/applications/{id}/transfer`.

use gatehouse_core::id::OrganizationId;
use gatehouse_server::actions::{access_requests, application_changes, applications, client_secrets, organizations};
use serde_json::json;

use super::{MAINTAINER, OWNER, STRANGER, VIEWER, organization, people};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

/// Another organization of the owner's, without anybody else.
async fn second(app: &TestApp) -> OrganizationId {
    let new = input(json!({"name": "Second", "owner": OWNER}));
    organizations::create(app.ctx(), &TestApp::actor(), new).await.expect("an organization").id
}

async fn owned_by(app: &TestApp, world: &World) -> OrganizationId {
    organization(app, world.service.id).await
}

#[tokio::test]
async fn members_see_who_is_there() {
    let app = TestApp::sqlite().await;
    let world = people(&app).await;
    let path = format!("/applications/{}/members", world.service.id);
    let page = app.browser(VIEWER).await.get(&path).await;
    assert!(page.status == 200 && page.html.contains(MAINTAINER) && page.html.contains("Maintainer"));
    assert!(page.html.contains(&format!("/organizations/{}", owned_by(&app, &world).await)));
    assert!(!page.html.contains("/transfer"), "a viewer has no such button");
    assert!(app.browser(OWNER).await.get(&path).await.html.contains("/transfer"));
    assert_eq!(app.browser(STRANGER).await.get(&path).await.status, 404);
}

#[tokio::test]
async fn an_owner_of_both_transfers_and_everything_goes_along() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let (id, to) = (world.service.id, second(app).await);
        let path = format!("/applications/{id}/transfer");
        let owner = app.browser(OWNER).await;
        assert!(owner.get(&path).await.html.contains(">Second<"));
        let wanted = to.to_string();
        let wrong = owner.post(&path, &[("organization", &wanted), ("name", "Other")]).await;
        assert!(wrong.status == 422 && wrong.html.contains("exactly as it stands above"));
        assert_eq!(owner.post(&path, &[("organization", ""), ("name", "Service")]).await.status, 422);
        let before = applications::find(app.ctx(), &TestApp::actor(), id).await.expect("there");
        let done = owner.post(&path, &[("organization", &wanted), ("name", "Service")]).await;
        assert_eq!(done.location, format!("/applications/{id}/members?done=transferred"));
        let after = applications::find(app.ctx(), &TestApp::actor(), id).await.expect("there");
        assert_eq!((after.organization_id, &after.client_id), (to, &before.client_id));
        assert_eq!(after.api_user_id, before.api_user_id, "its API user is a member of both");
        let secrets = client_secrets::list(app.ctx(), &TestApp::actor(), id).await.expect("secrets");
        assert_eq!(secrets.len(), 1);
        assert_eq!(app.browser(MAINTAINER).await.get(&format!("/applications/{id}")).await.status, 404);
        assert_eq!(owner.get(&done.location).await.status, 200);
        app.run_jobs_now().await;
        let told = app.mails().into_iter().filter(|mail| mail.contains("now belongs to Second")).count();
        assert_eq!(told, 1, "whoever owns both has one mail");
    })
    .await;
}

#[tokio::test]
async fn an_api_user_who_is_no_member_there_is_taken_away() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let (id, to) = (world.service.id, second(app).await);
        applications::set_api_user(ctx, &actor, id, Some(VIEWER.to_owned())).await.expect("set");
        let fields = [("organization", &*to.to_string()), ("name", "Service")];
        let done = app.browser(OWNER).await.post(&format!("/applications/{id}/transfer"), &fields).await;
        assert_eq!(done.location, format!("/applications/{id}/members?done=transferred-without"));
        assert_eq!(applications::find(ctx, &actor, id).await.expect("there").api_user_id, None);
        app.run_jobs_now().await;
        let mail = app.mails().pop().expect("a mail");
        assert!(mail.contains("Its API user, Vera,"), "{mail}");
    })
    .await;
}

#[tokio::test]
async fn nobody_else_transfers_and_nothing_goes_while_something_waits() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let (from, to) = (owned_by(app, &world).await, second(app).await);
        let path = format!("/applications/{}/transfer", world.service.id);
        let fields = [("organization", &*to.to_string()), ("name", "Service")];
        for (email, status) in [(VIEWER, 403), (MAINTAINER, 403), (STRANGER, 404)] {
            assert_eq!(app.browser(email).await.post(&path, &fields).await.status, status, "{email}");
        }
        let owner = app.browser(OWNER).await;
        let theirs = input(json!({"name": "Theirs", "owner": STRANGER}));
        let theirs = organizations::create(ctx, &actor, theirs).await.expect("an organization").id;
        let foreign = [("organization", &*theirs.to_string()), ("name", "Service")];
        assert_eq!(owner.post(&path, &foreign).await.status, 404, "to an organization of others");
        let member = input(json!({"user": OWNER, "role": "maintainer"}));
        organizations::add_member(ctx, &actor, theirs, member).await.expect("a member");
        assert_eq!(owner.post(&path, &foreign).await.status, 403, "to one where the owner is none");
        let same = [("organization", &*from.to_string()), ("name", "Service")];
        assert_eq!(owner.post(&path, &same).await.status, 409);

        let request = json!({
            "application_id": world.service.id, "api": "results", "scopes": ["studies:read"], "purpose": "Reads.",
            "developer": OWNER,
        });
        let request = match access_requests::create(ctx, &actor, input(request)).await {
            Ok(draft) => draft,
            Err(error) => panic!("{error}"),
        };
        let told = owner.get(&path).await.html;
        assert!(told.contains("It cannot go now.") && told.contains(&format!("/requests/{}\"", request.reference)));
        assert!(!told.contains("<button class=\"danger\"") && !told.contains("name=\"organization\""), "{told}");
        let open = owner.post(&path, &fields).await;
        assert!(open.status == 409 && open.html.contains(&request.reference), "{}", open.html);
        assert_eq!(owned_by(app, &world).await, from, "nothing changed");
        access_requests::withdraw(ctx, &actor, request.id).await.expect("withdrawn");

        let settings = format!("/applications/{}/api-user", world.service.id);
        assert_eq!(owner.post(&settings, &[("api_user", "")]).await.status, 303, "it waits for a review");
        let waiting = application_changes::of_application(ctx, &actor, world.service.id).await.expect("changes");
        let waiting = &waiting.open[0].change;
        let told = owner.get(&path).await.html;
        assert!(told.contains("It cannot go now.") && told.contains(&waiting.reference), "{told}");
        let open = owner.post(&path, &fields).await;
        assert!(open.status == 409 && open.html.contains(&waiting.reference), "{}", open.html);
        assert_eq!(owned_by(app, &world).await, from, "nothing changed");
        let withdraw = format!("/applications/{}/changes/{}/withdraw", world.service.id, waiting.reference);
        assert_eq!(owner.post(&withdraw, &[]).await.status, 303);
        assert_eq!(owner.post(&path, &fields).await.status, 303);
        assert_eq!(owned_by(app, &world).await, to);
    })
    .await;
}
