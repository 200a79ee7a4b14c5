//! One task per job.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::{Job, JobError, Jobs, Rhythm};

/// How often a task looks whether there is something to do.
const STEADY: Duration = Duration::from_secs(1);
const RARE: Duration = Duration::from_secs(30);

/// Starts the jobs. Each ends its present run, looks once more and gives its lease back when `stop` turns true.
pub fn spawn(jobs: &Arc<Jobs>, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    Job::ALL.iter().map(|job| tokio::spawn(keep(Arc::clone(jobs), *job, stop.clone()))).collect()
}

async fn keep(jobs: Arc<Jobs>, job: Job, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(match job.rhythm() {
        Rhythm::Steady => STEADY,
        Rhythm::Every(_) => RARE,
    });
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut log = Log { job, failing: false };
    loop {
        let stopped = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => true,
            _ = ticks.tick() => false,
        };
        log.note(&jobs.turn(job).await);
        if stopped {
            break;
        }
    }
    if let Err(error) = jobs.release(job).await {
        tracing::warn!(job.name = %job, %error, "job.lease_not_released");
    }
}

/// Logs the first of a row of failures and their end, for a database that is away fails every second.
struct Log {
    job: Job,
    failing: bool,
}

impl Log {
    fn note(&mut self, outcome: &Result<(), JobError>) {
        let job = self.job;
        match outcome {
            Ok(()) if self.failing => tracing::info!(job.name = %job, "job.recovered"),
            Ok(()) => {}
            Err(error) if self.failing => tracing::debug!(job.name = %job, %error, "job.still_failing"),
            Err(error) => tracing::error!(job.name = %job, %error, "job.failed"),
        }
        self.failing = outcome.is_err();
    }
}
