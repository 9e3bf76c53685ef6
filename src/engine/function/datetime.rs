//! Instants and lengths of time: bins, calendars, parts, time zones.

use std::sync::Arc;

use chrono::{DateTime, Datelike, MappedLocalTime, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike};
use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, timezone::Tz},
        compute::unary,
        datatypes::Int64Type,
    },
    error::Result,
    logical_expr::ColumnarValue,
};
use kql::moment::{MAX_DATETIME, MIN_DATETIME, TICKS_PER_DAY, TICKS_PER_SECOND};
use model::ColumnType;

use super::{ArrayFunction, Context, RowFunction, arg};
use crate::cell::{Cell, Cells, DECIMAL_ONE, Writer};

pub(super) fn find_arrays(name: &str) -> Option<ArrayFunction> {
    (name == "bin").then_some(bin_arrays as ArrayFunction)
}

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "bin_at" => |_, cells| bin(arg(cells, 0), arg(cells, 1), arg(cells, 2)),
        "series_place" => place,
        "startofday" => |_, cells| start(cells, Unit::Day, false),
        "startofweek" => |_, cells| start(cells, Unit::Week, false),
        "startofmonth" => |_, cells| start(cells, Unit::Month, false),
        "startofyear" => |_, cells| start(cells, Unit::Year, false),
        "endofday" => |_, cells| start(cells, Unit::Day, true),
        "endofweek" => |_, cells| start(cells, Unit::Week, true),
        "endofmonth" => |_, cells| start(cells, Unit::Month, true),
        "endofyear" => |_, cells| start(cells, Unit::Year, true),
        "dayofweek" => |_, cells| {
            calendar(cells, |at| i64::from(at.weekday().num_days_from_sunday()))
                .long()
                .map_or(Cell::Null, |days| Cell::Timespan(days * TICKS_PER_DAY))
        },
        "dayofmonth" => |_, cells| calendar(cells, |at| i64::from(at.day())),
        "dayofyear" => |_, cells| calendar(cells, |at| i64::from(at.ordinal())),
        "hourofday" => |_, cells| calendar(cells, |at| i64::from(at.hour())),
        "week_of_year" => |_, cells| calendar(cells, |at| i64::from(at.iso_week().week())),
        "monthofyear" | "getmonth" => |_, cells| calendar(cells, |at| i64::from(at.month())),
        "getyear" => |_, cells| calendar(cells, |at| i64::from(at.year())),
        "datetime_part" => part,
        "datetime_add" => add,
        "datetime_diff" => diff,
        "make_datetime" => make_datetime,
        "make_timespan" => make_timespan,
        "unixtime_seconds_todatetime" => |_, cells| unix(cells, 1e7),
        "unixtime_milliseconds_todatetime" => |_, cells| unix(cells, 1e4),
        "unixtime_microseconds_todatetime" => |_, cells| unix(cells, 10.0),
        "unixtime_nanoseconds_todatetime" => |_, cells| unix(cells, 0.01),
        "datetime_utc_to_local" => |_, cells| to_zone(cells, false),
        "datetime_local_to_utc" => |_, cells| to_zone(cells, true),
        _ => return None,
    })
}

/// `bin(value, step)`; of instants and whole numbers with a constant step without looking at cells.
fn bin_arrays(context: &Context, cells: &[Cells], values: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let [value, step] = cells else { return Ok(Writer::new(context.result, 0).finish()) };
    if let (Some(ColumnarValue::Array(array)), true) = (values.first(), step.is_constant())
        && let (Some(numbers), Some(step)) = (array.as_primitive_opt::<Int64Type>(), step.cell(0).ticks())
        && step > 0
        && !matches!(context.arguments.get(1), Some(ColumnType::Real))
    {
        let origin = origin(context.arguments.first().copied());
        return Ok(Arc::new(unary::<_, _, Int64Type>(numbers, |number| floor(number, step, origin))));
    }
    let mut writer = Writer::new(context.result, rows);
    for row in 0..rows {
        let value = value.cell(row);
        let at = match value {
            Cell::Datetime(_) => Cell::Datetime(MIN_DATETIME),
            Cell::Real(_) => Cell::Real(0.0),
            _ => Cell::Long(0),
        };
        writer.push(&bin(&value, &step.cell(row), &at));
    }
    Ok(writer.finish())
}

/// Bins of instants are counted from the first day of the first year.
const fn origin(column_type: Option<ColumnType>) -> i64 {
    match column_type {
        Some(ColumnType::Datetime) => MIN_DATETIME,
        _ => 0,
    }
}

/// The greatest multiple of a step from an origin that is not greater.
const fn floor(number: i64, step: i64, origin: i64) -> i64 {
    number.wrapping_sub(number.wrapping_sub(origin).rem_euclid(step))
}

fn bin<'a>(value: &Cell<'a>, step: &Cell<'a>, at: &Cell<'a>) -> Cell<'a> {
    match (value, step, at) {
        (Cell::Real(_), ..) | (_, Cell::Real(_), _) | (.., Cell::Real(_)) => {
            let (Some(value), Some(step), Some(at)) = (value.real(), step.real(), at.real()) else { return Cell::Null };
            Cell::from(Some(((value - at) / step).floor() * step + at).filter(|_| step > 0.0))
        }
        (Cell::Decimal(number), step, _) => {
            let step = match step {
                Cell::Decimal(step) => *step,
                other => i128::from(other.long().unwrap_or(0)) * DECIMAL_ONE,
            };
            number.checked_rem_euclid(step).map_or(Cell::Null, |rest| Cell::Decimal(number - rest))
        }
        _ => {
            let (Some(number), Some(step), Some(at)) = (value.ticks(), step.ticks(), at.ticks()) else {
                return Cell::Null;
            };
            if step <= 0 {
                return Cell::Null;
            }
            let floored = floor(number, step, at);
            match value {
                Cell::Datetime(_) => Cell::Datetime(floored),
                Cell::Timespan(_) => Cell::Timespan(floored),
                _ => Cell::Long(floored),
            }
        }
    }
}

/// `series_place(value, from, step)`: the number of the step that a value belongs to.
fn place<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (value, from, step) = (arg(cells, 0), arg(cells, 1), arg(cells, 2));
    if let (Some(value), Some(from), Some(step)) = (value.ticks(), from.ticks(), step.ticks()) {
        return Cell::from((step > 0).then(|| value.saturating_sub(from).div_euclid(step)));
    }
    let place = value.real().zip(from.real()).zip(step.real()).map(|((value, from), step)| (value - from) / step);
    Cell::Real(place.map_or(f64::NAN, f64::floor)).long().into()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    /// So many ticks.
    Ticks(i64),
    /// Too short for a tick.
    Nanosecond,
}

impl Unit {
    fn read(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Day,
            "hour" => Self::Ticks(TICKS_PER_SECOND * 3_600),
            "minute" => Self::Ticks(TICKS_PER_SECOND * 60),
            "second" => Self::Ticks(TICKS_PER_SECOND),
            "millisecond" => Self::Ticks(10_000),
            "microsecond" => Self::Ticks(10),
            "nanosecond" => Self::Nanosecond,
            _ => return None,
        })
    }
}

/// The calendar's view of ticks.
pub(super) fn calendar_of(ticks: i64) -> Option<NaiveDateTime> {
    let nanos = u32::try_from(ticks.rem_euclid(TICKS_PER_SECOND)).ok()? * 100;
    Some(DateTime::from_timestamp(ticks.div_euclid(TICKS_PER_SECOND), nanos)?.naive_utc())
}

fn ticks_of(at: NaiveDateTime) -> Option<i64> {
    let at = at.and_utc();
    let ticks =
        at.timestamp().checked_mul(TICKS_PER_SECOND)?.checked_add(i64::from(at.timestamp_subsec_nanos() / 100))?;
    (MIN_DATETIME..=MAX_DATETIME).contains(&ticks).then_some(ticks)
}

fn instant<'a>(ticks: Option<i64>) -> Cell<'a> {
    ticks.filter(|ticks| (MIN_DATETIME..=MAX_DATETIME).contains(ticks)).map_or(Cell::Null, Cell::Datetime)
}

fn calendar<'a>(cells: &[Cell<'a>], of: impl Fn(NaiveDateTime) -> i64) -> Cell<'a> {
    arg(cells, 0).ticks().and_then(calendar_of).map(of).into()
}

fn start<'a>(cells: &[Cell<'a>], unit: Unit, end: bool) -> Cell<'a> {
    let offset = arg(cells, 1).long().unwrap_or(0);
    let Some(ticks) = arg(cells, 0).ticks() else { return Cell::Null };
    let offset = if end { offset.saturating_add(1) } else { offset };
    let start = floor_to(ticks, unit).and_then(|start| shift(start, unit, offset));
    instant(start.map(|start| if end { start - 1 } else { start }))
}

fn floor_to(ticks: i64, unit: Unit) -> Option<i64> {
    let at = calendar_of(ticks)?;
    let day = |year, month| ticks_of(NaiveDate::from_ymd_opt(year, month, 1)?.and_hms_opt(0, 0, 0)?);
    match unit {
        Unit::Year => day(at.year(), 1),
        Unit::Quarter => day(at.year(), at.month0() / 3 * 3 + 1),
        Unit::Month => day(at.year(), at.month()),
        Unit::Week => {
            let days = i64::from(at.weekday().num_days_from_sunday());
            Some(floor(ticks, TICKS_PER_DAY, MIN_DATETIME) - days * TICKS_PER_DAY)
        }
        Unit::Day => Some(floor(ticks, TICKS_PER_DAY, MIN_DATETIME)),
        Unit::Ticks(step) => Some(floor(ticks, step, MIN_DATETIME)),
        Unit::Nanosecond => Some(ticks),
    }
}

fn shift(ticks: i64, unit: Unit, by: i64) -> Option<i64> {
    let months = |months: i64| {
        let at = calendar_of(ticks)?;
        let size = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        ticks_of(if months < 0 { at.checked_sub_months(size)? } else { at.checked_add_months(size)? })
    };
    match unit {
        Unit::Year => months(by.checked_mul(12)?),
        Unit::Quarter => months(by.checked_mul(3)?),
        Unit::Month => months(by),
        Unit::Week => ticks.checked_add(by.checked_mul(7 * TICKS_PER_DAY)?),
        Unit::Day => ticks.checked_add(by.checked_mul(TICKS_PER_DAY)?),
        Unit::Ticks(step) => ticks.checked_add(by.checked_mul(step)?),
        Unit::Nanosecond => ticks.checked_add(by / 100),
    }
}

fn add<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (unit, by, ticks) = (Unit::read(&arg(cells, 0).text()), arg(cells, 1).long(), arg(cells, 2).ticks());
    let (Some(unit), Some(by), Some(ticks)) = (unit, by, ticks) else { return Cell::Null };
    instant(shift(ticks, unit, by))
}

/// How many boundaries of a unit lie between two instants.
fn diff<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (unit, a, b) = (Unit::read(&arg(cells, 0).text()), arg(cells, 1).ticks(), arg(cells, 2).ticks());
    let (Some(unit), Some(a), Some(b)) = (unit, a, b) else { return Cell::Null };
    let count = |ticks| -> Option<i64> {
        let at = calendar_of(ticks)?;
        Some(match unit {
            Unit::Year => i64::from(at.year()),
            Unit::Quarter => i64::from(at.year()) * 4 + i64::from(at.month0() / 3),
            Unit::Month => i64::from(at.year()) * 12 + i64::from(at.month0()),
            Unit::Week => floor_to(ticks, Unit::Week)?.div_euclid(7 * TICKS_PER_DAY),
            Unit::Day => ticks.div_euclid(TICKS_PER_DAY),
            Unit::Ticks(step) => ticks.div_euclid(step),
            Unit::Nanosecond => ticks.checked_mul(100)?,
        })
    };
    count(a).zip(count(b)).map(|(a, b)| a - b).into()
}

fn part<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(at) = arg(cells, 1).ticks().and_then(calendar_of) else { return Cell::Null };
    let name = arg(cells, 0).text().to_ascii_lowercase();
    let nanos = i64::from(at.nanosecond());
    let part = match name.as_str() {
        "year" => i64::from(at.year()),
        "quarter" => i64::from(at.month0() / 3 + 1),
        "month" => i64::from(at.month()),
        "week_of_year" | "weekofyear" => i64::from(at.iso_week().week()),
        "day" => i64::from(at.day()),
        "dayofyear" | "day_of_year" => i64::from(at.ordinal()),
        "hour" => i64::from(at.hour()),
        "minute" => i64::from(at.minute()),
        "second" => i64::from(at.second()),
        "millisecond" => nanos / 1_000_000,
        "microsecond" => nanos / 1_000,
        "nanosecond" => nanos,
        _ => return Cell::Null,
    };
    Cell::Long(part)
}

fn make_datetime<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    if cells.len() == 1 {
        return super::convert::to(ColumnType::Datetime, arg(cells, 0));
    }
    let number = |index, default| {
        let cell = arg(cells, index);
        if cell.is_null() { Some(default) } else { u32::try_from(cell.long()?).ok() }
    };
    let made = || {
        let year = i32::try_from(arg(cells, 0).long()?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(1, 1)?, number(2, 1)?)?;
        let seconds = arg(cells, 5).real().unwrap_or(0.0);
        if !(0.0..60.0).contains(&seconds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below a minute")]
        let ticks = (seconds * 1e7).round() as i64;
        ticks_of(date.and_hms_opt(number(3, 0)?, number(4, 0)?, 0)?)?.checked_add(ticks)
    };
    instant(made())
}

fn make_timespan<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let number = |index| arg(cells, index).long().unwrap_or(0);
    let fraction = |index| arg(cells, index).real().unwrap_or(0.0);
    let (days, hours, minutes, seconds) = match cells.len() {
        1 => return super::convert::to(ColumnType::Timespan, arg(cells, 0)),
        4 => (number(0), number(1), number(2), fraction(3)),
        _ => (0, number(0), number(1), fraction(2)),
    };
    if !(0..24).contains(&hours)
        || !(0..60).contains(&minutes)
        || !(0.0..60.0).contains(&seconds)
        || days.abs() > 10_675_199
    {
        return Cell::Null;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of ticks")]
    let ticks = (seconds * TICKS_PER_SECOND as f64).round() as i64;
    Cell::Timespan((days * 86_400 + hours * 3_600 + minutes * 60) * TICKS_PER_SECOND + ticks)
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
fn unix<'a>(cells: &[Cell<'a>], ticks_each: f64) -> Cell<'a> {
    if let (Cell::Long(number), true) = (arg(cells, 0), ticks_each >= 1.0) {
        return instant(number.checked_mul(ticks_each as i64));
    }
    instant(
        arg(cells, 0)
            .real()
            .map(|number| number * ticks_each)
            .filter(|ticks| ticks.abs() < 1e18)
            .map(|ticks| ticks as i64),
    )
}

fn to_zone<'a>(cells: &[Cell<'a>], to_utc: bool) -> Cell<'a> {
    let (Some(at), Ok(zone)) = (arg(cells, 0).ticks().and_then(calendar_of), arg(cells, 1).text().parse::<Tz>()) else {
        return Cell::Null;
    };
    let moved = if to_utc {
        match zone.from_local_datetime(&at) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.naive_utc()),
            // An hour that was left out: as if the clock had been put forward already.
            MappedLocalTime::None => zone
                .from_local_datetime(&(at - TimeDelta::hours(1)))
                .earliest()
                .map(|at| at.naive_utc() + TimeDelta::hours(1)),
        }
    } else {
        Some(zone.from_utc_datetime(&at).naive_local())
    };
    instant(moved.and_then(ticks_of))
}

#[cfg(test)]
mod tests {
    use kql::moment::{read_datetime, write_datetime};

    use super::super::run;
    use super::*;

    fn at(text: &str) -> Cell<'static> {
        Cell::Datetime(read_datetime(text).unwrap())
    }

    fn shown(name: &'static str, cells: &[Cell<'static>]) -> String {
        run(name, ColumnType::Datetime, cells).ticks().map(write_datetime).unwrap_or_default()
    }

    #[test]
    fn weeks_begin_on_sunday() {
        assert_eq!(shown("startofweek", &[at("2017-01-01 10:10:17")]), "2017-01-01T00:00:00.0000000Z");
        assert_eq!(shown("endofweek", &[at("2017-01-01 10:10:17"), Cell::Long(-1)]), "2016-12-31T23:59:59.9999999Z");
        assert_eq!(run("dayofweek", ColumnType::Timespan, &[at("1970-05-12")]), Cell::Timespan(2 * TICKS_PER_DAY));
    }

    #[test]
    fn differences_count_boundaries() {
        let diff = |unit, a, b| run("datetime_diff", ColumnType::Long, &[Cell::of(unit), at(a), at(b)]);
        assert_eq!(diff("hour", "2017-10-31 01:00", "2017-10-30 23:59"), Cell::Long(2));
        assert_eq!(diff("year", "2017-01-01", "2000-12-31"), Cell::Long(17));
        assert_eq!(diff("day", "2017-10-29 23:00", "2017-10-30 01:00"), Cell::Long(-1));
    }

    #[test]
    fn months_of_different_length_keep_the_last_day() {
        assert_eq!(
            shown("datetime_add", &[Cell::of("month"), Cell::Long(1), at("2017-01-31")]),
            "2017-02-28T00:00:00.0000000Z"
        );
        assert_eq!(shown("datetime_add", &[Cell::of("year"), Cell::Long(9000), at("2017-01-31")]), "");
    }

    #[test]
    fn zones_know_summer() {
        assert_eq!(
            shown("datetime_local_to_utc", &[at("2020-07-02 20:02:20"), Cell::of("Europe/Paris")]),
            "2020-07-02T18:02:20.0000000Z"
        );
        assert_eq!(
            shown("datetime_utc_to_local", &[at("2020-02-02 20:02:20"), Cell::of("US/Pacific")]),
            "2020-02-02T12:02:20.0000000Z"
        );
        assert_eq!(shown("datetime_utc_to_local", &[at("2020-02-02"), Cell::of("Nowhere")]), "");
    }

    #[test]
    fn bins_of_negative_numbers_are_below_them() {
        let span = |ticks| Cell::Timespan(ticks);
        assert_eq!(bin(&span(-1), &span(10), &span(0)), Cell::Timespan(-10));
        assert_eq!(bin(&Cell::Real(4.5), &Cell::Long(1), &Cell::Real(0.0)), Cell::Real(4.0));
        assert!(bin(&Cell::Long(4), &Cell::Long(0), &Cell::Long(0)).is_null());
    }
}
