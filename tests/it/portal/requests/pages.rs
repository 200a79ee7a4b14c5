//! The list, the page of a request, its thread, and taking it back.

use std::time::Duration;

use gatehouse_server::actions::organizations;

use super::*;
use crate::support::on_each_engine;

#[tokio::test]
async fn a_question_is_answered_on_the_page() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let path = submitted(&browser, &form_with(&[])).await;
        let answer = format!("{path}/answer");
        let early = browser.post(&answer, &[("text", "Too <early>")]).await;
        assert_eq!(early.status, 409);
        contains(&early, &["Nothing was changed", "Too &#60;early&#62;"]);
        ask(app, &path, "For whom?\n<script>x</script>").await;
        let page = browser.get(&path).await;
        contains(
            &page,
            &["Waiting for your answer", "For whom?\n&#60;script&#62;", "Rita asked", "The clock stands still"],
        );
        let ends = "Tuesday 22 December, 12:05";
        contains(&page, &[ends]);
        let page = browser.post(&answer, &[("text", " ")]).await;
        assert_eq!(page.status, 422);
        contains(&page, &["<a href=\"#text\">Write a message.</a>"]);
        let long = "x".repeat(5_001);
        let page = browser.post(&answer, &[("text", &long)]).await;
        assert_eq!(page.status, 422);
        contains(&page, &[&long, "<title>Error: "]);
        app.advance(Duration::from_secs(60));
        let page = browser.post(&answer, &[("text", "For our team & <us>.")]).await;
        assert_eq!((page.status, page.location), (303, format!("{path}?done=answered")));
        contains(&browser.get(&path).await, &["In review", "For our team &#38; &#60;us&#62;.", "answered"]);
    })
    .await;
}

#[tokio::test]
async fn something_can_be_added_while_reviewers_have_it() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let path = submitted(&browser, &form_with(&[])).await;
        contains(&browser.get(&path).await, &["Add something for the reviewers"]);
        let reply = format!("{path}/reply");
        let empty = browser.post(&reply, &[("text", " ")]).await;
        assert_eq!(empty.status, 422);
        contains(&empty, &["<a href=\"#text\">Write a message.</a>", "<details class=\"more\" open>"]);
        let done = browser.post(&reply, &[("text", "Only <five> screens.")]).await;
        assert_eq!(done.location, format!("{path}?done=added"));
        let page = browser.get(&done.location).await;
        contains(
            &page,
            &["The reviewers have it", "&#60;b&#62; wrote<", "Only &#60;five&#62; screens.", "Waiting for review"],
        );
        ask(app, &path, "For whom?").await;
        let page = browser.get(&path).await;
        assert!(!page.html.contains("Add something for the reviewers"), "the answer has a field: {}", page.html);
        browser.post(&format!("{path}/withdraw"), &[]).await;
        let late = browser.post(&reply, &[("text", "Too late.")]).await;
        assert_eq!(late.status, 409);
        contains(&late, &["Your answer was not sent", "Too late."]);
    })
    .await;
}

#[tokio::test]
async fn withdrawing_asks_once_more() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let path = submitted(&browser, &form_with(&[])).await;
        let confirm = browser.get(&format!("{path}/withdraw")).await;
        assert_eq!(confirm.status, 200);
        contains(&confirm, &["Withdraw R-", "Keep it"]);
        contains(&browser.get(&path).await, &["Waiting for review"]);
        let done = browser.post(&format!("{path}/withdraw"), &[]).await;
        assert_eq!(done.location, format!("{path}?done=withdrawn"));
        let page = browser.get(&done.location).await;
        contains(&page, &["Request withdrawn", "Ask again", "The request was withdrawn"]);
        assert_eq!(browser.get(&format!("{path}/withdraw")).await.location, path, "there is nothing to withdraw");
        let late = browser.post(&format!("{path}/withdraw"), &[]).await;
        assert_eq!(late.location, format!("{path}?done=too-late"));
    })
    .await;
}

#[tokio::test]
async fn the_list_is_filtered_by_links() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        contains(&browser.get("/requests").await, &["No requests yet", "Browse APIs"]);
        let first = submitted(&browser, &form_with(&[])).await;
        browser.post(&format!("{first}/withdraw"), &[]).await;
        app.advance(Duration::from_secs(1));
        let second = submitted(&browser, &form_with(&[("form", "form-2"), ("organization_name", "Second")])).await;
        let order = |page: &Page| [&second, &first].map(|path| page.html.find(&format!("href=\"{path}\"")));
        let [newest, oldest] = order(&browser.get("/requests").await);
        assert!(newest.is_some() && newest < oldest, "the newest first");
        for (state, shows) in [("waiting", [true, false]), ("ended", [false, true]), ("asked", [false, false])] {
            let page = browser.get(&format!("/requests?state={state}")).await;
            assert_eq!(order(&page).map(|place| place.is_some()), shows, "{state}");
        }
        let page = browser.get("/requests?state=asked").await;
        let counted = |label: &str, count: u8| format!(">{label} <span class=\"count-soft\">{count}</span></a>");
        contains(&page, &["Show all requests", &counted("All", 2), &counted("In review", 1), &counted("Declined", 0)]);
        assert_eq!(browser.get("/requests?state=%3Cscript%3E&before=x").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn opening_a_request_reads_its_messages() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let path = submitted(&browser, &form_with(&[])).await;
        ask(app, &path, "For whom?").await;
        contains(&browser.get("/requests").await, &["<span class=\"visually-hidden\"> unread</span>"]);
        let unread = |page: &Page| page.html.contains(" unread</span>");
        assert!(!unread(&browser.get(&path).await) && !unread(&browser.get("/requests").await));
    })
    .await;
}

#[tokio::test]
async fn a_draft_of_the_management_api_is_submitted_on_its_page() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let new = json!({
            "application_id": world.other.id, "api": "results", "scopes": ["public_api.read"], "purpose": "Reads.",
            "developer": "owner@example.com",
        });
        let draft = access_requests::create(app.ctx(), &TestApp::actor(), input(new)).await.expect("a draft");
        let path = format!("/requests/{}", draft.reference);
        let submit = format!("{path}/submit");
        let viewer = signed_in(app, "vic@example.net").await;
        let member = input(json!({ "user": "vic@example.net", "role": "viewer" }));
        organizations::add_member(app.ctx(), &TestApp::actor(), draft.organization_id, member).await.expect("added");
        let page = viewer.get(&path).await;
        contains(&page, &["not submitted yet", "an owner or maintainer of"]);
        assert!(!page.html.contains("/submit\""), "{}", page.html);
        let agreed = [("terms_accepted", "yes")];
        assert_eq!(viewer.post(&submit, &agreed).await.status, 403);
        assert_eq!(signed_in(app, "bob@example.net").await.post(&submit, &agreed).await.status, 404);
        let owner = signed_in(app, "owner@example.com").await;
        contains(&owner.get(&path).await, &["Submit this request", &format!("action=\"{submit}\"")]);
        let page = owner.post(&submit, &[]).await;
        assert_eq!(page.status, 422);
        contains(&page, &["<title>Error: ", "<a href=\"#terms_accepted\">Accept the terms to ask for access.</a>"]);
        assert_eq!(owner.post(&submit, &[("terms_accepted", "yes"), ("state", "approved")]).await.status, 400);
        let page = owner.post(&submit, &agreed).await;
        assert_eq!((page.status, &page.location), (303, &format!("{path}?done=submitted")));
        let page = owner.get(&page.location).await;
        contains(&page, &["Request submitted", "Waiting for review", "submitted the request"]);
        assert!(!page.html.contains("/submit\""), "{}", page.html);
        assert_eq!(owner.post(&submit, &agreed).await.location, format!("{path}?done=too-late"));
        let kept = access_requests::find(app.ctx(), &TestApp::actor(), &draft.reference).await.expect("a request");
        assert_eq!((kept.version, kept.terms_accepted_at), (draft.version + 1, Some(app.ctx().now())));
    })
    .await;
}

#[tokio::test]
async fn an_ended_access_is_not_promised_any_more() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let path = submitted(&browser, &form_with(&[])).await;
        let (ctx, actor, reference) = (app.ctx(), TestApp::actor(), path.rsplit('/').next().expect("a reference"));
        let reviewer = json!({ "email": REVIEWER, "name": "Rita", "role": "reviewer", "email_verified": true });
        users::create(ctx, &actor, input(reviewer)).await.expect("a reviewer");
        let request = access_requests::find(ctx, &actor, reference).await.expect("a request");
        let verdict = json!({ "scope": "studies:read", "decision": "approved" });
        let decision = input(json!({ "reviewer": REVIEWER, "scopes": [verdict] }));
        access_requests::decide(ctx, &actor, request.id, decision).await.expect("decided");
        contains(&browser.get(&path).await, &["may call the API now", "credentials, and the first call"]);
        let application = format!("/applications/{}", request.application_id);
        let given_up =
            browser.post(&format!("{application}/access/results/give-up"), &[("scopes", "studies:read")]).await;
        assert_eq!(given_up.status, 303, "{}", given_up.html);
        let access = format!("{application}/access");
        contains(&browser.get(&path).await, &["What was approved has ended since", &access]);
        contains(&browser.get(&application).await, &["may call no API any more"]);
        let deleted = browser.post(&format!("{application}/delete"), &[("name", "Dashboard")]).await;
        assert_eq!(deleted.status, 303, "{}", deleted.html);
        let page = browser.get(&path).await;
        contains(&page, &["The application was deleted since"]);
        assert!(!page.html.contains("may call the API"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn the_address_of_a_form_leads_to_its_page() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let path = submitted(&browser, &form_with(&[])).await;
        for part in ["answer", "reply", "submit"] {
            let looked = app.request("GET", &format!("{path}/{part}")).header("accept", "text/html");
            let looked = browser.send(looked).await;
            assert_eq!((looked.status, looked.location.as_str()), (303, path.as_str()), "{part}");
        }
        let program = app.request("GET", &format!("{path}/answer")).header("accept", "application/json");
        assert_eq!(program.send().await.expect("an answer").status(), 405);
    })
    .await;
}
