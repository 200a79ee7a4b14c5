//! An import: lines are laid aside in short transactions while the file is read ([`stage`]), and applied in one at its
//! end ([`apply`]). Until that has committed, nothing of them can be seen; what an interrupted import leaves is thrown
//! away later ([`leftovers`], [`discard`]).

mod apply;
mod check;
mod staging;

pub use apply::{Applied, apply};
pub use check::{Refusal, Refused};
pub use staging::{StagedLine, discard, leftovers, stage};

/// What happens when some lines are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is applied.
    AllOrNothing,
    /// The good lines are applied.
    KeepGoing,
}

/// Why an import was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines were refused, and the mode is [`Mode::AllOrNothing`].
    #[error("{} lines were refused", .0.count)]
    Refused(Refused),
    /// Lines that had been laid aside are gone: the import stood still for so long that it was taken for dead.
    #[error("the import was taken for dead and its lines were thrown away; start it again")]
    Swept,
    /// The database.
    #[error(transparent)]
    Database(#[from] crate::db::DbError),
}

#[cfg(test)]
mod tests;
