//! Instants and lengths of time as texts, to 100 nanoseconds, which is what Kusto and .NET count in.

use chrono::{DateTime, TimeDelta, Utc};

use crate::time::instant;

/// A tick is 100 nanoseconds, which is what cells of time are counted in.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
const NANOS_PER_TICK: i64 = 100;

/// Reads a date with a time, as logs write them; without an offset it is in UTC. A date alone is none.
pub(crate) fn read_datetime(text: &str) -> Option<DateTime<Utc>> {
    // Every form is at least so long and begins with a year, so that most texts are told apart at a glance.
    let is_long = text.len() >= "2025-05-18T20:19".len();
    let has_year = text.as_bytes().get(4) == Some(&b'-');
    if is_long && has_year { instant(text) } else { None }
}

/// RFC 3339 in UTC, with as many decimals as needed.
pub(super) fn write_datetime(instant: DateTime<Utc>) -> String {
    let seconds = instant.format("%Y-%m-%dT%H:%M:%S");
    let ticks = i64::from(instant.timestamp_subsec_nanos()) / NANOS_PER_TICK;
    format!("{seconds}{}Z", decimals(ticks % TICKS_PER_SECOND))
}

/// Reads `[-][d.]hh:mm[:ss[.fffffff]]`.
pub(super) fn read_timespan(text: &str) -> Option<TimeDelta> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (clock, seconds) = match text.splitn(3, ':').collect::<Vec<_>>().as_slice() {
        [hours, minutes] => ([*hours, *minutes], "0"),
        [hours, minutes, seconds] => ([*hours, *minutes], *seconds),
        _ => return None,
    };
    let [hours, minutes] = clock;
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let part = |text: &str, below: i64| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse().ok())?.filter(|number: &i64| *number < below)
    };
    let (hours, minutes, seconds) = (part(hours, 24)?, part(minutes, 60)?, part(seconds, 60)?);
    let fraction = part(format!("{fraction:0<7}").get(..7)?, TICKS_PER_SECOND)?;
    let whole = part(days, 10_675_199)? * 86_400 + hours * 3_600 + minutes * 60 + seconds;
    Some(timespan_of_ticks(sign * (whole * TICKS_PER_SECOND + fraction)))
}

/// `[-][d.]hh:mm:ss[.fffffff]`, with as many decimals as needed.
pub(super) fn write_timespan(span: TimeDelta) -> String {
    let ticks = ticks_of_timespan(span);
    let sign = if ticks < 0 { "-" } else { "" };
    let (seconds, fraction) = (ticks.unsigned_abs() / 10_000_000, ticks % TICKS_PER_SECOND);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days = if days == 0 { String::new() } else { format!("{days}.") };
    format!("{sign}{days}{hours:02}:{minutes:02}:{:02}{}", seconds % 60, decimals(fraction.abs()))
}

fn decimals(ticks: i64) -> String {
    if ticks == 0 { String::new() } else { format!(".{ticks:07}").trim_end_matches('0').to_owned() }
}

/// The ticks from 1970 to an instant.
pub fn ticks_of_datetime(instant: DateTime<Utc>) -> i64 {
    ticks_of_timespan(instant - DateTime::UNIX_EPOCH)
}

/// The instant so many ticks after 1970; none if no calendar has it.
pub fn datetime_of_ticks(ticks: i64) -> Option<DateTime<Utc>> {
    DateTime::UNIX_EPOCH.checked_add_signed(timespan_of_ticks(ticks))
}

/// The ticks in a length of time.
pub fn ticks_of_timespan(span: TimeDelta) -> i64 {
    let fraction = i64::from(span.subsec_nanos()) / NANOS_PER_TICK;
    span.num_seconds().saturating_mul(TICKS_PER_SECOND).saturating_add(fraction)
}

/// The length of so many ticks.
pub fn timespan_of_ticks(ticks: i64) -> TimeDelta {
    TimeDelta::seconds(ticks / TICKS_PER_SECOND) + TimeDelta::nanoseconds(ticks % TICKS_PER_SECOND * NANOS_PER_TICK)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_that_logs_have_are_read() {
        for (text, written) in [
            ("2021-06-29T11:35:51.349", "2021-06-29T11:35:51.349Z"),
            ("2021-06-29 10:41:10.069368", "2021-06-29T10:41:10.069368Z"),
            ("2021-10-01T17:52:21.5763494Z", "2021-10-01T17:52:21.5763494Z"),
            ("2025-05-18T20:19:00+02:00", "2025-05-18T18:19:00Z"),
            ("2025-05-18 20:19", "2025-05-18T20:19:00Z"),
            ("2025-05-18 20:19:00Z", "2025-05-18T20:19:00Z"),
        ] {
            assert_eq!(read_datetime(text).map(write_datetime).as_deref(), Some(written));
        }
        for text in ["", "2021-06-29", "10:41:10", "5016223.exe -s and more", "2021-13-29T11:35:51Z"] {
            assert_eq!(read_datetime(text), None, "{text}");
        }
    }

    #[test]
    fn timespans_are_read() {
        for text in ["00:00:00", "1.02:03:04.005", "-00:00:00.0000001", "23:59:59", "365.00:00:00"] {
            assert_eq!(read_timespan(text).map(write_timespan).as_deref(), Some(text));
        }
        assert_eq!(read_timespan("02:03"), read_timespan("02:03:00"));
        for text in ["", "5", "24:00:00", "00:60:00", "1:2:3:4", "a.00:00:00", "00:00:-1", "99999999.00:00:00"] {
            assert_eq!(read_timespan(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ticks in -600_000_000_000_000_000_i64..2_500_000_000_000_000_000) {
            let instant = datetime_of_ticks(ticks).unwrap();
            prop_assert_eq!(ticks_of_datetime(instant), ticks);
            prop_assert_eq!(read_datetime(&write_datetime(instant)), Some(instant));
            let span = timespan_of_ticks(ticks);
            prop_assert_eq!(read_timespan(&write_timespan(span)), Some(span));
        }

        #[test]
        fn no_text_makes_them_panic(text in "[-0-9.:TZ ]{0,40}") {
            let _ = (read_datetime(&text), read_timespan(&text));
        }
    }
}
