//! Secrets on their pages: shown once, and on no other page.

use std::collections::BTreeSet;

use gatehouse_core::id::ApplicationId;
use gatehouse_server::actions::client_secrets;
use gatehouse_store::testing::dump;

use super::{MAINTAINER, OWNER, people};
use crate::support::browser::{Browser, Page};
use crate::support::{TestApp, on_each_engine};

/// The secret that a page shows.
fn shown(page: &Page) -> String {
    let at = page.html.find("gh_cs_").unwrap_or_else(|| panic!("no secret: {}", page.html));
    page.html[at..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().expect("a word").to_owned()
}

async fn every_page(browser: &Browser<'_>, id: ApplicationId) -> String {
    let mut all = String::new();
    for path in ["", "/secrets", "/secrets/collect", "/access", "/usage", "/settings"] {
        all.push_str(&browser.get(&format!("/applications/{id}{path}")).await.html);
    }
    all + &browser.get("/applications").await.html
}

async fn token(app: &TestApp, client_id: &str, secret: &str) -> u16 {
    let form = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
    app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn an_approved_secret_is_collected_once() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let id = world.service.id;
        client_secrets::open_slot(app.ctx(), &TestApp::actor(), id).await.expect("a slot");
        let (owner, maintainer) = (app.browser(OWNER).await, app.browser(MAINTAINER).await);
        assert!(owner.get(&format!("/applications/{id}")).await.html.contains("collect the client secret"));
        let path = format!("/applications/{id}/secrets/collect");
        let (asked, again) = (maintainer.get(&path).await, maintainer.get(&path).await);
        assert!(asked.html.contains("Show the secret once") && again.html.contains("Show the secret once"));
        let slot = asked.field("slot");

        let page = maintainer.post(&path, &[("slot", &slot)]).await;
        assert_eq!((page.status, page.headers["cache-control"].to_str().expect("text")), (200, "no-store"));
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        let secret = shown(&page);
        for line in [
            format!("TOKEN_URL={}/oauth2/default/v1/token", app.base),
            format!("API_URL={}", app.base),
            format!("CLIENT_ID={}", world.service.client_id),
            format!("CLIENT_SECRET={secret}"),
        ] {
            assert!(page.html.contains(&line), "{line}: {}", page.html);
        }
        assert!(page.html.contains("client_secret=$CLIENT_SECRET"), "the commands read it from the environment");
        assert_eq!(page.html.matches(&secret).count(), 2, "the field and the .env block");
        assert_eq!(token(app, &world.service.client_id, &secret).await, 200);

        for browser in [&maintainer, &owner] {
            let reload = browser.post(&path, &[("slot", &slot)]).await;
            assert_eq!(reload.status, 409);
            assert!(reload.html.contains("Max collected it on") && !reload.html.contains("gh_cs_"), "{}", reload.html);
            let pages = every_page(browser, id).await;
            assert!(!pages.contains("gh_cs_") && pages.contains("Max collected it on"));
        }
        assert_eq!(client_secrets::list(app.ctx(), &TestApp::actor(), id).await.expect("secrets").len(), 2);
        app.run_jobs_now().await;
        let tables = dump(&app.ctx().db, &["audit_events", "audit_personal", "outbox", "notifications"]).await;
        assert!(!tables.contains(&secret) && !app.mails().concat().contains(&secret));
    })
    .await;
}

#[tokio::test]
async fn a_slot_lapses_and_another_secret_is_generated() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let id = world.service.id;
        let revocation = client_secrets::Revocation { last_active: true, ..client_secrets::Revocation::default() };
        let first = (id, world.service.secret_id);
        client_secrets::revoke(app.ctx(), &TestApp::actor(), first, revocation).await.expect("revoked");
        client_secrets::open_slot(app.ctx(), &TestApp::actor(), id).await.expect("a slot");
        let path = format!("/applications/{id}/secrets/collect");
        let slot = app.browser(OWNER).await.get(&path).await.field("slot");
        app.advance(std::time::Duration::from_secs(72 * 3_600));
        let owner = app.browser(OWNER).await;
        let page = owner.post(&path, &[("slot", &slot)]).await;
        assert_eq!(page.status, 409);
        assert!(page.html.contains("was not collected in time") && !page.html.contains("gh_cs_"));
        // What the first run notices, the second delivers.
        app.run_jobs_now().await;
        app.run_jobs_now().await;
        assert!(app.mails().concat().contains("was not collected"), "the owners are told");

        let path = format!("/applications/{id}/secrets");
        let form = owner.get(&path).await;
        assert!(form.html.contains("was not collected in time"));
        let newest = form.field("newest");
        let fields = [("name", "second"), ("expires_in_days", "90"), ("newest", newest.as_str())];
        let page = owner.post(&path, &fields).await;
        assert!(!page.html.contains("has another secret in use"), "the first is gone: {}", page.html);
        assert_eq!((page.status, &page.headers["cache-control"]), (200, &"no-store".parse().expect("a value")));
        assert_eq!(token(app, &world.service.client_id, &shown(&page)).await, 200);
        let reload = owner.post(&path, &fields).await;
        assert_eq!(reload.status, 409, "a form that is sent twice makes one secret");
        assert!(!reload.html.contains("gh_cs_"));
        let newest = owner.get(&path).await.field("newest");
        let another = owner.post(&path, &[("name", ""), ("expires_in_days", ""), ("newest", newest.as_str())]).await;
        assert!(another.html.contains("has another secret in use"), "{}", another.html);
        assert!(another.html.contains(&format!("href=\"{path}\">I have stored the secret</a>")), "where it is retired");
        let names = client_secrets::list(app.ctx(), &TestApp::actor(), id).await.expect("secrets");
        let names: BTreeSet<_> = names.into_iter().map(|secret| secret.name).collect();
        assert_eq!(names, ["default", "default 2", "second"].map(str::to_owned).into(), "each is told apart");
        assert!(!every_page(&owner, id).await.contains("gh_cs_"));
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field() {
    let app = TestApp::sqlite().await;
    let world = people(&app).await;
    let owner = app.browser(OWNER).await;
    let path = format!("/applications/{}/secrets", world.service.id);
    let newest = owner.get(&path).await.field("newest");
    let name = "x".repeat(101);
    let fields = [("name", name.as_str()), ("expires_in_days", "30"), ("newest", newest.as_str())];
    let page = owner.post(&path, &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.html.contains("href=\"#name\"") && page.html.contains(&format!("value=\"{name}\"")));
    assert!(page.html.contains("<option value=\"30\" selected>") && page.field("newest") == newest);
    let odd = owner.post(&path, &[("expires_in_days", "3000000000000000000000"), ("newest", &newest)]).await;
    assert_eq!(odd.status, 422);
}

#[tokio::test]
async fn secrets_end_in_the_way_that_is_chosen() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let id = world.service.id;
        let owner = app.browser(OWNER).await;
        let path = |secret: &str| format!("/applications/{id}/secrets/{secret}");
        let first = path(&world.service.secret_id.to_string());
        assert!(owner.get(&first).await.html.contains("This is the last active secret."));
        let kept = owner.post(&first, &[("how", "revoke")]).await;
        assert_eq!(kept.status, 409);
        assert!(kept.html.contains("without it the application gets no tokens"), "{}", kept.html);
        assert_eq!(token(app, &world.service.client_id, world.service.secret.expose()).await, 200);

        let list = format!("/applications/{id}/secrets");
        let newest = owner.get(&list).await.field("newest");
        let second = shown(&owner.post(&list, &[("name", "second"), ("newest", &newest)]).await);
        let retired = owner.post(&first, &[("how", "retire"), ("grace", "3600")]).await;
        assert_eq!((retired.status, retired.location.as_str()), (303, format!("{list}?done=retired").as_str()));
        assert!(owner.get(&retired.location).await.html.contains("The secret retires"));
        assert_eq!(token(app, &world.service.client_id, world.service.secret.expose()).await, 200, "in its grace");
        assert_eq!(owner.post(&first, &[("how", "retire"), ("grace", "3600")]).await.status, 409);

        let all = client_secrets::list(app.ctx(), &TestApp::actor(), id).await.expect("secrets");
        let second_path = path(&all[1].id.to_string());
        let ended = owner.post(&second_path, &[("how", "compromised")]).await;
        assert_eq!((ended.status, ended.location), (303, format!("{list}?done=compromised")));
        assert_eq!(token(app, &world.service.client_id, &second).await, 401);
        assert!(owner.get(&second_path).await.html.contains("has ended and cannot come back"));
        app.run_jobs_now().await;
        assert!(app.mails().concat().contains("as compromised"), "the owners are told");
        assert_eq!(owner.post(&second_path, &[("how", "smash")]).await.status, 400);
        let other = path(&world.other.secret_id.to_string());
        assert_eq!(owner.get(&other).await.status, 404, "of another application");
        assert_eq!(owner.post(&other, &[("how", "revoke")]).await.status, 404);
    })
    .await;
}
