//! Attacks that fail: forms of others, fields that the form does not have, things of other organizations.

use gatehouse_server::actions::organizations::{self, NewMember};

use super::*;
use crate::support::on_each_engine;

#[tokio::test]
async fn other_organizations_find_nothing() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let ann = signed_in(app, "ann@example.net").await;
        let path = submitted(&ann, &form_with(&[])).await;
        let reference = path.rsplit('/').next().unwrap();
        let bob = signed_in(app, "bob@example.net").await;
        for address in
            [path.clone(), format!("{path}/withdraw"), format!("{FORM}?again={reference}"), "/requests/R-X".into()]
        {
            let page = bob.get(&address).await;
            assert_eq!(page.status, 404, "{address}");
            assert!(!page.html.contains("Dashboard"), "{address}");
        }
        for address in [format!("{path}/answer"), format!("{path}/withdraw")] {
            let fields: &[(&str, &str)] = if address.ends_with("answer") { &[("text", "x")] } else { &[] };
            assert_eq!(bob.post(&address, fields).await.status, 404, "{address}");
        }
        assert!(!bob.get("/requests").await.html.contains(reference));
        let page = ann.get(&path).await;
        let id = page.html.split_once("/applications/").expect("a link").1.split('"').next().unwrap().to_owned();
        let foreign = [("application", "existing"), ("application_id", id.as_str()), ("form", "x")];
        let page = bob.post(FORM, &form_with(&foreign)).await;
        assert_eq!(page.status, 422);
        contains(&page, &["<a href=\"#application_id\">Choose one of your organization"]);
    })
    .await;
}

#[tokio::test]
async fn a_viewer_sees_and_may_not_write() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let ann = signed_in(app, "ann@example.net").await;
        let path = submitted(&ann, &form_with(&[])).await;
        let reference = path.rsplit('/').next().unwrap();
        let request = access_requests::find(app.ctx(), &TestApp::actor(), reference).await.expect("a request");
        let vic = signed_in(app, "vic@example.net").await;
        let member: NewMember = input(json!({ "user": "vic@example.net", "role": "viewer" }));
        organizations::add_member(app.ctx(), &TestApp::actor(), request.organization_id, member).await.expect("added");
        ask(app, &path, "For whom?").await;
        let page = vic.get(&path).await;
        contains(&page, &["For whom?", "an owner or maintainer answers"]);
        assert!(!page.html.contains("/withdraw\"") && !page.html.contains("/answer\""), "{}", page.html);
        contains(&vic.get("/requests").await, &[reference]);
        for (address, fields) in [("answer", vec![("text", "x")]), ("withdraw", vec![])] {
            let page = vic.post(&format!("{path}/{address}"), &fields).await;
            assert_eq!(page.status, 403, "{address}");
            contains(&page, &["ask an owner to make you a maintainer"]);
        }
        let id = request.application_id.to_string();
        let page =
            vic.post(FORM, &form_with(&[("application", "existing"), ("application_id", &id), ("form", "x")])).await;
        assert_eq!(page.status, 403);
        let after = access_requests::find(app.ctx(), &TestApp::actor(), reference).await.expect("a request");
        assert_eq!(after.version, request.version + 2, "assigned and asked, and nothing since");
    })
    .await;
}

#[tokio::test]
async fn forms_of_others_and_fields_of_others_are_refused() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let ann = signed_in(&app, "ann@example.net").await;
    let path = submitted(&ann, &form_with(&[])).await;
    let reference = path.rsplit('/').next().unwrap();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form_with(&[("form", "x")])).finish();
    for (address, body) in [
        (FORM.to_owned(), body.as_str()),
        (format!("{path}/answer"), "text=x"),
        (format!("{path}/submit"), "terms_accepted=yes"),
        (format!("{path}/withdraw"), ""),
    ] {
        for site in [None, Some("cross-site"), Some("same-site"), Some("none")] {
            let mut request = app.request("POST", &address).header("content-type", "application/x-www-form-urlencoded");
            if let Some(site) = site {
                request = request.header("sec-fetch-site", site);
            }
            assert_eq!(ann.send(request.body(body.to_owned())).await.status, 403, "{address} {site:?}");
        }
    }
    for field in [
        ("terms_accepted_at", "0"),
        ("state", "approved"),
        ("organization_id", "org_x"),
        ("client_id", "mine"),
        ("skip_consent", "true"),
        ("answers.unasked", "x"),
        ("purpose", "twice"),
        ("do", "approve"),
    ] {
        let mut fields = form_with(&[("form", "form-9")]);
        fields.push(field);
        assert_eq!(ann.post(FORM, &fields).await.status, 400, "{field:?}");
    }
    assert_eq!(ann.post(&format!("{path}/withdraw"), &[("state", "approved")]).await.status, 400);
    let request = access_requests::find(app.ctx(), &TestApp::actor(), reference).await.expect("a request");
    assert_eq!(request.version, 2, "submitted, and nothing since");
    assert_eq!(ann.get("/requests").await.html.matches("scope=\"row\"").count(), 1);
    app.stop().await;
}

#[tokio::test]
async fn who_is_not_signed_in_or_not_verified_is_told() {
    on_each_engine(async |app: &TestApp| {
        World::new(app).await;
        let nobody = Browser::new(app);
        for address in [FORM, "/requests", "/requests/R-AAAAAAAA", "/requests/R-AAAAAAAA/withdraw"] {
            let page = nobody.get(address).await;
            assert_eq!((page.status, page.location), (303, format!("/sign-in?return_to={address}")));
        }
        let new = json!({ "email": "new@example.net", "name": "New" });
        users::create(app.ctx(), &TestApp::actor(), input(new)).await.expect("a user");
        let browser = signed_in(app, "new@example.net").await;
        contains(&browser.get(FORM).await, &["Verify your e-mail address first", "action=\"/verify-email\""]);
        let page = browser.post(FORM, &form_with(&[])).await;
        assert_eq!(page.status, 403);
        contains(&page, &["Verify your e-mail address first"]);
        contains(&browser.get(FORM).await, &["value=\"Dashboard\""]);
        assert_eq!(browser.get("/apis/nothing/request").await.status, 404);
    })
    .await;
}
