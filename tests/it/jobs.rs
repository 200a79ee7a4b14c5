//! Background jobs in the running application.

use std::time::Duration;

use gatehouse_core::id::OutboxId;
use gatehouse_server::actions::{applications, client_secrets, organizations, users};
use gatehouse_server::mail::{self, Mail};
use gatehouse_store::db::DbError;
use gatehouse_store::notifications;
use serde_json::json;

use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_mail_leaves_once_its_transaction_has_committed() {
    on_each_engine(async |app: &TestApp| {
        let write = async |subject: &str, commits: bool| {
            let mail = Mail { to: "ada@example.org".into(), subject: subject.into(), text: "Hello".into() };
            let (id, now) = (OutboxId::new(app.ctx().now(), app.ctx().random()), app.ctx().now());
            let write = app.ctx().db.write(async move |tx| {
                mail::enqueue(tx, id, &mail, now).await?;
                if commits { Ok(()) } else { Err(DbError::Busy("on purpose".to_owned())) }
            });
            assert_eq!(write.await.is_ok(), commits);
        };
        write("kept", true).await;
        write("rolled back", false).await;
        assert_eq!(app.mails(), [""; 0]);
        app.run_jobs_now().await;
        app.run_jobs_now().await;
        let mails = app.mails();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains("\r\nSubject: kept\r\n"), "{}", mails[0]);
        assert!(mails[0].contains("From: Gatehouse <no-reply@127.0.0.1>\r\n"), "{}", mails[0]);
    })
    .await;
}

/// The subjects of mails about secrets that end, and whom they went to, in order.
async fn told_of_ends(app: &TestApp) -> Vec<(String, String)> {
    // What one job has written another sends.
    app.run_jobs_now().await;
    app.run_jobs_now().await;
    let field = |mail: &str, name: &str| {
        mail.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).expect("a field")
    };
    let mails = app.mails().into_iter().filter(|mail| mail.contains(" expires in "));
    let mut told: Vec<_> = mails.map(|mail| (field(&mail, "Subject: "), field(&mail, "To: "))).collect();
    told.sort();
    told
}

#[tokio::test]
async fn a_secret_that_ends_is_told_three_times_to_those_who_can_replace_it() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let organization =
            applications::find(ctx, &actor, world.service.id).await.expect("an application").organization_id;
        for (email, role) in [("keeper@example.com", "maintainer"), ("viewer@example.com", "viewer")] {
            let user = json!({ "email": email, "name": "M", "email_verified": true });
            users::create(ctx, &actor, input(user)).await.expect("a user");
            let member = json!({ "user": email, "role": role });
            organizations::add_member(ctx, &actor, organization, input(member)).await.expect("a member");
        }
        let new = json!({ "name": "yearly", "expires_in_days": 30 });
        let made = client_secrets::create(ctx, &actor, world.service.id, input(new)).await.expect("a secret");
        let week = json!({ "name": "weekly", "expires_in_days": 7 });
        client_secrets::create(ctx, &actor, world.other.id, input(week)).await.expect("a secret");
        let both = |left: &str| {
            let subject = format!("A client secret of Service expires in {left}");
            ["keeper@example.com", "owner@example.com"].map(|to| (subject.clone(), to.to_owned()))
        };
        app.advance(DAY * 5);
        assert_eq!(told_of_ends(app).await, [], "seven days are no news to whoever chose them");
        app.advance(DAY);
        let mut expected = both("a day").to_vec();
        assert_eq!(told_of_ends(app).await, expected);
        app.advance(DAY * 10);
        expected.extend(both("14 days"));
        expected.sort();
        // As two nodes would.
        let (one, two) = tokio::join!(client_secrets::tell_expiry(ctx), client_secrets::tell_expiry(ctx));
        assert_eq!(one.expect("told") + two.expect("told"), 1);
        assert_eq!(told_of_ends(app).await, expected);
        assert_eq!(told_of_ends(app).await, expected, "once");
        // Nobody was there for nine days: what is left is told, and not what is past.
        app.advance(DAY * 9);
        expected.extend(both("5 days"));
        expected.sort();
        assert_eq!(told_of_ends(app).await, expected);
        app.advance(DAY * 4);
        expected.extend(both("a day"));
        expected.sort();
        assert_eq!(told_of_ends(app).await, expected);
        app.advance(DAY * 2);
        assert_eq!(told_of_ends(app).await, expected, "it is over");
        assert!(app.mails().iter().all(|mail| !mail.contains(made.text.expose())), "no mail holds a secret");
        let keeper = users::get_by_ref(ctx, "keeper@example.com").await.expect("a user").id;
        let unread = ctx.db.read(async move |tx| notifications::newest(tx, keeper, 10).await).await;
        assert_eq!(unread.expect("read").len(), 4, "the portal says it too");
    })
    .await;
}
