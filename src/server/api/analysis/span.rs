//! Lengths of time as callers write them: `1h`, `PT1H`, `01:00:00`, or a number of seconds.

use std::fmt;

use model::{ColumnType, Value, table::TICKS_PER_SECOND};
use serde::{Deserialize, Deserializer, de};

/// A length of time in 100 nanoseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) i64);

impl Span {
    /// One hour.
    pub(super) const HOUR: Self = Self(3_600 * TICKS_PER_SECOND);

    fn of_seconds(seconds: f64) -> Option<Self> {
        let ticks = (seconds * TICKS_PER_SECOND as f64).round();
        // Far less than fits, and more than all of history.
        (0.0..1e18).contains(&ticks).then_some(Self(ticks as i64))
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            return Self::of_seconds(seconds);
        }
        if let Some(Value::Timespan(span)) = Value::from(text).cast(ColumnType::Timespan) {
            return Self::of_seconds(span.as_seconds_f64());
        }
        if let Some(period) = text.strip_prefix('P') {
            let (days, clock) = period.split_once('T').unwrap_or((period, ""));
            let is_empty = days.is_empty() && clock.is_empty();
            let seconds = sum(days, &[('W', 604_800.0), ('D', 86_400.0)])?
                + sum(clock, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)])?;
            return if is_empty { None } else { Self::of_seconds(seconds) };
        }
        let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = text.split_at_checked(unit)?;
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            _ => return None,
        };
        Self::of_seconds(number.trim().parse::<f64>().ok()? * seconds)
    }
}

/// Numbers with units, one after the other (ISO 8601).
fn sum(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut seconds = 0.0;
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, rest) = text.split_at_checked(end)?;
        let (_, unit) = units.iter().find(|(letter, _)| rest.starts_with(*letter))?;
        seconds += number.parse::<f64>().ok()? * unit;
        text = rest.get(1..)?;
    }
    Some(seconds)
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl de::Visitor<'_> for Written {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time: 1h, PT1H, 01:00:00 or a number of seconds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        Span::read(text).ok_or_else(|| E::custom("not a length of time; allowed are 1h, PT1H, 01:00:00 and seconds"))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Span, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Span, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Span, E> {
        Span::of_seconds(seconds)
            .ok_or_else(|| E::custom("a length of time is not negative and not longer than history"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_all_their_forms() {
        for (text, seconds) in [
            ("1h", 3_600.0),
            ("30m", 1_800.0),
            ("1.5d", 129_600.0),
            ("250ms", 0.25),
            ("2 w", 1_209_600.0),
            ("PT1H", 3_600.0),
            ("P1DT2H3M4.5S", 93_784.5),
            ("P2W", 1_209_600.0),
            ("01:00:00", 3_600.0),
            ("1.00:00", 86_400.0),
            ("90", 90.0),
        ] {
            assert_eq!(Span::read(text), Span::of_seconds(seconds), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "h", "-1h", "1y", "P", "PT", "P1H", "1h30", "inf", "NaN", "1e300", "-1", "é", "Pé", "1hé"] {
            assert_eq!(Span::read(text), None, "{text}");
        }
        assert_eq!(serde_json::from_str::<Span>("60").unwrap(), Span(600_000_000));
        assert_eq!(serde_json::from_str::<Span>("\"1m\"").unwrap(), Span(600_000_000));
        assert!(serde_json::from_str::<Span>("-1").is_err());
    }
}
