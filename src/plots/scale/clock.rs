//! Times on an axis and in words. All in UTC.

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};

use super::{Range, Tick};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps of a fixed length, in milliseconds.
const STEPS: [i64; 31] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    // Longer steps go by the calendar.
    i64::MAX,
];

/// Steps of months.
const MONTHS: [u32; 12] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 12_000];

/// 1970 began on a Thursday; weeks are counted from the Monday after.
const FIRST_MONDAY: i64 = 4 * DAY;

/// The instant of a place on the axis.
fn instant(ms: f64) -> Option<DateTime<Utc>> {
    #[expect(clippy::cast_possible_truncation, reason = "checked by the calendar")]
    let ms = ms.round() as i64;
    DateTime::from_timestamp_millis(ms).filter(|instant| (0..=9_999).contains(&instant.year()))
}

/// At most about so many round times.
pub(super) fn ticks(range: Range, most: f64) -> Vec<Tick> {
    let (Some(from), Some(to)) = (instant(range.from), instant(range.to)) else { return Vec::new() };
    let length = to - from;
    if length <= TimeDelta::zero() {
        return Vec::new();
    }
    let rough = range.length() / most;
    #[expect(clippy::cast_precision_loss, reason = "steps are short")]
    let step = STEPS.into_iter().find(|step| *step as f64 >= rough).unwrap_or(i64::MAX);
    let instants = if step == i64::MAX { by_month(from, to, rough) } else { by_length(from, to, step) };
    label(&instants, step)
}

fn by_length(from: DateTime<Utc>, to: DateTime<Utc>, step: i64) -> Vec<DateTime<Utc>> {
    let offset = if step >= 7 * DAY { FIRST_MONDAY } else { 0 };
    let from = from.timestamp_millis() - offset;
    let first = from.div_euclid(step) + i64::from(from.rem_euclid(step) > 0);
    let instants = (first..).map_while(|index| DateTime::from_timestamp_millis(index * step + offset));
    instants.take_while(|instant| *instant <= to).take(100).collect()
}

fn by_month(from: DateTime<Utc>, to: DateTime<Utc>, rough: f64) -> Vec<DateTime<Utc>> {
    let month = 30.44 * 86_400_000.0;
    let step = MONTHS.into_iter().find(|months| f64::from(*months) * month >= rough).unwrap_or(12_000);
    let months = i64::from(from.year()) * 12 + i64::from(from.month0());
    let first = months - months.rem_euclid(i64::from(step));
    let start = i32::try_from(first.div_euclid(12))
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, u32::try_from(first.rem_euclid(12)).ok()? + 1, 1));
    let Some(start) = start else { return Vec::new() };
    let starts = (0_u32..100).map_while(|index| start.checked_add_months(Months::new(index * step)));
    let instants = starts.map(|date| date.and_time(chrono::NaiveTime::MIN).and_utc());
    instants.skip_while(|instant| *instant < from).take_while(|instant| *instant <= to).collect()
}

fn label(instants: &[DateTime<Utc>], step: i64) -> Vec<Tick> {
    let (format, below) = match step {
        i64::MAX if instants.iter().all(|instant| instant.month0() == 0) => ("%Y", ""),
        i64::MAX => ("%b", "%Y"),
        DAY.. => ("%-d %b", "%Y"),
        MINUTE.. => ("%H:%M", "%-d %b %Y"),
        SECOND.. => ("%H:%M:%S", "%-d %b %Y"),
        _ => ("%H:%M:%S%.3f", "%-d %b %Y"),
    };
    let mut last = String::new();
    let ticks = instants.iter().map(|instant| {
        let common = instant.format(below).to_string();
        let is_new = common != last;
        last.clone_from(&common);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time")]
        let at = instant.timestamp_millis() as f64;
        Tick {
            at,
            label: instant.format(format).to_string(),
            below: is_new.then_some(common).filter(|text| !text.is_empty()),
        }
    });
    ticks.collect()
}

/// An instant as RFC 3339 in UTC, with milliseconds where it has any.
pub(crate) fn instant_text(ms: f64) -> String {
    let format = if ms.rem_euclid(1_000.0) < 0.5 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.3fZ" };
    instant(ms).map_or_else(|| "?".to_owned(), |instant| instant.format(format).to_string())
}

/// A length of time in words of two units: `3 h 12 min`.
pub(crate) fn span_text(ms: f64) -> String {
    let units = [(86_400_000.0, "d"), (3_600_000.0, "h"), (60_000.0, "min"), (1_000.0, "s"), (1.0, "ms")];
    let mut rest = ms.abs().round();
    let mut parts = Vec::new();
    for (length, unit) in units {
        let count = (rest / length).floor();
        rest -= count * length;
        if count > 0.0 {
            parts.push(format!("{count} {unit}"));
        }
        if parts.len() == 2 || (parts.len() == 1 && count == 0.0) {
            break;
        }
    }
    if parts.is_empty() { "no time".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: &str, to: &str) -> Vec<String> {
        let ms = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_millis() as f64;
        let ticks = ticks(Range { from: ms(from), to: ms(to) }, 6.0);
        let label = |tick: Tick| tick.below.map_or(tick.label.clone(), |below| format!("{} / {below}", tick.label));
        ticks.into_iter().map(label).collect()
    }

    #[test]
    fn times_are_round_and_the_day_is_said_once() {
        assert_eq!(
            labels("2026-05-03T21:10:00Z", "2026-05-04T02:50:00Z"),
            ["22:00 / 3 May 2026", "23:00", "00:00 / 4 May 2026", "01:00", "02:00"]
        );
        assert_eq!(
            labels("2026-05-03T21:10:00.000Z", "2026-05-03T21:10:00.010Z").first().map(String::as_str),
            Some("21:10:00.000 / 3 May 2026")
        );
        assert_eq!(
            labels("2025-12-29T00:00:00Z", "2026-01-02T00:00:00Z"),
            ["29 Dec / 2025", "30 Dec", "31 Dec", "1 Jan / 2026", "2 Jan"]
        );
        assert_eq!(
            labels("2025-11-20T00:00:00Z", "2026-04-02T00:00:00Z"),
            ["Dec / 2025", "Jan / 2026", "Feb", "Mar", "Apr"]
        );
        assert_eq!(
            labels("1999-06-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ["2000", "2005", "2010", "2015", "2020", "2025"]
        );
    }

    #[test]
    fn instants_and_spans_read_well() {
        assert_eq!(instant_text(0.0), "1970-01-01T00:00:00Z");
        assert_eq!(instant_text(1_500.0), "1970-01-01T00:00:01.500Z");
        assert_eq!(instant_text(f64::INFINITY), "?");
        for (ms, text) in [
            (0.0, "no time"),
            (61_000.0, "1 min 1 s"),
            (86_400_000.0, "1 d"),
            (90_061_000.0, "1 d 1 h"),
            (250.0, "250 ms"),
        ] {
            assert_eq!(span_text(ms), text);
        }
    }
}
