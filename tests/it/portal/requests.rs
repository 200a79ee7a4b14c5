//! `/apis/{slug}/request`, `/requests` and what is below it: a developer asks for access.

mod form;
mod pages;
mod refused;

use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_server::actions::access_requests::{self, Assignment, Question};
use gatehouse_server::actions::{sessions, users};
use serde_json::json;

use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::world::{World, input};

/// The form of the Results API.
const FORM: &str = "/apis/results/request";
const REVIEWER: &str = "rita@example.org";

/// What a browser sends for a new application of a new organization.
const GOOD: [(&str, &str); 9] = [
    ("form", "form-1"),
    ("application", "new"),
    ("name", "Dashboard"),
    ("type", "service"),
    ("environment", "production"),
    ("organization", "new"),
    ("organization_name", "Acme"),
    ("scopes", "studies:read"),
    ("purpose", "Shows results."),
];

/// The good form with some fields changed or added, and the terms accepted.
fn form_with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let unchanged = |(name, _): &(&str, &str)| !changes.iter().any(|(other, _)| other == name);
    let terms = [("terms_accepted", "yes")];
    GOOD.into_iter().chain(terms).filter(unchanged).chain(changes.iter().copied()).collect()
}

/// A browser in which a verified user, new unless known, is signed in.
async fn signed_in<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let user = match users::get_by_ref(ctx, email).await {
        Ok(user) => user,
        Err(_) => {
            let new =
                json!({ "email": email, "name": "Ann <b>", "email_verified": true, "time_zone": "Europe/Berlin" });
            users::create(ctx, &actor, input(new)).await.expect("a user")
        }
    };
    let how = (vec![AuthenticationMethod::Password], Device::default());
    let opened = sessions::open(ctx, &actor, user.id, how).await.expect("a session");
    let browser = Browser::new(app);
    browser.plant("gatehouse", opened.cookie.expose());
    browser
}

/// Sends a form that must be accepted; gives the request's page.
async fn submitted(browser: &Browser<'_>, fields: &[(&str, &str)]) -> String {
    let page = browser.post(FORM, fields).await;
    assert_eq!(page.status, 303, "{}", page.html);
    let (path, done) = page.location.split_once('?').expect("what was done");
    assert_eq!(done, "done=submitted");
    path.to_owned()
}

/// A reviewer takes the request and asks.
async fn ask(app: &TestApp, path: &str, question: &str) {
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let reviewer = json!({ "email": REVIEWER, "name": "Rita", "role": "reviewer", "email_verified": true });
    users::create(ctx, &actor, input(reviewer)).await.expect("a reviewer");
    let reference = path.rsplit('/').next().expect("a reference");
    let id = access_requests::find(ctx, &actor, reference).await.expect("a request").id;
    let assignment: Assignment = input(json!({ "reviewer": REVIEWER }));
    access_requests::assign(ctx, &actor, id, assignment).await.expect("assigned");
    let question: Question = input(json!({ "reviewer": REVIEWER, "text": question }));
    access_requests::ask(ctx, &actor, id, question).await.expect("asked");
}

fn contains(page: &Page, parts: &[&str]) {
    for part in parts {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
}
