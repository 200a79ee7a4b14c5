//! A customer with a browser without script, on an installation of the built binary: keeps cookies, sends the forms of
//! its pages, and stops where the application takes over.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;

use crate::support::binary::Env;
use crate::support::http;

const MOST_HOPS: usize = 10;

/// The customer of `dev.env`.
pub(super) struct Customer<'a> {
    env: &'a Env,
    cookies: BTreeMap<String, String>,
}

impl<'a> Customer<'a> {
    /// Not signed in.
    pub(super) fn new(env: &'a Env) -> Self {
        Self { env, cookies: BTreeMap::new() }
    }

    /// Follows a link of the application, signs in and allows what is asked; where the browser leaves us again.
    pub(super) async fn open(&mut self, link: &Url) -> Url {
        let ours = Url::parse(self.env.get("ISSUER")).expect("an address").origin();
        let (mut at, mut form) = (link.clone(), None);
        for _ in 0..MOST_HOPS {
            let answer = self.send(&at, form.take()).await;
            if let Some(to) = answer.headers().get(LOCATION) {
                at = at.join(to.to_str().expect("text")).expect("an address");
                if at.origin() != ours {
                    return at;
                }
            } else {
                let (action, fields) = self.fill_in(&answer.text().await.expect("text"));
                at = at.join(&action).expect("an address");
                form = Some(fields);
            }
        }
        panic!("still at {at}")
    }

    async fn send(&mut self, to: &Url, form: Option<BTreeMap<String, String>>) -> reqwest::Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match form {
            Some(fields) => http().post(to.clone()).header("sec-fetch-site", "same-origin").form(&fields),
            None => http().get(to.clone()),
        };
        let answer = request.header(COOKIE, cookies.join("; ")).send().await.expect("an answer");
        for line in answer.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().expect("text").split(';').next().expect("a pair");
            match pair.split_once('=').expect("a pair") {
                (name, "") => self.cookies.remove(name),
                (name, value) => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    /// Where the form of the page goes, and what it holds then.
    fn fill_in(&self, html: &str) -> (String, BTreeMap<String, String>) {
        let typed = |form: &&str| form.contains("name=\"password\"") || form.contains("name=\"decision\"");
        let form = html.split("<form").skip(1).find(typed).unwrap_or_else(|| panic!("no form for a customer: {html}"));
        let form = form.split("</form>").next().expect("a part");
        let mut fields = BTreeMap::new();
        for field in form.split("<input type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = field.split_once('"').expect("a name");
            fields.insert(name.to_owned(), attribute(rest, "value"));
        }
        if form.contains("name=\"password\"") {
            fields.insert("email".to_owned(), self.env.get("CUSTOMER_EMAIL").to_owned());
            fields.insert("password".to_owned(), self.env.get("CUSTOMER_PASSWORD").to_owned());
        } else {
            fields.insert("decision".to_owned(), "allow".to_owned());
        }
        (attribute(form, "action"), fields)
    }
}

/// The first attribute of this name.
fn attribute(html: &str, name: &str) -> String {
    let rest = html.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name}: {html}")).1;
    rest.split_once('"').expect("an end").0.replace("&amp;", "&").replace("&#38;", "&")
}
