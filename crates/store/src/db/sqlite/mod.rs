//! SQLite: one thread that writes and a few that read, each with its own connection to one file in WAL mode.

mod connection;
mod reader;
mod writer;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::runtime::Runtime;

use super::counters::Counters;
use super::job::Job;
use super::queue::Queue;
use super::tx::{Engine, Mode, Tx};
use super::{DbError, retry};
pub(super) use connection::Connection;

/// Reads are short; more threads than this only wait for each other's cores.
const READERS: usize = 4;

/// An open file with its threads.
pub(super) struct Sqlite {
    writes: Arc<Queue>,
    reads: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What a thread needs to open its connection, again if need be.
#[derive(Clone)]
struct Source {
    path: PathBuf,
    mode: Mode,
    counters: Arc<Counters>,
}

impl Source {
    fn open(&self) -> Result<Tx, DbError> {
        let connection = Connection::open(&self.path, self.mode)?;
        Ok(Tx::new(Engine::Sqlite(connection), self.mode, Arc::clone(&self.counters)))
    }
}

impl Sqlite {
    /// Opens the file, creating it with mode 0600, and starts the threads. Blocks.
    pub(super) fn open(path: &Path, counters: &Arc<Counters>) -> Result<Self, DbError> {
        let source = Source { path: path.to_owned(), mode: Mode::Write, counters: Arc::clone(counters) };
        Connection::create(path)?;
        let tx = source.open()?;
        let (writes, reads) = (Arc::new(Queue::default()), Arc::new(Queue::default()));
        let mut threads = Vec::with_capacity(READERS + 1);
        let queue = Arc::clone(&writes);
        let writer = source.clone();
        threads.push(spawn("sqlite-writer", move |runtime| writer::Writer::new(writer, tx, queue, runtime).run())?);
        for _ in 0..READERS {
            let queue = Arc::clone(&reads);
            let reader = Source { mode: Mode::Read, ..source.clone() };
            threads.push(spawn("sqlite-reader", move |runtime| reader::run(&reader, &queue, &runtime))?);
        }
        Ok(Self { writes, reads, threads: Mutex::new(threads) })
    }

    pub(super) fn push(&self, mode: Mode, job: Box<dyn Job>) {
        match mode {
            Mode::Read => self.reads.push(job),
            Mode::Write => self.writes.push(job),
        }
    }

    /// Waits for what is under way. Blocks.
    pub(super) fn close(&self) {
        self.close_queues();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // Threads catch the panics of closures; one that ended by its own panic has been logged by the hook.
            drop(thread.join());
        }
    }

    fn close_queues(&self) {
        self.writes.close();
        self.reads.close();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close_queues();
    }
}

/// A thread with a runtime of its own, so that the futures it runs need not be `Send`.
fn spawn(name: &str, work: impl FnOnce(Runtime) + Send + 'static) -> Result<JoinHandle<()>, DbError> {
    let failed = |error: std::io::Error| DbError::Unavailable(format!("cannot start the thread {name}: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
    std::thread::Builder::new().name(name.to_owned()).spawn(move || work(runtime)).map_err(failed)
}

fn connection(tx: &Tx) -> Result<&Connection, DbError> {
    match &tx.engine {
        Engine::Sqlite(connection) => Ok(connection),
        Engine::Postgres(_) => Err(DbError::Engine("a connection of another engine".to_owned())),
    }
}

/// Runs one closure on this thread, with its limit and safe from its panics. `Ok(true)`: it wants its changes kept.
fn run(job: &mut dyn Job, tx: &mut Tx, runtime: &Runtime) -> Result<bool, DbError> {
    let limit = job.limit();
    tx.reset();
    connection(tx)?.set_deadline(limit);
    let work = AssertUnwindSafe(|| runtime.block_on(async { tokio::time::timeout(limit, job.run(tx)).await }));
    let ended = std::panic::catch_unwind(work);
    connection(tx)?.clear_deadline();
    match ended {
        Ok(Ok(keep)) => Ok(keep),
        Ok(Err(_)) => Err(retry::too_long(limit)),
        Err(_) => Err(retry::panicked()),
    }
}
