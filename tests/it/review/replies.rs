//! Canned replies: kept by reviewers, picked on the page of a request.

use serde_json::json;

use super::desk::{Desk, HOSTILE, OWN, OWNER, REVIEWER, SECOND};
use crate::manage::Operator;
use crate::support::{TestApp, on_each_engine};

const LIST: &str = "/review/replies";
const CUSTOMERS: &str = "Who are your customers?";

#[tokio::test]
async fn reviewers_keep_change_and_delete_them() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let (rita, sam) = (app.browser(REVIEWER).await, app.browser(SECOND).await);
        let empty = rita.post(LIST, &[("kind", ""), ("title", HOSTILE), ("body", " ")]).await;
        assert!(empty.status == 422 && empty.html.contains("Choose what the text is for."), "{}", empty.html);
        assert!(empty.html.contains("&#60;script&#62;") && !empty.html.contains("<script>"), "{}", empty.html);
        let empty = rita.post(LIST, &[("kind", "question"), ("title", "Customers"), ("body", " ")]).await;
        assert!(empty.status == 422 && empty.html.contains("value=\"Customers\""), "{}", empty.html);
        let kept = rita.post(LIST, &[("kind", "question"), ("title", "Customers"), ("body", CUSTOMERS)]).await;
        assert_eq!((kept.status, kept.location.as_str()), (303, "/review/replies?done=kept"));
        let page = sam.get(LIST).await.html;
        assert!(page.contains("Customers") && page.contains(CUSTOMERS), "{page}");

        let path = page.split_once("href=\"/review/replies/rpl_").expect("a link").1;
        let path = format!("{LIST}/rpl_{}", path.split_once('"').expect("an end").0);
        let old = rita.get(&path).await.field("version");
        let change = |version| [("version", version), ("title", "Clients"), ("body", "Who?\r\nHow many?")];
        assert_eq!(sam.post(&path, &change(&old)).await.status, 303);
        let late = rita.post(&path, &[("version", &old), ("title", "Mine"), ("body", "My text")]).await;
        assert_eq!(late.status, 409);
        for words in ["Somebody changed this text", "Who?\nHow many?", "value=\"Mine\"", "My text"] {
            assert!(late.html.contains(words), "{words}: {}", late.html);
        }
        assert_eq!(rita.post(&path, &change(&late.field("version"))).await.status, 303, "now knowingly");
        assert_eq!(rita.post(&format!("{path}/delete"), &[]).await.status, 303);
        assert_eq!(rita.get(&path).await.status, 404);
        assert_eq!(rita.post(&format!("{path}/delete"), &[]).await.status, 404);
        let audited = ["created", "changed", "deleted"].map(|done| format!("canned_reply.{done}"));
        let counts =
            [desk.audited(&audited[0]).await, desk.audited(&audited[1]).await, desk.audited(&audited[2]).await];
        assert_eq!(counts, [1, 2, 1]);
    })
    .await;
}

#[tokio::test]
async fn a_picked_text_is_edited_and_sent() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let operator = Operator::new(app).await;
        let keep = async |kind: &str, title: &str, body: &str| {
            let reply = json!({ "kind": kind, "title": title, "body": body });
            let made = operator.call("POST", "/canned_replies", reply.clone()).await;
            assert_eq!(made.0, 201, "{made:?}");
            made.1["id"].as_str().expect("an id").to_owned()
        };
        let question = keep("question", "Customers", CUSTOMERS).await;
        let reason = keep("decline", "Too much", "You only list.").await;
        let asked = desk.ask("App", &["studies:normal", "studies:sensitive"]).await;
        let rita = app.browser(REVIEWER).await;
        let page = rita.get(&asked.path).await.html;
        assert!(page.contains("Pick a canned reply") && page.contains(&question) && page.contains(&reason), "{page}");

        let ask = format!("{}/ask", asked.path);
        let fill = |typed| [("question", typed), ("reply", question.as_str()), ("do", "fill")];
        let filled = rita.post(&ask, &fill("Hello!")).await;
        assert!(filled.status == 200 && filled.html.contains(&format!("Hello!\n\n{CUSTOMERS}")), "{}", filled.html);
        assert_eq!(desk.state(&asked).await, "submitted", "nothing was sent");
        let foreign = [("question", ""), ("reply", reason.as_str()), ("do", "fill")];
        let foreign = rita.post(&ask, &foreign).await.html;
        assert_eq!(foreign.matches("You only list.").count(), 1, "a reason is no question: {foreign}");

        let decide = format!("{}/decide", asked.path);
        let (normal, sensitive) = (asked.verdict("normal"), asked.verdict("sensitive"));
        let why = asked.reason("sensitive");
        let scope = why.trim_start_matches("reason[").trim_end_matches(']').to_owned();
        let reply = format!("reply[{scope}]");
        let version = rita.get(&asked.path).await.field("version");
        let pick = [
            ("version", version.as_str()),
            (&normal, "approved"),
            (&sensitive, ""),
            (&why, ""),
            (&reply, &reason),
            ("fill", &scope),
        ];
        let picked = rita.post(&decide, &pick).await;
        assert_eq!((picked.status, picked.html.matches(" checked").count()), (200, 2), "{}", picked.html);
        assert_eq!(picked.html.matches("You only list.").count(), 2, "in its box: {}", picked.html);
        let nothing = [("version", version.as_str()), (&reply, ""), ("fill", &scope)];
        assert!(!rita.post(&decide, &nothing).await.html.contains("value=\"declined\" checked"), "nothing was picked");
        let send = [
            ("version", version.as_str()),
            (&normal, "approved"),
            (&sensitive, "declined"),
            (&why, "You only list, so far."),
        ];
        assert_eq!(rita.post(&decide, &send).await.status, 303);
        assert_eq!(desk.state(&asked).await, "partly_approved");

        let next = desk.ask("Next", &["studies:normal"]).await;
        let request = next.path.trim_start_matches("/review/");
        for path in [&next.path, &format!("/review/together?request={request}")] {
            let page = rita.get(path).await.html;
            let text = format!("<p id=\"{reason}\">You only list.</p>");
            assert_eq!(page.matches(&text).count(), 1, "script finds the text on {path}: {page}");
        }

        let own = app.browser(OWN).await.get(&asked.path).await.html;
        assert!(!own.contains(CUSTOMERS), "not the reviewers' texts: {own}");
    })
    .await;
}

#[tokio::test]
async fn the_management_api_keeps_them_too() {
    on_each_engine(async |app: &TestApp| {
        Desk::new(app).await;
        let operator = Operator::new(app).await;
        let wrong =
            operator.call("POST", "/canned_replies", json!({ "kind": "question", "title": "", "body": "" })).await;
        assert_eq!(wrong.0, 422, "{wrong:?}");
        for number in 0..50 {
            let reply = json!({ "kind": "decline", "title": format!("No {number}"), "body": "No." });
            assert_eq!(operator.call("POST", "/canned_replies", reply.clone()).await.0, 201);
        }
        let reply = json!({ "kind": "decline", "title": "One more", "body": "No." });
        let refused = operator.call("POST", "/canned_replies", reply.clone()).await;
        assert_eq!((refused.0.as_u16(), refused.1["code"].as_str()), (409, Some("too_many_replies")), "{refused:?}");
        let all = operator.call("GET", "/canned_replies", json!(null)).await.1;
        let first = &all["items"][0];
        assert_eq!((all["items"].as_array().map(Vec::len), first["title"].as_str()), (Some(50), Some("No 0")));
        let path = format!("/canned_replies/{}", first["id"].as_str().expect("an id"));
        let changed = operator.call("PATCH", &path, json!({ "title": "Another", "version": 1 })).await;
        assert_eq!((changed.0.as_u16(), &changed.1["version"], &changed.1["body"]), (200, &json!(2), &json!("No.")));
        let late = operator.call("PATCH", &path, json!({ "title": "Late", "version": 1 })).await;
        assert_eq!((late.0.as_u16(), late.1["code"].as_str()), (409, Some("changed_meanwhile")), "{late:?}");
        assert_eq!(operator.call("GET", &path, json!(null)).await.1["title"], "Another");
        assert_eq!(operator.call("DELETE", &path, json!(null)).await.0, 204);
        assert_eq!(operator.call("GET", &path, json!(null)).await.0, 404);
        let developer = app.browser(OWNER).await.get(LIST).await;
        assert_eq!(developer.status, 403, "{}", developer.html);
    })
    .await;
}
