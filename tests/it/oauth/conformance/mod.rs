//! What the certification profiles of the OpenID Foundation ask of a provider, one function per module of their test
//! plans, under the module's name (`docs/security/conformance.md` is the map). The profiles Basic OP and Form Post OP are
//! the same modules with two response modes, so each runs in both.

mod basic_claims;
mod basic_codes;
mod basic_prompts;
mod basic_requests;
mod config;
mod logout;

use std::collections::BTreeMap;

use gatehouse_server::actions::applications;
use serde_json::{Value, json};

use crate::login::{PASSWORD, person};
use crate::oauth::token::claims;
use crate::support::TestApp;
use crate::support::authorize;
use crate::support::browser::{Browser, Page};
use crate::support::customer::{Customer, REDIRECT_URI};
use crate::support::world::{Client, World, input};

/// Who signs in.
const ANN: &str = "ann@example.com";

/// One application that is tested with, in one response mode.
struct Suite<'a> {
    app: &'a TestApp,
    world: &'a World,
    client: Client,
    /// `query` or `form_post`.
    mode: &'static str,
}

/// A way through our pages.
struct Way {
    /// What the application got.
    answer: BTreeMap<String, String>,
    /// The pages that were shown, by what they ask.
    shown: Vec<&'static str>,
}

/// Runs a module in both response modes, each with an application that nobody has allowed anything yet.
async fn in_both_modes(module: impl AsyncFn(&Suite<'_>)) {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    person(&app, ANN).await;
    let profile = [("given_name", "Ann"), ("phone_number", "+41441234567"), ("address.country", "Switzerland")];
    assert_eq!(app.browser(ANN).await.post("/profile/shared", &profile).await.status, 303);
    for mode in ["query", "form_post"] {
        let client = Customer::web_in("sandbox", &app, &world).await;
        // The suite sends neither challenge nor nonce where it does not test them.
        let change = json!({
            "require_pkce": false,
            "sign_in_scopes": ["openid", "profile", "email", "address", "phone", "offline_access"],
        });
        applications::change(app.ctx(), &TestApp::actor(), client.id, input(change)).await.expect("changed");
        app.poll_changes_now().await;
        module(&Suite { app: &app, world: &world, client, mode }).await;
    }
}

impl Suite<'_> {
    /// The address of a request as the suite sends it, with these changes; an empty value takes a parameter away.
    fn request(&self, changes: &[(&str, &str)]) -> String {
        let mode = if self.mode == "query" { "" } else { self.mode };
        let plain =
            [("scope", "openid"), ("code_challenge", ""), ("code_challenge_method", ""), ("response_mode", mode)];
        authorize::request(&self.client, &[&plain, changes].concat())
    }

    /// Goes from a request to its answer as a person does who proves everything and allows everything.
    async fn walk(&self, browser: &Browser<'_>, request: &str) -> Way {
        let (mut page, mut shown) = (browser.get(request).await, Vec::new());
        for _ in 0..10 {
            if let Some(answer) = self.answer(&page) {
                return Way { answer, shown };
            }
            page = match self.next(browser, &page).await {
                Ok(next) => next,
                Err((asked, next)) => {
                    shown.push(asked);
                    next
                }
            };
        }
        panic!("no end: {shown:?} {}", page.html);
    }

    /// Follows (`Ok`), or does what the page asks.
    async fn next(&self, browser: &Browser<'_>, page: &Page) -> Result<Page, (&'static str, Page)> {
        if page.status == 303 {
            return Ok(browser.get(&page.location).await);
        }
        assert_eq!(page.status, 200, "{}", page.html);
        let back = || page.field("return_to").replace("&#38;", "&").replace("&amp;", "&");
        if page.html.contains("name=\"current_password\"") {
            let fields = [("current_password", PASSWORD), ("return_to", &back()), ("step_up", "login")];
            return Err(("password", browser.post("/sign-in/again", &fields).await));
        }
        if page.html.contains("name=\"password\"") {
            let token = page.field("token");
            let fields = [("email", ANN), ("password", PASSWORD), ("return_to", &back()), ("token", &token)];
            return Err(("sign-in", browser.post("/sign-in", &fields).await));
        }
        Err(("consent", browser.decide(page, "allow").await))
    }

    /// What an answer of this mode holds; none for anything else.
    fn answer(&self, page: &Page) -> Option<BTreeMap<String, String>> {
        if self.mode == "query" {
            return page.location.starts_with(REDIRECT_URI).then(|| page.answer());
        }
        if page.status != 200 || !page.html.contains(&format!("<form method=\"post\" action=\"{REDIRECT_URI}\"")) {
            return None;
        }
        let fields = page.html.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").expect("a value");
            (name.to_owned(), rest.split_once('"').expect("an end").0.replace("&#38;", "&").replace("&amp;", "&"))
        });
        Some(fields.collect())
    }

    /// A browser in which Ann is signed in.
    async fn ann(&self) -> Browser<'_> {
        self.app.browser(ANN).await
    }

    /// The error that the application gets at once.
    async fn error(&self, browser: &Browser<'_>, changes: &[(&str, &str)]) -> String {
        let Way { answer, shown } = self.walk(browser, &self.request(changes)).await;
        assert!(shown.is_empty(), "{shown:?}");
        assert_eq!((answer["state"].as_str(), answer.get("code")), ("af0ifjsldkj", None), "{answer:?}");
        answer["error"].clone()
    }

    /// Exchanges a code with `client_secret_basic`; status and answer.
    async fn redeem(&self, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let form = [&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI)], more];
        self.token(&form.concat()).await
    }

    /// A token request with `client_secret_basic`.
    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.app.request("POST", "/oauth2/default/v1/token").form(form);
        let request = request.basic_auth(&self.client.client_id, Some(self.client.secret.expose()));
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// The tokens of a request that this browser goes through.
    async fn tokens(&self, browser: &Browser<'_>, changes: &[(&str, &str)]) -> Value {
        let way = self.walk(browser, &self.request(changes)).await;
        self.tokens_of(&way).await
    }

    /// The tokens of an answer with a code.
    async fn tokens_of(&self, way: &Way) -> Value {
        let code = way.answer.get("code").unwrap_or_else(|| panic!("no code: {:?}", way.answer));
        assert_eq!(way.answer["state"], "af0ifjsldkj");
        let (status, tokens) = self.redeem(code, &[]).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// The claims of the ID token.
    async fn id_token(&self, tokens: &Value) -> Value {
        claims::id_token(self.app, tokens).await
    }

    /// What the userinfo endpoint says; status and answer.
    async fn userinfo(&self, tokens: &Value) -> (u16, Value) {
        super::userinfo(self.app, &tokens["access_token"]).await
    }
}
