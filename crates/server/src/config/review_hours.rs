//! When the review desk works.

use gatehouse_core::portal::review::Calendar;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// When the review desk works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewHours {
    /// IANA name.
    pub time_zone: String,
    /// Minutes after midnight.
    pub opens: u16,
    /// Minutes after midnight, later than `opens`.
    pub closes: u16,
    /// Year, month, day.
    pub holidays: Vec<String>,
}

impl ReviewHours {
    /// As the rules of reviews know it. Its parts were checked when they were read.
    pub fn calendar(&self) -> Calendar {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let office = Calendar::office_hours(zone);
        let hours = time(self.opens).zip(time(self.closes));
        let hours = hours.and_then(|(opens, closes)| office.clone().with_hours(opens, closes).ok());
        let holidays = self.holidays.iter().filter_map(|day| day.parse::<Date>().ok());
        hours.unwrap_or(office).with_holidays(holidays.collect())
    }
}

fn time(minutes: u16) -> Option<Time> {
    Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use gatehouse_core::time::Timestamp;

    use super::*;

    #[test]
    fn becomes_a_calendar() {
        let hours = ReviewHours {
            time_zone: "UTC".to_owned(),
            opens: 8 * 60,
            closes: 12 * 60 + 30,
            holidays: vec!["2026-11-24".to_owned()],
        };
        // Sunday: Monday and, past the holiday, Wednesday.
        let due = hours.calendar().due(Timestamp::from_secs(1_795_345_500));
        assert_eq!(due.to_iso_millis(), "2026-11-25T12:30:00.000Z");
    }
}
