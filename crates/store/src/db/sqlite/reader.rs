//! The threads that read. In WAL mode each sees one state of the database and never waits for the writer.

use tokio::runtime::Runtime;

use super::super::job::Job;
use super::super::queue::Queue;
use super::super::retry;
use super::super::tx::Tx;
use super::{DbError, Source};

pub(super) fn run(source: &Source, queue: &Queue, runtime: &Runtime) {
    let mut tx = None;
    while let Some(job) = queue.pop() {
        if job.is_abandoned() {
            continue;
        }
        if job.since().elapsed() > retry::LONGEST_WAIT {
            job.answer(Err(retry::waited()));
            continue;
        }
        // A connection that failed is thrown away; the next read opens another.
        tx = match tx.take().map_or_else(|| source.open(), Ok) {
            Ok(open) => one(job, open, runtime),
            Err(error) => {
                job.answer(Err(error));
                None
            }
        };
    }
}

fn one(mut job: Box<dyn Job>, mut tx: Tx, runtime: &Runtime) -> Option<Tx> {
    let outcome = match control(&tx, "BEGIN") {
        Ok(()) => super::run(&mut *job, &mut tx, runtime).map(drop),
        Err(error) => Err(error),
    };
    let ended = control(&tx, "ROLLBACK");
    job.answer(outcome);
    ended.is_ok().then_some(tx)
}

fn control(tx: &Tx, sql: &'static str) -> Result<(), DbError> {
    super::connection(tx)?.control(sql)
}
