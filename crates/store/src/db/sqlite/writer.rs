//! The one thread that writes. It takes the closures that wait, runs each in a savepoint, commits all with one durable
//! write and answers them together: 64 callers share an fsync instead of queueing for 64.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::super::counters::Counters;
use super::super::job::Job;
use super::super::queue::Queue;
use super::super::retry;
use super::super::tx::Tx;
use super::{DbError, Source, connection};

/// A group ends with this many closures, or after this time, whichever is first.
const GROUP: usize = 128;
const GROUP_TIME: Duration = Duration::from_millis(20);

pub(super) struct Writer {
    source: Source,
    /// Missing after a failure, until the next group opens another.
    tx: Option<Tx>,
    queue: Arc<Queue>,
    runtime: Runtime,
}

/// A closure that ran in the open group: what it will be told once the group is committed.
type Ran = (Box<dyn Job>, Result<(), DbError>);

/// The engine has given up the whole transaction because of one closure, which is to be told this.
struct Broken(Result<(), DbError>);

impl Writer {
    pub(super) fn new(source: Source, tx: Tx, queue: Arc<Queue>, runtime: Runtime) -> Self {
        Self { source, tx: Some(tx), queue, runtime }
    }

    pub(super) fn run(mut self) {
        while let Some(job) = self.queue.pop() {
            // Before the lock is asked for: behind another process that holds it, each of these would wait in turn.
            if job.is_abandoned() {
                continue;
            }
            if job.since().elapsed() > retry::LONGEST_WAIT {
                job.answer(Err(retry::waited()));
                continue;
            }
            match self.tx.take().map_or_else(|| self.source.open(), Ok) {
                Ok(tx) => self.tx = self.group(job, tx),
                Err(error) => job.answer(Err(error)),
            }
        }
    }

    /// One transaction. Gives the connection back unless it must be replaced.
    fn group(&self, first: Box<dyn Job>, mut tx: Tx) -> Option<Tx> {
        if let Err(error) = control(&tx, "BEGIN IMMEDIATE") {
            first.answer(Err(error));
            return None;
        }
        let started = Instant::now();
        let mut ran: Vec<Ran> = Vec::new();
        let mut next = Some(first);
        while let Some(mut job) = next.take() {
            if job.is_abandoned() {
                // Never started, so nothing of it is applied.
            } else if job.since().elapsed() > retry::LONGEST_WAIT {
                job.answer(Err(retry::waited()));
            } else {
                match self.step(&mut *job, &mut tx) {
                    Ok(outcome) => ran.push((job, outcome)),
                    Err(Broken(outcome)) => {
                        // The others did nothing wrong and nothing of theirs is kept: they run again without this one.
                        job.answer(outcome);
                        self.queue.push_front(ran.into_iter().map(|(job, _)| job).collect());
                        return None;
                    }
                }
            }
            if ran.len() < GROUP && started.elapsed() < GROUP_TIME {
                next = self.queue.try_pop();
            }
        }
        commit(&tx, ran, &self.source.counters).then_some(tx)
    }

    /// One closure in its savepoint.
    fn step(&self, job: &mut dyn Job, tx: &mut Tx) -> Result<Result<(), DbError>, Broken> {
        control(tx, "SAVEPOINT one").map_err(|error| Broken(Err(error)))?;
        let outcome = super::run(job, tx, &self.runtime);
        if connection(tx).is_ok_and(super::Connection::is_idle) {
            let lost = || DbError::Busy("the transaction was given up by the engine".to_owned());
            return Err(Broken(outcome.and_then(|kept| if kept { Err(lost()) } else { Ok(()) })));
        }
        if !matches!(outcome, Ok(true)) {
            control(tx, "ROLLBACK TO one").map_err(|error| Broken(Err(error)))?;
        }
        control(tx, "RELEASE one").map_err(|error| Broken(Err(error)))?;
        Ok(outcome.map(drop))
    }
}

/// Commits and answers. After a failed commit nobody knows what the connection holds: the group fails, and false says
/// that the connection must go.
fn commit(tx: &Tx, ran: Vec<Ran>, counters: &Counters) -> bool {
    match control(tx, "COMMIT") {
        Ok(()) => {
            // Before anybody hears of it: who counts afterwards counts this one too.
            counters.committed();
            for (job, outcome) in ran {
                job.answer(outcome);
            }
            true
        }
        Err(error) => {
            let text = format!("the commit failed: {error}");
            tracing::error!(%error, db.transactions = ran.len(), "db.commit_failed");
            for (job, _) in ran {
                job.answer(Err(DbError::Unavailable(text.clone())));
            }
            false
        }
    }
}

fn control(tx: &Tx, sql: &'static str) -> Result<(), DbError> {
    connection(tx)?.control(sql)
}
