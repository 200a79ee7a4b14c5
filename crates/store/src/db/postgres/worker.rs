//! One thread's share: takes closures, runs each in a transaction, again when it lost against another one.

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::{Pool, PoolError};
use futures_util::FutureExt;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinSet, LocalSet};

use super::super::counters::Counters;
use super::super::job::Job;
use super::super::retry;
use super::super::tx::{Engine, Failure, Mode, Tx};
use super::address::Address;
use super::connection::{Answer, Connection};
use super::{DbError, error};

/// Connections of one thread for transactions that write, and for those that read: writers that wait for each other's
/// rows must not keep readers out.
pub(super) const WRITERS: usize = 8;
pub(super) const READERS: usize = 4;
const CONNECT: Duration = Duration::from_secs(5);

/// A closure and what it may do.
pub(super) type Order = (Mode, Box<dyn Job>);

/// What all transactions of a thread share.
pub(super) struct Shared {
    writers: Pool,
    readers: Pool,
    server: String,
    counters: Arc<Counters>,
    waiting: Arc<AtomicUsize>,
    spread: AtomicU32,
}

impl Shared {
    pub(super) fn new(
        address: &Address,
        counters: &Arc<Counters>,
        waiting: &Arc<AtomicUsize>,
    ) -> Result<Self, DbError> {
        let pool = |size| {
            let built = Pool::builder(address.manager())
                .max_size(size)
                .runtime(deadpool_postgres::Runtime::Tokio1)
                .wait_timeout(Some(retry::LONGEST_WAIT))
                .create_timeout(Some(CONNECT))
                .build();
            built.map_err(|error| DbError::Engine(error.to_string()))
        };
        Ok(Self {
            writers: pool(WRITERS)?,
            readers: pool(READERS)?,
            server: address.server(),
            counters: Arc::clone(counters),
            waiting: Arc::clone(waiting),
            spread: AtomicU32::new(std::process::id()),
        })
    }
}

/// Runs until no more closures can come and all are answered.
pub(super) fn run(runtime: &Runtime, shared: Shared, mut orders: UnboundedReceiver<Order>) {
    let shared = Rc::new(shared);
    LocalSet::new().block_on(runtime, async move {
        let mut tasks = JoinSet::new();
        while let Some((mode, job)) = orders.recv().await {
            while tasks.try_join_next().is_some() {}
            tasks.spawn_local(perform(Rc::clone(&shared), mode, job));
        }
        while tasks.join_next().await.is_some() {}
    });
}

async fn perform(shared: Rc<Shared>, mode: Mode, mut job: Box<dyn Job>) {
    // Whoever has gone before the start gets nothing; once started, the closure is applied wholly.
    if !job.is_abandoned() {
        let outcome = attempts(&shared, mode, &mut *job).await;
        job.answer(outcome);
    }
    shared.waiting.fetch_sub(1, Ordering::Relaxed);
}

async fn attempts(shared: &Shared, mode: Mode, job: &mut dyn Job) -> Result<(), DbError> {
    let mut attempt = 1;
    loop {
        match once(shared, mode, job).await {
            Err((_, Failure::Conflict)) if attempt < retry::ATTEMPTS => {
                let spread = shared.spread.fetch_add(0x9e37_79b9, Ordering::Relaxed) >> 8;
                tokio::time::sleep(retry::pause(attempt, spread)).await;
                attempt += 1;
            }
            other => return other.map_err(|(error, _)| error),
        }
    }
}

/// One run in one transaction. `Ok`: the closure's own result stands, whether kept or undone.
async fn once(shared: &Shared, mode: Mode, job: &mut dyn Job) -> Answer<()> {
    let pool = match mode {
        Mode::Read => &shared.readers,
        Mode::Write => &shared.writers,
    };
    let client = pool.get().await.map_err(|error| (unreachable(&shared.server, &error), Failure::Lasting))?;
    let limit = job.limit();
    let connection = Connection::begin(client, mode, limit).await?;
    let mut tx = Tx::new(Engine::Postgres(connection), mode, Arc::clone(&shared.counters));
    // A connection whose transaction is still open when it is dropped never goes back to the pool.
    let ended = AssertUnwindSafe(tokio::time::timeout(limit, job.run(&mut tx))).catch_unwind().await;
    let failure = tx.failure();
    let Engine::Postgres(connection) = tx.engine else {
        return Err((DbError::Engine("a connection of another engine".to_owned()), Failure::Lasting));
    };
    match ended {
        Ok(Ok(true)) => {
            connection.commit().await?;
            if mode == Mode::Write {
                shared.counters.committed();
            }
            Ok(())
        }
        Ok(Ok(false)) => {
            connection.roll_back().await;
            match failure {
                Some(Failure::Conflict) => Err((error::lost(), Failure::Conflict)),
                Some(Failure::Lasting) | None => Ok(()),
            }
        }
        Ok(Err(_)) => Err((retry::too_long(limit), Failure::Lasting)),
        Err(_) => Err((retry::panicked(), Failure::Lasting)),
    }
}

fn unreachable(server: &str, error: &PoolError) -> DbError {
    match error {
        PoolError::Backend(error) => error::connecting(server, error),
        PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => retry::waited(),
        PoolError::Timeout(_) => {
            DbError::Unavailable(format!("PostgreSQL at {server} did not answer within {} s", CONNECT.as_secs()))
        }
        PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            DbError::Unavailable(error.to_string())
        }
    }
}
