use jiff::civil::date;
use proptest::prelude::*;

use super::*;

/// Central European time with its changes, without the machine's time zone files.
fn calendar() -> Calendar {
    Calendar::office_hours(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a valid rule"))
}

fn at(calendar: &Calendar, day: Date, hour: i8, minute: i8) -> Timestamp {
    calendar.at(day, Time::constant(hour, minute, 0, 0)).expect("a time")
}

#[test]
fn counts_business_days() {
    let calendar = calendar();
    let at = |day, hour, minute| at(&calendar, day, hour, minute);
    // Sunday: both days lie ahead. The example of the specification.
    assert_eq!(calendar.due(at(date(2026, 11, 22), 11, 29)), at(date(2026, 11, 24), 17, 0));
    assert_eq!(calendar.due(at(date(2026, 11, 23), 11, 0)), at(date(2026, 11, 25), 11, 0));
    assert_eq!(calendar.due(at(date(2026, 11, 23), 7, 0)), at(date(2026, 11, 24), 17, 0));
    assert_eq!(calendar.due(at(date(2026, 11, 23), 23, 0)), at(date(2026, 11, 25), 17, 0));
    // Over a weekend.
    assert_eq!(calendar.due(at(date(2026, 11, 20), 16, 0)), at(date(2026, 11, 24), 16, 0));
    // Over the change of summer time.
    assert_eq!(calendar.due(at(date(2026, 10, 23), 12, 0)), at(date(2026, 10, 27), 12, 0));
}

#[test]
fn holidays_do_not_count() {
    let calendar = calendar().with_holidays([date(2026, 12, 24), date(2026, 12, 25)].into());
    let start = at(&calendar, date(2026, 12, 23), 9, 0);
    assert_eq!(calendar.due(start), at(&calendar, date(2026, 12, 28), 17, 0));
}

#[test]
fn shows_progress() {
    let calendar = calendar();
    let start = at(&calendar, date(2026, 11, 23), 9, 0);
    let due = calendar.due(start);
    let progress = |day, hour| calendar.progress(due, None, at(&calendar, date(2026, 11, day), hour, 0));
    assert_eq!(progress(23, 16), Progress::OnTime);
    assert_eq!(progress(23, 17), Progress::HalfTime);
    assert_eq!(progress(24, 16), Progress::HalfTime);
    assert_eq!(progress(24, 17), Progress::Overdue);
    assert_eq!(calendar.progress(due, Some(start), due), Progress::Stopped);
}

#[test]
fn refuses_a_calendar_without_time() {
    let nine = Time::constant(9, 0, 0, 0);
    assert_eq!(calendar().with_hours(nine, nine).err(), Some(CalendarError::Hours));
    assert_eq!(calendar().with_working_days(Vec::new()).err(), Some(CalendarError::WorkingDays));
    assert_eq!(calendar().with_review_days(0).err(), Some(CalendarError::ReviewDays));
    // Nothing but holidays: an end all the same.
    let days = std::iter::successors(Some(date(2026, 1, 1)), |day| day.tomorrow().ok()).take(5_000).collect();
    let start = at(&calendar(), date(2026, 11, 23), 9, 0);
    assert_eq!(calendar().with_holidays(days).due(start), start);
    let _ = calendar().due(Timestamp::from_micros(i64::MAX));
}

/// 2026-01-01 to about 2028, in seconds.
fn moment() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600_i64..1_830_000_000).prop_map(Timestamp::from_secs)
}

proptest! {
    #[test]
    fn after_and_between_agree(start in moment(), secs in 1_u64..500_000) {
        let calendar = calendar();
        let working = Duration::from_secs(secs);
        let end = calendar.after(start, working);
        prop_assert_eq!(calendar.between(start, end), working);
        prop_assert!(calendar.between(start, end.minus(Duration::from_secs(1))) < working);
    }

    #[test]
    fn asked_time_never_counts(start in moment(), steps in prop::collection::vec((1_i64..90_000, 1_i64..2_000_000), 0..6)) {
        let calendar = calendar();
        let mut due = calendar.due(start);
        let (mut now, mut counted) = (start, Duration::ZERO);
        for (work, asked) in steps {
            let stopped = now.plus_secs(work);
            if stopped >= due {
                break;
            }
            counted += calendar.between(now, stopped);
            now = stopped.plus_secs(asked);
            due = calendar.due_after_stop(due, stopped, now);
        }
        prop_assert_eq!(counted + calendar.between(now, due), calendar.review_time());
    }
}
