use super::*;

/// One session with every task type, every group type and every kind of nothing, as the API writes it.
const EVERYTHING: &str = include_str!("../../../fixtures/session_details_v3.json");

fn everything() -> SessionDetails {
    serde_json::from_str(EVERYTHING).expect("the fixture is a session")
}

#[test]
fn writes_every_key_of_the_fixture_in_its_order() {
    let written = serde_json::to_string_pretty(&everything()).expect("serializes");
    assert_eq!(written, EVERYTHING.trim_end());
}

#[test]
fn v2_has_the_tasks_under_another_name_and_no_groups() {
    let v3 = serde_json::to_value(everything()).expect("serializes");
    let v2 = serde_json::to_value(SessionDetailsV2::from(everything())).expect("serializes");
    let names: Vec<&str> = v2.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["audienceId", "sessionId", "sessionParticipant", "sessionTaskResults", "testPlanId"]);
    assert_eq!(v2["sessionTaskResults"], v3["tasks"]);
}

#[test]
fn names_of_a_later_version_become_unrecognized() {
    let text = EVERYTHING
        .replace("\"MATRIX\"", "\"HOLOGRAM\"")
        .replace("\"QX_SCORE\"", "\"AURA\"")
        .replace("DEMOGRAPHIC_QUESTION_TYPE_MULTIPLE", "DEMOGRAPHIC_QUESTION_TYPE_TREE");
    let details: SessionDetails = serde_json::from_str(&text).expect("still readable");
    assert_eq!(details.tasks.iter().filter(|task| task.kind == super::super::task::TaskType::Unrecognized).count(), 2);
    assert_eq!(details.task_groups[0].kind, TaskGroupType::Unrecognized);
    let participant = details.session_participant.expect("has one");
    assert!(participant.demographics_info.iter().any(|info| info.kind == Some(DemographicType::Unrecognized)));
}

#[test]
fn nothing_is_written_as_null() {
    let id = Uuid::from_u128(1);
    let bare = SessionDetails {
        session_id: id,
        audience_id: None,
        test_plan_id: None,
        session_participant: None,
        task_groups: Vec::new(),
        tasks: Vec::new(),
    };
    let expected = concat!(
        r#"{"sessionId":"00000000-0000-0000-0000-000000000001","audienceId":null,"testPlanId":null,"#,
        r#""sessionParticipant":null,"taskGroups":[],"tasks":[]}"#,
    );
    assert_eq!(serde_json::to_string(&bare).expect("serializes"), expected);
}
