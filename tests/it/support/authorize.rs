//! Authorization requests as applications send people with them, and what people do on the pages.

use std::collections::BTreeMap;

use url::form_urlencoded::{Serializer, parse};

use super::browser::{Browser, Page};
use super::customer::{CHALLENGE, REDIRECT_URI};
use super::world::Client;

/// The address of a good request with these changes; an empty value takes a parameter away.
pub(crate) fn request(client: &Client, changes: &[(&str, &str)]) -> String {
    request_at("default", client, changes)
}

/// The same on another server.
pub(crate) fn request_at(server: &str, client: &Client, changes: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", client.client_id.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid email offline_access public_api.read"),
        ("state", "af0ifjsldkj"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for &(name, value) in changes {
        parameters.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/oauth2/{server}/v1/authorize?{query}")
}

impl Browser<'_> {
    /// Presses a button of the consent page.
    pub(crate) async fn decide(&self, consent: &Page, decision: &str) -> Page {
        self.decide_with(consent, decision, &[]).await
    }

    /// The same with ticks.
    pub(crate) async fn decide_with(&self, consent: &Page, decision: &str, ticks: &[&str]) -> Page {
        let (action, request, token) = consent.consent_form();
        let mut fields = vec![("request", request.as_str()), ("token", token.as_str()), ("decision", decision)];
        fields.extend(ticks.iter().map(|scope| ("scope", *scope)));
        self.post(&action, &fields).await
    }

    /// Opens a request in a browser that is signed in, allows what is asked, and gives the answer's parameters.
    pub(crate) async fn allow(&self, request: &str) -> BTreeMap<String, String> {
        let page = self.get(request).await;
        let answer = if page.status == 200 { self.decide(&page, "allow").await } else { page };
        answer.answer()
    }

    /// The same for who wants nothing but the code.
    pub(crate) async fn code(&self, request: &str) -> String {
        let answer = self.allow(request).await;
        answer.get("code").unwrap_or_else(|| panic!("no code: {answer:?}")).clone()
    }
}

impl Page {
    /// Action, request and token of the form with the decision; the page has another one before it.
    pub(crate) fn consent_form(&self) -> (String, String, String) {
        let form = self.html.split("<form").find(|form| form.contains("name=\"decision\""));
        let form = form.unwrap_or_else(|| panic!("{} no consent page: {}", self.status, self.html));
        let value = |before: &str| {
            let rest = form.split_once(before).unwrap_or_else(|| panic!("no {before} in {form}")).1;
            rest.split_once('"').expect("an end").0.replace("&amp;", "&").replace("&#38;", "&")
        };
        (value("action=\""), value("name=\"request\" value=\""), value("name=\"token\" value=\""))
    }

    /// The parameters of an answer in the query of [`REDIRECT_URI`].
    pub(crate) fn answer(&self) -> BTreeMap<String, String> {
        assert_eq!(self.status, 303, "{}", self.html);
        let query = self.location.strip_prefix(REDIRECT_URI).and_then(|rest| rest.strip_prefix('?'));
        let query = query.unwrap_or_else(|| panic!("no answer: {}", self.location));
        parse(query.as_bytes()).into_owned().collect()
    }
}
