//! Lines of kind `session`.

use super::SessionRecord;
use super::answer;
use super::fields::{LONG, Object, SHORT};
use crate::results::details::{Demographic, Participant, SessionDetails, TaskGroup, TaskGroupResponse, TaskGroupType};
use crate::results::task::{Task, TaskResponse, TaskType};

/// Longest session: a day.
const MAX_MS: i64 = 86_400_000;

pub(super) fn read(mut object: Object<'_>) -> Option<SessionRecord> {
    let test_id = object.uuid("testId");
    let status = object.name("status");
    let start_time = object.time("startTime");
    let finish_time = object.time_opt("finishTime");
    if finish_time.is_some() && finish_time < start_time {
        object.fault("finishTime", "must not be before startTime");
    }
    let session_id = object.uuid("sessionId");
    let audience_id = object.uuid_opt("audienceId");
    let test_plan_id = object.uuid_opt("testPlanId");
    let session_participant = object.object_opt("sessionParticipant").map(participant);
    let task_groups = object.objects("taskGroups", task_group);
    let tasks = object.objects("tasks", task);
    object.end();
    let session_id = session_id?;
    let details = SessionDetails { session_id, audience_id, test_plan_id, session_participant, task_groups, tasks };
    Some(SessionRecord { test_id: test_id?, status: status?, start_time: start_time?, finish_time, details })
}

fn participant(mut object: Object<'_>) -> Participant {
    let participant_id = object.text_opt("participantId", SHORT);
    let demographics_info = object.objects("demographicsInfo", |object| Some(demographic(object)));
    object.end();
    Participant { participant_id, demographics_info }
}

fn demographic(mut object: Object<'_>) -> Demographic {
    let demographic = Demographic {
        id: object.text_opt("id", SHORT),
        code: object.text_opt("code", SHORT),
        label: object.text_opt("label", LONG),
        value: object.text_opt("value", LONG),
        kind: object.name_opt("type"),
    };
    object.end();
    demographic
}

fn task_group(mut object: Object<'_>) -> Option<TaskGroup> {
    let uuid = object.uuid("uuid");
    let kind = object.name("type");
    let response = object.object_opt("response");
    let response = match (kind, response) {
        (Some(kind), Some(response)) => group_response(kind, response),
        _ => None,
    };
    object.end();
    Some(TaskGroup { uuid: uuid?, kind: kind?, response })
}

fn group_response(kind: TaskGroupType, mut object: Object<'_>) -> Option<TaskGroupResponse> {
    let response = match kind {
        TaskGroupType::QxScore => object.count("score", 100).map(|score| TaskGroupResponse::QxScore { score }),
        TaskGroupType::BalancedComparison => {
            Some(TaskGroupResponse::BalancedComparison { sequence: object.texts("sequence", SHORT) })
        }
        TaskGroupType::Unrecognized => Some(TaskGroupResponse::Unrecognized {}),
    };
    object.end();
    response
}

fn task(mut object: Object<'_>) -> Option<Task> {
    let uuid = object.uuid("uuid");
    let text = object.text("text", LONG);
    let kind = object.name("type");
    let response = match (kind, object.object_opt("response")) {
        (Some(kind), Some(response)) => task_response(kind, response),
        _ => None,
    };
    object.end();
    Some(Task { uuid: uuid?, text: text?, kind: kind?, response })
}

fn task_response(kind: TaskType, mut object: Object<'_>) -> Option<TaskResponse> {
    let start_time_ms = object.count("startTimeMs", MAX_MS);
    let end_time_ms = object.count("endTimeMs", MAX_MS);
    if end_time_ms.is_some() && end_time_ms < start_time_ms {
        object.fault("endTimeMs", "must not be before startTimeMs");
    }
    let skipped = object.flag("skipped");
    let answer = object.object_opt("answer");
    if skipped == Some(true) && answer.is_some() {
        object.fault("answer", "must be null in a skipped task");
    }
    let answer = answer.and_then(|answer| answer::read(kind, answer));
    object.end();
    Some(TaskResponse { start_time_ms: start_time_ms?, end_time_ms: end_time_ms?, skipped: skipped?, answer })
}
