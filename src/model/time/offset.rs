//! Relative times: `[+-]amount[unit][@unit]`.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

use super::NotATime;

/// A distance from now, and where to go from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    amount: i64,
    unit: Unit,
    snap: Option<Snap>,
}

/// To a boundary of the unit in which the instant lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Snap {
    Start(Unit),
    End(Unit),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

impl FromStr for Offset {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let (distance, snap) = match text.split_once('@') {
            Some((distance, unit)) => (distance, Some(unit.trim().parse()?)),
            None => (text, None),
        };
        let (back, distance) = match distance.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, distance.strip_prefix('+').unwrap_or(distance)),
        };
        let distance = distance.trim();
        let (amount, unit) = distance.split_at(distance.find(|c: char| !c.is_ascii_digit()).unwrap_or(distance.len()));
        if amount.is_empty() {
            return Err(NotATime::Unreadable);
        }
        let amount: i64 = amount.parse().map_err(|_| NotATime::OutOfRange)?;
        let unit = match unit.trim() {
            "" => Unit::Day,
            unit => unit.parse()?,
        };
        Ok(Self {
            amount: if back { -amount } else { amount },
            unit,
            snap: snap.map(|unit| if back { Snap::Start(unit) } else { Snap::End(unit) }),
        })
    }
}

impl Offset {
    /// The instant at this offset from another; `None` if the calendar does not reach so far.
    pub(super) fn from(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let instant = self.unit.add(now, self.amount)?;
        match self.snap {
            None => Some(instant),
            Some(Snap::Start(unit)) => unit.start(instant),
            Some(Snap::End(unit)) => unit.add(unit.start(instant)?, 1),
        }
    }
}

impl FromStr for Unit {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        match text.to_ascii_lowercase().as_str() {
            "y" | "year" | "years" => Ok(Self::Year),
            "mon" | "month" | "months" => Ok(Self::Month),
            "w" | "week" | "weeks" => Ok(Self::Week),
            "d" | "day" | "days" => Ok(Self::Day),
            "h" | "hour" | "hours" => Ok(Self::Hour),
            "m" | "min" | "minute" | "minutes" => Ok(Self::Minute),
            "s" | "sec" | "second" | "seconds" => Ok(Self::Second),
            word if word.bytes().all(|byte| byte.is_ascii_alphabetic()) => Err(NotATime::UnknownUnit),
            _ => Err(NotATime::Unreadable),
        }
    }
}

impl Unit {
    /// The instant so many units later; earlier if the amount is negative.
    fn add(self, instant: DateTime<Utc>, amount: i64) -> Option<DateTime<Utc>> {
        let delta = match self {
            Self::Year => return add_months(instant, amount.checked_mul(12)?),
            Self::Month => return add_months(instant, amount),
            Self::Week => TimeDelta::try_weeks(amount),
            Self::Day => TimeDelta::try_days(amount),
            Self::Hour => TimeDelta::try_hours(amount),
            Self::Minute => TimeDelta::try_minutes(amount),
            Self::Second => TimeDelta::try_seconds(amount),
        };
        instant.checked_add_signed(delta?)
    }

    /// The beginning of the unit in which the instant lies.
    fn start(self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (date, time) = (instant.date_naive(), instant.time());
        let (date, time) = match self {
            Self::Year => (NaiveDate::from_ymd_opt(date.year(), 1, 1)?, NaiveTime::MIN),
            Self::Month => (date.with_day(1)?, NaiveTime::MIN),
            Self::Week => (date.week(chrono::Weekday::Mon).checked_first_day()?, NaiveTime::MIN),
            Self::Day => (date, NaiveTime::MIN),
            Self::Hour => (date, NaiveTime::from_hms_opt(time.hour(), 0, 0)?),
            Self::Minute => (date, NaiveTime::from_hms_opt(time.hour(), time.minute(), 0)?),
            Self::Second => (date, time.with_nanosecond(0)?),
        };
        Some(date.and_time(time).and_utc())
    }
}

fn add_months(instant: DateTime<Utc>, amount: i64) -> Option<DateTime<Utc>> {
    let months = Months::new(u32::try_from(amount.unsigned_abs()).ok()?);
    if amount < 0 { instant.checked_sub_months(months) } else { instant.checked_add_months(months) }
}
