//! Numbers: rounding, powers, logarithms, angles.

use model::ColumnType;

use super::{Context, RowFunction, arg};
use crate::cell::{Cell, DECIMAL_ONE};

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "sqrt" => |_, cells| real(cells, f64::sqrt),
        "exp" => |_, cells| real(cells, f64::exp),
        "exp2" => |_, cells| real(cells, f64::exp2),
        "exp10" => |_, cells| real(cells, |x| 10_f64.powf(x)),
        "log" => |_, cells| finite(cells, f64::ln),
        "log2" => |_, cells| finite(cells, f64::log2),
        "log10" => |_, cells| finite(cells, f64::log10),
        "sin" => |_, cells| real(cells, f64::sin),
        "cos" => |_, cells| real(cells, f64::cos),
        "tan" => |_, cells| real(cells, f64::tan),
        "cot" => |_, cells| real(cells, |x| 1.0 / x.tan()),
        "asin" => |_, cells| real(cells, f64::asin),
        "acos" => |_, cells| real(cells, f64::acos),
        "atan" => |_, cells| real(cells, f64::atan),
        "atan2" => |_, cells| pair(cells, f64::atan2),
        "pow" => |_, cells| pair(cells, f64::powf),
        "degrees" => |_, cells| real(cells, f64::to_degrees),
        "radians" => |_, cells| real(cells, f64::to_radians),
        "sign" => |_, cells| real(cells, |x| if x == 0.0 { 0.0 } else { x.signum() }),
        "pi" => |_, _| Cell::Real(std::f64::consts::PI),
        "abs" => |_, cells| match arg(cells, 0) {
            Cell::Real(number) => Cell::Real(number.abs()),
            Cell::Decimal(number) => Cell::Decimal(number.abs()),
            other => other.long().map(i64::wrapping_abs).into(),
        },
        "ceiling" => |_, cells| match arg(cells, 0) {
            Cell::Real(number) => Cell::Real(number.ceil()),
            Cell::Decimal(number) => Cell::Decimal(-((-number).div_euclid(DECIMAL_ONE)) * DECIMAL_ONE),
            other => other.clone(),
        },
        "floor" => |_, cells| match arg(cells, 0) {
            Cell::Real(number) => Cell::Real(number.floor()),
            Cell::Decimal(number) => Cell::Decimal(number.div_euclid(DECIMAL_ONE) * DECIMAL_ONE),
            other => other.clone(),
        },
        "round" => round,
        "range" => range,
        _ => return None,
    })
}

fn real<'a>(cells: &[Cell<'a>], of: fn(f64) -> f64) -> Cell<'a> {
    arg(cells, 0).real().map(of).into()
}

/// Null where there is no finite result.
fn finite<'a>(cells: &[Cell<'a>], of: fn(f64) -> f64) -> Cell<'a> {
    arg(cells, 0).real().map(of).filter(|number| number.is_finite()).into()
}

fn pair<'a>(cells: &[Cell<'a>], of: fn(f64, f64) -> f64) -> Cell<'a> {
    arg(cells, 0).real().zip(arg(cells, 1).real()).map(|(a, b)| of(a, b)).into()
}

/// Halves go away from zero.
fn round<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let digits = arg(cells, 1).long().unwrap_or(0).clamp(-18, 15);
    let power = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
    match arg(cells, 0) {
        Cell::Long(number) if digits >= 0 => Cell::Long(*number),
        Cell::Decimal(_) => arg(cells, 0)
            .real()
            .and_then(|number| crate::cell::real_decimal((number * power).round() / power))
            .map_or(Cell::Null, Cell::Decimal),
        other => other
            .real()
            .map(|number| {
                let scaled = number * power;
                if scaled.is_finite() { scaled.round() / power } else { number }
            })
            .into(),
    }
}

/// More elements than this are not made.
const MAX_ELEMENTS: usize = 1_048_576;

/// `range(from, to, step)` as a list.
fn range<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (from, to) = (arg(cells, 0).clone().unpacked(), arg(cells, 1).clone().unpacked());
    let step = arg(cells, 2).clone().unpacked();
    let kind = context.arguments.first().copied().unwrap_or(ColumnType::Long);
    let step = match (&step, kind) {
        (Cell::Null, ColumnType::Datetime | ColumnType::Timespan) => Cell::Timespan(36_000_000_000),
        (Cell::Null, _) => Cell::Long(1),
        _ => step,
    };
    let mut items = Vec::new();
    if let (Some(start), Some(end), Some(step)) = (from.ticks(), to.ticks(), step.ticks()) {
        let mut at = start;
        while step != 0 && (if step > 0 { at <= end } else { at >= end }) && items.len() < MAX_ELEMENTS {
            items.push(match &from {
                Cell::Datetime(_) => Cell::Datetime(at).json(),
                Cell::Timespan(_) => Cell::Timespan(at).json(),
                _ => Cell::Long(at).json(),
            });
            let Some(next) = at.checked_add(step) else { break };
            at = next;
        }
    } else if let (Some(start), Some(end), Some(step)) = (from.real(), to.real(), step.real()) {
        let mut count = 0.0;
        while step != 0.0 && items.len() < MAX_ELEMENTS {
            let at = start + count * step;
            if if step > 0.0 { at > end } else { at < end } {
                break;
            }
            items.push(Cell::Real(at).json());
            count += 1.0;
        }
    } else {
        return Cell::Null;
    }
    Cell::of_list(items)
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::*;

    #[test]
    fn ranges_include_their_ends() {
        let range = |cells: &[Cell<'static>]| run("range", ColumnType::Dynamic, cells).text().into_owned();
        assert_eq!(range(&[Cell::Long(1), Cell::Long(8), Cell::Long(3)]), "[1,4,7]");
        assert_eq!(range(&[Cell::Long(3), Cell::Long(1), Cell::Long(-1)]), "[3,2,1]");
        assert_eq!(range(&[Cell::Long(1), Cell::Long(2), Cell::Real(0.5)]), "[1.0,1.5,2.0]");
        assert_eq!(range(&[Cell::Long(1), Cell::Long(2), Cell::Long(0)]), "[]");
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(run("round", ColumnType::Real, &[Cell::Real(2.15), Cell::Long(0)]), Cell::Real(2.0));
        assert_eq!(run("round", ColumnType::Real, &[Cell::Real(2.35), Cell::Long(1)]), Cell::Real(2.4));
    }
}
