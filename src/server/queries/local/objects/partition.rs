//! The time that an object's path names: rows of other times need not be looked for in it.
//!
//! Three ways of writing are read, all in UTC: `year=2026/month=11/day=24/hour=10` (Hive), `y=2026/m=11/d=24/h=10/m=00` (what
//! Azure exports) and `2026/11/24/10` (what AWS delivers); a whole day may be one word, as in `dt=2026-11-24`.

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, TimeZone as _, Utc};
use model::Span;

/// Where paths say when an object was delivered and not when its rows happened, rows may be so much older.
const DELAY: TimeDelta = TimeDelta::hours(1);

/// A time with its beginning, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Partition {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Partition {
    /// What the folders of a path say, if they say at least a month, or a year by its name.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let (folders, _) = path.rsplit_once('/')?;
        let mut parts = Parts::default();
        for folder in folders.split('/') {
            match folder.split_once('=') {
                Some((key, value)) => parts.named(key, value),
                None => parts.bare(folder),
            }
        }
        parts.partition()
    }

    /// Whether rows of a span may be in the object.
    pub(super) fn may_have(&self, span: Span) -> bool {
        self.start - DELAY < span.end() && span.start() < self.end
    }
}

/// What was read so far.
#[derive(Default)]
struct Parts {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    is_named: bool,
    /// Whether the folder before was a bare number of the date.
    goes_on: bool,
}

impl Parts {
    fn named(&mut self, key: &str, value: &str) {
        self.goes_on = false;
        let number = || number(value, 1..=4);
        match key.to_ascii_lowercase().as_str() {
            "year" | "y" | "yyyy" => {
                *self = Self {
                    year: number().and_then(|year| i32::try_from(year).ok()),
                    is_named: true,
                    ..Self::default()
                };
            }
            // After the hour, `m` is the minute; objects have the whole hour nevertheless.
            "month" | "m" | "mm" if self.hour.is_none() => self.month = number(),
            "day" | "d" | "dd" | "date" | "dt" | "ds" => match date(value) {
                Some(date) => *self = date,
                None => self.day = number(),
            },
            "hour" | "h" | "hh" | "hr" => self.hour = number(),
            _ => {}
        }
    }

    fn bare(&mut self, folder: &str) {
        if let Some(date) = date(folder) {
            *self = date;
            return;
        }
        let year = number(folder, 4..=4).filter(|year| (1990..2100).contains(year));
        let next = number(folder, 2..=2).filter(|_| self.goes_on);
        match (year, next) {
            (Some(year), _) => *self = Self { year: i32::try_from(year).ok(), goes_on: true, ..Self::default() },
            (None, Some(_)) if self.month.is_none() => self.month = next,
            (None, Some(_)) if self.day.is_none() => self.day = next,
            (None, Some(_)) if self.hour.is_none() => self.hour = next,
            _ => self.goes_on = false,
        }
    }

    fn partition(&self) -> Option<Partition> {
        let year = self.year?;
        if self.month.is_none() && !self.is_named {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?;
        let start = Utc.from_utc_datetime(&first.and_hms_opt(self.hour.unwrap_or(0), 0, 0)?);
        let end = match (self.month, self.day, self.hour) {
            (None, ..) => start.checked_add_months(Months::new(12)),
            (_, None, _) => start.checked_add_months(Months::new(1)),
            (_, _, None) => start.checked_add_days(Days::new(1)),
            _ => start.checked_add_signed(TimeDelta::hours(1)),
        };
        Some(Partition { start, end: end? })
    }
}

/// `2026-11-24`, or `20261124`.
fn date(text: &str) -> Option<Parts> {
    let is_date = text.len() == 10 || (text.len() == 8 && text.starts_with("20"));
    let digits: String = if is_date { text.chars().filter(|c| *c != '-').collect() } else { return None };
    let (year, rest) = digits.split_at_checked(4).filter(|_| digits.len() == 8)?;
    let (month, day) = rest.split_at_checked(2)?;
    let year = number(year, 4..=4).and_then(|year| i32::try_from(year).ok())?;
    let (month, day) = (number(month, 2..=2)?, number(day, 2..=2)?);
    NaiveDate::from_ymd_opt(year, month, day)?;
    Some(Parts { year: Some(year), month: Some(month), day: Some(day), goes_on: true, ..Parts::default() })
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times(path: &str) -> Option<(String, String)> {
        Partition::of_path(path).map(|of| {
            let written = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H").to_string();
            (written(of.start), written(of.end))
        })
    }

    #[test]
    fn each_way_of_writing_a_time_is_read() {
        for (path, start, end) in [
            ("T/year=2026/month=11/day=24/a.json", "2026-11-24T00", "2026-11-25T00"),
            ("T/year=2026/month=2/day=3/hour=4/a.json", "2026-02-03T04", "2026-02-03T05"),
            ("resourceId=/X/Y/y=2026/m=12/d=31/h=23/m=00/PT1H.json", "2026-12-31T23", "2027-01-01T00"),
            ("AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/24/x.json.gz", "2026-11-24T00", "2026-11-25T00"),
            ("AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/24/10/x.gz", "2026-11-24T10", "2026-11-24T11"),
            ("T/2026/11/x.json", "2026-11-01T00", "2026-12-01T00"),
            ("T/year=2026/x.json", "2026-01-01T00", "2027-01-01T00"),
            ("T/dt=2026-11-24/hour=07/x.parquet", "2026-11-24T07", "2026-11-24T08"),
            ("T/2026-11-24/x.parquet", "2026-11-24T00", "2026-11-25T00"),
            ("T/date=20261124/x.parquet", "2026-11-24T00", "2026-11-25T00"),
        ] {
            assert_eq!(times(path), Some((start.to_owned(), end.to_owned())), "{path}");
        }
    }

    #[test]
    fn what_is_no_time_prunes_nothing() {
        for path in [
            "2026-11-24.json",
            "T/x.json",
            "T/2026/x.json",
            "T/2026/reports/11/x.json",
            "T/year=2026/month=13/x.json",
            "T/y=now/m=11/x.json",
            "T/2026/11/31/x.json",
            "T/v=2026/11/x.json",
        ] {
            assert_eq!(times(path), None, "{path}");
        }
    }

    #[test]
    fn rows_may_be_older_than_their_delivery_but_not_younger() {
        let partition = Partition::of_path("T/2026/11/24/x.json").unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (start, end, may) in [
            ("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z", true),
            ("2026-11-23T00:00:00Z", "2026-11-23T23:00:00Z", false),
            ("2026-11-23T00:00:00Z", "2026-11-23T23:30:00Z", true),
            ("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z", false),
        ] {
            assert_eq!(partition.may_have(Span::between(at(start), at(end)).unwrap()), may, "{start} {end}");
        }
    }

    proptest! {
        #[test]
        fn no_path_breaks_it(path in "([ymdhateou]{0,5}=?[0-9-]{0,11}/){0,6}[a-zé=]{0,4}") {
            if let Some(partition) = Partition::of_path(&path) {
                prop_assert!(partition.start < partition.end);
            }
        }
    }
}
