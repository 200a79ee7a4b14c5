//! Several requests at once.

use serde_json::json;

use super::desk::{Asked, Desk, OWN, OWNER, REVIEWER, SECOND};
use crate::manage::Operator;
use crate::support::{TestApp, on_each_engine};

const TWO: [&str; 2] = ["studies:normal", "studies:sensitive"];

fn reference(asked: &Asked) -> String {
    asked.path.trim_start_matches("/review/").to_owned()
}

/// The address of the page of these requests.
fn page_of(all: &[&Asked]) -> String {
    let pairs: Vec<_> = all.iter().map(|asked| format!("request={}", reference(asked))).collect();
    format!("/review/together?{}", pairs.join("&"))
}

/// The value of each hidden field `request` of the decision's form, with its version.
fn chosen(html: &str) -> Vec<String> {
    let form = html.split_once("action=\"/review/together/decide\"").expect("the form").1;
    let form = form.split_once("</form>").expect("its end").0;
    let values = form.split("name=\"request\" value=\"").skip(1);
    values.map(|rest| rest.split_once('"').expect("an end").0.to_owned()).collect()
}

#[tokio::test]
async fn equal_requests_are_decided_in_one_step() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let all = [desk.ask("One", &TWO).await, desk.ask("Two", &TWO).await, desk.ask("Three", &TWO).await];
        let rita = app.browser(REVIEWER).await;
        let list = rita.get("/review").await.html;
        assert_eq!(list.matches("type=\"checkbox\" name=\"request\"").count(), 3, "{list}");
        let page = rita.get(&page_of(&[&all[0], &all[1], &all[2], &all[0]])).await;
        assert!(page.html.contains("3 requests") && page.html.contains("Decide all 3"), "{}", page.html);
        assert!(page.html.find("id=\"chosen\"") < page.html.find("id=\"to\""), "what is decided comes first");
        let requests = chosen(&page.html);
        assert_eq!(requests.len(), 3);
        let (normal, sensitive) = (all[0].verdict("normal"), all[0].verdict("sensitive"));
        let why = all[0].reason("sensitive");
        let form = |verdict, reason| {
            let mut fields: Vec<(&str, &str)> = requests.iter().map(|one| ("request", one.as_str())).collect();
            fields.extend([(normal.as_str(), verdict), (&sensitive, "declined"), (&why, reason)]);
            fields
        };
        let silent = rita.post("/review/together/decide", &form("approved", " ")).await;
        assert!(silent.status == 422 && silent.html.contains("Say why you decline"), "{}", silent.html);
        assert_eq!(silent.html.matches(" checked").count(), 2, "what was chosen stays: {}", silent.html);

        // Somebody is faster with the second.
        let taken = app.browser(SECOND).await.post(&format!("{}/assign", all[1].path), &[("to", "me")]).await;
        assert_eq!(taken.status, 303);
        let partly = rita.post("/review/together/decide", &form("approved", "You only list.")).await;
        assert_eq!(partly.status, 409);
        for words in ["2 of 3 requests were decided", "Partly approved", "Left as it was", &reference(&all[1])] {
            assert!(partly.html.contains(words), "{words}: {}", partly.html);
        }
        let states = [desk.state(&all[0]).await, desk.state(&all[1]).await, desk.state(&all[2]).await];
        assert_eq!(states, ["partly_approved", "in_review", "partly_approved"]);
        assert_eq!(desk.audited("access_request.decided").await, 2);

        let requests = chosen(&rita.get(&page_of(&[&all[1]])).await.html);
        let done = rita.post("/review/together/decide", &[("request", &requests[0]), ("do", "approve_all")]).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/review?done=approved&count=1"), "{}", done.html);
        assert!(rita.get(&done.location).await.html.contains("1 request is approved."));
        let fields = [("request", requests[0].as_str()), (&normal, "approved"), (&sensitive, "approved")];
        let again = rita.post("/review/together/decide", &fields).await;
        assert!(again.status == 409 && again.html.contains("You have decided this already."), "{}", again.html);
        assert_eq!(desk.state(&all[1]).await, "approved");
        assert!(rita.get(&page_of(&[&all[1]])).await.html.contains("Nothing is left to decide"));
    })
    .await;
}

#[tokio::test]
async fn a_restricted_scope_still_needs_two_and_own_requests_stay() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let all = [desk.ask("One", &["studies:restricted"]).await, desk.ask("Two", &["studies:restricted"]).await];
        let decide = async |email| {
            let browser = app.browser(email).await;
            let requests = chosen(&browser.get(&page_of(&[&all[0], &all[1]])).await.html);
            let fields = [("request", requests[0].as_str()), ("request", &requests[1]), ("do", "approve_all")];
            browser.post("/review/together/decide", &fields).await
        };
        assert_eq!(decide(REVIEWER).await.status, 303);
        assert_eq!(desk.state(&all[0]).await, "in_review", "one approval is not enough");
        let again = decide(REVIEWER).await;
        assert!(again.status == 409 && again.html.contains("0 of 2 requests were decided"), "{}", again.html);
        let own = decide(OWN).await;
        assert!(own.status == 409 && own.html.matches("Left as it was").count() == 2, "{}", own.html);
        assert!(!app.browser(OWN).await.get("/review").await.html.contains("name=\"request\""), "nothing to tick");
        assert_eq!(decide(SECOND).await.status, 303);
        assert_eq!([desk.state(&all[0]).await, desk.state(&all[1]).await], ["approved", "approved"]);
    })
    .await;
}

#[tokio::test]
async fn requests_that_differ_are_assigned_together_and_not_decided() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let (one, other) = (desk.ask("One", &TWO).await, desk.ask("Two", &TWO[..1]).await);
        let rita = app.browser(REVIEWER).await;
        let page = rita.get(&page_of(&[&one, &other])).await.html;
        assert!(page.contains("One decision does not fit all of them") && !page.contains("Decide all"), "{page}");
        let (first, second) = (reference(&one), reference(&other));
        let forged = [("request", first.as_str()), ("request", &second), (&*one.verdict("normal"), "approved")];
        let forged = rita.post("/review/together/decide", &forged).await;
        assert!(forged.status == 409 && forged.html.contains("same scopes of one API"), "{}", forged.html);
        assert_eq!(desk.audited("access_request.decided").await, 0);

        let assign = async |to: &str, requests: &[&str]| {
            let mut fields = vec![("to", to)];
            fields.extend(requests.iter().map(|request| ("request", *request)));
            rita.post("/review/together/assign", &fields).await
        };
        let nothing = assign("me", &[]).await;
        assert_eq!((nothing.status, nothing.location.as_str()), (303, "/review?done=nothing"));
        assert!(rita.get("/review?done=nothing").await.html.contains("Tick the requests first."));
        assert_eq!(assign("me", &[&first, &second]).await.location, "/review?done=assigned&count=2");
        let partly = assign(SECOND, &[&first, "R-00000000"]).await;
        assert!(partly.status == 409 && partly.html.contains("1 of 2 requests were assigned"), "{}", partly.html);
        assert!(rita.get("/review?assignee=me").await.html.contains(&second));
        for page in
            [app.browser(OWNER).await.get(&page_of(&[&one])).await, rita.get("/review/together?request=x").await]
        {
            assert!(matches!(page.status, 403 | 404), "{}", page.html);
        }
        assert_eq!(rita.get("/review/together").await.location, "/review?done=nothing");
    })
    .await;
}

#[tokio::test]
async fn the_management_api_tells_what_became_of_each() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let (one, other) = (desk.ask("One", &TWO[..1]).await, desk.ask("Two", &TWO[..1]).await);
        let operator = Operator::new(app).await;
        let both = json!([reference(&one), other.id, "R-00000000"]);
        let assigned = json!({ "requests": both, "reviewer": REVIEWER });
        let assigned = operator.done("POST", "/access_requests/assign_all", assigned).await;
        let states: Vec<_> = (0..3).map(|at| assigned["items"][at]["access_request"]["state"].as_str()).collect();
        assert_eq!(states, [Some("in_review"), Some("in_review"), None]);
        assert_eq!(assigned["items"][2]["error"]["code"], "not_found");
        let decide = |scopes| {
            let requests = json!([{ "request": reference(&one) }, { "request": other.id, "version": 1 }]);
            json!({ "requests": requests, "reviewer": REVIEWER, "scopes": scopes })
        };
        let silent = decide(json!([{ "scope": "studies:normal", "decision": "declined" }]));
        assert_eq!(operator.refused("POST", "/access_requests/decide_all", silent).await.0, 422);
        let decided = decide(json!([{ "scope": "studies:normal", "decision": "approved" }]));
        let decided = operator.done("POST", "/access_requests/decide_all", decided).await;
        assert_eq!(decided["items"][0]["access_request"]["state"], "approved");
        assert_eq!(decided["items"][1]["error"]["code"], "changed_meanwhile", "{decided}");
        let none = json!({ "requests": [], "reviewer": REVIEWER });
        assert_eq!(operator.refused("POST", "/access_requests/assign_all", none).await.0, 422);
        let different = desk.ask("Three", &TWO).await;
        let differ = json!({
            "requests": [{ "request": other.id }, { "request": different.id }], "reviewer": REVIEWER,
            "scopes": [{ "scope": "studies:normal", "decision": "approved" }],
        });
        let differ = operator.refused("POST", "/access_requests/decide_all", differ).await;
        assert_eq!(differ, (409, "requests_differ".to_owned()));
    })
    .await;
}
