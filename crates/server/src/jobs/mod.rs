//! Work beside requests that one node does for all: each job has a lease in the database.
//!
//! To add a job: a variant of [`Job`] with its name and rhythm, a file with its `run`, a line in `Jobs::perform`. A
//! job must be harmless when two nodes do it at once: a lease can end while its owner still works.

mod audit_heads;
mod chain_audit;
mod deliver_logouts;
mod deliver_mails;
mod end_by_date;
mod lease;
mod prune;
mod remind_reviewers;
mod rotate_keys;
mod runner;
mod tell_secret_expiry;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use gatehouse_core::random::bytes;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::DbError;
use gatehouse_store::jobs;

pub use audit_heads::read as read_audit_heads;
pub use runner::spawn;

use crate::actions::ActionError;
use crate::config::MailConfig;
use crate::context::Context;
use crate::directory::Directory;
use crate::mail::{Mailer, Totals};

gatehouse_core::text_enum! {
    /// The jobs.
    Job, "job" {
        /// Numbers and chains audit events.
        ChainAudit = "chain_audit",
        /// Tells applications of sessions that have ended.
        DeliverLogouts = "deliver_logouts",
        /// Sends the mails of the outbox.
        DeliverMails = "deliver_mails",
        /// Writes down what a date has ended: client secrets, unanswered access requests.
        EndByDate = "end_by_date",
        /// Writes down where the audit chain ends.
        ExportAuditHeads = "export_audit_heads",
        /// Deletes what has expired.
        Prune = "prune",
        /// Reminds reviewers of requests whose time runs out.
        RemindReviewers = "remind_reviewers",
        /// Rotates signing keys.
        RotateKeys = "rotate_keys",
        /// Tells of client secrets that end soon.
        TellSecretExpiry = "tell_secret_expiry",
    }
}

/// When a job has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rhythm {
    /// Looks every second and keeps the lease.
    Steady,
    /// Once per so long, over all nodes and restarts.
    Every(Duration),
}

impl Job {
    fn rhythm(self) -> Rhythm {
        match self {
            Self::ChainAudit | Self::DeliverLogouts | Self::DeliverMails | Self::EndByDate => Rhythm::Steady,
            Self::RotateKeys | Self::RemindReviewers | Self::TellSecretExpiry => Rhythm::Every(Duration::from_secs(60)),
            Self::Prune => Rhythm::Every(Duration::from_secs(10 * 60)),
            Self::ExportAuditHeads => Rhythm::Every(Duration::from_secs(3_600)),
        }
    }
}

/// Where jobs write.
#[derive(Clone, Debug)]
pub struct Outlets {
    /// How mails leave.
    pub mail: MailConfig,
    /// Heads of the audit chain.
    pub audit_heads: PathBuf,
}

/// The jobs of one node.
pub struct Jobs {
    ctx: Context,
    directory: Arc<Directory>,
    post: Post,
    audit_heads: PathBuf,
    /// This node in leases; new at each start.
    owner: String,
    leases: lease::Leases,
}

/// The way out for mails, and their count.
struct Post {
    mailer: Mailer,
    totals: Totals,
}

/// Why a run of a job ended early; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The database refused or is away.
    #[error(transparent)]
    Database(#[from] DbError),
    /// An action was not done.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// A file could not be written or read.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A defect of ours.
    #[error("the job panicked")]
    Panicked,
}

impl Jobs {
    /// Nothing runs yet. `Err` says what is wrong with how mails are to leave.
    pub fn new(ctx: Context, directory: Arc<Directory>, outlets: Outlets) -> Result<Arc<Self>, String> {
        let owner = bytes::<8>(ctx.random()).iter().map(|byte| format!("{byte:02x}")).collect();
        let mailer = Mailer::new(&outlets.mail, ctx.portal_url.as_deref().unwrap_or_default())?;
        let post = Post { mailer, totals: Totals::default() };
        let (audit_heads, leases) = (outlets.audit_heads, lease::Leases::default());
        Ok(Arc::new(Self { ctx, directory, post, audit_heads, owner, leases }))
    }

    /// Mails of this node since its start.
    pub fn mails(&self) -> &Totals {
        &self.post.totals
    }

    /// Runs every job once to its end, whatever its rhythm and whoever has its lease. For tests and for the end of
    /// commands that leave mails or audit events behind.
    pub async fn run_now(&self) -> Result<(), JobError> {
        for job in Job::ALL {
            self.perform(*job).await?;
        }
        Ok(())
    }

    /// One look at a job: runs it if its lease is to be had and it is due.
    async fn turn(&self, job: Job) -> Result<(), JobError> {
        let now = self.ctx.now();
        match job.rhythm() {
            Rhythm::Steady => {
                if self.holds(job, now).await? {
                    self.perform(job).await?;
                }
                Ok(())
            }
            Rhythm::Every(every) => {
                if !self.is_due(job, now, every).await? || !self.holds(job, now).await? {
                    return Ok(());
                }
                let outcome = self.perform(job).await;
                self.note_run(job, now, &outcome).await?;
                self.release(job).await?;
                outcome
            }
        }
    }

    async fn perform(&self, job: Job) -> Result<(), JobError> {
        let run = async {
            match job {
                Job::ChainAudit => chain_audit::run(&self.ctx).await,
                Job::DeliverLogouts => deliver_logouts::run(&self.ctx, &self.directory, &self.owner).await,
                Job::DeliverMails => deliver_mails::run(&self.ctx, &self.post, &self.owner).await,
                Job::EndByDate => end_by_date::run(&self.ctx).await,
                Job::ExportAuditHeads => audit_heads::run(&self.ctx, &self.audit_heads).await,
                Job::Prune => prune::run(&self.ctx).await,
                Job::RemindReviewers => remind_reviewers::run(&self.ctx).await,
                Job::RotateKeys => rotate_keys::run(&self.ctx).await,
                Job::TellSecretExpiry => tell_secret_expiry::run(&self.ctx).await,
            }
        };
        AssertUnwindSafe(run).catch_unwind().await.unwrap_or(Err(JobError::Panicked))
    }

    async fn is_due(&self, job: Job, now: Timestamp, every: Duration) -> Result<bool, JobError> {
        let lease = self.ctx.db.read(async move |tx| jobs::find(tx, job.as_str()).await).await?;
        let last = lease.and_then(|lease| lease.last_started_at);
        Ok(last.is_none_or(|last| last.plus(every) <= now))
    }

    async fn note_run(&self, job: Job, started: Timestamp, outcome: &Result<(), JobError>) -> Result<(), JobError> {
        let (owner, times) = (self.owner.clone(), (started, self.ctx.now()));
        let error = outcome.as_ref().err().map(ToString::to_string);
        let note = async move |tx: &mut gatehouse_store::db::Tx| {
            jobs::ran(tx, job.as_str(), &owner, times, error.as_deref()).await
        };
        self.ctx.db.write(note).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
