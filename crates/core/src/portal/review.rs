//! Review times: how long a decision may take, counted in working hours of the operator's calendar.
//!
//! A business day is as long as the office is open. Two of them from Sunday end at closing time on Tuesday; from
//! Monday 11:00, at 11:00 on Wednesday. While the developer is asked the clock stands still: what was left of the time
//! when the question went out is what is left when the answer comes in.

mod addresses;
mod domains;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

pub use self::addresses::{AddressWarning, Familiar, address_warnings};
pub use self::domains::{MailStanding, host_of, is_free_mail, mail_standing, same_site, site_of};
use crate::time::Timestamp;

/// Business days that a review may take when nothing else is set.
pub const DEFAULT_REVIEW_DAYS: u32 = 2;
/// No review takes longer than this many calendar days ahead, whatever the list of holidays says.
const HORIZON_DAYS: u32 = 3_660;

/// The operator's time zone, working hours and holidays.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    time_zone: TimeZone,
    opens: Time,
    closes: Time,
    working_days: Vec<Weekday>,
    holidays: BTreeSet<Date>,
    review_days: u32,
}

/// A calendar in which no time would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No hours.
    #[error("the working hours must end later than they begin")]
    Hours,
    /// No days.
    #[error("at least one day of the week must be a working day")]
    WorkingDays,
    /// No or too much time for a review.
    #[error("a review must have between 1 and 60 business days")]
    ReviewDays,
}

/// How a review stands against its due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More than half of the time is left.
    OnTime,
    /// Half of the time or less is left.
    HalfTime,
    /// The time is over.
    Overdue,
    /// The developer has been asked; the clock stands still.
    Stopped,
}

impl Default for Calendar {
    fn default() -> Self {
        Self::office_hours(TimeZone::UTC)
    }
}

impl Calendar {
    /// Monday to Friday, 9:00 to 17:00, no holidays, two business days.
    pub fn office_hours(time_zone: TimeZone) -> Self {
        Self {
            time_zone,
            opens: Time::constant(9, 0, 0, 0),
            closes: Time::constant(17, 0, 0, 0),
            working_days: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
            ],
            holidays: BTreeSet::new(),
            review_days: DEFAULT_REVIEW_DAYS,
        }
    }

    /// Other working hours.
    pub fn with_hours(self, opens: Time, closes: Time) -> Result<Self, CalendarError> {
        if opens < closes { Ok(Self { opens, closes, ..self }) } else { Err(CalendarError::Hours) }
    }

    /// Other working days.
    pub fn with_working_days(self, working_days: Vec<Weekday>) -> Result<Self, CalendarError> {
        if working_days.is_empty() { Err(CalendarError::WorkingDays) } else { Ok(Self { working_days, ..self }) }
    }

    /// Days on which nobody works.
    #[must_use]
    pub fn with_holidays(self, holidays: BTreeSet<Date>) -> Self {
        Self { holidays, ..self }
    }

    /// Another length of review.
    pub fn with_review_days(self, review_days: u32) -> Result<Self, CalendarError> {
        if (1..=60).contains(&review_days) { Ok(Self { review_days, ..self }) } else { Err(CalendarError::ReviewDays) }
    }

    /// The whole time of a review, in working time.
    pub fn review_time(&self) -> Duration {
        Duration::try_from(self.opens.duration_until(self.closes)).unwrap_or_default() * self.review_days
    }

    /// When a review that begins at `from` is due.
    pub fn due(&self, from: Timestamp) -> Timestamp {
        self.after(from, self.review_time())
    }

    /// When a stopped review is due after it goes on at `now`: later by the time that was left when it was stopped.
    /// A review that was overdue when it was stopped stays so.
    pub fn due_after_stop(&self, due: Timestamp, stopped: Timestamp, now: Timestamp) -> Timestamp {
        if due <= stopped { due } else { self.after(now, self.between(stopped, due)) }
    }

    /// How a review stands at `now`.
    pub fn progress(&self, due: Timestamp, stopped: Option<Timestamp>, now: Timestamp) -> Progress {
        if stopped.is_some() {
            Progress::Stopped
        } else if due <= now {
            Progress::Overdue
        } else if self.between(now, due) * 2 <= self.review_time() {
            Progress::HalfTime
        } else {
            Progress::OnTime
        }
    }

    /// Working time from `from` to `to`; none when `to` is not later.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        let mut sum = Duration::ZERO;
        for (opens, closes) in self.openings(from) {
            if opens >= to {
                break;
            }
            sum += closes.min(to).since(opens.max(from));
        }
        sum
    }

    /// The time that lies `working_time` of working time after `from`.
    pub fn after(&self, from: Timestamp, working_time: Duration) -> Timestamp {
        let mut rest = working_time;
        let mut end = from;
        for (opens, closes) in self.openings(from) {
            let begins = opens.max(from);
            let here = closes.since(begins);
            if rest <= here {
                return begins.plus(rest);
            }
            rest -= here;
            end = closes.max(from);
        }
        end
    }

    /// Opening and closing times, from those of the day of `from` on.
    fn openings(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let first = from.to_jiff().to_zoned(self.time_zone.clone()).date();
        std::iter::successors(Some(first), |date| date.tomorrow().ok())
            .take(HORIZON_DAYS as usize)
            .filter(|date| self.working_days.contains(&date.weekday()) && !self.holidays.contains(date))
            .filter_map(|date| Some((self.at(date, self.opens)?, self.at(date, self.closes)?)))
    }

    /// A time of day as a point in time; one that a change of summer time skips is moved forward.
    fn at(&self, date: Date, time: Time) -> Option<Timestamp> {
        let zoned = self.time_zone.to_zoned(date.to_datetime(time)).ok()?;
        Some(Timestamp::from_jiff(zoned.timestamp()))
    }
}

#[cfg(test)]
mod tests;
