//! What every action needs, whoever calls it: page, management API, command line or job.

use std::sync::Arc;

use gatehouse_core::random::Random;
use gatehouse_core::time::{Clock, Timestamp};
use gatehouse_store::db::Db;

/// The outside world of an action. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives random bytes.
    pub random: Arc<dyn Random>,
    /// What stands before `_cs_` and the like in bearer values; `gh` by default.
    pub secret_prefix: Arc<str>,
}

impl Context {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The source of random bytes.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }
}
