//! `/workspaces/{id}`: members, invitations, and the applications that read the data, from outside.

use gatehouse_core::id::WorkspaceId;
use gatehouse_server::actions::{users, workspaces};
use serde_json::json;

use super::applications::{MAINTAINER, OWNER, STRANGER, VIEWER, people};
use crate::support::browser::{Browser, Page};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

const CUSTOMER: &str = "customer@example.net";

/// A customer's workspace with a plain member; the API user of the world's applications is in none.
async fn ground(app: &TestApp) -> (World, WorkspaceId) {
    let world = people(app).await;
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let customer = json!({"email": CUSTOMER, "name": "Cora", "email_verified": true});
    users::create(ctx, &actor, input(customer)).await.expect("a user");
    let made = workspaces::create(ctx, &actor, input(json!({"name": "Research", "owner": CUSTOMER}))).await;
    let id = made.expect("a workspace").id;
    let member = input(json!({"user": VIEWER, "role": "member"}));
    workspaces::add_member(ctx, &actor, id, member).await.expect("a member");
    (world, id)
}

async fn invite(browser: &Browser<'_>, id: WorkspaceId, email: &str) -> Page {
    browser.post(&format!("/workspaces/{id}/invitations"), &[("email", email), ("role", "member")]).await
}

async fn member(app: &TestApp, id: WorkspaceId, email: &str) -> String {
    let user = users::get_by_ref(app.ctx(), email).await.expect("a user");
    format!("/workspaces/{id}/members/{}", user.id)
}

async fn emails(app: &TestApp, id: WorkspaceId) -> Vec<String> {
    let members = workspaces::list_members(app.ctx(), id).await.expect("members");
    members.iter().map(|of| of.user.email.as_typed().to_owned()).collect()
}

#[tokio::test]
async fn from_404_to_data_and_back() {
    on_each_engine(async |app: &TestApp| {
        let (world, id) = ground(app).await;
        let (customer, developer) = (app.browser(CUSTOMER).await, app.browser(OWNER).await);
        let overview = format!("/applications/{}", world.service.id);
        let told = developer.get(&overview).await.html;
        assert!(told.contains("the API user is in no workspace") && told.contains(OWNER), "{told}");
        let page = format!("/workspaces/{id}");
        assert!(!customer.get(&page).await.html.contains("Organization</span>"), "nobody reads yet");

        assert_eq!(invite(&customer, id, OWNER).await.location, format!("{page}?done=invited"));
        assert!(!emails(app, id).await.contains(&OWNER.to_owned()), "an account is not made a member unasked");
        let list = developer.get("/organizations").await.html;
        let rest = list.split_once("action=\"/invitations/").expect("an invitation").1;
        let path = format!("/invitations/{}", rest.split_once('"').expect("an end").0);
        assert_eq!(app.browser(STRANGER).await.post(&path, &[("answer", "accept")]).await.status, 404);
        let joined = developer.post(&path, &[("answer", "accept")]).await;
        assert_eq!(joined.location, format!("{page}?done=joined"));
        assert_eq!(developer.post(&path, &[("answer", "accept")]).await.status, 404, "once");
        assert_eq!(developer.get(&page).await.status, 200);
        assert!(developer.get("/organizations").await.html.contains(&page), "it can be found");
        assert!(!developer.get(&overview).await.html.contains("in no workspace"));

        let shown = customer.get(&page).await.html;
        assert!(shown.contains(">Service<") && shown.contains("Reads") && !shown.contains("No access now"), "{shown}");
        assert!(shown.contains("1 other has named a member as API user, without access</summary>"), "{shown}");
        let removal = member(app, id, OWNER).await;
        assert!(shown.contains(&removal));
        let warned = customer.get(&removal).await.html;
        assert!(warned.contains("Nor will this application") && warned.contains("<strong>Service</strong>"));
        assert_eq!(customer.post(&removal, &[("how", "remove")]).await.location, format!("{page}?done=removed"));
        assert!(!customer.get(&page).await.html.contains(">Service<"));
        assert_eq!(developer.get(&page).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn members_look_owners_change_and_strangers_find_nothing() {
    on_each_engine(async |app: &TestApp| {
        let (_, id) = ground(app).await;
        let (owner, plain) = (app.browser(CUSTOMER).await, app.browser(VIEWER).await);
        let stranger = app.browser(STRANGER).await;
        let page = format!("/workspaces/{id}");
        let (of_owner, of_plain) = (member(app, id, CUSTOMER).await, member(app, id, VIEWER).await);
        invite(&owner, id, MAINTAINER).await;
        let open = workspaces::list_invitations(app.ctx(), id).await.expect("invitations").pop().expect("one").id;
        let withdraw = format!("{page}/invitations/{open}/withdraw");
        let before = emails(app, id).await;

        for path in [&page, &of_plain] {
            assert_eq!(stranger.get(path).await.status, 404, "{path}");
            assert_eq!(plain.get(path).await.status, 200, "{path}");
        }
        let shown = plain.get(&page).await.html;
        assert!(!shown.contains("Send invitation") && !shown.contains(&of_owner), "no button that would refuse");
        let promote = [("how", "role"), ("role", "owner")];
        for (browser, status) in [(&stranger, 404), (&plain, 403)] {
            assert_eq!(browser.post(&page, &[("name", "Mine")]).await.status, status);
            assert_eq!(invite(browser, id, "x@example.org").await.status, status);
            assert_eq!(browser.post(&withdraw, &[]).await.status, status);
            assert_eq!(browser.post(&of_owner, &[("how", "remove")]).await.status, status);
            assert_eq!(browser.post(&of_plain, &promote).await.status, status);
        }
        assert!(owner.get(&page).await.html.contains("The only owner cannot leave"));
        let kept = owner.get(&of_owner).await.html;
        assert!(kept.contains("You are the only owner") && !kept.contains("value=\"remove\""), "{kept}");
        let last = owner.post(&of_owner, &[("how", "remove")]).await;
        assert!(last.status == 422 && last.html.contains("make somebody else an owner first"));
        let last = owner.post(&of_owner, &[("how", "role"), ("role", "member")]).await;
        assert_eq!(last.status, 422);
        assert_eq!(emails(app, id).await, before, "nothing changed");
        assert_eq!(workspaces::get(app.ctx(), id).await.expect("there").name, "Research");

        assert_eq!(owner.post(&page, &[("name", "")]).await.status, 422);
        assert_eq!(owner.post(&page, &[("name", "Design")]).await.location, format!("{page}?done=saved"));
        let again = invite(&owner, id, MAINTAINER).await;
        assert!(
            again.location.starts_with(&format!("{page}?done=invited&replaced=member&sent=")),
            "{}",
            again.location
        );
        let told = owner.get(&again.location).await.html;
        assert!(told.contains("It replaces the invitation as member of 22 November 2026."), "{told}");
        assert_eq!(owner.post(&withdraw, &[]).await.status, 404, "replaced");
        assert_eq!(owner.post(&of_plain, &promote).await.status, 303);
        assert_eq!(owner.post(&of_owner, &[("how", "remove")]).await.location, "/organizations?done=left");
        assert_eq!(emails(app, id).await, [VIEWER]);
        let alone = plain.get(&of_plain).await.html;
        assert!(alone.contains("value=\"remove\"") && !alone.contains("value=\"role\""), "{alone}");
    })
    .await;
}

#[tokio::test]
async fn inviting_tells_nothing_about_accounts() {
    on_each_engine(async |app: &TestApp| {
        let (_, id) = ground(app).await;
        let owner = app.browser(CUSTOMER).await;
        let mut seen = Vec::new();
        for email in [STRANGER, "other@example.org"] {
            let sent = invite(&owner, id, email).await;
            assert_eq!(sent.status, 303);
            let page = owner.get(&sent.location).await.html;
            let open = workspaces::list_invitations(app.ctx(), id).await.expect("invitations").pop().expect("one").id;
            seen.push(page.replace(email, "ADDRESS").replace(&open.to_string(), "ID"));
            workspaces::withdraw_invitation(app.ctx(), &TestApp::actor(), id, open).await.expect("withdrawn");
        }
        assert_eq!(seen[0], seen[1]);
        app.run_jobs_now().await;
        let mails = app.mails();
        let to = |address: &str| mails.iter().rfind(|mail| mail.contains(&format!("To: {address}"))).expect("a mail");
        assert!(to(STRANGER).contains("/organizations") && to("other@example.org").contains("/sign-up"));
    })
    .await;
}
