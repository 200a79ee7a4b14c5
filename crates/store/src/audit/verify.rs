//! Proves the chain: any change, gap or cut tail is found.
//!
//! What it can and cannot show: whoever can write the tables can also make a new chain from any point on. Against that
//! stand the heads exported every hour to somewhere else; each of them must still be found.

use std::collections::BTreeMap;

use gatehouse_core::id::AuditEventId;

use super::canonical::{self, COLUMNS, Hash, Link};
use super::chain::{self, Head};
use crate::db::{Db, DbError, Row, Tx};
use crate::params;

/// Events per transaction.
const PAGE: i64 = 1_000;
/// More problems than this are counted and not told.
const TOLD: usize = 100;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Chained events looked at.
    pub events: u64,
    /// Where the chain ends.
    pub head: Head,
    /// The first problems; none means that the chain is whole.
    pub problems: Vec<Problem>,
    /// All problems.
    pub problem_count: u64,
    /// Events that wait for their number, and the oldest of them. Not a problem while the job runs.
    pub unchained: (i64, Option<AuditEventId>),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Rows are gone.
    #[error("events {first} to {last} are missing")]
    Missing {
        /// First missing number.
        first: i64,
        /// Last missing number.
        last: i64,
    },
    /// A row is not what was chained.
    #[error("event {seq} ({id}) was changed")]
    Changed {
        /// Its number.
        seq: i64,
        /// Its id, as stored now.
        id: String,
    },
    /// The personal fields beside a row are not what was chained.
    #[error("the personal fields of event {seq} ({id}) were changed")]
    PersonalChanged {
        /// Its number.
        seq: i64,
        /// Its id.
        id: String,
    },
    /// The head does not fit the last event.
    #[error("the head says that event {seq} is the last, with another hash")]
    HeadChanged {
        /// The head's number.
        seq: i64,
    },
    /// Rows stand behind the head.
    #[error("{count} events stand behind the head")]
    BehindHead {
        /// How many.
        count: i64,
    },
    /// An exported head is later than the chain.
    #[error("the chain ends at {end}, but the head of event {seq} was exported: the tail was cut")]
    TailCut {
        /// The chain's last number.
        end: i64,
        /// The exported number.
        seq: i64,
    },
    /// An exported head has another hash than the chain.
    #[error("event {seq} has another hash than the exported head: the chain was made anew")]
    Rewritten {
        /// The exported number.
        seq: i64,
    },
}

/// Looks at every chained event, in pages, so that the log can have any length.
pub async fn verify(db: &Db, exported: &[Head]) -> Result<Verification, DbError> {
    let end = db.read(async |tx| chain::head(tx).await).await?;
    let exported = exported.iter().map(|head| (head.seq, head.hash)).collect();
    let mut walk = Walk { last: Head { seq: 0, hash: [0; 32] }, events: 0, exported, problems: Vec::new(), count: 0 };
    while walk.last.seq < end.seq {
        let (after, until) = (walk.last.seq, end.seq);
        let rows = db.read(async move |tx| page(tx, after, until).await).await?;
        if rows.is_empty() {
            walk.tell(Problem::Missing { first: after + 1, last: until });
            break;
        }
        for row in &rows {
            walk.step(row)?;
        }
    }
    if walk.last.seq == end.seq && walk.last.hash != end.hash {
        walk.tell(Problem::HeadChanged { seq: end.seq });
    }
    let late: Vec<i64> = walk.exported.range(end.seq + 1..).map(|(seq, _)| *seq).collect();
    for seq in late {
        walk.tell(Problem::TailCut { end: end.seq, seq });
    }
    let (unchained, behind) =
        db.read(async |tx| Ok::<_, DbError>((chain::unchained(tx).await?, behind(tx).await?))).await?;
    if behind > 0 {
        walk.tell(Problem::BehindHead { count: behind });
    }
    Ok(Verification { events: walk.events, head: end, problems: walk.problems, problem_count: walk.count, unchained })
}

struct Walk {
    last: Head,
    events: u64,
    exported: BTreeMap<i64, Hash>,
    problems: Vec<Problem>,
    count: u64,
}

impl Walk {
    /// One event. Goes on from the stored hash, so that one change is told once and not for every event after it.
    fn step(&mut self, row: &Row) -> Result<(), DbError> {
        let seq: i64 = row.get("seq")?;
        let link = Link::from_row(row)?;
        let stored = canonical::to_hash(row, "hash")?;
        if seq != self.last.seq + 1 {
            self.tell(Problem::Missing { first: self.last.seq + 1, last: seq - 1 });
        } else if link.hash(seq, &self.last.hash) != stored {
            self.tell(Problem::Changed { seq, id: link.id.clone() });
        }
        if let Some(fields) = row.get::<Option<String>>("fields")? {
            let hash = canonical::personal_hash(&row.get::<Vec<u8>>("salt")?, &fields);
            if link.personal_hash() != Some(hash.as_slice()) {
                self.tell(Problem::PersonalChanged { seq, id: link.id });
            }
        }
        if self.exported.get(&seq).is_some_and(|exported| *exported != stored) {
            self.tell(Problem::Rewritten { seq });
        }
        self.last = Head { seq, hash: stored };
        self.events += 1;
        Ok(())
    }

    fn tell(&mut self, problem: Problem) {
        self.count += 1;
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        }
    }
}

async fn page(tx: &mut Tx, after: i64, until: i64) -> Result<Vec<Row>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS}, seq, hash, p.salt, p.fields FROM audit_events LEFT JOIN audit_personal p ON p.event_id = id \
         WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3"
    );
    tx.query(&sql, params![after, until, PAGE]).await
}

async fn behind(tx: &mut Tx) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) AS count FROM audit_events WHERE seq > (SELECT seq FROM audit_head WHERE id = 1)";
    tx.query_one(sql, &[]).await?.get("count")
}
