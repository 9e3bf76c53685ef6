//! Periods of time, numbered from a start: of one length, or those of the calendar.

use chrono::{DateTime, Datelike};

use crate::cell::Cell;

/// Ticks of a second and of a week.
const SECOND: i64 = 10_000_000;
const WEEK: i64 = 7 * 86_400 * SECOND;
/// The first Sunday of 1970.
const SUNDAY: i64 = 3 * 86_400 * SECOND;

/// Periods of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Periods {
    /// Of this length, from this start.
    Steps {
        length: i64,
        start: i64,
    },
    Months,
    Years,
}

impl Periods {
    /// Periods as a query says them: a length, or `week`, `month`, `year`.
    pub(super) fn of(said: &Cell<'_>, start: i64) -> Option<Self> {
        match said {
            Cell::Text(text) => match text.to_lowercase().as_str() {
                "week" => Some(Self::Steps { length: WEEK, start: SUNDAY }),
                "month" => Some(Self::Months),
                "year" => Some(Self::Years),
                _ => None,
            },
            length => length.long().filter(|length| *length > 0).map(|length| Self::Steps { length, start }),
        }
    }

    /// As short as can be.
    pub(super) const fn one(start: i64) -> Self {
        Self::Steps { length: 1, start }
    }

    /// The number of the period of an instant.
    pub(super) fn of_instant(self, at: i64) -> i64 {
        match self {
            Self::Steps { length, start } => at.saturating_sub(start).div_euclid(length),
            Self::Months | Self::Years => {
                let day = DateTime::from_timestamp(at.div_euclid(SECOND), 0).unwrap_or_default();
                let year = i64::from(day.year());
                if self == Self::Years { year } else { year * 12 + i64::from(day.month0()) }
            }
        }
    }

    /// Where the period of a number begins.
    pub(super) fn start_of(self, number: i64) -> i64 {
        let months = match self {
            Self::Steps { length, start } => return number.saturating_mul(length).saturating_add(start),
            Self::Months => number,
            Self::Years => number.saturating_mul(12),
        };
        let year = i32::try_from(months.div_euclid(12)).ok();
        let month = u32::try_from(months.rem_euclid(12) + 1).ok();
        let day = year.zip(month).and_then(|(year, month)| chrono::NaiveDate::from_ymd_opt(year, month, 1));
        let start = day.and_then(|day| day.and_hms_opt(0, 0, 0)).map_or(0, |start| start.and_utc().timestamp());
        start.saturating_mul(SECOND)
    }
}

#[cfg(test)]
mod tests {
    use kql::moment::read_datetime;

    use super::*;

    #[test]
    fn an_instant_lies_in_its_period() {
        let start = 5 * SECOND;
        for said in [Cell::Timespan(7 * SECOND), Cell::of("week"), Cell::of("Month"), Cell::of("year")] {
            let periods = Periods::of(&said, start).unwrap();
            for at in [-1, 0, 4 * SECOND, 5 * SECOND, 123_456_789 * SECOND, -99_999_999 * SECOND] {
                let number = periods.of_instant(at);
                assert!(periods.start_of(number) <= at && at < periods.start_of(number + 1), "{said:?} {at}");
            }
        }
        assert_eq!(Periods::of(&Cell::Timespan(0), 0), None);
        assert_eq!(Periods::of(&Cell::of("century"), 0), None);
    }

    #[test]
    fn weeks_begin_on_sundays() {
        let weeks = Periods::of(&Cell::of("week"), 0).unwrap();
        let at = |text: &str| read_datetime(text).unwrap();
        assert_eq!(weeks.start_of(weeks.of_instant(at("2024-06-05"))), at("2024-06-02"));
    }
}
