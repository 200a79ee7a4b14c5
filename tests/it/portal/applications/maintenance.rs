//! Settings, API user, access, deletion.

use gatehouse_server::actions::applications::{self, ApplicationChange};
use gatehouse_server::actions::entitlements;
use serde_json::json;

use super::{MAINTAINER, OWNER, people};
use crate::support::customer::{Customer, REDIRECT_URI};
use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

const HOSTILE: &str = "</textarea>\"'><script>alert(1)</script>";

#[tokio::test]
async fn settings_are_saved_and_errors_keep_what_was_typed() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let organization = super::organization(app, world.service.id).await;
        let new = json!({"organization_id": organization, "name": "Shop", "type": "web",
            "redirect_uris": ["https://shop.example.com/cb"]});
        let id = applications::create(app.ctx(), &TestApp::actor(), input(new)).await.expect("made").id;
        let maintainer = app.browser(MAINTAINER).await;
        let path = format!("/applications/{id}/settings");
        let form = maintainer.get(&path).await.html;
        assert!(form.contains("value=\"Shop\"") && form.contains("\nhttps://shop.example.com/cb</textarea>"), "{form}");

        let uris = "https://shop.example.com/cb\r\n\r\nhttps://*.example.com/cb\r\nhttp://shop.example.com/x";
        let wrong = [
            ("name", ""),
            ("description", HOSTILE),
            ("homepage", "ftp://x"),
            ("contacts", "ann@example.com\nnobody"),
            ("redirect_uris", uris),
            ("backchannel_logout_uri", "http://shop.example.com/out"),
        ];
        let page = maintainer.post(&path, &wrong).await;
        assert_eq!(page.status, 422);
        for field in ["name", "homepage", "contacts", "redirect_uris", "backchannel_logout_uri"] {
            assert!(page.html.contains(&format!("href=\"#{field}\"")), "{field}: {}", page.html);
            assert!(page.html.contains(&format!("id=\"{field}-error\"")), "{field}");
        }
        assert!(page.html.contains("Line 2: ") && page.html.contains("Line 3: "), "{}", page.html);
        assert!(!page.html.contains("<script>alert") && page.html.contains("&#60;script&#62;alert(1)"));
        assert!(page.html.contains("https://*.example.com/cb") && page.html.contains("value=\"ftp://x\""));

        let right = [
            ("name", "Shop 2"),
            ("description", "One\r\nTwo"),
            ("homepage", "https://shop.example.com"),
            ("contacts", "ann@example.com\r\nbob@example.com"),
            ("redirect_uris", "https://shop.example.com/cb\r\nhttps://shop.example.com/other"),
            ("post_logout_redirect_uris", "https://shop.example.com/bye"),
            ("backchannel_logout_uri", "https://shop.example.com/backchannel"),
        ];
        let saved = maintainer.post(&path, &right).await;
        assert_eq!((saved.status, saved.location.as_str()), (303, format!("{path}?done=saved").as_str()));
        assert!(maintainer.get(&saved.location).await.html.contains("The changes are saved."));
        let stored = applications::find(app.ctx(), &TestApp::actor(), id).await.expect("there");
        assert_eq!((stored.name.as_str(), stored.description.as_deref()), ("Shop 2", Some("One\nTwo")));
        assert_eq!(stored.redirect_uris, ["https://shop.example.com/cb", "https://shop.example.com/other"]);
        assert_eq!((stored.contacts.len(), stored.logo_url), (2, None));
        assert_eq!(stored.backchannel_logout_uri.as_deref(), Some("https://shop.example.com/backchannel"));
    })
    .await;
}

#[tokio::test]
async fn a_hostile_name_is_only_text() {
    let app = TestApp::sqlite().await;
    let world = people(&app).await;
    let change = ApplicationChange { name: Some(HOSTILE.to_owned()), ..ApplicationChange::default() };
    applications::change(app.ctx(), &TestApp::actor(), world.service.id, change).await.expect("changed");
    let owner = app.browser(OWNER).await;
    for path in ["", "/secrets", "/access", "/usage", "/settings", "/delete", "/access/results/give-up"] {
        let page = owner.get(&format!("/applications/{}{path}", world.service.id)).await;
        assert!(!page.html.contains("<script>alert") && page.html.contains("alert(1)"), "{path}");
    }
    let list = owner.get("/applications?q=%3Cscript%3E%22").await.html;
    assert!(!list.contains("<script>alert") && list.contains("value=\"&#60;script&#62;&#34;\""), "{list}");
}

#[tokio::test]
async fn the_api_user_of_what_was_approved_stays_until_another_is_approved() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let maintainer = app.browser(MAINTAINER).await;
        let stored = async |id| applications::find(app.ctx(), &TestApp::actor(), id).await.expect("there").api_user_id;
        let approved = stored(world.service.id).await;
        let page = maintainer.get(&format!("/applications/{}/settings", world.service.id)).await.html;
        assert!(page.contains("A change of the API user is reviewed.") && page.contains("Propose API user</button>"));
        let path = format!("/applications/{}/api-user", world.service.id);
        let proposed = maintainer.post(&path, &[("api_user", "")]).await;
        assert_eq!((proposed.status, stored(world.service.id).await), (303, approved));
        let page = maintainer.get(&proposed.location).await.html;
        assert!(page.contains("The new API user waits for a review") && page.contains("Nobody</code>"), "{page}");
        let present = approved.expect("one").to_string();
        let same = maintainer.post(&path, &[("api_user", &present)]).await;
        assert!(maintainer.get(&same.location).await.html.contains("Nothing was changed"), "it is set already");

        let path = format!("/applications/{}/api-user", world.other.id);
        let unknown = maintainer.post(&path, &[("api_user", "stranger@example.org")]).await;
        assert_eq!(unknown.status, 422, "of another organization");
        assert!(unknown.html.contains("href=\"#api_user\""));
        let set = maintainer.post(&path, &[("api_user", MAINTAINER)]).await;
        assert_eq!(set.status, 303);
        assert_ne!(stored(world.other.id).await, approved);
        assert!(maintainer.get(&set.location).await.html.contains("The API user is set."));
    })
    .await;
}

#[tokio::test]
async fn what_waits_stays_in_its_field() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let customer = Customer::web(app, &world).await;
        let (id, maintainer) = (customer.id, app.browser(MAINTAINER).await);
        let path = format!("/applications/{id}/settings");
        let change = |uris: &str, reference: &str| {
            let fields = [("name", "Web"), ("redirect_uris", uris), ("redirect_uris_change", reference)];
            fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let save = async |fields: [(String, String); 3]| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let saved = maintainer.post(&path, &fields).await;
            assert_eq!(saved.status, 303, "{}", saved.html);
            maintainer.get(&saved.location).await
        };
        let [first, second] = ["https://one.example/cb", "https://two.example/cb"];
        let page = save(change(&format!("{REDIRECT_URI}\n{first}"), "")).await;
        assert!(page.html.contains("New URIs wait for a review") && page.html.contains("The fields show what"));
        let waits = page.field("redirect_uris_change");
        assert!(page.html.contains(&format!("{REDIRECT_URI}\n{first}</textarea>")), "{}", page.html);

        let page = save(change(&format!("{REDIRECT_URI}\n{first}\n{second}"), &waits)).await;
        let newer = page.field("redirect_uris_change");
        assert_ne!(newer, waits, "the newer one has all of it");
        assert!(page.html.contains(&format!("{first}\n{second}</textarea>")), "{}", page.html);

        let page = save(change(&format!("{REDIRECT_URI}\n{first}\n{second}"), &newer)).await;
        assert_eq!(page.field("redirect_uris_change"), newer, "nothing new, nothing replaced");

        let page = save(change(REDIRECT_URI, &newer)).await;
        assert!(page.html.contains("waits no more") && !page.html.contains("id=\"waits\""), "{}", page.html);
        let stored = applications::find(app.ctx(), &TestApp::actor(), id).await.expect("there");
        assert_eq!(stored.redirect_uris, [REDIRECT_URI]);
    })
    .await;
}

#[tokio::test]
async fn access_is_seen_and_given_up() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let id = world.service.id;
        let owner = app.browser(OWNER).await;
        let access = owner.get(&format!("/applications/{id}/access")).await.html;
        assert!(access.contains("public_api.read") && access.contains("calls per minute"), "{access}");
        assert!(access.contains(&format!("/apis/results/request?application={id}")));
        let path = format!("/applications/{id}/access/results/give-up");
        let asked = owner.get(&path).await.html;
        assert_eq!(asked.matches("type=\"checkbox\" name=\"scopes\"").count(), 2, "{asked}");
        assert_eq!(asked.matches(" checked").count(), 2, "everything, unless it is kept: {asked}");
        let none = owner.post(&path, &[]).await;
        assert!(none.status == 422 && none.html.contains("Choose at least one scope"), "{}", none.html);
        let unknown = owner.post(&path, &[("scopes", "nobody:knows")]).await;
        assert_eq!(unknown.status, 422);
        let scopes = async || {
            let held = entitlements::list(app.ctx(), &TestApp::actor(), id).await.expect("entitlements");
            held[0].effective_scopes(app.ctx().now()).map(str::to_owned).collect::<Vec<_>>()
        };
        let done = owner.post(&path, &[("scopes", "studies:read")]).await;
        assert_eq!((done.status, done.location), (303, format!("/applications/{id}/access?done=given-up")));
        assert_eq!(scopes().await, ["public_api.read"], "the other is kept");
        assert_eq!(owner.post(&path, &[("scopes", "public_api.read")]).await.status, 303);
        assert!(owner.get(&path).await.html.contains("Nothing of it is in use now."));
        let held = entitlements::list(app.ctx(), &TestApp::actor(), id).await.expect("entitlements");
        assert_eq!(held[0].effective_scopes(app.ctx().now()).count(), 0);
        assert!(owner.get(&format!("/applications/{id}/access")).await.html.contains("Given up or revoked"));
        assert_eq!(owner.get(&format!("/applications/{id}/access/nothing/give-up")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn deletion_takes_the_name() {
    let app = TestApp::sqlite().await;
    let world = people(&app).await;
    let owner = app.browser(OWNER).await;
    let path = format!("/applications/{}/delete", world.service.id);
    for name in ["", "service", "Service 2", HOSTILE] {
        let page = owner.post(&path, &[("name", name)]).await;
        assert_eq!(page.status, 422, "{name}");
        assert!(page.html.contains("exactly as it stands above") && !page.html.contains("<script>alert"));
    }
    let gone = owner.post(&path, &[("name", "Service")]).await;
    assert_eq!((gone.status, gone.location.as_str()), (303, "/applications?done=deleted"));
    assert!(owner.get(&gone.location).await.html.contains("The application was deleted."));
    assert_eq!(owner.get(&path).await.status, 404);
}
