//! One call of `read` or `write` on its way through a worker thread, without its types.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{DbError, Tx};

/// A closure with its caller. It can be run more than once; the last result is the one that is answered.
pub(super) trait Job: Send {
    /// Runs the closure. True: it ended well and wants its changes kept. The result waits for [`Job::answer`].
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Pin<Box<dyn Future<Output = bool> + 'a>>;

    /// Gives the caller the kept result, or `error` in its place.
    fn answer(self: Box<Self>, outcome: Result<(), DbError>);

    /// Whether the caller has gone.
    fn is_abandoned(&self) -> bool;

    /// How long it may run.
    fn limit(&self) -> Duration;

    /// Since when it waits.
    fn since(&self) -> Instant;
}

/// Makes a job of a closure; the receiver gets its result.
pub(super) fn job<T, E, F>(limit: Duration, work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let (caller, answer) = oneshot::channel();
    (Box::new(Work { work, limit, since: Instant::now(), result: None, caller }), answer)
}

struct Work<F, T, E> {
    work: F,
    limit: Duration,
    since: Instant,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Work<F, T, E>
where
    F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        Box::pin(async move {
            self.result = None;
            let mut result = (self.work)(tx).await;
            if result.is_ok()
                && let Err(error) = tx.finish().await
            {
                result = Err(error.into());
            }
            self.result.insert(result).is_ok()
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), DbError>) {
        let result = match (outcome, self.result) {
            (Err(error), _) => Err(error.into()),
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(DbError::Engine("the work gave no result".to_owned()).into()),
        };
        // A caller that has gone needs no answer.
        drop(self.caller.send(result));
    }

    fn is_abandoned(&self) -> bool {
        self.caller.is_closed()
    }

    fn limit(&self) -> Duration {
        self.limit
    }

    fn since(&self) -> Instant {
        self.since
    }
}
