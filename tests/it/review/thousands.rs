//! The list with many requests: each is on one page, once. With thousands it is the measurement of docs/performance.md:
//!
//! ```text
//! GATEHOUSE_DESK_REQUESTS=5000 cargo test --release --test it review::thousands -- --nocapture
//! ```

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Write as _;
use std::ops::Range;
use std::time::{Duration, Instant};

use gatehouse_core::id::AccessRequestId;
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState};
use gatehouse_core::random::SeededRandom;
use gatehouse_server::actions::access_requests::{self, Wanted};
use gatehouse_server::actions::{Actor, ActorKind, users};
use gatehouse_store::access_requests as table;
use gatehouse_store::access_requests::queue::Order;
use gatehouse_store::db::{DbError, Tx};

use super::desk::{Desk, REVIEWER};
use crate::support::{TestApp, on_each_engine};

const FEW: usize = 50;
/// Unless the environment says how many.
const MANY: usize = 200;
const ROWS: i64 = 25;

/// Medians of one size of the desk.
struct Took {
    first: Duration,
    middle: Duration,
    newest: Duration,
    page: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_is_on_one_page() {
    let many_requests = std::env::var("GATEHOUSE_DESK_REQUESTS").map_or(MANY, |text| text.parse().expect("a number"));
    let rounds = if many_requests > MANY { 200 } else { 2 };
    let engines = RefCell::new(vec!["postgres", "sqlite"]);
    on_each_engine(async |app: &TestApp| {
        let engine = engines.borrow_mut().pop().expect("an engine");
        let desk = Desk::new(app).await;
        let asked = desk.ask("App", &["studies:normal", "studies:sensitive"]).await;
        let one = access_requests::find(app.ctx(), &TestApp::actor(), &asked.id.to_string()).await.expect("one");
        fill(app, &one, 1..FEW).await;
        let few = Took::of(app, FEW, rounds).await;
        fill(app, &one, FEW..many_requests).await;
        let many = Took::of(app, many_requests, rounds).await;
        for (what, few, many) in [
            ("first page, due first", few.first, many.first),
            ("page in the middle", few.first, many.middle),
            ("first page, newest first", few.newest, many.newest),
            ("GET /review", few.page, many.page),
        ] {
            let ratio = many.as_secs_f64() / few.as_secs_f64();
            writeln!(std::io::stderr(), "{engine}: {what}: {many_requests} {many:.1?}, {FEW} {few:.1?}, {ratio:.2} x")
                .expect("written");
        }
    })
    .await;
}

/// Requests in turn new, in review and with a question, a minute apart.
async fn fill(app: &TestApp, one: &AccessRequest, numbers: Range<usize>) {
    let reviewer = users::get_by_ref(app.ctx(), REVIEWER).await.expect("a user").id;
    let random = SeededRandom::new(1_000 + numbers.start as u64);
    let states = [AccessRequestState::Submitted, AccessRequestState::InReview, AccessRequestState::NeedsInformation];
    let mut all = Vec::new();
    for number in numbers {
        let at = one.created_at.plus_secs(-60 * i64::try_from(number).expect("few"));
        let state = states[number % 3];
        all.push(AccessRequest {
            id: AccessRequestId::new(at, &random),
            reference: format!("R-{number:08}"),
            state,
            assignee_id: (state != AccessRequestState::Submitted).then_some(reviewer),
            asked_at: (state == AccessRequestState::NeedsInformation).then_some(at),
            submitted_at: Some(at),
            due_at: Some(at.plus_secs(2 * 86_400)),
            ..one.clone()
        });
    }
    for part in all.chunks(250) {
        let part = part.to_vec();
        let write = async move |tx: &mut Tx| {
            for request in &part {
                table::insert(tx, request).await?;
            }
            Ok::<_, DbError>(())
        };
        app.ctx().db.write(write).await.expect("written");
    }
}

impl Took {
    async fn of(app: &TestApp, requests: usize, rounds: usize) -> Self {
        let reviewer = users::get_by_ref(app.ctx(), REVIEWER).await.expect("a user").id;
        let actor = Actor { kind: ActorKind::User(reviewer), request_id: None, address: None };
        // The action is everything but the page around it.
        let look = async |wanted: Wanted| {
            let start = Instant::now();
            let found = access_requests::queue(app.ctx(), &actor, wanted).await.expect("a page");
            (start.elapsed(), found)
        };
        let due = Wanted { limit: ROWS, ..Wanted::default() };
        let half = i64::try_from(requests / 2).expect("few");
        let middle = Wanted { after: look(Wanted { limit: half, ..due.clone() }).await.1.next, ..due.clone() };
        let newest = Wanted { order: Order::Newest, ..due.clone() };
        let (mut seen, mut after) = (HashSet::new(), None);
        loop {
            let (_, found) = look(Wanted { after, ..due.clone() }).await;
            assert_eq!(found.counts.open, i64::try_from(requests).expect("few"));
            for request in &found.requests {
                assert!(seen.insert(request.place.id), "twice: {}", request.reference);
            }
            let Some(next) = found.next else { break };
            after = Some(next);
        }
        assert_eq!(seen.len(), requests, "each is on a page");
        let rita = app.browser(REVIEWER).await;
        let mut took = [const { Vec::new() }; 4];
        for _ in 0..rounds {
            for (wanted, took) in [&due, &middle, &newest].into_iter().zip(&mut took) {
                took.push(look(wanted.clone()).await.0);
            }
            let start = Instant::now();
            assert_eq!(rita.get("/review").await.status, 200);
            took[3].push(start.elapsed());
        }
        let [first, middle, newest, page] = took.map(median);
        Self { first, middle, newest, page }
    }
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}
