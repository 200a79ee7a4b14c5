//! Background jobs in the running application.

use gatehouse_core::id::OutboxId;
use gatehouse_server::mail::{self, Mail};
use gatehouse_store::db::DbError;

use crate::support::{TestApp, on_each_engine};

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
