//! Comparisons that Arrow can't do by itself: of `dynamic`, and of values whose types differ.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::{RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "==" => |_, cells| equal(cells).into(),
        "!=" => |_, cells| equal(cells).map(|equal| !equal).into(),
        "<" => |_, cells| of(cells, Ordering::is_lt),
        "<=" => |_, cells| of(cells, Ordering::is_le),
        ">" => |_, cells| of(cells, Ordering::is_gt),
        ">=" => |_, cells| of(cells, Ordering::is_ge),
        "max_of" => |_, cells| extreme(cells, Ordering::Greater),
        "min_of" => |_, cells| extreme(cells, Ordering::Less),
        "around" => around,
        _ => return None,
    })
}

/// Nothing is like no value; whether nothing is like nothing can't be told.
fn equal(cells: &[Cell<'_>]) -> Option<bool> {
    let (a, b) = (arg(cells, 0), arg(cells, 1));
    if a.is_null() && b.is_null() {
        return None;
    }
    Some(compare(a, b) == Some(Ordering::Equal))
}

fn of<'a>(cells: &[Cell<'a>], holds: impl Fn(Ordering) -> bool) -> Cell<'a> {
    compare(arg(cells, 0), arg(cells, 1)).map(holds).into()
}

/// Which of two values is greater; none if one is null or their types can't be compared.
pub(crate) fn compare(a: &Cell<'_>, b: &Cell<'_>) -> Option<Ordering> {
    match (a, b) {
        (Cell::Dynamic(_), _) | (_, Cell::Dynamic(_)) => compare_dynamic(a, b),
        (Cell::Null, _) | (_, Cell::Null) => None,
        (Cell::Text(a) | Cell::Guid(a), Cell::Text(b) | Cell::Guid(b)) => Some(a.cmp(b)),
        (Cell::Long(a), Cell::Long(b))
        | (Cell::Datetime(a), Cell::Datetime(b))
        | (Cell::Timespan(a), Cell::Timespan(b)) => Some(a.cmp(b)),
        (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(b)),
        (Cell::Decimal(a), Cell::Decimal(b)) => Some(a.cmp(b)),
        (Cell::Text(text), other) | (other, Cell::Text(text)) => {
            let order = other.text().as_ref().cmp(text.as_ref());
            Some(if matches!(a, Cell::Text(_)) { order.reverse() } else { order })
        }
        _ => a.real()?.partial_cmp(&b.real()?),
    }
}

fn compare_dynamic(a: &Cell<'_>, b: &Cell<'_>) -> Option<Ordering> {
    let (a, b) = (a.clone().unpacked(), b.clone().unpacked());
    match (&a, &b) {
        (Cell::Dynamic(one), Cell::Dynamic(other)) => {
            let (left, right): (Json, Json) = (serde_json::from_str(one).ok()?, serde_json::from_str(other).ok()?);
            Some(if left == right { Ordering::Equal } else { one.cmp(other) })
        }
        (Cell::Dynamic(_), Cell::Null) | (Cell::Null, Cell::Dynamic(_)) => None,
        (Cell::Dynamic(_), _) => Some(Ordering::Greater),
        (_, Cell::Dynamic(_)) => Some(Ordering::Less),
        _ => compare(&a, &b),
    }
}

/// The greatest or the least of values that are not null.
fn extreme<'a>(cells: &[Cell<'a>], wanted: Ordering) -> Cell<'a> {
    let mut best = Cell::Null;
    for cell in cells {
        if best.is_null() || compare(cell, &best) == Some(wanted) {
            best = cell.clone();
        }
    }
    best
}

fn around<'a>(_: &super::Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (Some(value), Some(center), Some(delta)) = (arg(cells, 0).real(), arg(cells, 1).real(), arg(cells, 2).real())
    else {
        return Cell::Null;
    };
    Cell::Bool((value - center).abs() <= delta)
}

/// Values in the order in which `sort` and `array_sort_asc` have them: nulls last.
pub(crate) fn total_order(a: &Cell<'_>, b: &Cell<'_>) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => compare(a, b).unwrap_or(Ordering::Equal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_in_dynamic_compare_as_such() {
        let dynamic = |json: &'static str| Cell::Dynamic(json.into());
        assert_eq!(compare(&dynamic("\"a\""), &Cell::of("a")), Some(Ordering::Equal));
        assert_eq!(compare(&dynamic("2"), &Cell::Real(1.5)), Some(Ordering::Greater));
        assert_eq!(compare(&dynamic("{\"a\": 1}"), &dynamic("{\"a\":1}")), Some(Ordering::Equal));
        assert_eq!(compare(&Cell::Null, &dynamic("1")), None);
    }

    #[test]
    fn the_greatest_is_no_null() {
        assert_eq!(extreme(&[Cell::Null, Cell::Long(3), Cell::Long(1)], Ordering::Less), Cell::Long(1));
        assert!(extreme(&[Cell::Null, Cell::Null], Ordering::Less).is_null());
    }
}
