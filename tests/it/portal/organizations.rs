//! `/organizations`: seen, changed and attacked from outside; invitations by e-mail address.

use std::time::Duration;

use gatehouse_core::id::OrganizationId;
use gatehouse_core::identity::organization_invitation::INVITATION_LIFETIME;
use gatehouse_server::actions::organizations::{self as actions, NewOrganizationInvitation};
use gatehouse_server::actions::{ActionError, invitations, users};
use serde_json::json;

use super::applications::{MAINTAINER, OWNER, STRANGER, VIEWER, organization, people};
use crate::support::browser::{Browser, Page};
use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

const NEW: &str = "new@example.org";

async fn ground(app: &TestApp) -> OrganizationId {
    let world = people(app).await;
    organization(app, world.service.id).await
}

async fn user(app: &TestApp, email: &str, verified: bool) -> String {
    let input = input(json!({"email": email, "name": "Newt", "email_verified": verified}));
    users::create(app.ctx(), &TestApp::actor(), input).await.expect("a user").id.to_string()
}

async fn invite(browser: &Browser<'_>, id: OrganizationId, email: &str, role: &str) -> Page {
    browser.post(&format!("/organizations/{id}/invitations"), &[("email", email), ("role", role)]).await
}

/// The address of the form that answers the only invitation.
fn answer(page: &Page) -> String {
    let rest = page.html.split_once("action=\"/invitations/").expect("an invitation").1;
    format!("/invitations/{}", rest.split_once('"').expect("an end").0)
}

async fn roles(app: &TestApp, id: OrganizationId) -> Vec<(String, String)> {
    let members = actions::list_members(app.ctx(), id).await.expect("members");
    members.iter().map(|of| (of.user.email.as_typed().to_owned(), of.member.role.to_string())).collect()
}

#[tokio::test]
async fn whoever_has_the_address_accepts() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        let owner = app.browser(OWNER).await;
        let sent = invite(&owner, id, "New@Example.org", "maintainer").await;
        assert_eq!((sent.status, sent.location.as_str()), (303, &*format!("/organizations/{id}?done=invited")));
        assert!(owner.get(&sent.location).await.html.contains("New@Example.org"));
        app.run_jobs_now().await;
        let mail = app.mails().pop().expect("a mail");
        assert!(mail.contains("To: New@Example.org") && mail.contains("/sign-up"), "{mail}");
        assert!(mail.contains("Owner (owner@example.com)") && mail.contains("Organization"), "{mail}");

        let newt = user(app, NEW, false).await;
        let browser = app.browser(NEW).await;
        let claimed = browser.get("/organizations").await;
        assert!(!claimed.html.contains("/invitations/"), "an address that is only claimed gets nothing");
        let open = actions::list_invitations(app.ctx(), id).await.expect("invitations").pop().expect("one").id;
        let path = format!("/invitations/{open}");
        assert_eq!(browser.post(&path, &[("answer", "accept")]).await.status, 404);

        users::verify_email(app.ctx(), &TestApp::actor(), newt.parse().expect("an id")).await.expect("verified");
        assert!(browser.get("/").await.html.contains("Read the invitation"), "the front page says so");
        assert_eq!(answer(&browser.get("/organizations").await), path);
        assert_eq!(browser.get(&format!("/organizations/{id}")).await.status, 404, "not before it is accepted");
        let joined = browser.post(&path, &[("answer", "accept")]).await;
        assert_eq!((joined.status, joined.location.as_str()), (303, &*format!("/organizations/{id}?done=joined")));
        assert_eq!(browser.get(&joined.location).await.status, 200);
        assert!(roles(app, id).await.contains(&(NEW.to_owned(), "maintainer".to_owned())));
        assert_eq!(browser.post(&path, &[("answer", "accept")]).await.status, 404, "once");

        let again = invite(&owner, id, NEW, "viewer").await;
        assert_eq!(again.status, 422);
        assert!(again.html.contains("is a member already") && again.html.contains(NEW), "what was typed stays");
    })
    .await;
}

#[tokio::test]
async fn inviting_tells_nothing_about_accounts() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        let owner = app.browser(OWNER).await;
        user(app, "known@example.org", true).await;
        let mut seen = Vec::new();
        for email in ["known@example.org", "other@example.org"] {
            let sent = invite(&owner, id, email, "viewer").await;
            assert_eq!(sent.status, 303);
            let page = owner.get(&sent.location).await.html;
            let open = actions::list_invitations(app.ctx(), id).await.expect("invitations").pop().expect("one");
            seen.push(page.replace(email, "ADDRESS").replace(&open.id.to_string(), "ID"));
            actions::withdraw_invitation(app.ctx(), &TestApp::actor(), (id, open.id)).await.expect("withdrawn");
        }
        assert_eq!(seen[0], seen[1]);
        app.run_jobs_now().await;
        let mails = app.mails();
        let to = |address: &str| mails.iter().rfind(|mail| mail.contains(&format!("To: {address}"))).expect("a mail");
        assert!(to("known@example.org").contains("/organizations") && to("other@example.org").contains("/sign-up"));
    })
    .await;
}

#[tokio::test]
async fn invitations_of_others_and_of_yesterday_are_none() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        let (owner, stranger) = (app.browser(OWNER).await, app.browser(STRANGER).await);
        user(app, NEW, true).await;
        let browser = app.browser(NEW).await;
        let before = roles(app, id).await;

        invite(&owner, id, NEW, "owner").await;
        let path = answer(&browser.get("/organizations").await);
        for answer in ["accept", "decline"] {
            assert_eq!(stranger.post(&path, &[("answer", answer)]).await.status, 404, "bound to another address");
        }
        assert_eq!(browser.post(&path, &[("answer", "")]).await.status, 422);
        assert_eq!(browser.post(&path, &[("answer", "decline")]).await.location, "/organizations?done=declined");
        assert_eq!(browser.post(&path, &[("answer", "accept")]).await.status, 404, "declined");

        invite(&owner, id, NEW, "viewer").await;
        let path = answer(&browser.get("/organizations").await);
        let open = path.replace("/invitations/", &format!("/organizations/{id}/invitations/")) + "/withdraw";
        assert_eq!(stranger.post(&open, &[]).await.status, 404);
        assert_eq!(owner.post(&open, &[]).await.status, 303);
        assert_eq!(owner.post(&open, &[]).await.status, 404);
        assert_eq!(browser.post(&path, &[("answer", "accept")]).await.status, 404, "taken back");

        invite(&owner, id, NEW, "viewer").await;
        let path = answer(&browser.get("/organizations").await);
        app.advance(INVITATION_LIFETIME + Duration::from_secs(1));
        // The session is over by then too.
        let (owner, browser) = (app.browser(OWNER).await, app.browser(NEW).await);
        assert_eq!(browser.post(&path, &[("answer", "accept")]).await.status, 404, "expired");
        assert!(owner.get(&format!("/organizations/{id}")).await.html.contains("Expired"));
        assert_eq!(roles(app, id).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_second_invitation_says_what_it_replaces() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        let owner = app.browser(OWNER).await;
        invite(&owner, id, NEW, "maintainer").await;
        app.advance(Duration::from_secs(60));
        let again = invite(&owner, id, "New@Example.org", "viewer").await;
        let told = owner.get(&again.location).await.html;
        assert!(told.contains("It replaces the invitation as maintainer of 22 November 2026."), "{told}");
        let open = actions::list_invitations(app.ctx(), id).await.expect("invitations");
        assert_eq!(open.iter().map(|open| open.role.as_str()).collect::<Vec<_>>(), ["viewer"]);
        app.advance(INVITATION_LIFETIME);
        let owner = app.browser(OWNER).await;
        let third = invite(&owner, id, NEW, "viewer").await.location;
        assert_eq!(third, format!("/organizations/{id}?done=invited"), "what was over is nothing to replace");
        for query in ["replaced=king&sent=1", "replaced=%3Cb%3E", "sent=-99999999999999999"] {
            let page = owner.get(&format!("/organizations/{id}?done=invited&{query}")).await;
            assert!(page.status == 200 && !page.html.contains("It replaces"), "{query}: {}", page.html);
        }
    })
    .await;
}

#[tokio::test]
async fn each_role_changes_what_is_its_own_to_change() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        let (owner, maintainer) = (app.browser(OWNER).await, app.browser(MAINTAINER).await);
        let (viewer, stranger) = (app.browser(VIEWER).await, app.browser(STRANGER).await);
        let members = actions::list_members(app.ctx(), id).await.expect("members");
        let member = |email: &str| {
            let of = members.iter().find(|of| of.user.email.as_typed() == email).expect("a member");
            format!("/organizations/{id}/members/{}", of.user.id)
        };
        let page = format!("/organizations/{id}");
        let before = roles(app, id).await;
        let (remove, promote) = ([("how", "remove")], [("how", "role"), ("role", "owner")]);

        assert_eq!(stranger.get(&page).await.status, 404);
        assert_eq!(stranger.get(&member(OWNER)).await.status, 404);
        assert_eq!(stranger.post(&page, &[("name", "Mine")]).await.status, 404);
        assert_eq!(stranger.post(&member(VIEWER), &remove).await.status, 404);
        assert_eq!(invite(&stranger, id, NEW, "viewer").await.status, 404);
        for browser in [&viewer, &maintainer] {
            assert_eq!(browser.post(&page, &[("name", "Mine")]).await.status, 403);
            assert_eq!(browser.post(&member(OWNER), &remove).await.status, 403);
            assert_eq!(browser.post(&member(OWNER), &[("how", "role"), ("role", "viewer")]).await.status, 403);
            assert_eq!(browser.post(&member(VIEWER), &promote).await.status, 403);
            assert_eq!(invite(browser, id, NEW, "owner").await.status, 403);
        }
        assert_eq!(viewer.post(&member(MAINTAINER), &remove).await.status, 403);
        assert_eq!(invite(&viewer, id, NEW, "viewer").await.status, 403);
        let shown = viewer.get(&page).await;
        assert!(shown.status == 200 && !shown.html.contains("Send invitation"), "no button that would refuse");
        assert!(owner.get(&page).await.html.contains("The only owner cannot leave"));
        assert!(!viewer.get(&page).await.html.contains("The only owner cannot leave"), "that is the owner's to know");
        let kept = owner.get(&member(OWNER)).await.html;
        assert!(kept.contains("You are the only owner") && !kept.contains("<button class=\"danger\""), "{kept}");
        let last = owner.post(&member(OWNER), &remove).await;
        assert!(last.status == 422 && last.html.contains("make somebody else an owner first"));
        assert_eq!(roles(app, id).await, before, "nothing changed");
        assert_eq!(actions::list_invitations(app.ctx(), id).await.expect("none"), []);

        assert_eq!(invite(&maintainer, id, NEW, "viewer").await.status, 303);
        assert_eq!(maintainer.post(&member(VIEWER), &[("how", "role"), ("role", "maintainer")]).await.status, 303);
        assert_eq!(owner.post(&member(MAINTAINER), &promote).await.status, 303);
        assert_eq!(owner.post(&member(OWNER), &remove).await.location, "/organizations?done=left");
        assert_eq!(owner.get(&page).await.status, 404, "left");
        let mut after = roles(app, id).await;
        after.sort();
        let expected = [(MAINTAINER, "owner"), (VIEWER, "maintainer")];
        assert_eq!(after, expected.map(|(who, role)| (who.to_owned(), role.to_owned())));
    })
    .await;
}

#[tokio::test]
async fn whoever_makes_one_owns_it() {
    on_each_engine(async |app: &TestApp| {
        user(app, NEW, false).await;
        let browser = app.browser(NEW).await;
        let form = [("name", "Newt & Co"), ("homepage", "https://newt.example.org")];
        assert!(!browser.get("/organizations").await.html.contains("/organizations/new"), "verify first");
        assert!(browser.get("/organizations/new").await.html.contains("Verify your e-mail address first"));
        assert_eq!(browser.post("/organizations/new", &form).await.status, 403);

        let newt = users::get_by_ref(app.ctx(), NEW).await.expect("a user").id;
        users::verify_email(app.ctx(), &TestApp::actor(), newt).await.expect("verified");
        assert!(browser.get("/organizations").await.html.contains("/organizations/new"));
        let wrong = browser.post("/organizations/new", &[("name", "Newt & Co"), ("homepage", "nowhere")]).await;
        assert!(wrong.status == 422 && wrong.html.contains("value=\"Newt &#38; Co\""), "{}", wrong.html);
        let made = browser.post("/organizations/new", &form).await;
        assert!(made.status == 303 && made.location.ends_with("?done=made"), "{}", made.location);
        let page = browser.get(&made.location).await;
        assert!(page.status == 200 && page.html.contains("Send invitation"), "an owner invites: {}", page.html);
        assert!(browser.get("/organizations").await.html.contains("Newt &#38; Co"));
    })
    .await;
}

#[tokio::test]
async fn members_are_told_what_others_change() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        let owner = app.browser(OWNER).await;
        let members = actions::list_members(app.ctx(), id).await.expect("members");
        let member = |email: &str| {
            let of = members.iter().find(|of| of.user.email.as_typed() == email).expect("a member");
            format!("/organizations/{id}/members/{}", of.user.id)
        };
        let to = async |email: &str, subject: &str| {
            app.run_jobs_now().await;
            let to = format!("To: {email}");
            app.mails().into_iter().filter(|mail| mail.contains(&to) && mail.contains(subject)).collect::<Vec<_>>()
        };
        let role = |role| [("how", "role"), ("role", role)];
        assert_eq!(owner.post(&member(VIEWER), &role("viewer")).await.status, 303, "as it was");
        assert!(to(VIEWER, "Your role").await.is_empty());
        assert_eq!(owner.post(&member(VIEWER), &role("owner")).await.status, 303);
        let mail = to(VIEWER, "Your role in Organization is owner now").await.pop().expect("a mail");
        assert!(mail.contains("Owner (owner@example.com)") && mail.contains(&format!("/organizations/{id}")), "{mail}");
        assert_eq!(owner.post(&member(VIEWER), &[("how", "remove")]).await.status, 303);
        let mail = to(VIEWER, "You are no longer a member of Organization").await.pop().expect("a mail");
        assert!(mail.contains("removed you from the organization Organization"), "{mail}");

        let maintainer = app.browser(MAINTAINER).await;
        assert_eq!(
            maintainer.post(&member(MAINTAINER), &[("how", "remove")]).await.location,
            "/organizations?done=left"
        );
        assert!(to(MAINTAINER, "no longer a member").await.is_empty(), "who leaves knows");
    })
    .await;
}

#[tokio::test]
async fn name_and_homepage_are_the_owners() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        actions::verify(app.ctx(), &TestApp::actor(), id).await.expect("verified");
        let owner = app.browser(OWNER).await;
        let page = format!("/organizations/{id}");
        assert!(owner.get(&page).await.html.contains("Verified"));
        let wrong = owner.post(&page, &[("name", ""), ("homepage", "nowhere")]).await;
        assert!(wrong.status == 422 && wrong.html.contains("value=\"nowhere\""), "{}", wrong.html);
        let saved = owner.post(&page, &[("name", "Anew"), ("homepage", "https://example.com")]).await;
        assert_eq!(saved.location, format!("{page}?done=saved"));
        let shown = owner.get(&page).await.html;
        assert!(
            shown.contains("<h1>Anew</h1>") && shown.contains("https://example.com/") && !shown.contains("Verified")
        );
        let foreign = app.request("POST", &page).header("sec-fetch-site", "cross-site");
        let foreign = foreign.header("content-type", "application/x-www-form-urlencoded").body("name=Evil");
        assert_eq!(owner.send(foreign).await.status, 403);
        assert_eq!(actions::get(app.ctx(), id).await.expect("there").name, "Anew");
    })
    .await;
}

#[tokio::test]
async fn nobody_mails_the_world() {
    let app = TestApp::sqlite().await;
    let id = ground(&app).await;
    let owner = app.browser(OWNER).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(invite(&owner, id, NEW, "viewer").await.status);
    }
    assert_eq!(statuses, [303, 303, 303, 303, 303, 429], "one address");
    let one = |at: usize| NewOrganizationInvitation {
        email: format!("u{at}@example.org"),
        role: "viewer".parse().expect("a role"),
    };
    for at in 1..50 {
        actions::invite(app.ctx(), &TestApp::actor(), id, one(at)).await.expect("invited");
    }
    let more = actions::invite(app.ctx(), &TestApp::actor(), id, one(50)).await;
    assert!(matches!(more, Err(ActionError::Conflict { code: "too_many_invitations", .. })), "{more:?}");
    actions::invite(app.ctx(), &TestApp::actor(), id, one(49)).await.expect("one that is there is replaced");
}

#[tokio::test]
async fn fifty_acceptances_make_one_member() {
    on_each_engine(async |app: &TestApp| {
        let id = ground(app).await;
        let newt = user(app, NEW, true).await.parse().expect("an id");
        let new = NewOrganizationInvitation { email: NEW.to_owned(), role: "viewer".parse().expect("a role") };
        let invitation = actions::invite(app.ctx(), &TestApp::actor(), id, new).await.expect("invited").invitation.id;
        let accept = || {
            let ctx = app.ctx().clone();
            let kind = gatehouse_server::actions::ActorKind::User(newt);
            let actor = gatehouse_server::actions::Actor { kind, request_id: None, address: None };
            tokio::spawn(async move { invitations::accept(&ctx, &actor, invitation).await })
        };
        let tasks: Vec<_> = (0..50).map(|_| accept()).collect();
        let mut won = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(_) => won += 1,
                Err(ActionError::NotFound { .. } | ActionError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(roles(app, id).await.iter().filter(|(email, _)| email == NEW).count(), 1);
    })
    .await;
}
