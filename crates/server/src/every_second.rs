//! What every node does beside requests: take in changes twice a second, write what was summed in memory once.

use std::fmt::Display;
use std::time::Duration;

use gatehouse_store::db::DbError;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::directory::watch::poll;
use crate::gate;
use crate::oauth::token_usage;
use crate::state::{App, AppState};

const SECOND: Duration = Duration::from_secs(1);

/// Twice a second, so that "within a second" holds with the time that the reading takes.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// Takes in the changes of other nodes and processes until `stop` turns true.
pub async fn take_in_changes(app: AppState, stop: watch::Receiver<bool>) {
    let mut health = Health::new("changes.poll");
    let mut ticks = Ticks::until(stop, HALF_A_SECOND);
    while ticks.next().await {
        health.note(poll(&app).await);
    }
}

/// Writes sums until `stop` turns true, and once more then: requests have ended by that time.
pub async fn write_sums(app: AppState, stop: watch::Receiver<bool>) {
    let mut health = Health::new("usage.flush");
    let mut ticks = Ticks::until(stop, SECOND);
    while ticks.next().await {
        health.note(write_once(&app).await);
    }
    health.note(write_once(&app).await);
}

/// Writes what tokens and calls have added up to, and which calls were refused.
///
/// # Errors
/// [`DbError`] when the database cannot be written; nothing is lost by that.
pub async fn write_once(app: &App) -> Result<(), DbError> {
    let tokens = token_usage::flush(app).await;
    let calls = gate::flush(&app.ctx, &app.gate).await;
    gate::flush_refused(&app.ctx, &app.gate).await?;
    tokens.and(calls)
}

/// Equal steps of time until the end.
struct Ticks {
    ticks: Interval,
    stop: watch::Receiver<bool>,
}

impl Ticks {
    fn until(stop: watch::Receiver<bool>, step: Duration) -> Self {
        let mut ticks = interval(step);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, stop }
    }

    /// Waits for the next step; false at the end.
    async fn next(&mut self) -> bool {
        tokio::select! {
            // An error means that the sender is gone, which is an end, too.
            _ = self.stop.wait_for(|stop| *stop) => false,
            _ = self.ticks.tick() => true,
        }
    }
}

/// Logs the first failure of a row and its end, not one line a second.
struct Health {
    work: &'static str,
    failing: bool,
}

impl Health {
    const fn new(work: &'static str) -> Self {
        Self { work, failing: false }
    }

    fn note<E: Display>(&mut self, outcome: Result<(), E>) {
        match (outcome, self.failing) {
            (Err(error), false) => tracing::error!(work = self.work, %error, "background work fails; it is tried on"),
            (Ok(()), true) => tracing::info!(work = self.work, "background work goes well again"),
            (Err(_), true) | (Ok(()), false) => return,
        }
        self.failing = !self.failing;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the docs promise is a second from the commit to the refusal: the reading itself needs its part of it.
    #[test]
    fn changes_are_looked_for_at_least_twice_a_second() {
        assert!(HALF_A_SECOND <= SECOND / 2);
    }
}
