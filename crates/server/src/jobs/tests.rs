use std::path::Path;

use gatehouse_core::id::{AuditEventId, OutboxId};
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::FixedClock;
use gatehouse_store::audit::{self, ActorKind, Event};
use gatehouse_store::testing::{NOW, TestDb};
use tokio::sync::watch;

use super::*;
use crate::directory::Addresses;
use crate::mail::{self, Mail};

struct World {
    test: TestDb,
    clock: Arc<FixedClock>,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let (test, folder) = (TestDb::sqlite().await, tempfile::tempdir().unwrap());
        Self { test, clock: Arc::new(FixedClock::at(NOW)), folder }
    }

    /// A node of this world; the number makes its random bytes its own.
    async fn node(&self, number: u64) -> Arc<Jobs> {
        let (ctx, _) = crate::testing::context(&self.test.db);
        let ctx = Context { clock: Arc::clone(&self.clock) as _, random: Arc::new(SeededRandom::new(number)), ..ctx };
        let mail = MailConfig { folder: self.mails(), smtp: None, from: None, reply_to: None };
        let (issuer_url, portal_url) = ("https://auth.example".to_owned(), "https://portal.example".to_owned());
        let directory = Directory::load(&ctx, Addresses { issuer_url, portal_url }).await.unwrap();
        Jobs::new(ctx, Arc::new(directory), Outlets { mail, audit_heads: self.folder.path().join("heads") }).unwrap()
    }

    fn mails(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    async fn write_mail(&self, number: u64) {
        let id = OutboxId::new(NOW, &SeededRandom::new(number));
        let mail =
            Mail { to: "ada@example.org".to_owned(), subject: format!("No. {number}"), text: "Hello".to_owned() };
        self.test.db.write(async move |tx| mail::enqueue(tx, id, &mail, NOW).await).await.unwrap();
    }

    async fn write_event(&self, number: u64) {
        let event = Event {
            id: AuditEventId::new(NOW, &SeededRandom::new(number)),
            at: NOW,
            actor_kind: ActorKind::System,
            actor_id: "test".to_owned(),
            action: "test.done",
            target_kind: "test",
            target_id: number.to_string(),
            before: None,
            after: None,
            request_id: None,
            personal: None,
        };
        self.test.db.write(async move |tx| audit::record(tx, &event).await).await.unwrap();
    }

    async fn unchained(&self) -> i64 {
        self.test.db.read(async |tx| audit::unchained(tx).await).await.unwrap().0
    }
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn run_now_does_everything() {
    let world = World::new().await;
    for number in 0..45 {
        world.write_mail(number).await;
        world.write_event(number).await;
    }
    world.node(1).await.run_now().await.unwrap();
    assert_eq!(files(&world.mails()), 45);
    assert_eq!(world.unchained().await, 0);
    let heads = read_audit_heads(&world.folder.path().join("heads")).unwrap();
    assert_eq!(heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [45]);
    assert_eq!(audit::verify(&world.test.db, &heads).await.unwrap().problem_count, 0);
}

#[tokio::test]
async fn one_node_runs_a_job_and_another_takes_over_when_it_dies() {
    let world = World::new().await;
    let (one, other) = (world.node(1).await, world.node(2).await);
    world.write_event(1).await;
    one.turn(Job::ChainAudit).await.unwrap();
    world.write_event(2).await;
    other.turn(Job::ChainAudit).await.unwrap();
    assert_eq!(world.unchained().await, 1, "the other node has no lease");
    one.turn(Job::ChainAudit).await.unwrap();
    assert_eq!(world.unchained().await, 0);
    world.write_event(3).await;
    world.clock.advance(Duration::from_secs(31));
    other.turn(Job::ChainAudit).await.unwrap();
    assert_eq!(world.unchained().await, 0, "the lease of the silent node has ended");
}

#[tokio::test]
async fn a_quiet_second_writes_nothing() {
    let world = World::new().await;
    let node = world.node(1).await;
    node.turn(Job::ChainAudit).await.unwrap();
    node.turn(Job::DeliverMails).await.unwrap();
    let before = world.test.db.statements().writes;
    node.turn(Job::ChainAudit).await.unwrap();
    node.turn(Job::DeliverMails).await.unwrap();
    assert_eq!(world.test.db.statements().writes, before);
}

#[tokio::test]
async fn a_rare_job_runs_once_per_period_over_all_nodes_and_restarts() {
    let world = World::new().await;
    let heads = || read_audit_heads(&world.folder.path().join("heads")).unwrap().len();
    world.node(1).await.turn(Job::ExportAuditHeads).await.unwrap();
    assert_eq!(heads(), 1);
    world.node(2).await.turn(Job::ExportAuditHeads).await.unwrap();
    world.clock.advance(Duration::from_secs(3_599));
    world.node(1).await.turn(Job::ExportAuditHeads).await.unwrap();
    assert_eq!(heads(), 1);
    world.clock.advance(Duration::from_secs(1));
    world.node(2).await.turn(Job::ExportAuditHeads).await.unwrap();
    assert_eq!(heads(), 2);
}

#[tokio::test]
async fn a_mail_that_cannot_be_delivered_is_tried_again() {
    let world = World::new().await;
    let node = world.node(1).await;
    world.write_mail(1).await;
    std::fs::write(world.mails(), "a file where the folder should be").unwrap();
    node.turn(Job::DeliverMails).await.unwrap();
    std::fs::remove_file(world.mails()).unwrap();
    node.turn(Job::DeliverMails).await.unwrap();
    assert_eq!(files(&world.mails()), 0, "it pauses first");
    world.clock.advance(Duration::from_secs(10));
    node.turn(Job::DeliverMails).await.unwrap();
    assert_eq!(files(&world.mails()), 1);
}

#[tokio::test]
async fn stopping_finishes_the_work_and_gives_the_leases_back() {
    let world = World::new().await;
    let (stop, stopped) = watch::channel(false);
    let tasks = spawn(&world.node(1).await, &stopped);
    world.write_mail(1).await;
    world.write_event(1).await;
    stop.send_replace(true);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((files(&world.mails()), world.unchained().await), (1, 0));
    for job in Job::ALL {
        let lease = world.test.db.read(async |tx| jobs::find(tx, job.as_str()).await).await.unwrap();
        assert!(lease.is_none_or(|lease| lease.owner.is_none()), "{job}");
    }
}
