//! Instants in the cells of logs, however the log writes them. What time it is now is never asked.

use chrono::{DateTime, NaiveDateTime, Utc};
use model::Value;

/// Ways to write a date and a time without an offset, which is then UTC: ISO 8601, spreadsheets, osquery.
const NAIVE: [&str; 7] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M:%S%.f",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%a %b %e %H:%M:%S %Y UTC",
];

/// From this number on it counts milliseconds: as seconds it would lie in the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;

/// The instant that a cell holds: one of its type, a text, or a number of seconds or milliseconds since 1970.
pub fn instant(value: &Value<'_>) -> Option<DateTime<Utc>> {
    match value {
        Value::Datetime(instant) => Some(*instant),
        Value::String(text) => instant_of_text(text),
        Value::Long(_) | Value::Real(_) => value.as_f64().and_then(instant_of_number),
        _ => None,
    }
}

fn instant_of_text(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let utc = text.strip_suffix('Z').unwrap_or(text);
    let naive = NAIVE.iter().find_map(|format| NaiveDateTime::parse_from_str(utc, format).ok());
    naive.map(|naive| naive.and_utc()).or_else(|| text.parse().ok().and_then(instant_of_number))
}

fn instant_of_number(number: f64) -> Option<DateTime<Utc>> {
    let seconds = if number.abs() < MILLISECONDS_FROM { number } else { number / 1_000.0 };
    #[expect(clippy::cast_possible_truncation, reason = "the bound is far below what either type holds")]
    let micros = (seconds.abs() < MILLISECONDS_FROM).then(|| (seconds * 1e6).round() as i64)?;
    DateTime::from_timestamp_micros(micros)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(value: impl Into<Value<'static>>) -> Option<String> {
        instant(&value.into()).map(|instant| instant.format("%Y-%m-%d %H:%M:%S%.f").to_string())
    }

    #[test]
    fn every_form_that_logs_have_is_read() {
        for (text, expected) in [
            ("2021-04-01 05:04:58.000000 ", "2021-04-01 05:04:58"),
            ("2019-02-10T15:21:06.890", "2019-02-10 15:21:06.890"),
            ("2019-02-10T15:21:06.8901234Z", "2019-02-10 15:21:06.890123400"),
            ("2025-05-18T20:19:00+02:00", "2025-05-18 18:19:00"),
            ("7/8/2019 16:08", "2019-07-08 16:08:00"),
            ("07/08/2019 04:08:09 PM", "2019-07-08 16:08:09"),
            ("Mon Jul  8 16:08:09 2019 UTC", "2019-07-08 16:08:09"),
            ("1551485405.594", "2019-03-02 00:10:05.594"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read(1_551_485_405_i64), read(1_551_485_405_000_i64));
        for text in ["", "N/A", "-", "yesterday", "2021-13-01 00:00:00", "inf", "1e300"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[-0-9./:TZ a-zA-Z]{0,30}") {
            let _ = instant(&text.into());
        }
    }
}
