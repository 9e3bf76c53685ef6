//! Choices, and what is there or not.

use super::{Context, RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "iff" => |_, cells| {
            if arg(cells, 0).bool() == Some(true) { arg(cells, 1).clone() } else { arg(cells, 2).clone() }
        },
        "case" => case,
        "coalesce" => |_, cells| cells.iter().find(|cell| !is_empty(cell)).cloned().unwrap_or(Cell::Null),
        "not" => |_, cells| arg(cells, 0).bool().map(|value| !value).into(),
        "isempty" => |_, cells| Cell::Bool(is_empty(arg(cells, 0))),
        "isnotempty" => |_, cells| Cell::Bool(!is_empty(arg(cells, 0))),
        "isnull" => |_, cells| Cell::Bool(arg(cells, 0).is_null()),
        "isnotnull" => |_, cells| Cell::Bool(!arg(cells, 0).is_null()),
        "isnan" => |_, cells| Cell::Bool(arg(cells, 0).real().is_some_and(f64::is_nan)),
        "isinf" => |_, cells| Cell::Bool(arg(cells, 0).real().is_some_and(f64::is_infinite)),
        "isfinite" => |_, cells| Cell::Bool(arg(cells, 0).real().is_some_and(f64::is_finite)),
        "assert" => |_, cells| arg(cells, 0).clone(),
        _ => return None,
    })
}

/// Conditions and values in turn, and at last what else.
fn case<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    for pair in cells.chunks(2) {
        match pair {
            [condition, value] if condition.bool() == Some(true) => return value.clone(),
            [otherwise] => return otherwise.clone(),
            _ => {}
        }
    }
    Cell::Null
}

/// Whether there is no value, or a text without characters.
fn is_empty(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => text.is_empty(),
        Cell::Dynamic(json) => json == "\"\"",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn what_is_not_true_is_otherwise() {
        let chosen = |condition| run("iff", ColumnType::Long, &[condition, Cell::Long(1), Cell::Long(2)]);
        assert_eq!(chosen(Cell::Bool(true)), Cell::Long(1));
        assert_eq!(chosen(Cell::Null), Cell::Long(2));
    }

    #[test]
    fn empty_texts_give_way() {
        assert_eq!(run("coalesce", ColumnType::String, &[Cell::of(""), Cell::of("b")]), Cell::of("b"));
    }
}
