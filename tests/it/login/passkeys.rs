//! Passkeys: adding, signing in, stepping up, removing; and what must not work.

use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_server::actions::{sessions, users};
use gatehouse_store::testing::TestDb;

use super::{PASSWORD, person};
use crate::support::TestApp;
use crate::support::authenticator::{Asked, Authenticator, Fields};
use crate::support::browser::{Browser, Page};

/// Browsers allow passkeys at a host name only.
pub(super) async fn app(db: TestDb) -> TestApp {
    let app = TestApp::start_at(db, gatehouse_server::serve::Limits::default(), ["localhost"; 3]).await;
    person(&app, "ann@example.com").await;
    person(&app, "bob@example.com").await;
    app
}

pub(super) fn data(page: &Page, name: &str) -> String {
    let start = format!("data-{name}=\"");
    let rest = page.html.split_once(&start).unwrap_or_else(|| panic!("no {name}: {}", page.html)).1;
    rest.split_once('"').expect("an end").0.to_owned()
}

pub(super) fn origin(app: &TestApp) -> String {
    app.state.config.portal_url.clone()
}

pub(super) async fn send(
    browser: &Browser<'_>,
    path: &str,
    page: &Page,
    (answer, more): (Fields, &[(&str, &str)]),
) -> Page {
    let (ticket, token) = (page.field("ticket"), page.field("token"));
    let mut fields = vec![("ticket", ticket.as_str()), ("token", token.as_str())];
    fields.extend(answer.iter().map(|(name, value)| (*name, value.as_str())));
    fields.extend_from_slice(more);
    browser.post(path, &fields).await
}

/// A passkey of whoever is signed in.
async fn added(app: &TestApp, browser: &Browser<'_>, id: &str) -> Authenticator {
    let page = browser.get("/profile/passkeys").await;
    let device = Authenticator::new(id, &data(&page, "user"));
    let challenge = data(&page, "challenge");
    let answer = device.create(&Asked { challenge: &challenge, origin: &origin(app), site: "localhost" });
    let more = [("name", "Phone"), ("current_password", PASSWORD)];
    let done = send(browser, "/profile/passkeys", &page, (answer, &more)).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/profile/two-step?done=passkey-added"), "{}", done.html);
    device
}

pub(super) async fn sign_in(app: &TestApp, browser: &Browser<'_>, device: &mut Authenticator) -> Page {
    let page = browser.get("/sign-in?return_to=%2Fprofile").await;
    let challenge = data(&page, "challenge");
    let answer = device.get(&Asked { challenge: &challenge, origin: &origin(app), site: "localhost" });
    send(browser, "/sign-in/passkey", &page, (answer, &[("return_to", "/profile")])).await
}

async fn walk(app: &TestApp) {
    let (browser, other) = (Browser::new(app), Browser::new(app));
    browser.sign_in("ann@example.com", PASSWORD).await;
    other.sign_in("ann@example.com", PASSWORD).await;
    let before = browser.cookie("gatehouse");
    let mut device = added(app, &browser, "phone").await;
    assert_ne!(browser.cookie("gatehouse"), before);
    assert_eq!(other.get("/profile").await.status, 303, "others are signed out");

    let by_passkey = Browser::new(app);
    let done = sign_in(app, &by_passkey, &mut device).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/profile"), "{}", done.html);
    let known = sessions::authenticate(app.ctx(), &by_passkey.cookie("gatehouse")).await.expect("read").expect("live");
    assert_eq!(known.session.amr, [AuthenticationMethod::Passkey]);

    let page = browser.get("/sign-in?step_up=phr&return_to=%2Fprofile").await;
    assert!(!page.html.contains("current_password"), "a passkey alone: {}", page.html);
    let challenge = data(&page, "challenge");
    let answer = device.get(&Asked { challenge: &challenge, origin: &origin(app), site: "localhost" });
    let more = [("return_to", "/profile"), ("step_up", "phr")];
    assert_eq!(send(&browser, "/sign-in/passkey", &page, (answer, &more)).await.location, "/profile");
    let known = sessions::authenticate(app.ctx(), &browser.cookie("gatehouse")).await.expect("read").expect("live");
    assert_eq!(known.session.amr, [AuthenticationMethod::Passkey]);

    let list = browser.get("/profile/two-step").await.html;
    let path = list.split_once("/profile/passkeys/psk_").expect("one").1.split_once('"').expect("an end").0;
    let path = format!("/profile/passkeys/psk_{path}");
    assert_eq!(browser.post(&path, &[("current_password", "wrong")]).await.status, 422);
    let bob = Browser::new(app);
    bob.sign_in("bob@example.com", PASSWORD).await;
    assert_eq!(bob.post(&path, &[("current_password", PASSWORD)]).await.status, 404, "not bob's");
    let gone = browser.post(&path, &[("current_password", PASSWORD)]).await;
    assert_eq!(gone.location, "/profile/two-step?done=passkey-removed");
    assert_eq!(sign_in(app, &Browser::new(app), &mut device).await.status, 422);
}

#[tokio::test]
async fn from_adding_to_removing() {
    for db in [TestDb::sqlite().await, TestDb::postgres().await] {
        let app = app(db).await;
        walk(&app).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn attacks_on_signing_in_fail() {
    let app = app(TestDb::sqlite().await).await;
    let browser = Browser::new(&app);
    browser.sign_in("ann@example.com", PASSWORD).await;
    let mut device = added(&app, &browser, "phone").await;
    let ours = origin(&app);

    // Another origin, another site, another challenge.
    for (origin, site, challenge) in [
        ("http://localhost:1", "localhost", None),
        ("https://evil.example", "localhost", None),
        (ours.as_str(), "evil.example", None),
        (ours.as_str(), "localhost", Some("AAAA")),
    ] {
        let victim = Browser::new(&app);
        let page = victim.get("/sign-in").await;
        let asked = data(&page, "challenge");
        let answer = device.get(&Asked { challenge: challenge.unwrap_or(&asked), origin, site });
        assert_eq!(send(&victim, "/sign-in/passkey", &page, (answer, &[])).await.status, 422, "{origin} {site}");
        assert_eq!(victim.cookie("gatehouse"), "");
    }
    // One answer twice, and in a browser that did not ask.
    let (first, second) = (Browser::new(&app), Browser::new(&app));
    let page = first.get("/sign-in").await;
    let challenge = data(&page, "challenge");
    let answer = device.get(&Asked { challenge: &challenge, origin: &ours, site: "localhost" });
    second.get("/sign-in").await;
    assert_eq!(send(&second, "/sign-in/passkey", &page, (answer.clone(), &[])).await.status, 422);
    assert_eq!(send(&first, "/sign-in/passkey", &page, (answer.clone(), &[])).await.status, 303);
    let again = device.get(&Asked { challenge: &challenge, origin: &ours, site: "localhost" });
    for replayed in [answer, again] {
        assert_eq!(
            send(&first, "/sign-in/passkey", &page, (replayed, &[])).await.status,
            422,
            "a challenge counts once"
        );
    }
    // A counter that goes back: somebody has a copy.
    device.count = 0;
    assert_eq!(sign_in(&app, &Browser::new(&app), &mut device).await.status, 422);
    device.count = 1_000;
    assert_eq!(sign_in(&app, &Browser::new(&app), &mut device).await.status, 303);
}

#[tokio::test]
async fn a_passkey_opens_its_users_account_alone() {
    let app = app(TestDb::sqlite().await).await;
    let (ann, bob) = (Browser::new(&app), Browser::new(&app));
    ann.sign_in("ann@example.com", PASSWORD).await;
    bob.sign_in("bob@example.com", PASSWORD).await;
    let mut of_ann = added(&app, &ann, "of ann").await;
    let mut of_bob = added(&app, &bob, "of bob").await;
    // Bob's key that says it is ann's, and bob's key for ann's credential.
    let (user_of_bob, user_of_ann) = (of_bob.user.clone(), of_ann.user.clone());
    of_bob.user = user_of_ann;
    assert_eq!(sign_in(&app, &Browser::new(&app), &mut of_bob).await.status, 422);
    of_bob.id = b"of ann".to_vec();
    assert_eq!(sign_in(&app, &Browser::new(&app), &mut of_bob).await.status, 422);
    // Ann's session is not stepped up by bob's passkey.
    (of_bob.user, of_bob.id) = (user_of_bob, b"of bob".to_vec());
    let page = ann.get("/sign-in?step_up=phr&return_to=%2Fprofile").await;
    let challenge = data(&page, "challenge");
    let answer = of_bob.get(&Asked { challenge: &challenge, origin: &origin(&app), site: "localhost" });
    let more = [("return_to", "/profile"), ("step_up", "phr")];
    assert_eq!(send(&ann, "/sign-in/passkey", &page, (answer, &more)).await.status, 422);
    // A credential id belongs to whoever had it first.
    let page = bob.get("/profile/passkeys").await;
    let copy = Authenticator::new("of ann", &data(&page, "user"));
    let challenge = data(&page, "challenge");
    let answer = copy.create(&Asked { challenge: &challenge, origin: &origin(&app), site: "localhost" });
    let more = [("name", "Copy"), ("current_password", PASSWORD)];
    assert_eq!(send(&bob, "/profile/passkeys", &page, (answer.clone(), &more)).await.status, 422);
    let wrong = [("name", "Copy"), ("current_password", "wrong")];
    assert_eq!(send(&bob, "/profile/passkeys", &page, (answer, &wrong)).await.status, 422);
    // A disabled user is out.
    let id = users::get_by_ref(app.ctx(), "ann@example.com").await.expect("a user").id;
    users::disable(app.ctx(), &TestApp::actor(), id).await.expect("disabled");
    assert_eq!(sign_in(&app, &Browser::new(&app), &mut of_ann).await.status, 422);
}
