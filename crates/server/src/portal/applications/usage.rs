//! `GET /applications/{id}/usage`: calls per hour or day as a chart and a table, and the last refused ones with the
//! reason in words.

mod chart;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::time::Timestamp;
use gatehouse_store::refused_calls::RefusedCall;
use gatehouse_store::usage::UsageHour;
use http::StatusCode;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Deserialize;

use self::chart::Chart;
use super::head::{Head, Tab};
use super::{refused, words};
use crate::actions::applications;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

const HOUR: i64 = 3_600;

/// What may stand behind the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    span: String,
}

/// What one bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Span {
    /// 24 hours, hour by hour.
    Day,
    /// 30 days, day by day.
    Month,
}

/// One hour or day.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bucket {
    label: String,
    short: String,
    calls: i64,
    refused: i64,
    failed: i64,
    tokens: i64,
}

#[derive(Template)]
#[template(path = "applications/usage.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    is_month: bool,
    chart: Chart,
    buckets: Vec<Bucket>,
    calls: String,
    refused_share: String,
    failed_share: String,
    tokens: String,
    refused: Vec<Line<'a>>,
}

struct Line<'a> {
    call: &'a RefusedCall,
    at: Moment,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let (now, zone) = (app.ctx.now(), signed_in.user.time_zone.as_str());
    let span = if wanted.span == "month" { Span::Month } else { Span::Day };
    let starts = span.starts(now, zone);
    let since = starts.first().copied().unwrap_or(now);
    let usage = match applications::usage(&app.ctx, &signed_in.actor, id, since).await {
        Ok(usage) => usage,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let buckets = buckets(&usage.hours, &starts, span, zone);
    let sum = |part: fn(&Bucket) -> i64| buckets.iter().map(part).sum::<i64>();
    let calls = sum(|bucket| bucket.calls);
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(&signed_in, &usage.application, Tab::Usage),
        is_month: span == Span::Month,
        chart: Chart::new(&buckets),
        calls: words::number(calls),
        refused_share: share(calls, sum(|bucket| bucket.refused)),
        failed_share: share(calls, sum(|bucket| bucket.failed)),
        tokens: words::number(sum(|bucket| bucket.tokens)),
        buckets: buckets.into_iter().rev().filter(|bucket| bucket.calls + bucket.tokens > 0).collect(),
        refused: usage.refused.iter().map(|call| Line { call, at: Moment::new(call.at, now, zone) }).collect(),
    };
    page::private(StatusCode::OK, &page)
}

impl Span {
    /// Where each hour or day of it begins, in the reader's zone; the last one is under way.
    fn starts(self, now: Timestamp, zone: &str) -> Vec<Timestamp> {
        let hour = now.as_secs().div_euclid(HOUR) * HOUR;
        if self == Self::Day {
            return (0..24).rev().map(|back| Timestamp::from_secs(hour - back * HOUR)).collect();
        }
        let zoned = in_zone(now, zone);
        let day = |back: i64| {
            let date = zoned.date().checked_sub(jiff::Span::new().days(back)).ok()?;
            Some(Timestamp::from_jiff(date.to_zoned(zoned.time_zone().clone()).ok()?.timestamp()))
        };
        (0..30).rev().filter_map(day).collect()
    }
}

impl Page<'_> {
    /// Whether some of it may be the doing of strangers.
    fn has_claims(&self) -> bool {
        self.refused.iter().any(|line| line.call.claimed)
    }
}

impl Line<'_> {
    fn status(&self) -> String {
        match self.call.status {
            0 => "None".to_owned(),
            status => status.to_string(),
        }
    }
}

/// Sums the hours into hours or days of the reader.
fn buckets(hours: &[UsageHour], starts: &[Timestamp], span: Span, zone: &str) -> Vec<Bucket> {
    let empty = |start: &Timestamp| {
        let at = in_zone(*start, zone);
        let (label, short) = match span {
            Span::Day => ("%A %H:%M", "%H"),
            Span::Month => ("%A %-d %B", "%-d"),
        };
        let text = |format| at.strftime(format).to_string();
        Bucket { label: text(label), short: text(short), calls: 0, refused: 0, failed: 0, tokens: 0 }
    };
    let mut buckets: Vec<Bucket> = starts.iter().map(empty).collect();
    for hour in hours {
        let place = starts.partition_point(|start| *start <= hour.hour);
        if let Some(bucket) = place.checked_sub(1).and_then(|place| buckets.get_mut(place)) {
            bucket.calls += hour.calls;
            bucket.refused += hour.refused;
            bucket.failed += hour.failed;
            bucket.tokens += hour.tokens;
        }
    }
    buckets
}

fn in_zone(at: Timestamp, zone: &str) -> Zoned {
    at.to_jiff().to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC))
}

/// `1.5 %`. Some are never none, and not all are never all.
fn share(calls: i64, of_them: i64) -> String {
    let tenths = match of_them {
        0 => return "0\u{a0}%".to_owned(),
        all if all >= calls => 1_000,
        some => (some * 1_000 + calls / 2).checked_div(calls).unwrap_or_default().clamp(1, 999),
    };
    format!("{}.{}\u{a0}%", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::ApiId;
    use gatehouse_core::random::SeededRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_345_500);

    #[test]
    fn hours_fall_into_the_readers_days() {
        let starts = Span::Month.starts(NOW, "Europe/Berlin");
        assert_eq!(starts.len(), 30);
        assert_eq!(starts[29].to_iso_millis(), "2026-11-21T23:00:00.000Z");
        assert_eq!(starts[2].to_iso_millis(), "2026-10-25T23:00:00.000Z", "the clocks were set back on the 25th");
        assert_eq!(starts[1].to_iso_millis(), "2026-10-24T22:00:00.000Z");
        let random = SeededRandom::new(1);
        let hour = |at: &str, calls| UsageHour {
            application_id: ApplicationId::new(NOW, &random),
            api_id: ApiId::new(NOW, &random),
            hour: at.parse().expect("a time"),
            calls,
            refused: 1,
            failed: 1,
            tokens: 2,
        };
        let hours = [
            hour("2026-11-21T22:00:00Z", 3),
            hour("2026-11-21T23:00:00Z", 5),
            hour("2026-11-22T11:00:00Z", 7),
            hour("2026-10-01T00:00:00Z", 100),
        ];
        let buckets = buckets(&hours, &starts, Span::Month, "Europe/Berlin");
        assert_eq!((buckets[28].calls, buckets[29].calls), (3, 12));
        assert_eq!((buckets[29].label.as_str(), buckets[29].short.as_str()), ("Sunday 22 November", "22"));
        assert_eq!(buckets.iter().map(|bucket| bucket.calls).sum::<i64>(), 15);
    }

    #[test]
    fn shares_never_hide_what_is_there() {
        for (calls, refused, words) in
            [(0, 0, "0 %"), (14, 2, "14.3 %"), (100_000, 1, "0.1 %"), (100_000, 99_999, "99.9 %"), (3, 3, "100.0 %")]
        {
            assert_eq!(share(calls, refused).replace('\u{a0}', " "), words);
        }
    }
}
