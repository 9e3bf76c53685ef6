//! Lengths of time: `1.02:03:04.5`, `1d`, `2.5 hours`.

use super::{TICKS_PER_DAY, TICKS_PER_SECOND, fraction_ticks};

/// Reads a length of time: with a unit (`1d`, `15 seconds`), as `[d.]hh:mm[:ss[.fffffff]]`, or a number of days.
pub fn read_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?.trim_start()),
        b'+' => (1, text.get(1..)?.trim_start()),
        _ => (1, text),
    };
    let ticks = if text.contains(':') { read_clock(text) } else { read_with_unit(text) };
    Some(sign * ticks?)
}

/// Reads `[d.]hh:mm[:ss[.fffffff]]`, with days also before a second colon more.
fn read_clock(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(':').collect();
    let (days, hours, minutes, seconds) = match *parts.as_slice() {
        [hours, minutes] => (None, hours, minutes, "0"),
        [hours, minutes, seconds] => (None, hours, minutes, seconds),
        [days, hours, minutes, seconds] => (Some(days), hours, minutes, seconds),
        _ => return None,
    };
    let (days, hours) = match (days, hours.split_once('.')) {
        (Some(days), _) => (days, hours),
        (None, Some((days, hours))) => (days, hours),
        (None, None) => ("0", hours),
    };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let whole = number(days, 10_675_200)? * 86_400
        + number(hours, 24)? * 3_600
        + number(minutes, 60)? * 60
        + number(seconds, 60)?;
    whole.checked_mul(TICKS_PER_SECOND)?.checked_add(fraction_ticks(fraction)?)
}

fn number(digits: &str, below: i64) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?.filter(|number| *number < below)
}

/// Reads a number with a unit; without one it counts days.
fn read_with_unit(text: &str) -> Option<i64> {
    let unit_start = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(unit_start)?;
    let unit = unit.trim_start();
    if digits.is_empty() {
        return None;
    }
    if unit.is_empty() { ticks_of(digits, "d") } else { ticks_of(digits, unit) }
}

/// The ticks of a number of units, like `1.5` and `h`.
pub(crate) fn ticks_of(digits: &str, unit: &str) -> Option<i64> {
    // Nanoseconds do not make a tick each, so the rest counts tenths and hundredths of ticks.
    let hundredths = match unit {
        "d" | "day" | "days" => TICKS_PER_DAY * 100,
        "h" | "hr" | "hrs" | "hour" | "hours" => TICKS_PER_SECOND * 360_000,
        "m" | "min" | "minute" | "minutes" => TICKS_PER_SECOND * 6_000,
        "s" | "sec" | "second" | "seconds" => TICKS_PER_SECOND * 100,
        "ms" | "milli" | "millis" | "millisec" | "millisecond" | "milliseconds" => 1_000_000,
        "micro" | "micros" | "microsec" | "microsecond" | "microseconds" => 1_000,
        "tick" | "ticks" => 100,
        "nano" | "nanos" | "nanosec" | "nanosecond" | "nanoseconds" => 1,
        _ => return None,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "less than one unit, rounded")]
    let fraction = (fraction * hundredths as f64 / 100.0).round() as i64;
    let whole = i128::from(whole) * i128::from(hundredths) / 100;
    i64::try_from(whole).ok()?.checked_add(fraction)
}

/// Writes `[-][d.]hh:mm:ss[.fffffff]`, as `tostring` does.
pub fn write_timespan(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let ticks = ticks.unsigned_abs();
    let (seconds, fraction) = (ticks / 10_000_000, ticks % 10_000_000);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days = if days == 0 { String::new() } else { format!("{days}.") };
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:07}") };
    format!("{sign}{days}{hours:02}:{minutes:02}:{:02}{fraction}", seconds % 60)
}
