//! Who may not, and forms that are not ours.

use super::desk::{ADMIN, Asked, Desk, OWN, OWNER, REVIEWER};
use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

const STEPS: [&str; 4] = ["assign", "ask", "note", "decide"];

fn fields<'a>(step: &str, verdict: &'a str) -> Vec<(&'a str, &'a str)> {
    match step {
        "assign" => vec![("to", "me")],
        "ask" => vec![("question", "Why?")],
        "note" => vec![("note", "Hm.")],
        _ => vec![("version", "2"), (verdict, "approved")],
    }
}

async fn answers(browser: &Browser<'_>, asked: &Asked) -> Vec<u16> {
    let mut statuses = vec![browser.get("/review").await.status, browser.get(&asked.path).await.status];
    let verdict = asked.verdict("normal");
    for step in STEPS {
        statuses.push(browser.post(&format!("{}/{step}", asked.path), &fields(step, &verdict)).await.status);
    }
    statuses
}

#[tokio::test]
async fn each_role_gets_its_answer() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let visitor = Browser::new(app);
        let asked = desk.ask("App", &["studies:normal"]).await;
        // A form that comes after the session has ended is kept: 401 with its fields.
        assert_eq!(answers(&visitor, &asked).await, [303, 303, 401, 401, 401, 401]);
        let there = visitor.get("/review?assignee=me").await.location;
        assert_eq!(there, "/sign-in?return_to=/review%3Fassignee%3Dme");
        assert_eq!(answers(&app.browser(OWNER).await, &asked).await, [403; 6]);
        let page = app.browser(OWNER).await.get(&asked.path).await.html;
        assert!(page.contains("Only reviewers can do this.") && !page.contains("studies:normal"), "{page}");
        // The request is of this reviewer's own organization.
        assert_eq!(answers(&app.browser(OWN).await, &asked).await, [200, 200, 409, 409, 409, 409]);
        assert_eq!(desk.state(&asked).await, "submitted", "nothing was done");
        for email in [REVIEWER, ADMIN] {
            let asked = desk.ask("App", &["studies:normal"]).await;
            let mut statuses = answers(&app.browser(email).await, &asked).await;
            // Taking it and asking have made another version: who decides on the old one is told.
            assert_eq!(statuses.pop(), Some(409));
            assert_eq!(statuses, [200, 200, 303, 303, 303]);
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_decides_on_their_own() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &["studies:normal"]).await;
        let olga = app.browser(OWN).await;
        let list = olga.get("/review").await.html;
        assert!(list.contains("Your organization"), "{list}");
        let page = olga.get(&asked.path).await.html;
        assert!(page.contains("Nobody decides on a request of their own organization"), "{page}");
        assert!(!page.contains("/decide") && !page.contains("/note") && !page.contains("/assign"), "{page}");
        let version = app.browser(REVIEWER).await.get(&asked.path).await.field("version");
        let forced = [("version", version.as_str()), ("do", "approve_all")];
        let forced = olga.post(&format!("{}/decide", asked.path), &forced).await;
        assert!(
            forced.status == 409 && forced.html.contains("Nobody reviews a request of their own"),
            "{}",
            forced.html
        );
        let handed = olga.post(&format!("{}/assign", asked.path), &[("to", REVIEWER)]).await;
        assert_eq!(handed.status, 409, "nor do they choose who decides");
        assert_eq!(desk.state(&asked).await, "submitted");
    })
    .await;
}

#[tokio::test]
async fn forms_of_strangers_change_nothing() {
    let app = TestApp::sqlite().await;
    let desk = Desk::new(&app).await;
    let asked = desk.ask("App", &["studies:normal"]).await;
    let rita = app.browser(REVIEWER).await;
    let verdict = asked.verdict("normal");
    for step in STEPS {
        let path = format!("{}/{step}", asked.path);
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
            ("origin", "https://evil.example"),
            ("x", "y"),
        ] {
            let body =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields(step, &verdict)).finish();
            let request = app.request("POST", &path).header(name, value).body(body);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            assert_eq!(rita.send(request).await.status, 403, "{step} {name}: {value}");
        }
        let unknown = [fields(step, &verdict), vec![("reviewer", "x")]].concat();
        assert_eq!(rita.post(&path, &unknown).await.status, 400, "{step}");
        let twice = [fields(step, &verdict), fields(step, &verdict)].concat();
        assert_eq!(rita.post(&path, &twice).await.status, 400, "{step}");
    }
    assert_eq!(desk.state(&asked).await, "submitted");
    for path in ["/review/R-00000000", "/review/x", "/review/%3Cscript%3E"] {
        let page = rita.get(path).await;
        assert!(page.status == 404 && !page.html.contains("<script>"), "{path}: {}", page.html);
    }
    let long = "x".repeat(5_001);
    let refused = rita.post(&format!("{}/ask", asked.path), &[("question", &long)]).await;
    assert!(refused.status == 422 && refused.html.contains(&long), "what was typed stays");
}
