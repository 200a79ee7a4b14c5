//! A browser without script: keeps cookies, sends forms as pages of ours do, follows nothing by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_server::actions::{sessions, users};
use reqwest::header::{COOKIE, SET_COOKIE};
use url::form_urlencoded::Serializer;

use super::TestApp;

/// One browser.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// An answer, read to its end.
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Where it leads; empty for a page.
    pub(crate) location: String,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) html: String,
}

impl<'a> Browser<'a> {
    /// Without a cookie.
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Mutex::default() }
    }

    /// Opens a page.
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(self.app.request("GET", path)).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.app.request("POST", path).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(body)).await
    }

    /// Sends the form of `/sign-in` with what its page holds.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Page {
        let token = self.get("/sign-in").await.field("token");
        self.post("/sign-in", &[("email", email), ("password", password), ("token", &token)]).await
    }

    /// The value of a cookie; empty when there is none.
    pub(crate) fn cookie(&self, name: &str) -> String {
        self.cookies.lock().expect("nobody panics with it").get(name).cloned().unwrap_or_default()
    }

    /// Puts a cookie in, as an attacker may plant one.
    pub(crate) fn plant(&self, name: &str, value: &str) {
        self.cookies.lock().expect("nobody panics with it").insert(name.to_owned(), value.to_owned());
    }

    /// Any request with this browser's cookies.
    pub(crate) async fn send(&self, mut request: reqwest::RequestBuilder) -> Page {
        let cookies = self.cookies.lock().expect("nobody panics with it").clone();
        if !cookies.is_empty() {
            let line: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, line.join("; "));
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for line in headers.get_all(SET_COOKIE) {
            let pair = line.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            let mut kept = self.cookies.lock().expect("nobody panics with it");
            if value.is_empty() {
                kept.remove(name)
            } else {
                kept.insert(name.to_owned(), value.to_owned())
            };
        }
        let location = headers.get("location").map_or("", |value| value.to_str().expect("text")).to_owned();
        // Where a long address may break is no part of what it says.
        let html = response.text().await.expect("text").replace("<wbr>", "");
        Page { status, location, headers, html }
    }
}

impl Page {
    /// The value of a hidden field.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.html.split_once(&start).unwrap_or_else(|| panic!("no field {name}: {}", self.html)).1;
        rest.split_once('"').expect("an end").0.to_owned()
    }
}

impl TestApp {
    /// A browser in which this user is signed in.
    pub(crate) async fn browser(&self, email: &str) -> Browser<'_> {
        let user = users::get_by_ref(self.ctx(), email).await.expect("a user").id;
        let proof = (vec![AuthenticationMethod::Password], Device::default());
        let opened = sessions::open(self.ctx(), &Self::actor(), user, proof).await.expect("a session");
        let browser = Browser::new(self);
        browser.plant("gatehouse", opened.cookie.expose());
        browser
    }
}
