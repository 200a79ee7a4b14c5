//! `/` and the API's page for whoever is signed in: their own applications and requests, nobody else's.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::identity::user::User;
use gatehouse_server::actions::{access_requests, applications, organizations, users};
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

const PASSWORD: &str = "four unrelated words";

/// Somebody who can sign in.
async fn person(app: &TestApp, email: &str, role: &str) -> User {
    let new = json!({"email": email, "name": "Ann Lee", "role": role, "password": PASSWORD, "email_verified": true});
    users::create(app.ctx(), &TestApp::actor(), input(new)).await.expect("a user")
}

/// Applications of a new organization of a person.
async fn applications_of(app: &TestApp, owner: &User, names: &[&str]) -> Vec<(ApplicationId, String)> {
    let actor = TestApp::actor();
    let new = json!({"name": "Lee Ltd", "owner": owner.id});
    let organization = organizations::create(app.ctx(), &actor, input(new)).await.expect("an organization").id;
    let mut made = Vec::new();
    for name in names {
        let new = json!({"organization_id": organization, "name": name, "type": "service"});
        let application = applications::create(app.ctx(), &actor, input(new)).await.expect("an application");
        made.push((application.id, application.client_id));
    }
    made
}

async fn signed_in<'a>(app: &'a TestApp, person: &User) -> Browser<'a> {
    let browser = Browser::new(app);
    assert_eq!(browser.sign_in(person.email.as_typed(), PASSWORD).await.status, 303);
    browser
}

#[tokio::test]
async fn shows_the_next_step_and_what_is_the_readers_own() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let ann = person(app, "ann@example.com", "developer").await;
        let browser = signed_in(app, &ann).await;
        let empty = browser.get("/").await;
        assert!(empty.html.contains("<h1>Hello, Ann</h1>") && empty.html.contains("Choose an API to begin"));
        assert_eq!(empty.headers["cache-control"], "no-store", "it names a person");

        let made = applications_of(app, &ann, &["Zebra counter"]).await;
        let request =
            json!({"application_id": made[0].0, "api": "results", "scopes": ["studies:read"], "purpose": "To count.", "developer": ann.email.as_typed()});
        let request = access_requests::create(app.ctx(), &TestApp::actor(), input(request)).await.expect("a draft");
        access_requests::submit(app.ctx(), &TestApp::actor(), request.id, input(json!({}))).await.expect("submitted");
        let page = browser.get("/").await.html;
        for part in ["Zebra counter", &made[0].1, &request.reference, "Waiting for review", "Results API"] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert!(!page.contains(&world.service.client_id), "another organization's application is not there");
        assert!(!page.contains("/review\"") && !page.contains("Choose an API"));

        let lost = browser.send(app.request("GET", "/no-such-page").header("accept", "text/html")).await;
        assert!(lost.status == 404 && lost.html.contains("Ann Lee"), "the reader is signed in there too: {}", lost.html);

        let carla = person(app, "carla@example.com", "reviewer").await;
        let to = json!({"reviewer": carla.email.as_typed()});
        access_requests::assign(app.ctx(), &TestApp::actor(), request.id, input(to)).await.expect("assigned");
        let question = json!({"text": "Which zebras?", "reviewer": carla.email.as_typed()});
        access_requests::ask(app.ctx(), &TestApp::actor(), request.id, input(question)).await.expect("asked");
        let page = browser.get("/").await.html;
        assert!(page.contains("The reviewers have a question") && page.contains("Waiting for your answer"), "{page}");
        assert!(page.contains("<td data-label=\"Decision due\">–</td>"), "the clock stands still: {page}");
        assert!(page.contains(&format!("href=\"/requests/{}\"", request.reference)));

        let answer = json!({"text": "All of them.", "developer": ann.email.as_typed()});
        access_requests::answer(app.ctx(), &TestApp::actor(), request.id, input(answer)).await.expect("answered");
        let scopes = json!([{"scope": "studies:read", "decision": "approved"}]);
        let decision = json!({"reviewer": carla.email.as_typed(), "scopes": scopes});
        let waits = "collect the client secret";
        assert!(!browser.get("/").await.html.contains(waits));

        let reviewer = signed_in(app, &carla).await.get("/").await.html;
        assert!(reviewer.contains("Open the review queue") && !reviewer.contains("Zebra counter"), "{reviewer}");
        assert!(reviewer.contains("<strong>1</strong> assigned to you"), "{reviewer}");
        assert!(!reviewer.contains("Choose an API to begin"), "reviewers came for something else: {reviewer}");
        access_requests::decide(app.ctx(), &TestApp::actor(), request.id, input(decision)).await.expect("decided");
        let page = browser.get("/").await.html;
        assert!(page.contains(waits) && page.contains(&format!("href=\"/applications/{}\">Go to", made[0].0)), "{page}");
        let operate = "command line, or through the management API";
        assert!(!page.contains(operate) && !reviewer.contains(operate), "whoever operates is told where");
        let adam = person(app, "adam@example.com", "admin").await;
        assert!(signed_in(app, &adam).await.get("/").await.html.contains(operate));
        let visitor = Browser::new(app).get("/").await;
        assert!(visitor.html.contains("How it works") && !visitor.html.contains("Hello"));
        assert!(!visitor.headers.contains_key("cache-control"));
    })
    .await;
}

#[tokio::test]
async fn samples_carry_the_readers_own_client_id() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let ann = person(&app, "ann@example.com", "developer").await;
    let browser = signed_in(&app, &ann).await;
    let page = browser.get("/apis/results").await.html;
    assert!(page.contains("client_id=$CLIENT_ID") && page.contains("client_secret=$CLIENT_SECRET"), "none yet");

    let made = applications_of(&app, &ann, &["First", "Second"]).await;
    let first = browser.get("/apis/results").await;
    let wanted = browser.get(&format!("/apis/results?client={}", made[1].1)).await;
    let chosen = |html: &str, at: usize| html.contains(&format!("client_id={}", made[at].1));
    let is_first = chosen(&first.html, 0);
    assert!(is_first || chosen(&first.html, 1), "{}", first.html);
    assert!(chosen(&wanted.html, 1) && !chosen(&wanted.html, 0), "the one that was wanted");
    assert!(wanted.html.contains(&format!("<option value=\"{}\" selected>Second", made[1].1)), "a choice of two");
    assert_eq!(wanted.headers["cache-control"], "no-store");
    for page in [&first.html, &wanted.html] {
        assert!(page.contains("client_secret=$CLIENT_SECRET"), "the secret comes from the environment");
        assert!(!page.contains(&world.service.client_id));
    }
    let foreign = browser.get(&format!("/apis/results?client={}", world.service.client_id)).await.html;
    assert!(!foreign.contains(&world.service.client_id), "another organization's client id is not repeated");
    let hostile = browser.get("/apis/results?client=%22%3E%3Cscript%3E").await.html;
    assert!(!hostile.contains("\"><script>"));
}
