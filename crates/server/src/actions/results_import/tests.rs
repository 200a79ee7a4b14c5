use std::sync::Arc;

use gatehouse_core::identity::workspace::Workspace;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::FixedClock;
use gatehouse_store::audit::Filter;
use gatehouse_store::testing::{NOW, TestDb};
use gatehouse_store::workspaces;

use super::super::ActorKind;
use super::*;
use crate::outbound::Outbound;
use crate::password_hashing::PasswordHashing;
use crate::sample;

struct World {
    _db: TestDb,
    ctx: Context,
    clock: Arc<FixedClock>,
    workspace: WorkspaceId,
}

impl World {
    async fn new(db: TestDb) -> Self {
        let clock = Arc::new(FixedClock::at(NOW));
        let random = Arc::new(SeededRandom::new(1));
        let workspace = WorkspaceId::new(NOW, &*random);
        let ctx = Context {
            db: db.db.clone(),
            clock: Arc::clone(&clock) as _,
            random: random as _,
            key_encryption_keys: None,
            secret_prefix: "gh".into(),
            portal_url: None,
            calendar: Arc::default(),
            passwords: PasswordHashing::default(),
            outbound: Outbound::closed(),
        };
        let row = Workspace { id: workspace, name: "W".to_owned(), created_at: NOW, updated_at: NOW, version: 1 };
        let made: Result<(), DbError> = ctx.db.write(async move |tx| workspaces::insert(tx, &row).await).await;
        made.expect("a workspace is made");
        Self { _db: db, ctx, clock, workspace }
    }

    async fn import(&self, text: &[u8], mode: Mode) -> Result<Report, ResultsImportError> {
        self.clock.advance(Duration::from_secs(1));
        let mut source = text;
        let actor = Actor { kind: ActorKind::System("test"), request_id: None, address: None };
        let mut progress = |_| {};
        let import = Import {
            source: &mut source,
            name: "test.jsonl".to_owned(),
            workspace: Some(self.workspace),
            mode,
            progress: &mut progress,
        };
        run(&self.ctx, &actor, import).await
    }

    fn test(&self) -> String {
        let [test, _] = self.lines(1);
        test
    }

    /// A test with so many sessions, as lines.
    fn lines<const N: usize>(&self, sessions: u64) -> [String; N] {
        let lines: Vec<String> = sample::lines_of_size(uuid::Uuid::from_u128(7), self.workspace, sessions).collect();
        lines.try_into().expect("as many lines as wanted")
    }
}

async fn each_engine(test: impl AsyncFn(World)) {
    test(World::new(TestDb::sqlite().await).await).await;
    test(World::new(TestDb::postgres().await).await).await;
}

fn told(report: &Report) -> Vec<String> {
    report.refused.first.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    each_engine(async |world: World| {
        let file = world.lines::<1_201>(1_200).join("\n");
        let first = world.import(file.as_bytes(), Mode::AllOrNothing).await.expect("runs");
        let applied = first.applied.expect("is applied");
        assert_eq!((applied.tests_added, applied.sessions_added, applied.unchanged), (1, 1_200, 0));
        let again = world.import(file.as_bytes(), Mode::AllOrNothing).await.expect("runs");
        assert_eq!(again.applied.expect("is applied"), Applied { unchanged: 1_201, ..Applied::default() });
        let events =
            world.ctx.db.read(async |tx| audit::list(tx, &Filter::default(), 10).await).await.expect("is read");
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|entry| entry.action == "results.imported"));
    })
    .await;
}

#[tokio::test]
async fn every_bad_line_is_told_with_its_number() {
    each_engine(async |world: World| {
        let [test, session] = world.lines(1);
        let long = "x".repeat(MAX_LINE + 1);
        let file = [
            test.as_bytes(),
            b"",
            b"{\"v\":1,\"kind\":\"clip\"}",
            session.as_bytes(),
            long.as_bytes(),
            b"{\"v\":1,\"v\":1}",
            b"\xff\xfe",
            b"nonsense",
            session.replace("COMPLETE", "D\\u0000NE").as_bytes(),
        ]
        .join(&b'\n');
        let expected = [
            (3, "kind is wrong"),
            (5, "longer than 1 MiB"),
            (6, "a name stands twice"),
            (7, "not valid UTF-8"),
            (8, "not a JSON object"),
            (9, "status is wrong"),
        ];
        for mode in [Mode::AllOrNothing, Mode::KeepGoing] {
            let report = world.import(&file, mode).await.expect("runs");
            assert_eq!(report.refused.count, 6);
            assert_eq!(report.lines, 9);
            for (told, (line, reason)) in told(&report).iter().zip(expected) {
                assert!(told.starts_with(&format!("line {line}: ")) && told.contains(reason), "{told}");
            }
            match (mode, report.applied) {
                (Mode::AllOrNothing, None) => {}
                (Mode::KeepGoing, Some(applied)) => {
                    assert_eq!((applied.tests_added, applied.sessions_added), (1, 1), "nothing was there before");
                }
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn faults_of_both_kinds_are_told_together() {
    each_engine(async |world: World| {
        let [test, session] = world.lines(1);
        let file = [session.as_str(), "{}", session.as_str(), test.as_str()].join("\n");
        let report = world.import(file.as_bytes(), Mode::KeepGoing).await.expect("runs");
        assert_eq!(
            told(&report),
            ["line 2: v is missing; kind is missing", "line 3: sessionId stands already in line 1"]
        );
        let report = world.import([session.as_str(), &session].join("\n").as_bytes(), Mode::AllOrNothing).await;
        let report = report.expect("runs");
        assert_eq!((report.applied.clone(), told(&report).len()), (None, 1));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_left_aside() {
    each_engine(async |world: World| {
        let test = world.test();
        for (file, mode) in [
            (test.clone(), Mode::AllOrNothing),
            (format!("{test}\n{{}}"), Mode::AllOrNothing),
            (format!("{test}\n{test}"), Mode::AllOrNothing),
            (format!("{test}\n{test}"), Mode::KeepGoing),
        ] {
            world.import(file.as_bytes(), mode).await.expect("runs");
            let later = world.ctx.now().plus(Duration::from_secs(86_400));
            let left = world.ctx.db.read(async move |tx| import::leftovers(tx, later).await).await;
            assert_eq!(left.expect("is read"), []);
        }
    })
    .await;
}

/// Gives a good line and then fails, as a disk does.
struct Failing(Option<String>);

impl tokio::io::AsyncRead for Failing {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buf: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(match self.0.take() {
            Some(line) => {
                buf.put_slice(line.as_bytes());
                Ok(())
            }
            None => Err(io::Error::other("the disk is gone")),
        })
    }
}

#[tokio::test]
async fn a_source_that_fails_imports_nothing() {
    let world = World::new(TestDb::sqlite().await).await;
    let mut source = tokio::io::BufReader::new(Failing(Some(format!("{}\n", world.test()))));
    let actor = Actor { kind: ActorKind::System("test"), request_id: None, address: None };
    let import = Import {
        source: &mut source,
        name: "test.jsonl".to_owned(),
        workspace: None,
        mode: Mode::KeepGoing,
        progress: &mut |_| {},
    };
    let error = run(&world.ctx, &actor, import).await.expect_err("fails").to_string();
    assert_eq!(error, "reading failed after line 1, nothing was imported: the disk is gone");
    let there =
        world.ctx.db.read(async |tx| gatehouse_store::results::tests::exists(tx, uuid::Uuid::from_u128(7)).await);
    assert!(!there.await.expect("is read"));
}
