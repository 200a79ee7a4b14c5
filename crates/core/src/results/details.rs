//! One session in full: `GET /v3/sessionResults/{sessionId}`, and the older `GET /v2/sessionResults/{sessionId}`.
//!
//! The v3 form is also what is stored. Every key is always written, null where there is nothing.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::task::Task;

/// The answer of v3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionDetails {
    /// The session.
    pub session_id: Uuid,
    /// The group of participants that it belongs to.
    pub audience_id: Option<Uuid>,
    /// The version of the test's plan that was run.
    pub test_plan_id: Option<Uuid>,
    /// Who took part.
    pub session_participant: Option<Participant>,
    /// What tasks belong together, with their common results.
    pub task_groups: Vec<TaskGroup>,
    /// In the order of the test.
    pub tasks: Vec<Task>,
}

/// The answer of v2: no groups, and the tasks under another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionDetailsV2 {
    /// The session.
    pub session_id: Uuid,
    /// The group of participants that it belongs to.
    pub audience_id: Option<Uuid>,
    /// The version of the test's plan that was run.
    pub test_plan_id: Option<Uuid>,
    /// Who took part.
    pub session_participant: Option<Participant>,
    /// In the order of the test.
    pub session_task_results: Vec<Task>,
}

impl From<SessionDetails> for SessionDetailsV2 {
    fn from(details: SessionDetails) -> Self {
        Self {
            session_id: details.session_id,
            audience_id: details.audience_id,
            test_plan_id: details.test_plan_id,
            session_participant: details.session_participant,
            session_task_results: details.tasks,
        }
    }
}

/// Who took part, without a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The same person has the same id in every session.
    pub participant_id: Option<String>,
    /// What is known of them.
    #[serde(default)]
    pub demographics_info: Vec<Demographic>,
}

crate::text_enum! {
    /// How a question about the participant is answered.
    #[derive(Default)]
    DemographicType, "demographic question type" {
        /// One answer.
        Single = "DEMOGRAPHIC_QUESTION_TYPE_SINGLE",
        /// Several answers.
        Multiple = "DEMOGRAPHIC_QUESTION_TYPE_MULTIPLE",
        /// A type that this version does not know.
        #[default]
        Unrecognized = "UNRECOGNIZED",
    }
}

/// One thing known of a participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demographic {
    /// The question.
    pub id: Option<String>,
    /// The question's short name.
    pub code: Option<String>,
    /// The question in words.
    pub label: Option<String>,
    /// The answer in words.
    pub value: Option<String>,
    /// How it is answered.
    #[serde(rename = "type", default, deserialize_with = "super::known_or_default_opt")]
    pub kind: Option<DemographicType>,
}

crate::text_enum! {
    /// Why tasks belong together.
    #[derive(Default)]
    TaskGroupType, "task group type" {
        /// Together they give a QX score.
        QxScore = "QX_SCORE",
        /// Two or more designs in a balanced order.
        BalancedComparison = "BALANCED_COMPARISON",
        /// A type that this version does not know.
        #[default]
        Unrecognized = "UNRECOGNIZED",
    }
}

/// Tasks that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskGroup {
    /// The group.
    pub uuid: Uuid,
    /// Why.
    #[serde(rename = "type", deserialize_with = "super::known_or_default")]
    pub kind: TaskGroupType,
    /// The common result.
    pub response: Option<TaskGroupResponse>,
}

/// The common result of a group; which one follows from the group's type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TaskGroupResponse {
    /// Of `QX_SCORE`.
    QxScore {
        /// 0 to 100.
        score: u8,
    },
    /// Of `BALANCED_COMPARISON`.
    BalancedComparison {
        /// The designs in the order in which this participant saw them.
        sequence: Vec<String>,
    },
    /// Of a type that this version does not know.
    Unrecognized {},
}

#[cfg(test)]
mod tests;
