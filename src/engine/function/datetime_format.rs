//! `format_datetime` and `format_timespan`.

use chrono::{Datelike, Timelike};
use kql::moment::{TICKS_PER_DAY, TICKS_PER_SECOND};

use super::{Context, RowFunction, arg, datetime::calendar_of};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "format_datetime" => format_datetime,
        "format_timespan" => format_timespan,
        "format_bytes" => format_bytes,
        _ => return None,
    })
}

/// Calls with each run of equal letters and each other character of a format.
fn for_each_run(format: &str, mut take: impl FnMut(char, usize)) {
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        let mut count = 1;
        while c.is_ascii_alphabetic() && chars.next_if_eq(&c).is_some() {
            count += 1;
        }
        take(c, count);
    }
}

fn format_datetime<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(at) = arg(cells, 0).ticks().and_then(calendar_of) else { return Cell::of("") };
    let fraction = at.nanosecond() / 100;
    let mut out = String::new();
    for_each_run(&arg(cells, 1).text(), |letter, width| {
        let number = match letter {
            'd' => at.day(),
            'M' => at.month(),
            'H' => at.hour(),
            'h' => at.hour12().1,
            'm' => at.minute(),
            's' => at.second(),
            'y' => at.year().unsigned_abs() % if width <= 2 { 100 } else { 10_000 },
            'f' => return out.push_str(&fraction_digits(fraction, width, true)),
            'F' => return out.push_str(&fraction_digits(fraction, width, false)),
            't' => return out.push_str(if at.hour() < 12 { "AM" } else { "PM" }),
            other => return out.extend(std::iter::repeat_n(other, width)),
        };
        out.push_str(&format!("{number:0width$}"));
    });
    Cell::of(out)
}

/// The first digits of a fraction of a second; `F` leaves out zeros at the end.
fn fraction_digits(ticks: u32, width: usize, zeros: bool) -> String {
    let digits = format!("{ticks:07}");
    let digits = digits.get(..width.min(7)).unwrap_or(&digits);
    if zeros { digits.to_owned() } else { digits.trim_end_matches('0').to_owned() }
}

fn format_timespan<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(ticks) = arg(cells, 0).ticks() else { return Cell::of("") };
    let size = ticks.unsigned_abs();
    let second = TICKS_PER_SECOND.unsigned_abs();
    let mut out = String::new();
    if ticks < 0 {
        out.push('-');
    }
    for_each_run(&arg(cells, 1).text(), |letter, width| {
        let number = match letter {
            'd' => size / TICKS_PER_DAY.unsigned_abs(),
            'H' | 'h' => size / (second * 3_600) % 24,
            'm' => size / (second * 60) % 60,
            's' => size / second % 60,
            'f' | 'F' => {
                let fraction = u32::try_from(size % second).unwrap_or(0);
                return out.push_str(&fraction_digits(fraction, width, letter == 'f'));
            }
            other => return out.extend(std::iter::repeat_n(other, width)),
        };
        out.push_str(&format!("{number:0width$}"));
    });
    Cell::of(out)
}

/// `format_bytes(size, precision, unit)`
fn format_bytes<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    const UNITS: [&str; 7] = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];
    let Some(size) = arg(cells, 0).real() else { return Cell::of("") };
    let precision = arg(cells, 1).long().and_then(|digits| usize::try_from(digits).ok()).unwrap_or(0).min(15);
    let wanted = arg(cells, 2).text();
    let (mut size, mut unit) = (size, 0);
    while UNITS.get(unit + 1).is_some()
        && if wanted.is_empty() { size.abs() >= 1024.0 } else { UNITS.get(unit) != Some(&&*wanted) }
    {
        size /= 1024.0;
        unit += 1;
    }
    let power = 10_f64.powi(i32::try_from(precision).unwrap_or(0));
    let rounded = (size * power).round() / power;
    Cell::of(format!("{rounded} {}", UNITS.get(unit).unwrap_or(&"Bytes")))
}

#[cfg(test)]
mod tests {
    use kql::moment::{read_datetime, read_timespan};
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn formats_say_the_width_of_each_part() {
        let at = Cell::Datetime(read_datetime("2017-01-29 09:00:05.12").unwrap());
        let shown = |format| {
            run("format_datetime", ColumnType::String, &[at.clone(), Cell::of(format)]).into_text().into_owned()
        };
        assert_eq!(shown("yy-MM-dd [HH:mm:ss]"), "17-01-29 [09:00:05]");
        assert_eq!(shown("yyyy-M-dd [H:mm:ss.fffffff]"), "2017-1-29 [9:00:05.1200000]");
        assert_eq!(shown("hh:mm:ss.FF tt"), "09:00:05.12 AM");
    }

    #[test]
    fn lengths_of_time_have_days() {
        let span = Cell::Timespan(read_timespan("29.09:00:05.12345").unwrap());
        let shown = |format| {
            run("format_timespan", ColumnType::String, &[span.clone(), Cell::of(format)]).into_text().into_owned()
        };
        assert_eq!(shown("dd.hh:mm:ss:FF"), "29.09:00:05:12");
        assert_eq!(shown("ddd.h:mm:ss [fffffff]"), "029.9:00:05 [1234500]");
    }

    #[test]
    fn sizes_have_units() {
        let shown = |cells: &[Cell<'static>]| run("format_bytes", ColumnType::String, cells).into_text().into_owned();
        assert_eq!(shown(&[Cell::Long(564)]), "564 Bytes");
        assert_eq!(shown(&[Cell::Long(10332), Cell::Long(1)]), "10.1 KB");
        assert_eq!(shown(&[Cell::Long(20010332), Cell::Long(0), Cell::of("KB")]), "19541 KB");
    }
}
