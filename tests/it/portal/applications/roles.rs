//! Route × role → answer.

use gatehouse_server::actions::{applications, client_secrets};

use super::{MAINTAINER, OWNER, STRANGER, VIEWER, people};
use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

/// Below `/applications/{id}`: what its members see.
const PAGES: [&str; 9] = [
    "",
    "/first-call",
    "/access",
    "/access/results/give-up",
    "/secrets",
    "/secrets/collect",
    "/usage?span=month",
    "/settings",
    "/delete",
];

/// Below `/applications/{id}`, fields, and what viewer, maintainer and owner are answered.
type FormOfRoles = (&'static str, &'static [(&'static str, &'static str)], [u16; 3]);

/// Forms, with the status for viewer, maintainer and owner, in an order in which each is still possible.
const FORMS: [FormOfRoles; 8] = [
    ("/settings", &[("name", "Renamed")], [403, 303, 303]),
    ("/api-user", &[("api_user", "")], [403, 303, 303]),
    ("/secrets", &[("name", "one"), ("newest", "")], [403, 409, 409]),
    ("/secrets/collect", &[("slot", "slt_00000000000000000000000000")], [403, 404, 404]),
    ("/secrets/{secret}", &[("how", "retire"), ("grace", "3600")], [403, 409, 409]),
    ("/secrets/{secret}", &[("how", "revoke"), ("last_active", "yes")], [403, 303, 409]),
    ("/access/results/give-up", &[("scopes", "public_api.read")], [403, 303, 409]),
    ("/delete", &[("name", "Renamed")], [403, 403, 303]),
];

#[tokio::test]
async fn members_look_and_strangers_find_nothing() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        client_secrets::open_slot(app.ctx(), &TestApp::actor(), world.service.id).await.expect("a slot");
        let browsers = [OWNER, MAINTAINER, VIEWER, STRANGER];
        for email in browsers {
            let browser = app.browser(email).await;
            for path in PAGES {
                let page = browser.get(&format!("/applications/{}{path}", world.service.id)).await;
                let expected = if email == STRANGER { 404 } else { 200 };
                assert_eq!(page.status, expected, "{email} {path}");
                assert_eq!(page.headers["cache-control"], "no-store", "{email} {path}");
                let tells = page.html.contains(&world.service.client_id) || page.html.contains("Service");
                assert!(email != STRANGER || !tells, "{path} tells a stranger");
            }
        }
        let visitor = Browser::new(app);
        for path in PAGES {
            let page = visitor.get(&format!("/applications/{}{path}", world.service.id)).await;
            assert_eq!(page.status, 303, "{path}");
            assert!(page.location.starts_with("/sign-in?return_to=/applications/"), "{}", page.location);
        }
    })
    .await;
}

#[tokio::test]
async fn each_role_changes_what_is_its_own_to_change() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let id = world.service.id;
        let browsers = [app.browser(VIEWER).await, app.browser(MAINTAINER).await, app.browser(OWNER).await];
        let (stranger, visitor) = (app.browser(STRANGER).await, Browser::new(app));
        for (path, fields, statuses) in FORMS {
            let path = format!("/applications/{id}{path}").replace("{secret}", &world.service.secret_id.to_string());
            assert_eq!(stranger.post(&path, fields).await.status, 404, "{path}");
            assert_eq!(visitor.post(&path, fields).await.status, 401, "{path}");
            let foreign = app.request("POST", &path).header("sec-fetch-site", "cross-site");
            let foreign = foreign.header("content-type", "application/x-www-form-urlencoded");
            assert_eq!(browsers[2].send(foreign.body("x=1")).await.status, 403, "{path} from another site");
            let more = [fields, &[("role", "owner")]].concat();
            assert_eq!(browsers[2].post(&path, &more).await.status, 400, "{path} with a field that the form has not");
            let before = applications::find(app.ctx(), &TestApp::actor(), id).await.expect("there");
            assert_eq!(browsers[0].post(&path, fields).await.status, statuses[0], "{path} as viewer");
            let after = applications::find(app.ctx(), &TestApp::actor(), id).await.expect("there");
            assert_eq!(before, after, "nothing changed");
            for (browser, expected) in browsers[1..].iter().zip(&statuses[1..]) {
                assert_eq!(browser.post(&path, fields).await.status, *expected, "{path} {fields:?}");
            }
        }
        assert_eq!(browsers[2].get(&format!("/applications/{id}")).await.status, 404, "deleted");
    })
    .await;
}

#[tokio::test]
async fn a_viewer_sees_no_button_that_would_refuse() {
    let app = TestApp::sqlite().await;
    let world = people(&app).await;
    let (viewer, owner) = (app.browser(VIEWER).await, app.browser(OWNER).await);
    for (path, word) in [
        ("/secrets", "Generate new secret</button>"),
        ("/access", "Request more scopes"),
        ("/access/results/give-up", "Give up the access</button>"),
        ("/settings", "Save</button>"),
        ("/delete", "Delete for good</button>"),
    ] {
        let path = format!("/applications/{}{path}", world.service.id);
        assert!(owner.get(&path).await.html.contains(word), "{path}");
        assert!(!viewer.get(&path).await.html.contains(word), "{path}");
    }
}
