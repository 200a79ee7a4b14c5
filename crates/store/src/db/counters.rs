//! Counts statements, so that a test can say "none".

use std::sync::atomic::{AtomicU64, Ordering};

/// Statements executed since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementCounts {
    /// Statements in `read`.
    pub reads: u64,
    /// Statements in `write`.
    pub writes: u64,
    /// Durable commits. On SQLite one commit carries the closures that waited together.
    pub commits: u64,
}

/// Shared by all transactions of a database.
#[derive(Debug, Default)]
pub(super) struct Counters {
    reads: AtomicU64,
    writes: AtomicU64,
    commits: AtomicU64,
}

impl Counters {
    pub(super) fn add(&self, mode: super::Mode) {
        let counter = match mode {
            super::Mode::Read => &self.reads,
            super::Mode::Write => &self.writes,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> StatementCounts {
        StatementCounts {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
        }
    }
}
