//! Calls that were refused, or passed on and answered with an error, and whose application is known, kept in memory until somebody stores them: owners read there
//! why. What is not stored yet is lost when the process is killed; the server stores once a second.
//!
//! Only such calls pay for it, and memory is bounded: of each application the last calls are kept, of all together so
//! many. Who only names an application (a client id is public) has a bound of their own, so that strangers cannot push
//! out what the application itself did; and so has what the API answered, which may be many a not found.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use gatehouse_core::id::RequestId;
use gatehouse_core::time::Timestamp;
use http::{Method, StatusCode};

/// Longest path that is kept, in bytes.
const LONGEST_PATH: usize = 300;

/// What is known of the call. Each kind has bounds of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Refused here; the application proved itself by a token with a good signature, or by a right secret.
    Proved,
    /// Refused here; the application was named by its client id alone.
    Claimed,
    /// Passed on with a good token, and answered with an error by the API.
    PassedOn,
}

impl Standing {
    /// Calls of one application, and of all together.
    const fn bounds(self) -> (usize, usize) {
        match self {
            Self::Proved => (100, 2_000),
            Self::Claimed => (20, 100),
            Self::PassedOn => (20, 500),
        }
    }
}

/// A refused call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedCall {
    /// The application, by what OAuth calls it.
    pub client_id: Arc<str>,
    /// What is known of it.
    pub standing: Standing,
    /// The request.
    pub request_id: RequestId,
    /// When.
    pub at: Timestamp,
    /// How.
    pub method: Method,
    /// Where, without the query.
    pub path: String,
    /// What was answered.
    pub status: StatusCode,
    /// The stable word of the answer.
    pub code: &'static str,
    /// The whole reason in sentences.
    pub reason: String,
}

/// What has come together since it was last drained.
#[derive(Debug, Default)]
pub struct RefusedCalls(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    proved: Kind,
    claimed: Kind,
    passed_on: Kind,
}

#[derive(Debug, Default)]
struct Kind {
    calls: HashMap<Arc<str>, VecDeque<RefusedCall>>,
    total: usize,
}

impl RefusedCalls {
    /// Remembers one call.
    pub fn note(&self, mut call: RefusedCall) {
        cut(&mut call.path);
        let (each, all) = call.standing.bounds();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.of(call.standing).push(call, each, all);
    }

    /// Takes everything out.
    pub fn drain(&self) -> Vec<RefusedCall> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Waiting { proved, claimed, passed_on } = std::mem::take(&mut *waiting);
        drop(waiting);
        [proved, claimed, passed_on].into_iter().flat_map(|kind| kind.calls.into_values()).flatten().collect()
    }

    /// Puts calls back that could not be stored, as far as there is room.
    pub fn restore(&self, calls: Vec<RefusedCall>) {
        for call in calls {
            self.note(call);
        }
    }
}

impl Waiting {
    fn of(&mut self, standing: Standing) -> &mut Kind {
        match standing {
            Standing::Proved => &mut self.proved,
            Standing::Claimed => &mut self.claimed,
            Standing::PassedOn => &mut self.passed_on,
        }
    }
}

impl Kind {
    /// The newest of an application take the place of its oldest; once there are too many of all, a call is kept only
    /// in the place of an older one of the same application.
    fn push(&mut self, call: RefusedCall, each: usize, all: usize) {
        let full = self.total >= all;
        match self.calls.get_mut(&call.client_id) {
            Some(own) => {
                if full || own.len() >= each {
                    own.pop_front();
                    self.total -= 1;
                }
                own.push_back(call);
                self.total += 1;
            }
            None if full => {}
            None => {
                self.calls.insert(Arc::clone(&call.client_id), VecDeque::from([call]));
                self.total += 1;
            }
        }
    }
}

/// At a character's boundary.
fn cut(path: &mut String) {
    if path.len() > LONGEST_PATH {
        path.truncate(path.floor_char_boundary(LONGEST_PATH));
        path.push('…');
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;

    fn call(client_id: &str, second: i64, standing: Standing) -> RefusedCall {
        let at = Timestamp::from_secs(1_000 + second);
        RefusedCall {
            client_id: client_id.into(),
            standing,
            request_id: RequestId::new(at, &SeededRandom::new(1)),
            at,
            method: Method::GET,
            path: "/v2/things".to_owned(),
            status: StatusCode::FORBIDDEN,
            code: "insufficient_scope",
            reason: "Why.".to_owned(),
        }
    }

    fn seconds(calls: &[RefusedCall]) -> Vec<i64> {
        calls.iter().map(|call| call.at.as_secs() - 1_000).collect()
    }

    #[test]
    fn keeps_the_last_of_an_application() {
        let calls = RefusedCalls::default();
        for second in 0..250 {
            calls.note(call("a", second, Standing::Proved));
        }
        let kept = calls.drain();
        assert_eq!(seconds(&kept), (150..250).collect::<Vec<_>>());
        assert!(calls.drain().is_empty());
        calls.restore(kept.clone());
        assert_eq!(calls.drain(), kept);
    }

    #[test]
    fn strangers_push_out_nobody_but_each_other() {
        let calls = RefusedCalls::default();
        calls.note(call("a", 0, Standing::Proved));
        for second in 0..30 {
            calls.note(call("a", second, Standing::Claimed));
        }
        for number in 0..10_000 {
            calls.note(call(&number.to_string(), number, Standing::Claimed));
        }
        calls.note(call("a", 99, Standing::Claimed));
        let kept = calls.drain();
        assert_eq!(kept.len(), 101);
        let of = |standing| kept.iter().filter(|call| &*call.client_id == "a" && call.standing == standing).count();
        assert_eq!((of(Standing::Proved), of(Standing::Claimed)), (1, 20));
        assert!(kept.iter().any(|call| call.at == Timestamp::from_secs(1_099)), "the newest of those");
    }

    #[test]
    fn memory_is_bounded() {
        let calls = RefusedCalls::default();
        for number in 0..5_000 {
            calls.note(RefusedCall { path: "é".repeat(1_000), ..call(&number.to_string(), number, Standing::Proved) });
        }
        let kept = calls.drain();
        assert_eq!(kept.len(), 2_000);
        assert!(kept.iter().all(|call| call.path.len() <= LONGEST_PATH + '…'.len_utf8()));
    }
}
