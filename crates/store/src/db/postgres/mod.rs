//! PostgreSQL: a few threads, each with its own runtime and its own connections, so that a closure's future need not
//! be `Send` and no statement hops between threads.

mod address;
mod connection;
mod error;
mod tls;
mod value;
mod worker;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::counters::Counters;
use super::job::Job;
use super::tx::Mode;
use super::{DbError, job};
pub(super) use connection::Connection;

/// Threads; each has [`worker::WRITERS`] and [`worker::READERS`] connections at most, opened when first needed.
const WORKERS: usize = 2;
/// More than this many callers at once are turned away: each would wait longer than its client does.
const BOUND: usize = 10_000;

/// A server with the threads that talk to it.
pub(super) struct Postgres {
    /// Gone once closed.
    workers: Mutex<Vec<Worker>>,
    next: AtomicUsize,
    waiting: Arc<AtomicUsize>,
}

struct Worker {
    jobs: mpsc::UnboundedSender<worker::Order>,
    thread: JoinHandle<()>,
}

impl Postgres {
    /// Starts the threads and looks whether the server answers.
    pub(super) async fn open(url: &str, counters: &Arc<Counters>) -> Result<Self, DbError> {
        let address = address::parse(url)?;
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::with_capacity(WORKERS);
        for _ in 0..WORKERS {
            let (jobs, orders) = mpsc::unbounded_channel();
            let shared = worker::Shared::new(&address, counters, &waiting)?;
            let thread = spawn(move |runtime| worker::run(&runtime, shared, orders))?;
            workers.push(Worker { jobs, thread });
        }
        let postgres = Self { workers: Mutex::new(workers), next: AtomicUsize::new(0), waiting };
        let (first, answer) = job::job(super::LIMIT, async |tx| tx.query("SELECT 1 AS one", &[]).await.map(drop));
        postgres.push(Mode::Read, first);
        answer.await.unwrap_or_else(|_| Err(DbError::Unavailable("its thread has ended".to_owned())))?;
        Ok(postgres)
    }

    pub(super) fn push(&self, mode: Mode, job: Box<dyn Job>) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= BOUND {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return job.answer(Err(DbError::Busy(format!("{BOUND} transactions are waiting"))));
        }
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % workers.len().max(1);
        let refused = match workers.get(turn) {
            Some(worker) => worker.jobs.send((mode, job)).err().map(|refused| refused.0.1),
            None => Some(job),
        };
        drop(workers);
        if let Some(job) = refused {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            job.answer(Err(DbError::Unavailable("it has been closed".to_owned())));
        }
    }

    /// Waits for what is under way. Blocks.
    pub(super) fn close(&self) {
        let workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.thread).collect();
        for thread in threads {
            // Threads catch the panics of closures; one that ended by its own panic has been logged by the hook.
            drop(thread.join());
        }
    }
}

fn spawn(work: impl FnOnce(tokio::runtime::Runtime) + Send + 'static) -> Result<JoinHandle<()>, DbError> {
    let failed = |error: std::io::Error| DbError::Unavailable(format!("cannot start a thread: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    std::thread::Builder::new().name("postgres".to_owned()).spawn(move || work(runtime)).map_err(failed)
}
