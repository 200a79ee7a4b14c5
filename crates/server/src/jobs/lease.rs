//! A node's leases, remembered so that holding one costs no statement per look.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gatehouse_core::time::Timestamp;
use gatehouse_store::jobs;

use super::{Job, JobError, Jobs};

/// Long enough that prolonging is rare, short enough that another node soon takes over from one that died.
const LEASE: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<HashMap<Job, Known>>);

#[derive(Clone, Copy, Debug)]
enum Known {
    OursUntil(Timestamp),
    /// Another node has it; not asked again before this.
    NotBefore(Timestamp),
}

impl Jobs {
    /// Whether this node may run the job: takes or prolongs the lease when needed.
    pub(super) async fn holds(&self, job: Job, now: Timestamp) -> Result<bool, JobError> {
        match self.leases.get(job) {
            Some(Known::OursUntil(until)) if now.plus(LEASE / 2) < until => return Ok(true),
            Some(Known::NotBefore(time)) if now < time => return Ok(false),
            _ => {}
        }
        let owner = self.owner.clone();
        let acquire =
            async move |tx: &mut gatehouse_store::db::Tx| jobs::acquire(tx, job.as_str(), &owner, now, LEASE).await;
        let ours = self.ctx.db.write(acquire).await?;
        self.leases
            .set(job, if ours { Known::OursUntil(now.plus(LEASE)) } else { Known::NotBefore(now.plus(LEASE / 6)) });
        Ok(ours)
    }

    pub(super) async fn release(&self, job: Job) -> Result<(), JobError> {
        if !matches!(self.leases.remove(job), Some(Known::OursUntil(_))) {
            return Ok(());
        }
        let owner = self.owner.clone();
        self.ctx.db.write(async move |tx| jobs::release(tx, job.as_str(), &owner).await).await?;
        Ok(())
    }
}

impl Leases {
    fn get(&self, job: Job) -> Option<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&job).copied()
    }

    fn set(&self, job: Job, known: Known) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(job, known);
    }

    fn remove(&self, job: Job) -> Option<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&job)
    }
}
