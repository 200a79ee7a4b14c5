//! Answers to tasks: one member per task type, of which one is filled.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::task::TaskType;

/// An answer. All ten members are always written, null but for the one of the task's type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    /// Of a `BLANK` task.
    pub blank: Option<Blank>,
    /// Of a `RATING_SCALE` task.
    pub rating_scale: Option<RatingScale>,
    /// Of a `MULTIPLE_CHOICE` task.
    pub multiple_choice: Option<MultipleChoice>,
    /// Of an `IMAGE` task.
    pub image: Option<Image>,
    /// Of an `NPS` task.
    pub nps: Option<Nps>,
    /// Of a `URL` task.
    pub url: Option<Url>,
    /// Of a `RANK_ORDER` task.
    pub rank_order: Option<RankOrder>,
    /// Of a `WRITTEN` task.
    pub written: Option<Written>,
    /// Of a `FIGMA` task.
    pub figma: Option<Figma>,
    /// Of a `MATRIX` task.
    pub matrix: Option<Matrix>,
}

impl TaskType {
    /// The member of [`Answer`] that belongs to this type.
    pub const fn answer_member(self) -> Option<&'static str> {
        match self {
            Self::Blank => Some("blank"),
            Self::RatingScale => Some("ratingScale"),
            Self::MultipleChoice => Some("multipleChoice"),
            Self::Image => Some("image"),
            Self::Nps => Some("nps"),
            Self::Url => Some("url"),
            Self::RankOrder => Some("rankOrder"),
            Self::Written => Some("written"),
            Self::Figma => Some("figma"),
            Self::Matrix => Some("matrix"),
            Self::Unrecognized => None,
        }
    }
}

/// Done; there is nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blank {}

/// A number on a scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RatingScale {
    /// Between `min` and `max`, both included.
    pub value: i64,
    /// The scale's lower end.
    pub min: i64,
    /// The scale's upper end.
    pub max: i64,
    /// What stands at the lower end.
    pub min_label: Option<String>,
    /// What stands at the upper end.
    pub max_label: Option<String>,
}

/// What was ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MultipleChoice {
    /// In the order of the question.
    pub options: Vec<Choice>,
    /// What was typed beside "other".
    pub other_text: Option<String>,
}

/// An option of a choice or a column of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The option.
    pub uuid: Uuid,
    /// What the participant read.
    pub label: String,
}

/// Where a picture was clicked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The picture's width in pixels.
    pub width_px: u32,
    /// The picture's height in pixels.
    pub height_px: u32,
    /// In the order of time.
    pub clicks: Vec<Point>,
}

/// A place in a picture, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
}

/// How likely one is to recommend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nps {
    /// 0 to 10.
    pub score: u8,
}

/// A visit to a web site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Url {
    /// Whether the goal was reached; nothing when the task has no goal.
    pub success: Option<bool>,
    /// Where the visit ended.
    pub final_url: Option<String>,
    /// How many pages were seen.
    pub page_count: u32,
}

/// Options put in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankOrder {
    /// From the first rank on.
    pub items: Vec<RankedItem>,
}

/// An option with its rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankedItem {
    /// The option.
    pub uuid: Uuid,
    /// What the participant read.
    pub label: String,
    /// 1 is the first.
    pub rank: u32,
}

/// Free text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// As typed.
    pub text: String,
}

/// A walk through a Figma prototype.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figma {
    /// Whether the goal was reached; nothing when the task has no goal.
    pub success: Option<bool>,
    /// Clicks beside anything that reacts.
    pub misclicks: u32,
    /// In the order of the walk.
    pub screens: Vec<FigmaScreen>,
}

/// A screen of a prototype that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FigmaScreen {
    /// Figma's node id.
    pub node_id: String,
    /// The frame's name.
    pub name: Option<String>,
    /// Milliseconds.
    pub duration_ms: u64,
}

/// A table with choices in every row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// In the order of the question.
    pub rows: Vec<MatrixRow>,
}

/// One row of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// The row.
    pub uuid: Uuid,
    /// What the participant read.
    pub label: String,
    /// The columns that were ticked.
    pub columns: Vec<Choice>,
}
