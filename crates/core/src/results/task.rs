//! Tasks of a session: what was asked and what was answered.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::Answer;

crate::text_enum! {
    /// What a task asks for. Each type has its own member in [`Answer`].
    #[derive(Default)]
    TaskType, "task type" {
        /// Something to do or read, without an answer.
        Blank = "BLANK",
        /// A number on a scale.
        RatingScale = "RATING_SCALE",
        /// One or several of the options.
        MultipleChoice = "MULTIPLE_CHOICE",
        /// Clicks on a picture.
        Image = "IMAGE",
        /// How likely one is to recommend, 0 to 10.
        Nps = "NPS",
        /// A visit to a web site.
        Url = "URL",
        /// Options put in order.
        RankOrder = "RANK_ORDER",
        /// Free text.
        Written = "WRITTEN",
        /// A walk through a Figma prototype.
        Figma = "FIGMA",
        /// A table with choices in every row.
        Matrix = "MATRIX",
        /// A type that this version does not know.
        #[default]
        Unrecognized = "UNRECOGNIZED",
    }
}

/// One task of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The task.
    pub uuid: Uuid,
    /// What the participant read.
    pub text: String,
    /// What it asks for.
    #[serde(rename = "type", deserialize_with = "super::known_or_default")]
    pub kind: TaskType,
    /// Nothing when the participant never came to it.
    pub response: Option<TaskResponse>,
}

/// What a participant did with a task. Times count from the start of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskResponse {
    /// Milliseconds.
    pub start_time_ms: u64,
    /// Milliseconds; not before the start.
    pub end_time_ms: u64,
    /// Whether it was passed over.
    pub skipped: bool,
    /// Nothing when it was skipped.
    pub answer: Option<Answer>,
}
