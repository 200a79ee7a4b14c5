//! 50 reviewers' forms at once: one decides, the others are told.

use super::desk::{Desk, REVIEWER, SECOND};
use crate::support::{TestApp, on_each_engine};

const FORMS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_fifty_forms_decides() {
    on_each_engine(async |app: &TestApp| {
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &["studies:normal", "studies:sensitive"]).await;
        let browsers = [app.browser(REVIEWER).await, app.browser(SECOND).await];
        let version = browsers[0].get(&asked.path).await.field("version");
        let (decide, verdict, reason) =
            (format!("{}/decide", asked.path), asked.verdict("normal"), asked.reason("normal"));
        let other = asked.verdict("sensitive");
        let form = async |number: usize| {
            let word = if number.is_multiple_of(2) { "approved" } else { "declined" };
            let fields = [("version", version.as_str()), (&verdict, word), (&reason, "Because."), (&other, "approved")];
            browsers[number % 2].post(&decide, &fields).await
        };
        let answers = futures_util::future::join_all((0..FORMS).map(form)).await;
        let won = answers.iter().filter(|answer| answer.status == 303).count();
        let told = answers.iter().filter(|answer| answer.status == 409).collect::<Vec<_>>();
        assert_eq!((won, told.len()), (1, FORMS - 1));
        assert!(told.iter().all(|answer| answer.html.contains("Somebody changed this request")));
        assert_eq!(desk.audited("access_request.decided").await, 1);
        app.run_jobs_now().await;
        let decisions: Vec<_> = app.mails().into_iter().filter(|mail| mail.contains("is approved")).collect();
        assert_eq!(decisions.len(), 1, "{decisions:?}");
    })
    .await;
}
