//! `/review/changes`: what developers change of an approved application, from the form to the decision.

use gatehouse_core::id::ApplicationId;
use gatehouse_server::actions::{applications, entitlements, organizations, users};
use serde_json::json;

use super::desk::{ADMIN, Desk, OWN, OWNER, REVIEWER, SECOND};
use crate::support::browser::Browser;
use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

const OLD: &str = "https://studi0.example/callback";
const NEW: &str = "https://stud1o.example/callback";
const MAINTAINER: &str = "mia@studio.example";
const STRANGER: &str = "stranger@elsewhere.example";
const FORMS: usize = 50;

/// A production application that has access.
struct Approved<'a> {
    app: &'a TestApp,
    desk: Desk<'a>,
    id: ApplicationId,
}

impl<'a> Approved<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let desk = Desk::new(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let id = desk.ask("Dashboard", &["studies:sensitive"]).await.application;
        let grant = json!({ "api": "studies", "scopes": ["studies:normal"] });
        entitlements::grant(ctx, &actor, id, input(grant)).await.expect("a grant");
        for (email, name) in [(MAINTAINER, "Mia Maintainer"), (STRANGER, "Stefan Stranger")] {
            let user = json!({ "email": email, "name": name, "email_verified": true });
            users::create(ctx, &actor, input(user)).await.expect("a user");
        }
        let organization = applications::find(ctx, &actor, id).await.expect("an application").organization_id;
        let member = json!({ "user": MAINTAINER, "role": "maintainer" });
        organizations::add_member(ctx, &actor, organization, input(member)).await.expect("a member");
        let other = json!({ "name": "Elsewhere", "owner": STRANGER });
        organizations::create(ctx, &actor, input(other)).await.expect("an organization");
        Self { app, desk, id }
    }

    fn path(&self, below: &str) -> String {
        format!("/applications/{}{below}", self.id)
    }

    /// Saves the settings with these redirect URIs.
    async fn save(&self, by: &Browser<'_>, redirect_uris: &str) -> String {
        let fields = [("name", "Dashboard"), ("redirect_uris", redirect_uris)];
        let saved = by.post(&self.path("/settings"), &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.html);
        saved.location
    }

    /// Proposes [`NEW`]; the address of the change on the desk.
    async fn propose(&self) -> String {
        let mia = self.app.browser(MAINTAINER).await;
        self.save(&mia, &format!("{OLD}\r\n{NEW}")).await;
        let page = mia.get(&self.path("/settings")).await.html;
        let start = page.find(">C-").expect("a reference") + 1;
        format!("/review/changes/{}", &page[start..start + 10])
    }

    /// What the authorization server takes for redirect URIs.
    async fn in_use(&self) -> Vec<String> {
        self.app.poll_changes_now().await;
        let client_id = applications::find(self.app.ctx(), &TestApp::actor(), self.id).await.expect("there").client_id;
        let client = self.app.state.directory.client(self.app.ctx(), &client_id).await.expect("the directory answers");
        client.expect("it knows the client").application.redirect_uris.clone()
    }
}

#[tokio::test]
async fn a_new_redirect_url_waits_for_its_review() {
    on_each_engine(async |app: &TestApp| {
        let world = Approved::new(app).await;
        let mia = app.browser(MAINTAINER).await;
        let settings = mia.get(&world.path("/settings")).await.html;
        assert!(settings.contains("New URIs are reviewed.") && !settings.contains("Waits for review"));
        let location = world.save(&mia, &format!("{OLD}\r\n{NEW}")).await;
        assert_eq!(location, world.path("/settings?done=waits"));
        let again = world.save(&mia, &format!("{OLD}\r\n{NEW}")).await;
        assert_eq!(again, world.path("/settings?done=saved"), "it waited before");
        let settings = mia.get(&location).await.html;
        for words in ["New URIs wait for a review", "Waits for review", NEW, "Mia Maintainer", "Withdraw"] {
            assert!(settings.contains(words), "{words}: {settings}");
        }
        assert_eq!(world.in_use().await, [OLD], "the old value works until then");
        assert!(mia.get(&world.path("")).await.html.contains("A change waits for review."));

        let rita = app.browser(REVIEWER).await;
        let list = rita.get("/review").await.html;
        assert!(list.contains("Changes of applications") && list.contains("Redirect URIs, 1 new"), "{list}");
        let start = list.find("/review/changes/C-").expect("a change");
        let path = &list[start..start + "/review/changes/C-00000000".len()];
        assert!(!rita.get("/review?state=ended").await.html.contains(path), "only above all that waits");
        assert_eq!(rita.get(&path.replace("/changes", "")).await.location, path, "a reference leads on");
        let page = rita.get(path).await.html;
        for words in ["changes its redirect URIs", OLD, NEW, "Stays", "looks like studi0.example", "is new", "In time"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        let decided = rita.post(&format!("{path}/decide"), &[("verdict", "approved"), ("reason", "")]).await;
        assert_eq!((decided.status, decided.location.as_str()), (303, format!("{path}?done=decided").as_str()));
        let page = rita.get(&decided.location).await.html;
        assert!(page.contains("Your decision is kept") && page.contains("Approved") && !page.contains("/decide"));
        assert_eq!(world.in_use().await, [OLD, NEW]);
        app.run_jobs_now().await;
        let mails = app.mails();
        let told = mails.iter().filter(|mail| mail.contains("the redirect URIs of Dashboard are changed"));
        assert!(told.clone().count() == 1 && told.clone().all(|mail| mail.contains(MAINTAINER)), "{mails:?}");
        let unread = " unread</span>";
        assert!(mia.get(&world.path("")).await.html.contains(unread), "the overview does not say what was decided");
        let settings = mia.get(&world.path("/settings")).await.html;
        assert!(!settings.contains(unread), "its page does");
        assert!(settings.contains("Earlier reviews of changes") && !settings.contains("Waits for review"));
        let ended = rita.get("/review/changes?state=ended").await.html;
        assert!(ended.contains(path) && !rita.get("/review/changes").await.html.contains(path), "{ended}");
    })
    .await;
}

#[tokio::test]
async fn an_api_user_is_proposed_and_declined_with_a_reason() {
    on_each_engine(async |app: &TestApp| {
        let world = Approved::new(app).await;
        let mia = app.browser(MAINTAINER).await;
        let api_user = async || {
            let found = applications::find(app.ctx(), &TestApp::actor(), world.id).await;
            found.expect("there").api_user_id.map(|id| id.to_string())
        };
        let before = api_user().await;
        let chosen = users::get_by_ref(app.ctx(), MAINTAINER).await.expect("a user").id.to_string();
        let set = mia.post(&world.path("/api-user"), &[("api_user", &chosen)]).await;
        assert_eq!((set.status, set.location), (303, world.path("/settings?done=api-user-waits")));
        assert_eq!(api_user().await, before);
        let rita = app.browser(REVIEWER).await;
        let list = rita.get("/review/changes").await.html;
        assert!(list.contains("another person") && list.contains("Mia Maintainer"), "{list}");
        let start = list.find("/review/changes/C-").expect("a change");
        let path = &list[start..start + "/review/changes/C-00000000".len()];
        let page = rita.get(path).await.html;
        for words in ["changes its API user", "Mia Maintainer", "Otto Owner", "Until now", "A member of no workspace"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let decide = format!("{path}/decide");
        let nothing = rita.post(&decide, &[("reason", "")]).await;
        assert!(nothing.status == 422 && nothing.html.contains("Approve or decline the change"), "{}", nothing.html);
        let silent = rita.post(&decide, &[("verdict", "declined"), ("reason", "  ")]).await;
        assert!(silent.status == 422 && silent.html.contains("value=\"declined\" checked"), "{}", silent.html);
        assert!(silent.html.contains("Say why: the developer reads it"), "{}", silent.html);
        let declined = rita.post(&decide, &[("verdict", "declined"), ("reason", "Who is <b>Mia</b>?")]).await;
        assert_eq!((declined.status, api_user().await), (303, before));
        let settings = mia.get(&world.path("/settings")).await.html;
        assert!(settings.contains("Who is &#60;b&#62;Mia&#60;/b&#62;?") && settings.contains("Declined"), "{settings}");
    })
    .await;
}

#[tokio::test]
async fn each_role_gets_its_answer() {
    on_each_engine(async |app: &TestApp| {
        let world = Approved::new(app).await;
        let path = world.propose().await;
        let reference = path.rsplit('/').next().expect("a reference").to_owned();
        let withdraw = world.path(&format!("/changes/{reference}/withdraw"));
        let decide = format!("{path}/decide");
        let answers = async |browser: &Browser<'_>| {
            let mut answers = Vec::new();
            for page in ["/review/changes", &path] {
                answers.push(browser.get(page).await.status);
            }
            answers.push(browser.post(&decide, &[("verdict", "approved"), ("reason", "")]).await.status);
            answers
        };
        assert_eq!(answers(&Browser::new(app)).await, [303, 303, 401]);
        for email in [OWNER, MAINTAINER, STRANGER] {
            assert_eq!(answers(&app.browser(email).await).await, [403; 3], "{email}");
        }
        // A reviewer of the same organization looks, and decides nothing.
        let olga = app.browser(OWN).await;
        assert_eq!(answers(&olga).await, [200, 200, 409]);
        let page = olga.get(&path).await.html;
        assert!(page.contains("Nobody decides on a change of their own organization") && !page.contains(&decide));
        assert!(olga.get("/review").await.html.contains("Your organization"));

        assert_eq!(Browser::new(app).post(&withdraw, &[]).await.status, 401);
        for (email, expected) in [(STRANGER, 404), (REVIEWER, 404), (OWN, 403)] {
            assert_eq!(app.browser(email).await.post(&withdraw, &[]).await.status, expected, "{email}");
        }
        let owner = app.browser(OWNER).await;
        let elsewhere = withdraw.replace(&world.id.to_string(), "app_00000000000000000000000000");
        assert_eq!(owner.post(&elsewhere, &[]).await.status, 404, "of another application");
        let foreign = app.request("POST", &withdraw).header("sec-fetch-site", "cross-site");
        let foreign = foreign.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(owner.send(foreign).await.status, 403, "from another site");
        assert_eq!(world.in_use().await, [OLD]);
        let withdrawn = owner.post(&withdraw, &[]).await;
        assert_eq!((withdrawn.status, withdrawn.location), (303, world.path("/settings?done=withdrawn")));
        let late = owner.post(&withdraw, &[]).await;
        assert_eq!(late.location, world.path("/settings?done=too-late"));
        let late = app.browser(ADMIN).await.post(&decide, &[("verdict", "approved"), ("reason", "")]).await;
        assert!(late.status == 409 && late.html.contains("The change is withdrawn"), "{}", late.html);
        assert_eq!(world.in_use().await, [OLD]);
        for nothing in ["/review/changes/C-00000000", "/review/changes/x", "/review/changes/%3Cscript%3E"] {
            let page = app.browser(ADMIN).await.get(nothing).await;
            assert!(page.status == 404 && !page.html.contains("<script>"), "{nothing}: {}", page.html);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_fifty_forms_decides() {
    on_each_engine(async |app: &TestApp| {
        let world = Approved::new(app).await;
        let decide = format!("{}/decide", world.propose().await);
        let browsers = [app.browser(REVIEWER).await, app.browser(SECOND).await];
        let form = async |number: usize| {
            let verdict = if number.is_multiple_of(2) { "approved" } else { "declined" };
            browsers[number % 2].post(&decide, &[("verdict", verdict), ("reason", "Because.")]).await
        };
        let answers = futures_util::future::join_all((0..FORMS).map(form)).await;
        let won: Vec<_> = (0..FORMS).filter(|number| answers[*number].status == 303).collect();
        let told = answers.iter().filter(|answer| answer.status == 409).count();
        assert_eq!((won.len(), told), (1, FORMS - 1));
        let approved = won[0].is_multiple_of(2);
        assert_eq!(world.in_use().await, if approved { vec![OLD, NEW] } else { vec![OLD] });
        let counts = [
            world.desk.audited("application_change.approved").await,
            world.desk.audited("application_change.declined").await,
            world.desk.audited("application.redirect_uris_set").await,
        ];
        assert_eq!(counts, if approved { [1, 0, 1] } else { [0, 1, 0] });
        app.run_jobs_now().await;
        let mails = app.mails();
        let decisions = mails.iter().filter(|mail| mail.contains("Dashboard") && mail.contains("C-")).count();
        assert_eq!(decisions, 1, "{mails:?}");
    })
    .await;
}
