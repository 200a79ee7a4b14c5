//! `/connected-applications` (`product.md`, journey 4).

use gatehouse_core::id::ConsentId;
use gatehouse_core::oauth::consent::Consent;
use gatehouse_server::actions::connected_applications as action;
use gatehouse_server::actions::entitlements::{ScopeChange, Transition, change_scopes};
use gatehouse_store::consents;
use gatehouse_store::db::{DbError, Tx};

use crate::support::customer::{Customer, EVERYTHING, call};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

/// As the consent page remembers it.
async fn remember(app: &TestApp, customer: &Customer) {
    let now = app.ctx().now();
    let consent = Consent {
        id: ConsentId::new(now, app.ctx().random()),
        server_id: "default".parse().expect("an id"),
        application_id: customer.application.id,
        user_id: customer.user_id,
        scopes: EVERYTHING.split(' ').map(str::to_owned).collect(),
        created_at: now,
        updated_at: now,
    };
    let saved: Result<(), DbError> =
        app.ctx().db.write(async move |tx: &mut Tx| consents::save(tx, &consent).await).await;
    saved.expect("is saved");
}

#[tokio::test]
async fn says_what_each_may_do_and_takes_it_back() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let browser = app.browser("customer@example.com").await;
        let page = browser.get("/connected-applications").await;
        assert!(page.html.contains("No application is connected"), "{}", page.html);

        remember(app, &customer).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        assert_ne!(call(app, &tokens).await, 401);
        let page = browser.get("/connected-applications").await;
        for text in [
            "<h2",
            ">Web</h2>",
            "By Organization",
            "<li>public_api.read<br>",
            "Read everything in this API",
            "See your e-mail address",
            "last used",
        ] {
            assert!(page.html.contains(text), "{text}: {}", page.html);
        }
        assert!(!page.html.contains("Not in force"), "{}", page.html);
        let address = format!("/connected-applications/{}/disconnect", customer.application.id);
        assert!(page.html.contains(&address));
        assert!(browser.get(&address).await.html.contains("Disconnect Web?"));

        for (transition, is_lost) in [(Transition::Suspend, true), (Transition::Resume, false)] {
            let (of, all) = ((customer.application.id, "results".to_owned()), ScopeChange::default());
            change_scopes(app.ctx(), &TestApp::actor(), of, transition, all).await.expect("is changed");
            let html = browser.get("/connected-applications").await.html;
            assert_eq!(html.contains("Not in force"), is_lost, "{html}");
        }
        app.poll_changes_now().await;

        let stranger = app.browser("owner@example.com").await;
        assert_eq!(stranger.get(&address).await.status, 404);
        assert_eq!(stranger.post(&address, &[]).await.status, 404, "nobody disconnects for others");
        let foreign = app.request("POST", &address).header("sec-fetch-site", "cross-site");
        assert_eq!(browser.send(foreign).await.status, 403, "another site's form");
        assert_ne!(call(app, &tokens).await, 401);

        let done = browser.post(&address, &[]).await;
        let list = |done| format!("/connected-applications?done={done}&application={}", customer.application.id);
        assert_eq!((done.status, done.location.as_str()), (303, list("disconnected").as_str()));
        assert_eq!(call(app, &tokens).await, 401, "access tokens at once");
        assert_eq!(customer.refresh(app, &tokens["refresh_token"]).await.0, 400, "refresh tokens at once");
        let (user, application) = (customer.user_id, customer.application.id);
        let kept = app.ctx().db.read(async move |tx: &mut Tx| consents::find(tx, user, application, "default").await);
        assert_eq!(kept.await.expect("is read"), None, "it has to ask again");
        let page = browser.get(&done.location).await;
        assert!(page.html.contains("Web is disconnected."), "{}", page.html);
        assert!(page.html.contains("No application is connected"));
        for again in [browser.post(&address, &[]).await, browser.get(&address).await] {
            assert_eq!((again.status, again.location.as_str()), (303, list("before").as_str()), "{}", again.html);
        }
        assert!(browser.get(&list("before")).await.html.contains("Web was disconnected already."));
        assert!(!stranger.get(&list("before")).await.html.contains("Web was"), "no names for others");
        let left = action::list(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("a list");
        assert!(left.is_empty());
    })
    .await;
}
