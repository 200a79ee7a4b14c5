//! Signs tokens in batches.
//!
//! Signatures of requests that wait together are made together by one task per worker: the curve's tables stay in the
//! processor's cache, and the sockets are served between batches and not between any two signatures. Measured, it is
//! the difference between half and three quarters of what the hardware can do (`docs/performance.md`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::sign::SigningKey;
use tokio::sync::{mpsc, oneshot};

/// Waiting signatures per queue; whoever comes later waits in turn.
const QUEUE: usize = 4_096;

/// Signatures made before other tasks of the worker have their turn.
const BATCH: usize = 64;

/// The queues. Dropping them ends the tasks once what waits is signed.
#[derive(Debug)]
pub struct Signers {
    queues: Vec<mpsc::Sender<Job>>,
    next: AtomicUsize,
}

/// A signature could not be made; logged, answered `server_error`.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key refused.
    #[error("signing with key {kid}: {reason}")]
    Key {
        /// Which key.
        kid: String,
        /// What the library said.
        reason: String,
    },
    /// The process is going down.
    #[error("the signer has stopped")]
    Stopped,
}

struct Job {
    key: Arc<SigningKey>,
    /// `header.payload`, both base64url.
    input: String,
    reply: oneshot::Sender<Result<String, SignError>>,
}

impl Signers {
    /// Starts one task per worker of the present runtime.
    pub fn start() -> Self {
        let workers = tokio::runtime::Handle::current().metrics().num_workers().max(1);
        let queues = (0..workers)
            .map(|_| {
                let (sender, receiver) = mpsc::channel(QUEUE);
                tokio::spawn(work(receiver));
                sender
            })
            .collect();
        Self { queues, next: AtomicUsize::new(0) }
    }

    /// Signs `header.payload` and gives the whole token.
    ///
    /// # Errors
    /// [`SignError`] when the key refuses or the process is going down.
    pub async fn sign(&self, key: Arc<SigningKey>, input: String) -> Result<String, SignError> {
        let (reply, answer) = oneshot::channel();
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.queues.len();
        self.queues[turn].send(Job { key, input, reply }).await.map_err(|_| SignError::Stopped)?;
        answer.await.map_err(|_| SignError::Stopped)?
    }
}

async fn work(mut receiver: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut waiting, BATCH).await > 0 {
        for job in waiting.drain(..) {
            let slow = job.key.alg() == Algorithm::Rs256;
            // A caller that has gone away does not wait for its answer.
            let _ = job.reply.send(complete(&job.key, job.input));
            if slow {
                // An RSA signature takes as long as thirty others: let the sockets be served after each.
                tokio::task::yield_now().await;
            }
        }
        tokio::task::yield_now().await;
    }
}

fn complete(key: &SigningKey, mut token: String) -> Result<String, SignError> {
    let signature = key
        .sign(token.as_bytes())
        .map_err(|error| SignError::Key { kid: key.kid().to_owned(), reason: error.to_string() })?;
    token.reserve(1 + signature.len().div_ceil(3) * 4);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}
