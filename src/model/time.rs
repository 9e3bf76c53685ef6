//! Points and spans of time as callers write them. What time it is now is always an argument.

mod offset;

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use offset::Offset;
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

use crate::{Fault, Faulty};

const SECONDS_PER_DAY: f64 = 86_400.0;

/// Dates and times without an offset, which are taken as UTC.
const NAIVE_FORMATS: &[&str] = &["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// A point in time, fixed or seen from now. Reads from JSON text or a JSON number.
///
/// | text | means |
/// |---|---|
/// | `2024-05-01T12:00:00Z`, `2024-05-01 12:00`, `2024-05-01` | that instant (RFC 3339); UTC if nothing else is said |
/// | `-1`, `0.5`, as text or number | days from now |
/// | `now` | now |
/// | `-6h`, `2w`, `+1mon` | so long ago or ahead; units `y mon w d h m s`, days if none is given |
/// | `-1d@d`, `1mon@mon` | the same, then to the beginning of that unit if the text begins with `-`, else to its end |
///
/// A month later is the same day of the month, or the last if there is none; weeks begin on Monday (ISO 8601).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct When(Point);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Point {
    At(DateTime<Utc>),
    /// Days from now.
    Days(f64),
    From(Offset),
}

/// Why a text gives no point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotATime {
    /// It has none of the forms.
    #[error(
        "not a time; allowed are RFC 3339 (2024-05-01T12:00:00Z), a number of days from now (-1), and relative text \
         (-6h, -1d@d)"
    )]
    Unreadable,
    /// A relative text with another unit.
    #[error("unknown unit of time; allowed are y, mon, w, d, h, m and s")]
    UnknownUnit,
    /// It would lie too far away to be written in RFC 3339.
    #[error("time lies outside the years 1 to 9999")]
    OutOfRange,
    /// The span would be of negative length.
    #[error("end lies before start")]
    EndBeforeStart,
}

impl Faulty for NotATime {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

impl When {
    /// A fixed instant.
    pub const fn at(instant: DateTime<Utc>) -> Self {
        Self(Point::At(instant))
    }

    /// A number of days from now, negative for the past.
    pub const fn days_from_now(days: f64) -> Self {
        Self(Point::Days(days))
    }

    /// The instant, given what time it is.
    pub fn resolve(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, NotATime> {
        let instant = match self.0 {
            Point::At(instant) => Some(instant),
            Point::Days(days) => days_delta(days).and_then(|delta| now.checked_add_signed(delta)),
            Point::From(offset) => offset.from(now),
        };
        instant.filter(|instant| (1..=9999).contains(&instant.year())).ok_or(NotATime::OutOfRange)
    }
}

fn days_delta(days: f64) -> Option<TimeDelta> {
    let milliseconds = (days * SECONDS_PER_DAY * 1000.0).round();
    // Far outside what is in range anyway, and exact in both types.
    #[expect(clippy::cast_possible_truncation)]
    (milliseconds.abs() < 1e15).then(|| TimeDelta::milliseconds(milliseconds as i64))
}

impl FromStr for When {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self(Point::Days(0.0)));
        }
        if let Some(instant) = instant(text) {
            return Ok(Self::at(instant));
        }
        // Not "inf" and "nan", which are numbers to the parser.
        match text.parse::<f64>() {
            Ok(days) if days.is_finite() => Ok(Self::days_from_now(days)),
            _ => text.parse().map(Point::From).map(Self),
        }
    }
}

/// An absolute date or time.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let naive = NAIVE_FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let midnight =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(chrono::NaiveTime::MIN));
    naive.or_else(midnight).map(|naive| naive.and_utc())
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl de::Visitor<'_> for Written {
    type Value = When;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time: RFC 3339, a number of days from now, or relative text such as -6h")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, days: f64) -> Result<When, E> {
        Ok(When::days_from_now(days))
    }

    // Exact up to 2^53, which is out of range anyway.
    #[expect(clippy::cast_precision_loss)]
    fn visit_i64<E: de::Error>(self, days: i64) -> Result<When, E> {
        Ok(When::days_from_now(days as f64))
    }

    #[expect(clippy::cast_precision_loss)]
    fn visit_u64<E: de::Error>(self, days: u64) -> Result<When, E> {
        Ok(When::days_from_now(days as f64))
    }
}

/// A span of time, from its start up to but not including its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Span {
    /// The span between two instants.
    pub fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, NotATime> {
        if start <= end { Ok(Self { start, end }) } else { Err(NotATime::EndBeforeStart) }
    }

    /// The span that a caller means. No end: until now. No start: so long before the end.
    pub fn resolve(
        start: Option<When>,
        end: Option<When>,
        length: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Self, NotATime> {
        let end = end.map_or(Ok(now), |end| end.resolve(now))?;
        let start = match start {
            Some(start) => start.resolve(now)?,
            None => When::at(end.checked_sub_signed(length).ok_or(NotATime::OutOfRange)?).resolve(now)?,
        };
        Self::between(start, end)
    }

    /// Its first instant.
    pub const fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The first instant after it.
    pub const fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// How long it is.
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests;
