//! Deciding in the browser.

use std::time::Duration;

use gatehouse_server::actions::entitlements;

use super::desk::{Desk, OWNER, REVIEWER, SECOND};
use crate::support::{TestApp, on_each_engine};

const ALL: [&str; 3] = ["studies:normal", "studies:sensitive", "studies:restricted"];

#[tokio::test]
async fn part_is_approved_and_part_declined() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &ALL[..2]).await;
        let rita = app.browser(REVIEWER).await;
        let decide = format!("{}/decide", asked.path);
        let version = rita.get(&asked.path).await.field("version");
        let (first, second, why) = (asked.verdict("normal"), asked.verdict("sensitive"), asked.reason("sensitive"));
        let empty = rita.post(&decide, &[("version", &version), (&first, ""), ("do", "decide")]).await;
        assert!(empty.status == 422 && empty.html.contains("Approve or decline at least one scope."), "{}", empty.html);
        let silent = [("version", version.as_str()), (&first, "approved"), (&second, "declined"), (&why, " ")];
        let silent = rita.post(&decide, &silent).await;
        assert!(
            silent.status == 422 && silent.html.contains("Say why you decline studies:sensitive"),
            "{}",
            silent.html
        );
        assert_eq!(silent.html.matches(" checked").count(), 2, "what was chosen stays: {}", silent.html);
        let whole =
            [("version", version.as_str()), (&first, "approved"), (&second, "declined"), (&why, "You only list.")];
        app.advance(Duration::from_secs(60));
        let decided = rita.post(&decide, &whole).await;
        assert_eq!((decided.status, decided.location), (303, format!("{}?done=decided", asked.path)));
        let page = rita.get(&asked.path).await.html;
        assert!(
            page.contains("Partly approved") && page.contains("You only list.") && !page.contains(&decide),
            "{page}"
        );
        assert!(!page.contains("Has it already"), "not when it was asked for: {page}");
        let held = entitlements::list(app.ctx(), &TestApp::actor(), asked.application).await.expect("entitlements");
        assert_eq!(held[0].effective_scopes(app.ctx().now()).collect::<Vec<_>>(), ["studies:normal"]);
        app.run_jobs_now().await;
        let mails: Vec<_> = app.mails().into_iter().filter(|mail| mail.contains("approved in part")).collect();
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(mails[0].contains(OWNER) && mails[0].contains("You only list."), "{mails:?}");
        let twice = rita.post(&decide, &whole).await;
        assert!(twice.status == 409 && twice.html.contains("Somebody changed this request"), "{}", twice.html);
        let ended = rita.get("/review?state=ended").await.html;
        assert!(ended.contains(&asked.path), "{ended}");
    })
    .await;
}

#[tokio::test]
async fn a_restricted_scope_needs_two() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &ALL).await;
        let (rita, sam) = (app.browser(REVIEWER).await, app.browser(SECOND).await);
        let decide = format!("{}/decide", asked.path);
        let version = rita.get(&asked.path).await.field("version");
        let unsure = [("version", &*version), ("do", "approve_all"), (&*asked.verdict("restricted"), "declined")];
        let unsure = rita.post(&decide, &unsure).await;
        assert!(unsure.status == 422 && unsure.html.contains("ou have chosen to decline"), "{}", unsure.html);
        assert_eq!(desk.state(&asked).await, "submitted", "nothing that was chosen is lost");
        let all = rita.post(&decide, &[("version", &version), ("do", "approve_all")]).await;
        assert_eq!(all.status, 303, "{}", all.html);
        assert_eq!(desk.state(&asked).await, "in_review");
        let page = rita.get(&asked.path).await;
        assert!(
            page.html.contains("You approved it") && page.html.contains("needs a second reviewer"),
            "{}",
            page.html
        );
        let again = [("version", &*page.field("version")), (&*asked.verdict("restricted"), "approved")];
        let again = rita.post(&decide, &again).await;
        assert!(again.status == 409 && again.html.contains("another reviewer must approve it too"), "{}", again.html);
        assert!(rita.get("/review").await.html.contains("Needs another reviewer"));
        app.run_jobs_now().await;
        let told = app.mails().into_iter().filter(|mail| mail.contains("second approval is needed"));
        let told: Vec<_> = told.collect();
        assert!(told.iter().any(|mail| mail.contains(SECOND)) && !told.iter().any(|mail| mail.contains(REVIEWER)));
        assert!(sam.get("/review").await.html.contains("Needs a second approval"));
        let page = sam.get(&asked.path).await;
        assert!(page.html.contains("Rita Reviewer approved it"), "{}", page.html);
        let done = sam
            .post(&decide, &[("version", &*page.field("version")), (&*asked.verdict("restricted"), "approved")])
            .await;
        assert_eq!((done.status, desk.state(&asked).await.as_str()), (303, "approved"), "{}", done.html);
        assert!(sam.get(&asked.path).await.html.contains("Rita Reviewer and Sam"), "both decided");
        assert!(!sam.get("/review?state=ended").await.html.contains("second approval"));
    })
    .await;
}

#[tokio::test]
async fn who_is_late_is_told_and_loses_nothing() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &ALL[..1]).await;
        let (rita, sam) = (app.browser(REVIEWER).await, app.browser(SECOND).await);
        let decide = format!("{}/decide", asked.path);
        let version = rita.get(&asked.path).await.field("version");
        sam.post(&format!("{}/assign", asked.path), &[("to", "me")]).await;
        let typed = "Because of <all> of this.";
        let (verdict, reason) = (asked.verdict("normal"), asked.reason("normal"));
        let late = [("version", version.as_str()), (&verdict, "declined"), (&reason, typed)];
        let late = rita.post(&decide, &late).await;
        assert_eq!(late.status, 409);
        for words in ["Nothing of yours was done", "Because of &#60;all&#62; of this.", "Sam Second"] {
            assert!(late.html.contains(words), "{words}: {}", late.html);
        }
        assert_eq!(desk.state(&asked).await, "in_review");
        let now = [("version", &*late.field("version")), (&verdict, "declined"), (&reason, typed)];
        assert_eq!(rita.post(&decide, &now).await.status, 303);
        assert_eq!(desk.state(&asked).await, "declined");
        let question = rita.post(&format!("{}/ask", asked.path), &[("question", "And why <that>?")]).await;
        assert!(question.status == 409, "{}", question.html);
    })
    .await;
}

#[tokio::test]
async fn requests_change_hands() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &ALL[..1]).await;
        let rita = app.browser(REVIEWER).await;
        let assign = format!("{}/assign", asked.path);
        let page = rita.get(&asked.path).await.html;
        let option = page.split("<option value=\"").find(|part| part.contains("Sam Second")).expect("Sam may take it");
        let sam = option.split_once('"').expect("an end").0;
        for (to, seen) in [("me", "<strong>You</strong>"), (sam, "<p class=\"who\">Sam Second"), ("", "Nobody</span>")]
        {
            let changed = rita.post(&assign, &[("to", to)]).await;
            assert_eq!((changed.status, changed.location), (303, format!("{}?done=assigned", asked.path)));
            let page = rita.get(&asked.path).await.html;
            assert!(page.contains(seen), "{seen}: {page}");
        }
        let stranger = rita.post(&assign, &[("to", OWNER)]).await;
        assert!(stranger.status == 409 && stranger.html.contains("role reviewer or admin"), "{}", stranger.html);
        app.run_jobs_now().await;
        let given: Vec<_> = app.mails().into_iter().filter(|mail| mail.contains("was given to you")).collect();
        assert!(given.len() == 1 && given[0].contains(SECOND), "{given:?}");
        let told = (desk.audited("access_request.assigned").await, desk.audited("access_request.unassigned").await);
        assert_eq!(told, (2, 1));
    })
    .await;
}
