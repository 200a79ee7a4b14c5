//! A device without a browser, over HTTP as it talks, and what its person does on the pages.

use std::time::Duration;

use gatehouse_core::id::ApplicationId;
use gatehouse_server::actions::{applications, entitlements, users};
use serde_json::{Value, json};

use super::TestApp;
use super::browser::{Browser, Page};
use super::customer::EVERYTHING;
use super::world::{World, input};

/// Registered name of the grant type.
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The address of [`Devices::new`]'s customer.
pub(crate) const CUSTOMER: &str = "customer@example.com";

/// A native application for devices, and a customer who has one.
pub(crate) struct Devices {
    pub(crate) id: ApplicationId,
    pub(crate) client_id: String,
}

/// A device that has begun.
pub(crate) struct Begun {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) answer: Value,
}

impl Devices {
    /// Beside a [`World`]: an application of the same organization, entitled to both scopes of the Results API.
    pub(crate) async fn new(app: &TestApp, world: &World) -> Self {
        let customer = json!({"email": CUSTOMER, "name": "Cora", "email_verified": true});
        users::create(app.ctx(), &TestApp::actor(), input(customer)).await.expect("a user");
        Self::another(app, world).await
    }

    /// One more application of the kind.
    pub(crate) async fn another(app: &TestApp, world: &World) -> Self {
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let of = applications::find(ctx, &actor, world.service.id).await.expect("an application").organization_id;
        let new = json!({
            "organization_id": of, "name": "Terminal", "type": "native", "redirect_uris": [],
            "protocol": {"sign_in_scopes": ["openid", "profile", "email", "offline_access"]},
        });
        let made = applications::create(ctx, &actor, input(new)).await.expect("an application");
        // The key is there already; an RSA key takes a while.
        let alg = input(json!({"id_token_signed_response_alg": "ES256"}));
        applications::change(ctx, &actor, made.id, alg).await.expect("another algorithm");
        entitlements::grant(ctx, &actor, made.id, input(json!({"api": "results"}))).await.expect("an entitlement");
        app.poll_changes_now().await;
        Self { id: made.id, client_id: made.client_id }
    }

    /// Status and answer to a device that begins with these parameters.
    pub(crate) async fn ask_to_begin(&self, app: &TestApp, more: &[(&str, &str)]) -> (u16, Value) {
        self.send(app, "device/authorize", more).await
    }

    /// A device begins.
    pub(crate) async fn begin(&self, app: &TestApp, scope: &str) -> Begun {
        let (status, answer) = self.ask_to_begin(app, &[("scope", scope)]).await;
        assert_eq!(status, 200, "{answer}");
        let text = |name: &str| answer[name].as_str().expect("text").to_owned();
        Begun { device_code: text("device_code"), user_code: text("user_code"), answer }
    }

    /// The device asks for its tokens.
    pub(crate) async fn poll(&self, app: &TestApp, begun: &Begun) -> (u16, Value) {
        self.send(app, "token", &[("grant_type", DEVICE_CODE), ("device_code", &begun.device_code)]).await
    }

    /// The error of a device that asks and gets none.
    pub(crate) async fn refusal(&self, app: &TestApp, begun: &Begun) -> String {
        let (status, answer) = self.poll(app, begun).await;
        assert_eq!(status, 400, "{answer}");
        answer["error"].as_str().expect("an error").to_owned()
    }

    /// A device that was allowed everything, but has not asked since.
    pub(crate) async fn allowed(&self, app: &TestApp) -> Begun {
        let begun = self.begin(app, EVERYTHING).await;
        let browser = app.browser(CUSTOMER).await;
        let page = browser.enter(&begun.user_code).await;
        assert_eq!(browser.answer(&page, "allow").await.location, "/device/done?answer=allowed");
        begun
    }

    /// Everything that an allowed device gets.
    pub(crate) async fn tokens(&self, app: &TestApp) -> (Begun, Value) {
        let begun = self.allowed(app).await;
        let (status, answer) = self.poll(app, &begun).await;
        assert_eq!(status, 200, "{answer}");
        (begun, answer)
    }

    /// The device exchanges its refresh token.
    pub(crate) async fn refresh(&self, app: &TestApp, tokens: &Value) -> (u16, Value) {
        let token = tokens["refresh_token"].as_str().expect("a refresh token");
        self.send(app, "token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    async fn send(&self, app: &TestApp, endpoint: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("client_id", self.client_id.as_str())];
        form.extend_from_slice(more);
        let path = format!("/oauth2/default/v1/{endpoint}");
        let answer = app.request("POST", &path).form(&form).send().await.expect("an answer");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

impl Browser<'_> {
    /// Types a code in; the page that it leads to, which asks, or the form again.
    pub(crate) async fn enter(&self, user_code: &str) -> Page {
        let answer = self.post("/device", &[("user_code", user_code)]).await;
        if answer.status == 303 { self.get(&answer.location).await } else { answer }
    }

    /// Presses a button of the page that asks.
    pub(crate) async fn answer(&self, page: &Page, decision: &str) -> Page {
        self.answer_with(page, decision, &[]).await
    }

    /// The same with ticks.
    pub(crate) async fn answer_with(&self, page: &Page, decision: &str, ticks: &[&str]) -> Page {
        let (action, token) = page.device_form();
        let mut fields = vec![("token", token.as_str()), ("decision", decision)];
        fields.extend(ticks.iter().map(|scope| ("scope", *scope)));
        self.post(&action, &fields).await
    }
}

impl Page {
    /// Action and token of the form with the decision.
    pub(crate) fn device_form(&self) -> (String, String) {
        let action = self.html.split_once("action=\"/device/confirm?");
        let action = action.unwrap_or_else(|| panic!("{} no question: {}", self.status, self.html)).1;
        let action = action.split_once('"').expect("an end").0.replace("&amp;", "&").replace("&#38;", "&");
        (format!("/device/confirm?{action}"), self.field("token"))
    }
}

/// What a device waits at first.
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);
