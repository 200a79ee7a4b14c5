//! Closures that wait for a thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::DbError;
use super::job::Job;

/// More than this many waiting callers are turned away: each would wait longer than its client does.
const BOUND: usize = 10_000;

/// First in, first out; many callers, one or more threads.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Box<dyn Job>>,
    closed: bool,
}

impl Queue {
    /// Takes a job, or answers it at once with the reason why not.
    pub(super) fn push(&self, job: Box<dyn Job>) {
        let mut state = self.lock();
        let refusal = if state.closed {
            DbError::Unavailable("it has been closed".to_owned())
        } else if state.jobs.len() >= BOUND {
            DbError::Busy(format!("{BOUND} transactions are waiting"))
        } else {
            state.jobs.push_back(job);
            drop(state);
            self.ready.notify_one();
            return;
        };
        drop(state);
        job.answer(Err(refusal));
    }

    /// Puts jobs back to be run again, before all others and in their order.
    pub(super) fn push_front(&self, jobs: Vec<Box<dyn Job>>) {
        let mut state = self.lock();
        for job in jobs.into_iter().rev() {
            state.jobs.push_front(job);
        }
    }

    /// Waits for the next job; none once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job if one waits.
    pub(super) fn try_pop(&self) -> Option<Box<dyn Job>> {
        self.lock().jobs.pop_front()
    }

    /// Takes no more jobs; the threads end when those that wait are done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
