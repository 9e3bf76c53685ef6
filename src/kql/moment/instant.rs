//! Instants: ISO 8601 in its looser forms, month first (`12/31/2020 3:04:05 PM`), and RFC 822.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use super::{MAX_DATETIME, MIN_DATETIME, TICKS_PER_DAY, TICKS_PER_SECOND, fraction_ticks};

/// Reads an instant; without an offset it is in UTC. Gives ticks since 1970.
pub fn read_datetime(text: &str) -> Option<i64> {
    let text = text.trim();
    let ticks = read_iso(text).or_else(|| read_rfc822(text))?;
    (MIN_DATETIME..=MAX_DATETIME).contains(&ticks).then_some(ticks)
}

/// Writes an instant in UTC with seven decimals, as `tostring` does.
pub fn write_datetime(ticks: i64) -> String {
    let nanos = u32::try_from(ticks.rem_euclid(TICKS_PER_SECOND) * 100).unwrap_or_default();
    DateTime::<Utc>::from_timestamp(ticks.div_euclid(TICKS_PER_SECOND), nanos).map_or_else(String::new, |instant| {
        let seconds = instant.format("%Y-%m-%dT%H:%M:%S");
        format!("{seconds}.{:07}Z", ticks.rem_euclid(TICKS_PER_SECOND))
    })
}

/// What is left to read of a text.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn take(&mut self, sign: char) -> bool {
        let rest = self.0.strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn digits(&mut self, most: usize) -> Option<&'t str> {
        let end = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!digits.is_empty()).then_some(digits)
    }

    fn number(&mut self, most: usize) -> Option<u32> {
        self.digits(most)?.parse().ok()
    }
}

fn read_iso(text: &str) -> Option<i64> {
    let mut rest = Rest(text);
    let date = read_date(&mut rest)?;
    let days = i64::from(date.num_days_from_ce()) - 719_163;
    let mut ticks = days * TICKS_PER_DAY;
    if rest.0.is_empty() {
        return Some(ticks);
    }
    if rest.take('Z') {
        return rest.0.is_empty().then_some(ticks);
    }
    if !['T', 't', ' ', '-', ','].into_iter().any(|sign| rest.take(sign)) {
        return None;
    }
    rest.0 = rest.0.trim_start();
    ticks += read_clock(&mut rest)?;
    ticks -= read_offset(&mut rest)?;
    rest.0.is_empty().then_some(ticks)
}

/// Year first, or month first with a year of four digits last.
fn read_date(rest: &mut Rest<'_>) -> Option<NaiveDate> {
    let first = rest.digits(8)?;
    if first.len() == 8 {
        return NaiveDate::parse_from_str(first, "%Y%m%d").ok();
    }
    let number: u32 = first.parse().ok()?;
    let separator = match rest.0.chars().next() {
        Some(c @ ('-' | '/' | '.')) => c,
        _ if first.len() == 4 => return NaiveDate::from_ymd_opt(i32::try_from(number).ok()?, 1, 1),
        _ => return None,
    };
    rest.take(separator);
    let second = rest.number(2)?;
    let third = if rest.take(separator) { Some(rest.digits(4)?) } else { None };
    match (first.len(), third) {
        (4, None) => NaiveDate::from_ymd_opt(i32::try_from(number).ok()?, second, 1),
        (4, Some(day)) => NaiveDate::from_ymd_opt(i32::try_from(number).ok()?, second, day.parse().ok()?),
        (1 | 2, Some(year)) if year.len() == 4 => NaiveDate::from_ymd_opt(year.parse().ok()?, number, second),
        _ => None,
    }
}

fn read_clock(rest: &mut Rest<'_>) -> Option<i64> {
    let mut hour = rest.number(2)?;
    let minute = if rest.take(':') { rest.number(2)? } else { 0 };
    let second = if rest.take(':') { rest.number(2)? } else { 0 };
    let fraction = if rest.take('.') { fraction_ticks(rest.digits(usize::MAX)?)? } else { 0 };
    let half = rest.0.trim_start();
    if let Some(after) = half.strip_prefix("PM").or_else(|| half.strip_prefix("pm")) {
        (hour, rest.0) = (hour % 12 + 12, after);
    } else if let Some(after) = half.strip_prefix("AM").or_else(|| half.strip_prefix("am")) {
        (hour, rest.0) = (hour % 12, after);
    }
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then(|| i64::from(hour * 3_600 + minute * 60 + second) * TICKS_PER_SECOND + fraction)
}

/// `Z`, `+02:00`, `-0700`, `GMT` or nothing.
fn read_offset(rest: &mut Rest<'_>) -> Option<i64> {
    rest.0 = rest.0.trim_start();
    if rest.0.is_empty() || rest.take('Z') || rest.take('z') {
        return Some(0);
    }
    if let Some(after) = rest.0.strip_prefix("GMT").or_else(|| rest.0.strip_prefix("UTC")) {
        rest.0 = after;
        return Some(0);
    }
    let sign = if rest.take('+') {
        1
    } else if rest.take('-') {
        -1
    } else {
        return None;
    };
    let hours = rest.number(2)?;
    rest.take(':');
    let minutes = rest.number(2).unwrap_or(0);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 3_600 + minutes * 60) * TICKS_PER_SECOND)
}

/// `Sat, 8 Nov 2014 15:05:02 GMT`, with or without the day of the week, the seconds, two digits of the year.
fn read_rfc822(text: &str) -> Option<i64> {
    let after_day = text.split_once(", ").map_or(text, |(_, rest)| rest);
    let (text, offset) = match after_day.rsplit_once(' ') {
        Some((rest, "GMT" | "UTC" | "Z")) => (rest, 0),
        Some((rest, zone)) if zone.starts_with(['+', '-']) => (rest, read_offset(&mut Rest(zone))?),
        _ => (after_day, 0),
    };
    // Two digits of a year before four: four digits that read two leave a rest, two that read four do not.
    const FORMS: [&str; 4] = ["%d %b %y %H:%M:%S", "%d %b %y %H:%M", "%d %b %Y %H:%M:%S", "%d %b %Y %H:%M"];
    let naive = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Some(naive.and_utc().timestamp() * TICKS_PER_SECOND - offset)
}
