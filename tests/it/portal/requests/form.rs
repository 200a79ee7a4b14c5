//! The form: what it keeps, what it refuses, and that it asks once.

use std::collections::BTreeSet;
use std::time::Duration;

use gatehouse_server::actions::apis::{self, EditApi};
use gatehouse_server::actions::applications;

use super::*;
use crate::support::customer::Customer;
use crate::support::on_each_engine;

#[tokio::test]
async fn from_nothing_to_a_reference_number() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let page = browser.get(FORM).await;
        assert_eq!((page.status, page.headers["cache-control"].to_str().unwrap()), (200, "no-store"));
        contains(&page, &["Request access to", "Ann &#60;b&#62; (you)", "by <time", "Tuesday 24 November, 18:00"]);
        assert!(!page.html.contains("name=\"scopes\" value=\"studies:read\" checked"), "none is ticked beforehand");
        let path = submitted(&browser, &form_with(&[("form", &page.field("form"))])).await;
        let page = browser.get(&format!("{path}?done=submitted")).await;
        let reference = path.rsplit('/').next().unwrap();
        let due = "Expect a decision or a question by <strong><time datetime=\"2026-11-24T17:00:00Z\"";
        contains(&page, &["Request submitted", reference, "Waiting for review", due, "id=\"client-id\"", "Acme"]);
        assert_eq!(page.headers["cache-control"], "no-store");
        contains(&browser.get("/requests").await, &[reference, "Dashboard", "Waiting for review"]);
        app.run_jobs_now().await;
        let mail = app.mails().pop().expect("a mail");
        assert!(mail.contains(&path) && mail.contains("ann@example.net"), "{mail}");
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_of_people_comes_with_the_approval() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        contains(&browser.get(FORM).await, &["Know that it is you (openid)", "name=\"sign_in_scopes\""]);
        let stray = submitted(&browser, &form_with(&[("sign_in_scopes", "openid")])).await;
        assert!(!browser.get(&stray).await.html.contains("Of the people who sign in"), "a service signs nobody in");

        let web = [
            ("form", "form-2"),
            ("type", "web"),
            ("redirect_uris", "https://app.example.com/cb"),
            ("sign_in_scopes", "openid"),
            ("sign_in_scopes", "email"),
            ("organization_name", "Web"),
        ];
        let wrong = browser.post(FORM, &[&form_with(&web)[..], &[("expected_volume", "\u{1}")]].concat()).await;
        assert_eq!(wrong.status, 422);
        assert_eq!(wrong.html.matches("name=\"sign_in_scopes\" value=\"openid\" checked").count(), 1, "{}", wrong.html);
        let nowhere = [&web[..2], &web[3..]].concat();
        let nowhere = browser.post(FORM, &form_with(&nowhere)).await;
        assert!(nowhere.status == 422 && nowhere.html.contains("People come back to one"), "{}", nowhere.html);
        let lonely = [&web[..3], &web[4..]].concat();
        let lonely = browser.post(FORM, &form_with(&lonely)).await;
        assert!(lonely.status == 422 && lonely.html.contains("ick “Know that it is you”"), "{}", lonely.html);
        let path = submitted(&browser, &form_with(&web)).await;
        let told = "Know that it is you; See your e-mail address.";
        contains(&browser.get(&path).await, &["Of the people who sign in", told, "https://app.example.com/cb"]);

        let (ctx, actor, reference) = (app.ctx(), TestApp::actor(), path.rsplit('/').next().expect("a reference"));
        let reviewer = json!({ "email": REVIEWER, "name": "Rita", "role": "reviewer", "email_verified": true });
        users::create(ctx, &actor, input(reviewer)).await.expect("a reviewer");
        contains(&app.browser(REVIEWER).await.get(&format!("/review/{reference}")).await, &[told]);
        let request = access_requests::find(ctx, &actor, reference).await.expect("a request");
        let overview = format!("/applications/{}", request.application_id);
        contains(&browser.get(&overview).await, &["Nothing about them."]);
        let verdict = json!({ "scope": "studies:read", "decision": "approved" });
        let decision = input(json!({ "reviewer": REVIEWER, "scopes": [verdict] }));
        access_requests::decide(ctx, &actor, request.id, decision).await.expect("decided");
        contains(
            &browser.get(&overview).await,
            &["<code>openid</code> <code>email</code>", "WEB_CLIENT_SECRET=&#39;&#39;"],
        );
    })
    .await;
}

#[tokio::test]
async fn an_error_keeps_what_was_typed() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let hostile = "\"'></textarea><script>alert(1)</script>";
        let page = browser
            .post(
                FORM,
                &form_with(&[
                    ("name", " "),
                    ("type", "web"),
                    ("description", hostile),
                    ("organization_name", hostile),
                    ("redirect_uris", "https://a.example/cb\n\nhttp://b.example/cb\nhttps://*.c.example/"),
                    ("audience", hostile),
                    ("purpose", ""),
                    ("terms_accepted", "no"),
                ]),
            )
            .await;
        assert_eq!(page.status, 422);
        assert!(!page.html.contains("<script>alert") && !page.html.contains("</textarea><script"), "{}", page.html);
        let escaped = "&#34;&#39;&#62;&#60;/textarea&#62;&#60;script&#62;alert(1)&#60;/script&#62;";
        assert_eq!(page.html.matches(escaped).count(), 3);
        contains(
            &page,
            &[
                "<title>Error: ",
                "<a href=\"#name\">Enter a name for the application.</a>",
                "<a href=\"#redirect_uris\">Line 3: use https;",
                "<a href=\"#redirect_uris\">Line 4: wildcards are not possible",
                "<a href=\"#purpose\">Say what your integration does.</a>",
                "<a href=\"#terms_accepted\">Accept the terms",
                "id=\"redirect_uris-error\"",
                "value=\"web\" checked",
                "value=\"studies:read\" checked",
            ],
        );
        let order = ["#name", "#redirect_uris", "#purpose", "#terms_accepted"]
            .map(|id| page.html.find(&format!("href=\"{id}\"")));
        assert!(order.is_sorted(), "in the order of the page: {order:?}");
        let again = Browser::new(app);
        again.plant("gatehouse", &browser.cookie("gatehouse"));
        let page = again.get(FORM).await;
        contains(&page, &["This is your draft", escaped, "http://b.example/cb"]);
        assert!(!page.html.contains("terms_accepted\" value=\"yes\" checked"), "terms are accepted each time");
        contains(&again.get("/requests").await, &["You began a request for", FORM]);
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_kept_and_thrown_away() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let saved = browser.post(FORM, &[("do", "save"), ("name", "Half a na"), ("scopes", "studies:read")]).await;
        assert_eq!((saved.status, saved.location.as_str()), (303, "/apis/results/request?done=saved"));
        let page = browser.get(&saved.location).await;
        contains(&page, &["Draft saved", "value=\"Half a na\"", "value=\"studies:read\" checked"]);
        assert!(!signed_in(app, "bob@example.net").await.get(FORM).await.html.contains("Half a na"), "it is Ann's");
        let discarded = browser.post(FORM, &[("do", "discard")]).await;
        assert_eq!(discarded.location, "/apis/results/request?done=discarded");
        let page = browser.get(&discarded.location).await;
        assert!(page.html.contains("Draft discarded") && !page.html.contains("Half a na"));
        browser.post(FORM, &form_with(&[("purpose", "")])).await;
        submitted(&browser, &form_with(&[])).await;
        assert!(!browser.get(FORM).await.html.contains("This is your draft"), "it became a request");
    })
    .await;
}

#[tokio::test]
async fn a_draft_gives_way_to_no_other_form() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let first = submitted(&browser, &form_with(&[])).await;
        let (reference, actor) = (first.rsplit('/').next().expect("a reference"), TestApp::actor());
        let application = access_requests::find(app.ctx(), &actor, reference).await.expect("a request").application_id;
        let draft = form_with(&[("form", "form-2"), ("purpose", "A very long purpose"), ("do", "save")]);
        assert_eq!(browser.post(FORM, &draft).await.status, 303);
        let kept = async || browser.get(FORM).await;
        contains(&kept().await, &["This is your draft", "A very long purpose"]);

        for other in [format!("{FORM}?again={reference}"), format!("{FORM}?application={application}")] {
            let page = browser.get(&other).await;
            contains(&page, &["You have a draft of another request", "value=\"existing\" checked"]);
            assert!(!page.html.contains("A very long purpose"), "another form: {}", page.html);
        }
        let wrong = browser.post(FORM, &form_with(&[("form", "form-3"), ("purpose", "")])).await;
        assert_eq!(wrong.status, 422);
        contains(&kept().await, &["This is your draft", "A very long purpose"]);
        submitted(&browser, &form_with(&[("form", "form-3"), ("organization_name", "Another")])).await;
        contains(&kept().await, &["This is your draft", "A very long purpose"]);
        submitted(&browser, &form_with(&[("form", "form-2"), ("organization_name", "The draft")])).await;
        assert!(!kept().await.html.contains("A very long purpose"), "it became a request");
    })
    .await;
}

#[tokio::test]
async fn what_people_are_asked_for_can_be_asked_for_alone() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let id = Customer::web(app, &world).await.id;
        app.advance(Duration::from_secs(1));
        let browser = app.browser("owner@example.com").await;
        let application_id = id.to_string();
        let existing = |changes: &[(&'static str, &'static str)]| {
            let mut fields = form_with(&[("application", "existing"), ("scopes", ""), ("purpose", "Calls people.")]);
            fields.retain(|(name, _)| *name != "scopes");
            fields.extend_from_slice(changes);
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
        };
        let send = async |fields: Vec<(String, String)>| {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            fields.push(("application_id", &application_id));
            browser.post(FORM, &fields).await
        };
        let nothing = send(existing(&[])).await;
        assert!(nothing.status == 422 && nothing.html.contains("hoose at least one scope"), "{}", nothing.html);
        let asked = send(existing(&[("sign_in_scopes", "openid"), ("sign_in_scopes", "phone")])).await;
        assert_eq!(asked.status, 303, "{}", asked.html);
        let reference = asked.location.rsplit('/').next().and_then(|end| end.split('?').next()).expect("a reference");
        let request = access_requests::find(ctx, &actor, reference).await.expect("a request");
        let [carrier] = request.scopes.as_slice() else { panic!("{:?}", request.scopes) };
        let reviewer = json!({ "email": REVIEWER, "name": "Rita", "role": "reviewer", "email_verified": true });
        users::create(ctx, &actor, input(reviewer)).await.expect("a reviewer");
        let page = app.browser(REVIEWER).await.get(&format!("/review/{reference}")).await;
        contains(&page, &["Has it already", "See your telephone number"]);
        let verdict = json!({ "scope": carrier.scope, "decision": "approved" });
        let decision = input(json!({ "reviewer": REVIEWER, "scopes": [verdict] }));
        access_requests::decide(ctx, &actor, request.id, decision).await.expect("decided");
        let web = applications::find(ctx, &actor, id).await.expect("an application");
        assert!(web.sign_in_scopes.iter().any(|scope| scope.as_str() == "phone"));
    })
    .await;
}

#[tokio::test]
async fn fifty_at_once_make_one_request() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let cookie = format!("gatehouse={}", browser.cookie("gatehouse"));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form_with(&[])).finish();
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let request = app.request("POST", FORM).header("sec-fetch-site", "same-origin");
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                let request = request.header("cookie", &cookie).body(body.clone());
                tokio::spawn(async move {
                    let answer = request.send().await.expect("an answer");
                    assert_eq!(answer.status(), 303);
                    answer.headers()["location"].to_str().expect("text").to_owned()
                })
            })
            .collect();
        let mut locations = Vec::new();
        for task in tasks {
            locations.push(task.await.expect("runs"));
        }
        let paths: BTreeSet<_> = locations.iter().map(|location| location.split('?').next().unwrap()).collect();
        assert_eq!(paths.len(), 1, "{paths:?}");
        let done = |word: &str| locations.iter().filter(|location| location.ends_with(word)).count();
        assert_eq!((done("?done=submitted"), done("?done=already")), (1, 49), "one wins, the others are told");
        let told = browser.get(locations.iter().find(|location| location.ends_with("already")).unwrap()).await;
        contains(&told, &["This form was sent already"]);
        let page = browser.get("/requests").await;
        assert_eq!(page.html.matches("scope=\"row\"").count(), 1, "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn an_api_asks_its_own_questions() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let api = apis::get_by_slug(app.ctx(), "results").await.expect("an API").id;
    let edit: EditApi = input(json!({
        "request_questions": [{ "name": "retention", "label": "How long do you keep <data>?", "required": true }],
        "terms_url": "https://example.com/terms?a=1&b=2",
    }));
    apis::edit(app.ctx(), &TestApp::actor(), api, edit).await.expect("edited");
    let browser = signed_in(&app, "ann@example.net").await;
    contains(
        &browser.get(FORM).await,
        &["How long do you keep &#60;data&#62;?", "href=\"https://example.com/terms?a=1&#38;b=2\""],
    );
    let page = browser.post(FORM, &form_with(&[("answers.retention", " ")])).await;
    assert_eq!(page.status, 422);
    contains(
        &page,
        &["<a href=\"#answers-retention\">Answer the question: How long", "id=\"answers-retention-error\""],
    );
    let path = submitted(&browser, &form_with(&[("answers.retention", "A week <i>")])).await;
    contains(&browser.get(&path).await, &["How long do you keep &#60;data&#62;?", "A week &#60;i&#62;"]);
    app.stop().await;
}

#[tokio::test]
async fn an_application_that_asks_already_is_told() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let browser = signed_in(app, "ann@example.net").await;
        let path = submitted(&browser, &form_with(&[])).await;
        let page = browser.get(&path).await;
        let id = page.html.split_once("/applications/").expect("a link").1.split('"').next().unwrap().to_owned();
        let known = [("application", "existing"), ("application_id", id.as_str()), ("form", "form-2")];
        let page = browser.get(&format!("{FORM}?application={id}")).await;
        contains(&page, &["asks for this API already", &path, "value=\"existing\" checked"]);
        let others = browser.get(FORM).await.html;
        assert!(!others.contains("asks for this API already") && others.contains("– asks already ("), "{others}");
        let page = browser.post(FORM, &form_with(&known)).await;
        assert_eq!(page.status, 422);
        contains(&page, &["<a href=\"#application_id\">The request R-", &path, "asks for this API already"]);
        let withdrawn = browser.post(&format!("{path}/withdraw"), &[]).await;
        assert_eq!(withdrawn.location, format!("{path}?done=withdrawn"));
        let reference = path.rsplit('/').next().unwrap();
        let again = browser.get(&format!("{FORM}?again={reference}")).await;
        contains(&again, &["You ask again", "Shows results.", "value=\"studies:read\" checked"]);
        app.advance(std::time::Duration::from_secs(1));
        let second = submitted(&browser, &form_with(&known)).await;
        contains(&browser.get(&second).await, &["Follows", &path]);
        contains(&browser.get(&path).await, &["Asked again in", &second]);
    })
    .await;
}
