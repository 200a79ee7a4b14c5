//! A request body that must arrive in time: a second for every 16 KiB after a first allowance. Against clients that
//! hold connections and handlers open by sending a byte now and then (slow loris on bodies).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};

/// Slowest rate after the allowance is used up.
const BYTES_PER_SECOND: u64 = 16 * 1024;

/// The body with its clock.
pub(super) struct TimedBody {
    inner: Incoming,
    deadline: Instant,
    received: u64,
    credited: u64,
    /// Only when the other end keeps us waiting.
    sleep: Option<Pin<Box<Sleep>>>,
}

/// The other end was too slow.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
pub(super) struct TooSlow;

impl TimedBody {
    pub(super) fn new(inner: Incoming, allowance: Duration) -> Self {
        Self { inner, deadline: Instant::now() + allowance, received: 0, credited: 0, sleep: None }
    }

    fn credit(&mut self, bytes: usize) {
        self.received += bytes as u64;
        let seconds = self.received / BYTES_PER_SECOND;
        self.deadline += Duration::from_secs(seconds - self.credited);
        self.credited = seconds;
        self.sleep = None;
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
                let length = data.len();
                self.credit(length);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let deadline = self.deadline;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        sleep.as_mut().poll(cx).map(|()| Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
