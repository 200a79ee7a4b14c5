//! `gatehouse changes …`

use std::path::Path;
use std::sync::Arc;

use gatehouse_core::time::FixedClock;
use gatehouse_server::actions::{Actor, ActorKind, apis, applications, entitlements, organizations, servers, users};
use gatehouse_server::context::Context;
use gatehouse_server::results;
use gatehouse_store::db::Db;
use gatehouse_store::testing::{NOW, TestDb};
use serde_json::{Value, json};

use crate::support::context;
use crate::support::process::run;
use crate::support::world::input;

/// The JSON that a command prints.
fn done(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What a command says that must fail.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The installation of the folder, as a server sees it.
async fn installation(folder: &Path) -> Context {
    let url = format!("sqlite:{}", folder.join("gatehouse-data/gatehouse.db").display());
    let db = Db::open(&url).await.expect("a database");
    // Everything but the database is that of every test.
    let other = TestDb::sqlite().await;
    Context { db, ..context(&other, Arc::new(FixedClock::at(NOW))) }
}

/// A production application that has access, and a reviewer.
async fn approved(ctx: &Context) -> String {
    let actor = Actor { kind: ActorKind::System("test"), request_id: None, address: None };
    for (email, role) in [("ann@example.com", "developer"), ("rita@example.org", "reviewer")] {
        let user = json!({ "email": email, "name": "User", "role": role, "email_verified": true });
        users::create(ctx, &actor, input(user)).await.expect("a user");
    }
    let organization = json!({ "name": "Acme", "owner": "ann@example.com" });
    let organization = organizations::create(ctx, &actor, input(organization)).await.expect("an organization").id;
    let server = json!({ "id": "default", "name": "D", "audience": "https://api.example.com" });
    servers::create(ctx, &actor, input(server)).await.expect("a server");
    let document: Value = serde_json::from_str(results::OPENAPI).expect("a document");
    let api = json!({ "document": document, "audience": "api://results", "slug": "results", "state": "published" });
    apis::create(ctx, &actor, input(api)).await.expect("an API");
    let new = json!({ "organization_id": organization, "name": "App", "type": "service" });
    let application = applications::create(ctx, &actor, input(new)).await.expect("an application").id;
    entitlements::grant(ctx, &actor, application, input(json!({ "api": "results" }))).await.expect("a grant");
    application.to_string()
}

#[tokio::test]
async fn changes_are_listed_declined_approved_and_withdrawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    std::fs::write(folder.join("gatehouse.toml"), "portal_url = \"https://portal.example\"\n").expect("written");
    done(folder, &["users", "list"]);
    let ctx = installation(folder).await;
    let application = approved(&ctx).await;
    let application = application.as_str();

    let propose = async || {
        let ann = users::get_by_ref(&ctx, "ann@example.com").await.expect("a user").id;
        let by = Actor { kind: ActorKind::User(ann), request_id: None, address: None };
        let id = application.parse().expect("an id");
        let set = applications::set_api_user(&ctx, &by, id, Some(ann.to_string())).await.expect("it waits");
        assert_eq!(set.api_user_id, None);
    };
    propose().await;
    let waiting = done(folder, &["changes", "list", "--application", application, "--state", "submitted"]);
    let (id, reference) = (text(&waiting[0]["id"]), text(&waiting[0]["reference"]));
    assert_eq!(done(folder, &["changes", "show", reference]), waiting[0]);
    let rita = ["--reviewer", "rita@example.org"];
    let own = refused(folder, &["changes", "approve", id, "--reviewer", "ann@example.com"]);
    assert!(own.contains("must be a user with the role reviewer or admin"), "{own}");
    let decline = ["changes", "decline", id, "--reason", "Who is that?"];
    let declined = done(folder, &[&decline[..], &rita[..]].concat());
    assert_eq!((&declined["state"], &declined["reason"]), (&json!("declined"), &json!("Who is that?")));
    let late = refused(folder, &["changes", "withdraw", id]);
    assert!(late.contains("the change is declined"), "{late}");

    propose().await;
    let waiting = done(folder, &["changes", "list", "--state", "submitted"]);
    assert_eq!(done(folder, &["changes", "withdraw", text(&waiting[0]["id"])])["state"], "withdrawn");
    propose().await;
    let waiting = done(folder, &["changes", "list", "--state", "submitted"]);
    let approve = ["changes", "approve", text(&waiting[0]["id"])];
    assert_eq!(done(folder, &[&approve[..], &rita[..]].concat())["state"], "approved");
    let shown = done(folder, &["applications", "show", application]);
    assert_eq!(shown["api_user_id"], waiting[0]["after"]);
}
