//! Points in time as pages say them: in words, in the reader's time zone, with the exact time behind.

use gatehouse_core::time::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

/// A point in time for one reader.
#[derive(Clone, Debug)]
pub struct Moment {
    at: Zoned,
    now: Zoned,
}

impl Moment {
    /// `zone` is an IANA name; UTC for one that is not known here.
    pub fn new(at: Timestamp, now: Timestamp, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        Self { at: at.to_jiff().to_zoned(zone.clone()), now: now.to_jiff().to_zoned(zone) }
    }

    /// For programs: RFC 3339 in UTC.
    pub fn iso(&self) -> String {
        self.at.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// To the second, with the zone: `24 November 2026, 17:00:00 CET`.
    pub fn exact(&self) -> String {
        self.at.strftime("%-d %B %Y, %H:%M:%S %Z").to_string()
    }

    /// `Tuesday 24 November, 17:00`; with the year when it is another one.
    pub fn words(&self) -> String {
        let format = if self.at.year() == self.now.year() { "%A %-d %B, %H:%M" } else { "%A %-d %B %Y, %H:%M" };
        self.at.strftime(format).to_string()
    }

    /// `24 November 2026`
    pub fn day(&self) -> String {
        self.at.strftime("%-d %B %Y").to_string()
    }

    /// How far away: `3 hours ago`, `in 2 days`, `just now`.
    pub fn distance(&self) -> String {
        let seconds = self.at.timestamp().as_second() - self.now.timestamp().as_second();
        let words = match seconds.unsigned_abs() {
            0..60 => return "just now".to_owned(),
            s @ 60..3_600 => count(s / 60, "minute"),
            s @ 3_600..86_400 => count(s / 3_600, "hour"),
            s => count(s / 86_400, "day"),
        };
        if seconds < 0 { format!("{words} ago") } else { format!("in {words}") }
    }
}

fn count(number: u64, unit: &str) -> String {
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(at: &str, zone: &str) -> Moment {
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        Moment::new(at.parse().expect("a time"), now, zone)
    }

    #[test]
    fn speaks_in_the_zone_of_the_reader() {
        let berlin = moment("2026-11-24T16:00:00Z", "Europe/Berlin");
        assert_eq!(berlin.words(), "Tuesday 24 November, 17:00");
        assert_eq!(berlin.exact(), "24 November 2026, 17:00:00 CET");
        assert_eq!(berlin.iso(), "2026-11-24T16:00:00Z");
        assert_eq!(moment("2026-11-24T16:00:00Z", "Mars/Base").words(), "Tuesday 24 November, 16:00");
        assert_eq!(moment("2026-12-31T23:30:00Z", "Europe/Berlin").words(), "Friday 1 January 2027, 00:30");
        assert_eq!(moment("2026-12-31T23:30:00Z", "Europe/Berlin").day(), "1 January 2027");
    }

    #[test]
    fn says_how_far_away() {
        for (at, words) in [
            ("2026-11-22T12:00:59Z", "just now"),
            ("2026-11-22T11:59:00Z", "1 minute ago"),
            ("2026-11-22T13:59:59Z", "in 1 hour"),
            ("2026-11-22T00:00:00Z", "12 hours ago"),
            ("2026-11-25T12:00:00Z", "in 3 days"),
        ] {
            assert_eq!(moment(at, "UTC").distance(), words);
        }
    }
}
