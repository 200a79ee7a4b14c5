use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const EVERYTHING: &str = include_str!("../../../fixtures/session_details_v3.json");

/// The fixture as an import line.
fn session() -> Value {
    let mut line: Value = serde_json::from_str(EVERYTHING).expect("the fixture is JSON");
    line["v"] = json!(1);
    line["kind"] = json!("session");
    line["testId"] = json!("3fa85f64-5717-4562-b3fc-2c963f66afa6");
    line["status"] = json!("COMPLETE");
    line["startTime"] = json!("2026-11-22T12:05:00.007999+01:00");
    line
}

fn test() -> Value {
    json!({
        "v": 1, "kind": "test", "testId": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "workspaceId": "wsp_01jdarxn9w0000000000000000", "title": "Checkout", "type": "SURVEY",
    })
}

fn parse(line: &Value) -> Result<Option<Record>, LineError> {
    parse_line(line.to_string().as_bytes(), None)
}

/// The reason why a line is refused.
fn reason(line: &Value) -> String {
    parse(line).expect_err("is refused").to_string()
}

/// Replaces one value of the fixture, named by a JSON pointer.
fn session_with(pointer: &str, value: Value) -> Value {
    let mut line = session();
    *line.pointer_mut(pointer).expect("the fixture has it") = value;
    line
}

#[test]
fn what_the_api_writes_can_be_imported() {
    let Ok(Some(Record::Session(record))) = parse(&session()) else { panic!("is a session") };
    let expected: SessionDetails = serde_json::from_str(EVERYTHING).expect("the fixture is a session");
    assert_eq!(record.details, expected);
    assert_eq!(record.start_time.to_iso_millis(), "2026-11-22T11:05:00.007Z");
    assert_eq!(record.start_time.as_micros() % 1_000, 0);
    assert_eq!(record.finish_time, None);
}

#[test]
fn a_test_and_a_blank_line() {
    assert!(matches!(parse(&test()), Ok(Some(Record::Test(record))) if record.title == "Checkout"));
    assert_eq!(parse_line(b" \t\r", None), Ok(None));
    assert_eq!(parse_line(b"", None), Ok(None));
}

#[test]
fn a_test_without_workspace_takes_the_given_one() {
    let mut line = test();
    line["workspaceId"] = json!(null);
    assert_eq!(reason(&line), "workspaceId is missing");
    let given: WorkspaceId = "wsp_01jdarxn9w0000000000000001".parse().expect("an id");
    for (line, expected) in [(line, given.to_string()), (test(), "wsp_01jdarxn9w0000000000000000".to_owned())] {
        let Ok(Some(Record::Test(record))) = parse_line(line.to_string().as_bytes(), Some(given)) else {
            panic!("is a test")
        };
        assert_eq!(record.workspace_id.to_string(), expected);
    }
}

#[test]
fn what_is_no_json_is_told() {
    assert_eq!(parse_line(b"{\"v\":\xff}", None), Err(LineError::NotUtf8));
    let told = |line: &str| parse_line(line.as_bytes(), None).expect_err("is refused").to_string();
    assert_eq!(told("[1]"), "not a JSON object: expected an object");
    assert!(told("{").contains("EOF while parsing"), "{}", told("{"));
    assert!(told("{} x").contains("trailing characters at column 4"), "{}", told("{} x"));
    assert!(told(r#"{"v":1,"v":1}"#).contains("a name stands twice"), "{}", told(r#"{"v":1,"v":1}"#));
    assert!(told(&"[".repeat(100_000)).contains("recursion limit"));
}

#[test]
fn every_fault_of_a_line_is_told_with_its_field() {
    let line = json!({
        "v": 1, "kind": "test", "testId": "x", "workspaceId": "wsp_1", "title": " ", "type": "EXAM", "color": 1,
    });
    let told = reason(&line);
    for part in [
        "testId must be a UUID",
        "workspaceId is wrong",
        "title must not be empty",
        "type is wrong",
        "color is not known",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(reason(&json!({"v": 2, "kind": "test"})), "v must be 1");
    assert_eq!(reason(&json!({})), "v is missing; kind is missing");
    assert!(reason(&json!({"v": 1, "kind": "clip"})).starts_with("kind is wrong"));
}

#[test]
fn faults_deep_inside_are_told_with_their_way() {
    let cases = [
        (
            "/tasks/4/response/answer/nps/score",
            json!(11),
            "tasks[4].response.answer.nps.score must be a whole number between 0 and 10",
        ),
        ("/tasks/4/response/answer/nps", json!(null), "tasks[4].response.answer.nps is missing"),
        ("/tasks/4/type", json!("WRITTEN"), "tasks[4].response.answer.nps does not belong to a task of type WRITTEN"),
        ("/tasks/4/type", json!("VERBAL"), "tasks[4].type is wrong"),
        (
            "/tasks/1/response/answer/ratingScale/value",
            json!(8),
            "tasks[1].response.answer.ratingScale.value must be between 1 and 7",
        ),
        (
            "/tasks/3/response/answer/image/clicks/0/x",
            json!(1281),
            "clicks[0].x must be a whole number between 0 and 1280",
        ),
        ("/tasks/6/response/answer/rankOrder/items/1/rank", json!(3), "rankOrder.items must be ranked"),
        ("/tasks/7/response/answer/written/text", json!("a\u{0}b"), "written.text must not contain a NUL character"),
        ("/tasks/0/response/endTimeMs", json!(-1), "tasks[0].response.endTimeMs must be a whole number"),
        ("/tasks/1/response/endTimeMs", json!(1), "tasks[1].response.endTimeMs must not be before startTimeMs"),
        ("/tasks/0/response/skipped", json!(true), "tasks[0].response.answer must be null in a skipped task"),
        ("/tasks/0/response/skipped", json!(null), "tasks[0].response.skipped is missing"),
        (
            "/taskGroups/0/response/score",
            json!(100.5),
            "taskGroups[0].response.score must be a whole number between 0 and 100",
        ),
        ("/taskGroups/1/response/sequence/0", json!(1), "taskGroups[1].response.sequence[0] must be a text"),
        (
            "/sessionParticipant/demographicsInfo/0/type",
            json!("X"),
            "sessionParticipant.demographicsInfo[0].type is wrong",
        ),
        ("/sessionParticipant", json!([]), "sessionParticipant must be an object"),
        ("/startTime", json!("2026-11-22"), "startTime must be a time"),
        ("/startTime", json!("1969-12-31T23:59:59Z"), "startTime must be a time"),
        ("/status", json!("DONE"), "status is wrong"),
        ("/sessionId", json!("1"), "sessionId must be a UUID"),
        ("/tasks", json!({}), "tasks must be a list"),
        ("/tasks", json!(vec![1; 1_001]), "tasks must have at most 1000 items"),
    ];
    for (pointer, value, expected) in cases {
        let told = reason(&session_with(pointer, value));
        assert!(told.contains(expected), "{pointer}: {told}");
    }
}

#[test]
fn many_faults_are_cut() {
    let told = reason(&session_with("/tasks", json!(vec![1; 30])));
    assert!(told.ends_with("; and 20 more"), "{told}");
}

#[test]
fn the_end_is_not_before_the_start() {
    let mut line = session();
    line["finishTime"] = json!("2026-11-22T11:05:00.006Z");
    assert_eq!(reason(&line), "finishTime must not be before startTime");
}

proptest! {
    #[test]
    fn any_bytes_are_safe(line: Vec<u8>) {
        let _ = parse_line(&line, None);
    }

    /// One member of the fixture, whatever it is, put to a strange value: refused or accepted, never a panic, and a
    /// refusal always names a field.
    #[test]
    fn a_strange_value_anywhere_is_told(at in 1_usize..400, strange in 0_usize..7) {
        let mut line = session();
        let strange = [json!(null), json!(-1), json!(1e300), json!(""), json!([[]]), json!({"a": {}}), json!(true)][strange].clone();
        let mut left = at;
        put(&mut line, &mut left, &strange);
        if let Err(error) = parse(&line) {
            prop_assert!(matches!(&error, LineError::Faults(faults) if !faults.is_empty()), "{error}");
        }
    }
}

/// Replaces the value number `left` in the order of a walk.
fn put(value: &mut Value, left: &mut usize, strange: &Value) {
    if *left == 0 {
        value.clone_from(strange);
    }
    *left = left.wrapping_sub(1);
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| put(member, left, strange)),
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, left, strange)),
        _ => {}
    }
}
