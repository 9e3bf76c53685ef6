//! Instants as providers write them: epochs, RFC 3339, and dates and times without a zone.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::Value;

/// An instant as RFC 3339 in UTC, or a date. Read from epoch seconds or milliseconds, RFC 3339, and ISO 8601 without a
/// zone, which all providers mean as UTC.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct Time(pub Option<String>);

impl From<Value> for Time {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Number(number) => number.as_f64().and_then(epoch),
            Value::String(text) => instant(text.trim()),
            _ => None,
        })
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        time.0.into()
    }
}

/// An instant from epoch seconds or milliseconds; zero is "never".
fn epoch(number: f64) -> Option<String> {
    /// As seconds this would be the year 5138.
    const MILLISECONDS_ABOVE: f64 = 1e11;
    let seconds = if number > MILLISECONDS_ABOVE { number / 1000.0 } else { number };
    // The cast saturates, and what is then out of range is no time.
    let seconds = Some(seconds as i64).filter(|seconds| *seconds > 0)?;
    Some(rfc3339(DateTime::from_timestamp(seconds, 0)?))
}

/// An instant or date from text.
fn instant(text: &str) -> Option<String> {
    /// Shorter numbers are years or dates without separators.
    const EPOCH_DIGITS: usize = 9;
    if text.len() >= EPOCH_DIGITS
        && let Ok(number) = text.parse()
    {
        return epoch(number);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%FT%T%.f%z")) {
        return Some(rfc3339(instant.to_utc()));
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%F") {
        return Some(date.to_string());
    }
    let zoneless = text.trim_end_matches("UTC").trim_end();
    ["%FT%T%.f", "%F %T%.f", "%FT%R", "%F %R"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(zoneless, format).ok())
        .map(|instant| rfc3339(instant.and_utc()))
}

fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_spelling_of_an_instant_becomes_utc() {
        for value in [
            json!(1_715_000_000),
            json!("1715000000"),
            json!(1_715_000_000_000_i64),
            json!("2024-05-06T12:53:20Z"),
            json!("2024-05-06T14:53:20.123+02:00"),
            json!("2024-05-06T12:53:20+0000"),
            json!("2024-05-06T12:53:20.999"),
            json!("2024-05-06 12:53:20"),
            json!("2024-05-06 12:53:20 UTC"),
        ] {
            assert_eq!(Time::from(value.clone()).0.as_deref(), Some("2024-05-06T12:53:20Z"), "{value}");
        }
        assert_eq!(Time::from(json!("2024-05-06")).0.as_deref(), Some("2024-05-06"));
        for value in [json!(0), json!(-5), json!(1e300), json!("soon"), json!(null), json!("20240506"), json!([])] {
            assert_eq!(Time::from(value.clone()).0, None, "{value}");
        }
    }
}
