//! What the desk's pages show.

use std::time::Duration;

use super::desk::{Desk, HOSTILE, OWN, OWNER, REVIEWER};
use crate::support::{TestApp, on_each_engine};

const ALL: [&str; 3] = ["studies:normal", "studies:sensitive", "studies:restricted"];

/// Two working days and a bit.
const LATE: Duration = Duration::from_secs(4 * 86_400);

#[tokio::test]
async fn the_list_filters_and_says_what_is_due() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let rita = app.browser(REVIEWER).await;
        let page = rita.get("/review").await;
        assert!(page.status == 200 && page.html.contains("No access request waits"), "{}", page.html);
        let first = desk.ask("First", &ALL).await;
        let page = rita.get("/review").await.html;
        for words in ["First", "Studio", "In time", "New", "Nobody", "Restricted", "studies:normal", &first.path] {
            assert!(page.contains(words), "{words}: {page}");
        }
        app.advance(LATE);
        let second = desk.ask("Second", &ALL[..1]).await;
        // The session of before has ended meanwhile.
        let rita = app.browser(REVIEWER).await;
        assert_eq!(rita.post(&format!("{}/assign", second.path), &[("to", "me")]).await.status, 303);
        let has = async |query: &str, names: [bool; 2]| {
            let page = rita.get(&format!("/review{query}")).await;
            let seen = [&first, &second].map(|asked| page.html.contains(&asked.path));
            assert!(page.status == 200 && seen == names, "{query}: {seen:?} {}", page.html);
        };
        has("", [true, true]).await;
        has("?overdue=yes", [true, false]).await;
        has("?assignee=me", [false, true]).await;
        has("?assignee=nobody", [true, false]).await;
        has("?state=new", [true, false]).await;
        has("?state=in_review", [false, true]).await;
        has("?state=asked", [false, false]).await;
        has("?state=ended", [false, false]).await;
        has("?api=studies&sort=newest", [true, true]).await;
        has("?state=%3Cscript%3E&after=nonsense&sort=%00", [true, true]).await;
        has("?state=new&state=new", [true, true]).await;
        let page = rita.get("/review?sort=newest").await.html;
        assert!(page.find(&second.path) < page.find(&first.path), "the newest first");
        let page = rita.get("/review").await.html;
        assert!(page.find(&first.path) < page.find(&second.path), "what is due first");
        assert!(page.contains("Overdue") && page.contains("<strong>You</strong>"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn pages_of_the_list_follow_each_other() {
    let app = TestApp::sqlite().await;
    let desk = Desk::new(&app).await;
    for number in 0..30 {
        desk.ask(&format!("App {number}"), &ALL[..1]).await;
    }
    let rita = app.browser(REVIEWER).await;
    let links = |html: &str| html.matches("class=\"title\" href=\"/review/R-").count();
    let page = rita.get("/review?assignee=nobody").await.html;
    assert_eq!(links(&page), 25);
    let next = page.split_once("rel=\"next\" href=\"").expect("another page").1;
    let next = next.split_once('"').expect("an end").0.replace("&#38;", "&");
    let rest = rita.get(&next).await.html;
    assert_eq!(links(&rest), 5);
    assert!(rest.contains("First page") && !rest.contains("rel=\"next\""), "{rest}");
}

#[tokio::test]
async fn one_page_says_everything() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask(HOSTILE, &ALL).await;
        let rita = app.browser(REVIEWER).await;
        let page = rita.get(&asked.path).await;
        assert_eq!(page.status, 200);
        for words in [
            "&#60;script&#62;",
            "Shows results &#38; &#60;b&#62;more&#60;/b&#62;.",
            "https://studi0.example/callback",
            "studi0.example looks like studio.example and is another domain",
            "Otto Owner",
            "Verified address",
            "Address at the homepage&#39;s domain",
            "Not verified",
            "A restricted scope needs the approval of two reviewers",
            "Nothing was decided for this organization before",
            "Approve all",
        ] {
            assert!(page.html.contains(words), "{words}: {}", page.html);
        }
        assert!(!page.html.contains("<script>") && !page.html.contains("<b>more"), "{}", page.html);
        let hostile = [("question", HOSTILE)];
        assert_eq!(rita.post(&format!("{}/ask", asked.path), &hostile).await.status, 303);
        let page = rita.get(&asked.path).await.html;
        assert!(page.contains("Clock stopped") && page.contains("Rita Reviewer asked the developer"), "{page}");
        assert!(!page.contains("<script>"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn reminders_wait_at_the_desk_until_it_is_looked_at() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        desk.ask("App", &ALL[..1]).await;
        app.advance(LATE);
        app.run_jobs_now().await;
        let rita = app.browser(REVIEWER).await;
        let unread = |page: &str, part: &str| {
            let link = page.split_once(&format!("<li><a href=\"/{part}\"")).expect("in the navigation").1;
            link.split_once("</a>").is_some_and(|(link, _)| link.contains(" unread</span>"))
        };
        let page = rita.get("/").await.html;
        assert!(unread(&page, "review") && !unread(&page, "requests"), "{page}");
        assert!(!unread(&rita.get("/review").await.html, "review"));
        assert!(!unread(&rita.get("/").await.html, "review"));
    })
    .await;
}

#[tokio::test]
async fn notes_stay_among_reviewers() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &ALL[..1]).await;
        let rita = app.browser(REVIEWER).await;
        let note = [("note", "Looks like a reseller.")];
        let noted = rita.post(&format!("{}/note", asked.path), &note).await;
        assert_eq!((noted.status, noted.location.as_str()), (303, &*format!("{}?done=noted#conversation", asked.path)));
        assert!(rita.get(&asked.path).await.html.contains("Looks like a reseller."));
        let question = [("question", "Who are your customers?")];
        rita.post(&format!("{}/ask", asked.path), &question).await;
        app.run_jobs_now().await;
        let own = app.browser(OWN).await.get(&asked.path).await.html;
        assert!(own.contains("Who are your customers?") && !own.contains("reseller"), "{own}");
        let theirs = asked.path.replace("/review/", "/requests/");
        let page = app.browser(OWNER).await.get(&theirs).await.html;
        assert!(!page.contains("reseller"), "{page}");
        let mails = app.mails();
        assert!(mails.iter().any(|mail| mail.contains("Who are your customers?")), "{mails:?}");
        assert!(mails.iter().all(|mail| !mail.contains("reseller")), "{mails:?}");
        assert_eq!(desk.audited("access_request.noted").await, 1);
    })
    .await;
}
