use std::collections::{BTreeSet, HashMap};

use gatehouse_core::random::SeededRandom;
use gatehouse_core::results::import::{Record, parse_line};
use gatehouse_core::results::list::SessionStatus;
use gatehouse_core::results::task::TaskType;
use gatehouse_core::time::Timestamp;

use super::*;

fn records() -> Vec<Record> {
    let random = SeededRandom::new(1);
    let workspaces = [(); 2].map(|()| WorkspaceId::new(Timestamp::default(), &random));
    let read = |line: String| match parse_line(line.as_bytes(), None) {
        Ok(record) => record.expect("no line is blank"),
        Err(error) => panic!("{error}: {line}"),
    };
    lines(workspaces).map(read).collect()
}

#[test]
fn every_line_is_good_and_every_id_its_own() {
    let records = records();
    let mut ids = BTreeSet::new();
    let (mut tests, mut sessions) = (0, 0);
    for record in &records {
        match record {
            Record::Test(test) => {
                tests += 1;
                assert!(ids.insert(test.test_id));
            }
            Record::Session(session) => {
                sessions += 1;
                assert!(ids.insert(session.details.session_id));
                let tasks: BTreeSet<Uuid> = session.details.tasks.iter().map(|task| task.uuid).collect();
                assert_eq!(tasks.len(), session.details.tasks.len());
            }
        }
    }
    assert_eq!((tests, sessions), (6, 1_200));
    assert!(ids.contains(&TEST_ID) && ids.contains(&SESSION_ID));
}

#[test]
fn has_every_type_of_task_and_every_status() {
    let mut types = BTreeSet::new();
    let mut statuses: HashMap<SessionStatus, usize> = HashMap::new();
    for record in records() {
        let Record::Session(session) = record else { continue };
        *statuses.entry(session.status).or_default() += 1;
        let answered = session
            .details
            .tasks
            .iter()
            .filter(|task| task.response.as_ref().is_some_and(|response| response.answer.is_some()));
        types.extend(answered.map(|task| task.kind));
        if session.details.session_id == SESSION_ID {
            assert_eq!((session.test_id, session.status), (TEST_ID, SessionStatus::Complete));
            assert!(
                session
                    .details
                    .tasks
                    .iter()
                    .all(|task| { task.response.as_ref().is_some_and(|response| response.answer.is_some()) })
            );
            assert_eq!(session.details.tasks.len(), TaskType::ALL.len() - 1);
        }
    }
    assert_eq!(types.len(), TaskType::ALL.len() - 1, "all but UNRECOGNIZED");
    assert!(statuses[&SessionStatus::Complete] > 1_000, "{statuses:?}");
    assert!(statuses[&SessionStatus::InProgress] > 10 && statuses[&SessionStatus::Abandoned] > 10, "{statuses:?}");
}

#[test]
fn is_the_same_every_time() {
    assert_eq!(records(), records());
}

#[test]
fn makes_tests_of_any_size() {
    let workspace = WorkspaceId::new(Timestamp::default(), &SeededRandom::new(1));
    let ids: BTreeSet<Uuid> = lines_of_size(Uuid::from_u128(77), workspace, 500)
        .skip(1)
        .map(|line| match parse_line(line.as_bytes(), None) {
            Ok(Some(Record::Session(session))) => session.details.session_id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.len(), 500);
}
