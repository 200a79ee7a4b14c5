//! `GET /v2/sessionResults`: one page of a test's completed sessions.

use serde::Serialize;
use uuid::Uuid;

use super::params::Page;
use crate::time::Timestamp;

crate::text_enum! {
    /// How far a session has come. The API speaks of completed ones only.
    SessionStatus, "session status" {
        /// Under way.
        InProgress = "IN_PROGRESS",
        /// Done; the only ones that are listed and counted.
        Complete = "COMPLETE",
        /// Left before its end.
        Abandoned = "ABANDONED",
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionList {
    /// The test that was asked for.
    pub test_id: Uuid,
    /// Newest first by start time; equal times by session id.
    pub sessions: Vec<SessionSummary>,
    /// Where this page stands.
    pub meta: Meta,
}

/// One session of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionSummary {
    /// The session.
    pub session_id: Uuid,
    /// The group of participants that it belongs to.
    pub audience_id: Option<Uuid>,
    /// Always `COMPLETE` in a list.
    pub status: SessionStatus,
    /// When it began.
    #[serde(serialize_with = "iso_millis")]
    pub start_time: Timestamp,
    /// When it ended.
    #[serde(serialize_with = "iso_millis_opt")]
    pub finish_time: Option<Timestamp>,
}

/// What is said about a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Meta {
    /// Where the page stands.
    pub pagination: Pagination,
}

/// Where a page stands in the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// How many were asked for.
    pub limit: u32,
    /// How many were skipped.
    pub offset: u32,
    /// How many completed sessions the test has.
    pub total_count: u64,
}

impl SessionList {
    /// The answer to `page` of a test that has `total_count` completed sessions.
    pub fn new(test_id: Uuid, page: Page, total_count: u64, sessions: Vec<SessionSummary>) -> Self {
        let pagination = Pagination { limit: page.limit, offset: page.offset, total_count };
        Self { test_id, sessions, meta: Meta { pagination } }
    }
}

fn iso_millis<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn iso_millis_opt<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_documented_shape() {
        let id = Uuid::from_u128(0x3fa8_5f64_5717_4562_b3fc_2c96_3f66_afa6);
        let session = SessionSummary {
            session_id: id,
            audience_id: None,
            status: SessionStatus::Complete,
            start_time: Timestamp::from_millis(1_795_345_500_007),
            finish_time: None,
        };
        let list = SessionList::new(id, Page { limit: 25, offset: 0 }, 1, vec![session]);
        let expected = concat!(
            r#"{"testId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","#,
            r#""sessions":[{"sessionId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","audienceId":null,"status":"COMPLETE","#,
            r#""startTime":"2026-11-22T11:05:00.007Z","finishTime":null}],"#,
            r#""meta":{"pagination":{"limit":25,"offset":0,"totalCount":1}}}"#,
        );
        assert_eq!(serde_json::to_string(&list).expect("serializes"), expected);
    }
}
