//! Sums and products that Arrow would refuse or do otherwise: divisions by zero are null, whole numbers wrap around.

use model::ColumnType;

use super::{Context, RowFunction, arg};
use crate::cell::{Cell, DECIMAL_ONE, real_decimal};

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "+" => |context, cells| combine(context, cells, i64::wrapping_add, |a, b| a + b, i128::checked_add),
        "-" => |context, cells| combine(context, cells, i64::wrapping_sub, |a, b| a - b, i128::checked_sub),
        "*" => multiply,
        "/" => divide,
        "%" => modulo,
        "neg" => negative,
        _ => return None,
    })
}

fn combine<'a>(
    context: &Context,
    cells: &[Cell<'a>],
    whole: fn(i64, i64) -> i64,
    real: fn(f64, f64) -> f64,
    decimal: fn(i128, i128) -> Option<i128>,
) -> Cell<'a> {
    let (a, b) = (arg(cells, 0), arg(cells, 1));
    match context.result {
        ColumnType::Real => a.real().zip(b.real()).map(|(a, b)| real(a, b)).into(),
        ColumnType::Decimal => {
            decimal_of(a).zip(decimal_of(b)).and_then(|(a, b)| decimal(a, b)).map_or(Cell::Null, Cell::Decimal)
        }
        ColumnType::Dynamic => match (a.clone().unpacked(), b.clone().unpacked()) {
            (Cell::Long(a), Cell::Long(b)) => Cell::Long(whole(a, b)),
            (a, b) => a.real().zip(b.real()).map(|(a, b)| real(a, b)).into(),
        },
        result => wrapped(result, a.long().zip(b.long()).map(|(a, b)| whole(a, b))),
    }
}

/// A number in the range of its type.
#[expect(clippy::cast_possible_truncation, reason = "whole numbers wrap around")]
fn wrapped<'a>(result: ColumnType, number: Option<i64>) -> Cell<'a> {
    match result {
        ColumnType::Int => number.map(|number| i64::from(number as i32)).into(),
        _ => number.into(),
    }
}

fn decimal_of(cell: &Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Decimal(number) => Some(*number),
        Cell::Long(number) => Some(i128::from(*number) * DECIMAL_ONE),
        other => other.real().and_then(real_decimal),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn ticks<'a>(real: Option<f64>) -> Cell<'a> {
    real.filter(|ticks| ticks.is_finite()).map(|ticks| ticks.round() as i64).into()
}

fn multiply<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (a, b) = (arg(cells, 0), arg(cells, 1));
    match context.result {
        ColumnType::Timespan if matches!(a, Cell::Real(_)) || matches!(b, Cell::Real(_)) => {
            ticks(a.real().zip(b.real()).map(|(a, b)| a * b))
        }
        ColumnType::Decimal => {
            real_decimal(a.real().zip(b.real()).map_or(f64::NAN, |(a, b)| a * b)).map_or(Cell::Null, Cell::Decimal)
        }
        _ => combine(context, cells, i64::wrapping_mul, |a, b| a * b, |_, _| None),
    }
}

fn divide<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (a, b) = (arg(cells, 0), arg(cells, 1));
    let real = || a.real().zip(b.real()).map(|(a, b)| a / b);
    match context.result {
        ColumnType::Real => real().into(),
        ColumnType::Decimal => real().and_then(real_decimal).map_or(Cell::Null, Cell::Decimal),
        ColumnType::Timespan if matches!(b, Cell::Real(_)) => ticks(real()),
        ColumnType::Dynamic => match (a.clone().unpacked(), b.clone().unpacked()) {
            (Cell::Long(a), Cell::Long(b)) => a.checked_div(b).into(),
            _ => real().into(),
        },
        result => wrapped(result, a.long().zip(b.long()).and_then(|(a, b)| a.checked_div(b))),
    }
}

/// What is left is never negative.
fn modulo<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (a, b) = (arg(cells, 0), arg(cells, 1));
    match context.result {
        ColumnType::Real => a.real().zip(b.real()).map(|(a, b)| a.rem_euclid(b)).into(),
        ColumnType::Decimal => decimal_of(a)
            .zip(decimal_of(b))
            .and_then(|(a, b)| a.checked_rem_euclid(b))
            .map_or(Cell::Null, Cell::Decimal),
        _ => a.long().zip(b.long()).and_then(|(a, b)| a.checked_rem_euclid(b)).into(),
    }
}

fn negative<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    match arg(cells, 0).clone().unpacked() {
        Cell::Real(number) => Cell::Real(-number),
        Cell::Decimal(number) => Cell::Decimal(-number),
        other => wrapped(context.result, other.long().map(i64::wrapping_neg)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::*;

    #[test]
    fn whole_numbers_wrap_around_and_never_fail() {
        let two = |name, a, b| run(name, ColumnType::Long, &[Cell::Long(a), Cell::Long(b)]);
        assert_eq!(two("+", i64::MAX, 1), Cell::Long(i64::MIN));
        assert_eq!(two("/", 7, 2), Cell::Long(3));
        assert!(two("/", 7, 0).is_null());
        assert!(two("/", i64::MIN, -1).is_null());
        assert_eq!(two("%", -14, 12), Cell::Long(10));
        assert!(two("%", 1, 0).is_null());
    }

    #[test]
    fn lengths_of_time_are_multiplied_by_fractions() {
        assert_eq!(run("*", ColumnType::Timespan, &[Cell::Timespan(10), Cell::Real(1.5)]), Cell::Long(15));
        assert_eq!(run("/", ColumnType::Real, &[Cell::Timespan(10), Cell::Timespan(4)]), Cell::Real(2.5));
    }
}
