//! One sample session as a line of the import format.

use gatehouse_core::results::details::{
    Demographic, DemographicType, Participant, SessionDetails, TaskGroup, TaskGroupResponse, TaskGroupType,
};
use gatehouse_core::results::list::SessionStatus;
use gatehouse_core::results::task::{Task, TaskResponse};
use gatehouse_core::time::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::answers;
use super::dice::Dice;
use super::plan::{Plan, TaskPlan};

/// 1 June 2026, 06:00 UTC; the samples spread over the 170 days after it.
const FIRST_START: Timestamp = Timestamp::from_secs(1_780_293_600);
const SPREAD_MS: u64 = 170 * 86_400_000;

const COUNTRIES: &[&str] = &["United Kingdom", "United States", "Ireland", "Canada", "Australia", "New Zealand"];
const JOBS: &[&str] = &["Nurse", "Teacher", "Engineer", "Student", "Designer", "Retired", "Driver", "Office clerk"];
const DEVICES: &[&str] = &["Phone", "Phone, Laptop", "Laptop", "Phone, Tablet, Laptop"];

/// How one participant fares, decided once per session.
struct Course {
    status: SessionStatus,
    /// How many tasks were begun.
    tasks: usize,
    /// Percent of tasks that are skipped.
    skips: u64,
}

pub(super) fn line(plan: &Plan, number: u64) -> String {
    let mut dice = Dice::new(plan.seed.wrapping_mul(1_000_003).wrapping_add(number));
    let fixed = plan.first_session.filter(|_| number == 0);
    let session_id = fixed.unwrap_or_else(|| dice.uuid());
    let course = course(&mut dice, plan, fixed);
    let start_ms = i64::try_from(dice.below(SPREAD_MS)).unwrap_or(0);
    let start_time = Timestamp::from_millis(FIRST_START.as_millis() + start_ms);
    let participant = participant(&mut dice);
    let mut clock = 0;
    let tasks: Vec<Task> =
        (0..).zip(plan.tasks).map(|(at, task)| one_task(plan, &mut dice, (at, task), &course, &mut clock)).collect();
    let details = SessionDetails {
        session_id,
        audience_id: (!dice.chance(10)).then(|| of_plan(plan, 900 + number % 3)),
        test_plan_id: Some(of_plan(plan, 800)),
        session_participant: Some(participant),
        task_groups: groups(plan, &mut dice, course.status),
        tasks,
    };
    let finish_ms = start_time.as_millis() + i64::try_from(clock).unwrap_or(0);
    let finish_time = (course.status != SessionStatus::InProgress).then(|| Timestamp::from_millis(finish_ms));
    let mut line = json!(details);
    let columns = [
        ("v", json!(1)),
        ("kind", json!("session")),
        ("testId", json!(plan.test_id)),
        ("status", json!(course.status)),
        ("startTime", json!(start_time.to_iso_millis())),
        ("finishTime", json!(finish_time.map(Timestamp::to_iso_millis))),
    ];
    for (name, value) in columns {
        line[name] = value;
    }
    line.to_string()
}

fn course(dice: &mut Dice, plan: &Plan, fixed: Option<Uuid>) -> Course {
    let all = plan.tasks.len();
    if fixed.is_some() {
        return Course { status: SessionStatus::Complete, tasks: all, skips: 0 };
    }
    let begun = usize::try_from(dice.between(1, all as u64)).unwrap_or(all);
    match dice.below(100) {
        0..4 => Course { status: SessionStatus::InProgress, tasks: begun, skips: 4 },
        4..9 => Course { status: SessionStatus::Abandoned, tasks: begun, skips: 12 },
        _ => Course { status: SessionStatus::Complete, tasks: all, skips: 4 },
    }
}

fn one_task(plan: &Plan, dice: &mut Dice, (at, task): (u64, &TaskPlan), course: &Course, clock: &mut u64) -> Task {
    let begun = usize::try_from(at).is_ok_and(|at| at < course.tasks);
    let response = begun.then(|| {
        let start_time_ms = *clock;
        let skipped = dice.chance(course.skips);
        let end_time_ms = start_time_ms + if skipped { dice.between(300, 2_000) } else { dice.between(4_000, 90_000) };
        *clock = end_time_ms + dice.between(100, 900);
        let answer =
            (!skipped).then(|| answers::answer(&task.ask, dice, |choice| of_plan(plan, 10_000 * (at + 1) + choice)));
        TaskResponse { start_time_ms, end_time_ms, skipped, answer }
    });
    Task { uuid: of_plan(plan, 1_000 + at), text: task.text.to_owned(), kind: answers::kind(&task.ask), response }
}

fn groups(plan: &Plan, dice: &mut Dice, status: SessionStatus) -> Vec<TaskGroup> {
    let group = |(at, kind): (u64, &TaskGroupType)| {
        let response = (status == SessionStatus::Complete).then(|| match kind {
            TaskGroupType::QxScore => {
                TaskGroupResponse::QxScore { score: u8::try_from(dice.between(38, 97)).unwrap_or(50) }
            }
            TaskGroupType::BalancedComparison | TaskGroupType::Unrecognized => {
                let designs = ["Current design", "New design"];
                let sequence = dice.order(2).into_iter().map(|at| designs[at].to_owned()).collect();
                TaskGroupResponse::BalancedComparison { sequence }
            }
        });
        TaskGroup { uuid: of_plan(plan, 700 + at), kind: *kind, response }
    };
    (0..).zip(plan.groups).map(group).collect()
}

fn participant(dice: &mut Dice) -> Participant {
    let age = dice.between(18, 79).to_string();
    let single = DemographicType::Single;
    let demographics_info = vec![
        demographic("1", "AGE", "How old are you?", &age, single),
        demographic("2", "COUNTRY", "Where do you live?", dice.pick(COUNTRIES), single),
        demographic("3", "OCCUPATION", "What do you do?", dice.pick(JOBS), single),
        demographic("4", "DEVICES", "Which devices do you use?", dice.pick(DEVICES), DemographicType::Multiple),
    ];
    // The same person takes part more than once.
    let participant_id = Some(format!("participant-{:04}", dice.between(1, 900)));
    Participant { participant_id, demographics_info }
}

fn demographic(id: &str, code: &str, label: &str, value: &str, kind: DemographicType) -> Demographic {
    let text = |text: &str| Some(text.to_owned());
    Demographic { id: text(id), code: text(code), label: text(label), value: text(value), kind: Some(kind) }
}

/// A UUID that is the same in every session of a test.
fn of_plan(plan: &Plan, number: u64) -> Uuid {
    Dice::new(plan.seed.wrapping_mul(7_919).wrapping_add(number).wrapping_add(1 << 32)).uuid()
}
