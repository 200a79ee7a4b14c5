use gatehouse_core::id::{ImportId, WorkspaceId};
use gatehouse_core::random::SeededRandom;
use gatehouse_core::results::import::Record;
use gatehouse_core::results::list::SessionStatus;
use gatehouse_core::results::params::Page;

use super::super::fixtures::{NOW, id, import, session, session_of, test, world};
use super::super::{Viewer, sessions, tests};
use super::*;
use crate::db::{Db, DbError};
use crate::params;
use crate::testing::each_engine;

/// The sessions of a test as the list has them.
async fn listed(db: &Db, viewer: &Viewer, test: u128) -> Vec<u128> {
    let viewer = viewer.clone();
    let listed: Result<Vec<u128>, DbError> = db
        .read(async move |tx| {
            let Some(count) = tests::completed_count(tx, &viewer, id(test)).await? else { return Ok(Vec::new()) };
            let page = sessions::page(tx, id(test), count, Page { limit: 500, offset: 0 }).await?;
            assert_eq!(page.len() as u64, count);
            Ok(page.iter().map(|session| session.session_id.as_u128()).collect())
        })
        .await;
    listed.expect("the list is read")
}

#[tokio::test]
async fn adds_changes_and_leaves_alone() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let viewer = Viewer::User(world.user);
        let first = [test(1, world.workspace), session(11, 1, 5), session(12, 1, 7), session(13, 1, 5)];
        let applied = import(db, 1, &first, Mode::AllOrNothing).await.expect("applies");
        assert_eq!(applied, Applied { tests_added: 1, sessions_added: 3, ..Applied::default() });
        // Newest first; of equal times the smaller id first.
        assert_eq!(listed(db, &viewer, 1).await, [12, 11, 13]);

        let again = import(db, 2, &first, Mode::AllOrNothing).await.expect("applies");
        assert_eq!(again, Applied { unchanged: 4, ..Applied::default() });

        let second = [session(12, 1, 1), session_of(13, 1, 5, SessionStatus::Abandoned), session(14, 1, 9)];
        let applied = import(db, 3, &second, Mode::AllOrNothing).await.expect("applies");
        assert_eq!(applied, Applied { sessions_added: 1, sessions_changed: 2, ..Applied::default() });
        assert_eq!(listed(db, &viewer, 1).await, [14, 11, 12]);

        let Record::Test(mut renamed) = test(1, world.workspace) else { unreachable!() };
        renamed.title = "Basket".to_owned();
        let applied = import(db, 4, &[Record::Test(renamed)], Mode::AllOrNothing).await.expect("applies");
        assert_eq!(applied, Applied { tests_changed: 1, ..Applied::default() });
        assert_eq!(listed(db, &viewer, 1).await, [14, 11, 12]);
    })
    .await;
}

#[tokio::test]
async fn a_session_may_stand_before_its_test() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let records = [session(11, 1, 0), test(1, world.workspace)];
        import(db, 1, &records, Mode::AllOrNothing).await.expect("applies");
        assert_eq!(listed(db, &Viewer::User(world.user), 1).await, [11]);
    })
    .await;
}

#[tokio::test]
async fn refuses_what_does_not_fit_the_rest() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let stored = [test(1, world.workspace), test(2, world.workspace), session(11, 1, 0)];
        import(db, 1, &stored, Mode::AllOrNothing).await.expect("applies");
        let nowhere = WorkspaceId::new(NOW, &SeededRandom::new(99));
        let records = [
            session(21, 1, 0),              // 1: good
            session(21, 1, 0),              // 2: twice
            test(3, nowhere),               // 3: no workspace
            session(31, 3, 0),              // 4: its test is refused
            test(1, world.other_workspace), // 5: moved
            session(41, 9, 0),              // 6: no test
            session(11, 2, 0),              // 7: moved
        ];
        let Err(ImportError::Refused(refused)) = import(db, 2, &records, Mode::AllOrNothing).await else {
            panic!("is refused")
        };
        let told: Vec<String> = refused.first.iter().map(ToString::to_string).collect();
        let expected = [
            "line 2: sessionId stands already in line 1".to_owned(),
            format!("line 3: workspaceId: there is no workspace {nowhere}"),
            format!("line 4: testId: there is no test {}, neither stored nor among the good lines", id(3)),
            format!("line 5: workspaceId: this test belongs to workspace {}, for good", world.workspace),
            format!("line 6: testId: there is no test {}, neither stored nor among the good lines", id(9)),
            format!("line 7: testId: this session belongs to test {}, for good", id(1)),
        ];
        assert_eq!(told, expected);
        assert_eq!(refused.count, 6);
        assert_eq!(listed(db, &Viewer::User(world.user), 1).await, [11], "nothing was applied");

        let applied = import(db, 3, &records, Mode::KeepGoing).await.expect("applies");
        assert_eq!((applied.sessions_added, applied.unchanged, applied.refused.count), (1, 0, 6));
        assert_eq!(listed(db, &Viewer::User(world.user), 1).await, [11, 21]);
    })
    .await;
}

#[tokio::test]
async fn many_refused_lines_are_counted_and_the_first_told() {
    each_engine(async |db: &Db| {
        world(db).await;
        let records: Vec<Record> = (1..=250).map(|number| session(number, 9, 0)).collect();
        let Err(ImportError::Refused(refused)) = import(db, 1, &records, Mode::AllOrNothing).await else {
            panic!("is refused")
        };
        assert_eq!((refused.count, refused.first.len(), refused.first[99].line), (250, 100, 100));
    })
    .await;
}

#[tokio::test]
async fn what_an_interrupted_import_left_is_thrown_away() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let import_id = ImportId::new(NOW, &SeededRandom::new(5));
        let lines: Vec<StagedLine> =
            (1..=7).map(|line| StagedLine::new(line, &session(line.unsigned_abs().into(), 1, 0))).collect();
        let staged: Result<(), DbError> = db.write(async move |tx| stage(tx, import_id, &lines, NOW).await).await;
        staged.expect("stages");
        assert!(listed(db, &Viewer::User(world.user), 1).await.is_empty());
        let left = async |seconds| {
            let left: Result<Vec<ImportId>, DbError> =
                db.read(async move |tx| leftovers(tx, NOW.plus_secs(seconds)).await).await;
            left.expect("is read")
        };
        assert_eq!(left(0).await, []);
        assert_eq!(left(1).await, [import_id]);
        let thrown: Result<(u64, u64), DbError> =
            db.write(async move |tx| Ok((discard(tx, import_id, 5).await?, discard(tx, import_id, 5).await?))).await;
        assert_eq!(thrown.expect("is thrown away"), (5, 2));
        assert_eq!(left(1).await, []);
        let applied = db.write(async move |tx| apply(tx, import_id, 7, Mode::KeepGoing, NOW).await).await;
        assert!(matches!(applied, Err(ImportError::Swept)));
    })
    .await;
}

/// Imports in any order and shape leave the same numbers as a count from scratch.
#[tokio::test]
async fn numbers_stay_dense_whatever_comes() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let tests = [test(1, world.workspace), test(2, world.workspace)];
        import(db, 0, &tests, Mode::AllOrNothing).await.expect("applies");
        let mut model = std::collections::BTreeMap::new();
        let mut state = 12_345_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for round in 1..=12 {
            let mut records = std::collections::BTreeMap::new();
            for _ in 0..20 {
                let number = u128::from(100 + next(60));
                let test = 1 + number % 2;
                let seconds = i64::try_from(next(8)).expect("is small");
                let status = SessionStatus::ALL[usize::try_from(next(3)).expect("is small")];
                records.insert(number, session_of(number, test, seconds, status));
                model.insert(number, (test, seconds, status));
            }
            let records: Vec<Record> = records.into_values().collect();
            import(db, round, &records, Mode::AllOrNothing).await.expect("applies");
            for test in [1, 2] {
                let mut expected: Vec<(i64, u128)> = model
                    .iter()
                    .filter(|(_, entry)| entry.0 == test && entry.2 == SessionStatus::Complete)
                    .map(|(number, entry)| (-entry.1, *number))
                    .collect();
                expected.sort_unstable();
                let expected: Vec<u128> = expected.into_iter().map(|(_, number)| number).collect();
                assert_eq!(listed(db, &Viewer::User(world.user), test).await, expected, "round {round}");
            }
        }
        let sql = "SELECT COUNT(*) AS others FROM result_sessions WHERE status <> 'COMPLETE' AND ordinal IS NOT NULL";
        let others: Result<i64, DbError> = db.read(async |tx| tx.query_one(sql, params![]).await?.get("others")).await;
        assert_eq!(others.expect("is read"), 0);
    })
    .await;
}

/// The planner has counted the table of laid-aside lines when it was empty, as it is between imports. A plan that
/// joins every line with every other would run into the time limit of the transaction.
#[tokio::test]
async fn a_planner_that_knows_of_no_lines_is_told_better() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let mut records = vec![test(1, world.workspace)];
        records.extend((2..8_000).map(|number| session(number, 1, 0)));
        import(db, 1, &records, Mode::AllOrNothing).await.expect("applies");
        let emptied: Result<(), DbError> = db
            .write(async |tx| {
                tx.execute("DELETE FROM result_import_lines", params![]).await?;
                tx.execute("ANALYZE result_import_lines", params![]).await.map(drop)
            })
            .await;
        emptied.expect("is emptied");
        let again = import(db, 2, &records, Mode::AllOrNothing).await.expect("applies");
        assert_eq!(again, Applied { unchanged: 7_999, ..Applied::default() });
    })
    .await;
}
