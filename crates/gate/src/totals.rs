//! Calls since the start, for the metrics of a node.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Sums of one gate.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    forwarded: AtomicU64,
    /// By reason: a fixed set of words, never anything that a caller sent.
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

impl Totals {
    pub(crate) fn forwarded(&self) {
        self.forwarded.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
    }

    pub(crate) fn read(&self) -> CallTotals {
        CallTotals {
            forwarded: self.forwarded.load(Ordering::Relaxed),
            refused: self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

/// Calls since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallTotals {
    /// Sent on to an API.
    pub forwarded: u64,
    /// Refused, by reason: `no_token`, `token_expired`, `scope`, `quota`, …
    pub refused: BTreeMap<&'static str, u64>,
}
