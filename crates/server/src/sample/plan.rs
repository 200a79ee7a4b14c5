//! What a sample test asks.

use gatehouse_core::results::details::TaskGroupType;
use gatehouse_core::results::import::TestType;
use uuid::Uuid;

/// A sample test.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) test_id: Uuid,
    /// Decides everything that is left to chance.
    pub(super) seed: u64,
    /// The id of the first session, which is complete and skips nothing.
    pub(super) first_session: Option<Uuid>,
    pub(super) title: &'static str,
    pub(super) kind: TestType,
    /// Which of the two workspaces.
    pub(super) workspace: usize,
    pub(super) sessions: u64,
    pub(super) groups: &'static [TaskGroupType],
    pub(super) tasks: &'static [TaskPlan],
}

/// A sample task.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaskPlan {
    pub(super) text: &'static str,
    pub(super) ask: Ask,
}

/// What a sample task asks for, and what people may answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    Blank,
    /// What stands at the ends of a scale from 1 to 7.
    Rating(&'static str, &'static str),
    /// Options, and whether several may be ticked.
    Choice(&'static [&'static str], Ticks),
    /// Width, height, and the place that most people click.
    Image(u32, u32, (u32, u32)),
    Nps,
    /// Where a visit that reaches its goal ends.
    Url(&'static str),
    Rank(&'static [&'static str]),
    Written(&'static [&'static str]),
    /// Frames in the order of the right way.
    Figma(&'static [&'static str]),
    /// Rows and columns.
    Matrix(&'static [&'static str], &'static [&'static str]),
}

/// How many options may be ticked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ticks {
    One,
    Several,
}
