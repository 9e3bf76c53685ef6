//! Lists in `dynamic`.

use serde_json::Value as Json;

use super::{Context, RowFunction, arg, comparison::total_order, text::len};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "array_length" => |_, cells| list(cells, 0).map(|items| len(items.len())).into(),
        "array_concat" => concat,
        "array_reverse" => |_, cells| change(cells, |items, _| items.reverse()),
        "array_iff" => array_iff,
        "array_index_of" => index_of,
        "array_slice" => slice,
        "array_split" => array_split,
        "array_shift_left" => |_, cells| shift(cells, 1),
        "array_shift_right" => |_, cells| shift(cells, -1),
        "array_rotate_left" => |_, cells| rotate(cells, 1),
        "array_rotate_right" => |_, cells| rotate(cells, -1),
        "array_sort_asc" => |_, cells| sort(cells, false),
        "array_sort_desc" => |_, cells| sort(cells, true),
        "pack_array" => |_, cells| Cell::of_list(cells.iter().map(Cell::json).collect()),
        "repeat" => repeat,
        "zip" => zip,
        _ => return None,
    })
}

/// The elements of a list.
pub(super) fn list(cells: &[Cell<'_>], index: usize) -> Option<Vec<Json>> {
    match arg(cells, index) {
        Cell::Dynamic(json) if json.starts_with('[') || json.starts_with(char::is_whitespace) => {
            serde_json::from_str(json).ok()
        }
        _ => None,
    }
}

fn change<'a>(cells: &[Cell<'a>], change: impl Fn(&mut Vec<Json>, &[Cell<'a>])) -> Cell<'a> {
    let Some(mut items) = list(cells, 0) else { return Cell::Null };
    change(&mut items, cells);
    Cell::of_list(items)
}

fn concat<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let mut all = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        match list(cells, index) {
            Some(items) => all.extend(items),
            None if cell.is_null() => {}
            None => all.push(cell.json()),
        }
    }
    Cell::of_list(all)
}

fn array_iff<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(conditions) = list(cells, 0) else { return Cell::Null };
    let value = |index: usize, at: usize| match list(cells, index) {
        Some(items) => items.get(at).cloned().unwrap_or(Json::Null),
        None => arg(cells, index).json(),
    };
    let chosen = conditions.iter().enumerate().map(|(at, condition)| match condition {
        Json::Bool(true) => value(1, at),
        Json::Number(number) if number.as_f64() != Some(0.0) => value(1, at),
        Json::Bool(false) | Json::Number(_) => value(2, at),
        _ => Json::Null,
    });
    Cell::of_list(chosen.collect())
}

/// A place in a list; from the end if negative.
fn place(at: i64, length: usize) -> usize {
    let at = if at < 0 { at.saturating_add(len(length)) } else { at };
    usize::try_from(at).unwrap_or(0).min(length)
}

fn index_of<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(items) = list(cells, 0) else { return Cell::Null };
    let wanted = arg(cells, 1).json();
    let start = place(arg(cells, 2).long().unwrap_or(0), items.len());
    let count = arg(cells, 3).long().and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    let nth = arg(cells, 4).long().and_then(|nth| usize::try_from(nth - 1).ok()).unwrap_or(0);
    let is_it = |item: &Json| *item == wanted || item.as_f64().is_some_and(|number| wanted.as_f64() == Some(number));
    let found = items.iter().enumerate().skip(start).take(count).filter(|(_, item)| is_it(item)).nth(nth);
    Cell::Long(found.map_or(-1, |(at, _)| len(at)))
}

fn slice<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (Some(items), Some(start), Some(end)) = (list(cells, 0), arg(cells, 1).long(), arg(cells, 2).long()) else {
        return Cell::Null;
    };
    let start = place(start, items.len());
    let end = if end < -len(items.len()) { 0 } else { place(end, items.len()) + 1 };
    Cell::of_list(items.get(start..end.min(items.len())).unwrap_or_default().to_vec())
}

fn array_split<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(items) = list(cells, 0) else { return Cell::Null };
    let places = list(cells, 1).unwrap_or_else(|| vec![arg(cells, 1).json()]);
    let mut parts = Vec::new();
    let mut from = 0;
    for at in places.iter().filter_map(Json::as_i64) {
        let to = place(at, items.len()).max(from);
        parts.push(Json::from(items.get(from..to).unwrap_or_default()));
        from = to;
    }
    parts.push(Json::from(items.get(from..).unwrap_or_default()));
    Cell::of_list(parts)
}

/// Moves elements to the left (1) or right (-1); what becomes free is filled.
fn shift<'a>(cells: &[Cell<'a>], direction: i64) -> Cell<'a> {
    let (Some(items), Some(by)) = (list(cells, 0), arg(cells, 1).long()) else { return Cell::Null };
    let by = by.saturating_mul(direction);
    let fill = arg(cells, 2).json();
    let moved = (0..len(items.len())).map(|at| {
        let from = usize::try_from(at.saturating_add(by)).ok();
        from.and_then(|from| items.get(from)).cloned().unwrap_or_else(|| fill.clone())
    });
    Cell::of_list(moved.collect())
}

fn rotate<'a>(cells: &[Cell<'a>], direction: i64) -> Cell<'a> {
    let (Some(mut items), Some(by)) = (list(cells, 0), arg(cells, 1).long()) else { return Cell::Null };
    if !items.is_empty() {
        let by = by.saturating_mul(direction).rem_euclid(len(items.len()));
        items.rotate_left(usize::try_from(by).unwrap_or(0));
    }
    Cell::of_list(items)
}

/// Sorts the first list, and all others in the same order. Of one list the list comes out, of several a list of lists.
fn sort<'a>(cells: &[Cell<'a>], descending: bool) -> Cell<'a> {
    let Some(keys) = list(cells, 0) else { return Cell::Null };
    let nulls_last =
        cells.last().and_then(|cell| if let Cell::Bool(last) = cell { Some(*last) } else { None }).unwrap_or(true);
    let sort_cells: Vec<Cell<'_>> = keys.iter().map(|key| Cell::of_json(key).unpacked()).collect();
    let mut order: Vec<usize> = (0..keys.len()).collect();
    let null = Cell::Null;
    order.sort_by(|a, b| {
        let (a, b) = (sort_cells.get(*a).unwrap_or(&null), sort_cells.get(*b).unwrap_or(&null));
        let ordering = total_order(a, b);
        if a.is_null() != b.is_null() {
            if nulls_last { ordering } else { ordering.reverse() }
        } else if descending {
            ordering.reverse()
        } else {
            ordering
        }
    });
    let sorted =
        |items: &[Json]| -> Json { order.iter().map(|at| items.get(*at).cloned().unwrap_or(Json::Null)).collect() };
    let lists: Vec<_> = (0..cells.len()).filter_map(|index| list(cells, index)).collect();
    match lists.as_slice() {
        [only] => Cell::of_json(&sorted(only)),
        all => {
            let all = all.iter().map(|items| if items.len() == keys.len() { sorted(items) } else { Json::Null });
            Cell::of_list(all.collect())
        }
    }
}

/// More elements than this are not made.
const MAX_ELEMENTS: usize = 1_048_576;

fn repeat<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(count) = arg(cells, 1).long().and_then(|count| usize::try_from(count).ok()) else { return Cell::Null };
    Cell::of_list(vec![arg(cells, 0).json(); count.min(MAX_ELEMENTS)])
}

fn zip<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let lists: Vec<_> = (0..cells.len()).map(|index| list(cells, index).unwrap_or_default()).collect();
    let length = lists.iter().map(Vec::len).max().unwrap_or(0);
    let rows = (0..length).map(|at| lists.iter().map(|items| items.get(at).cloned().unwrap_or(Json::Null)).collect());
    Cell::of_list(rows.collect())
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    fn of(name: &'static str, cells: &[Cell<'static>]) -> String {
        run(name, ColumnType::Dynamic, cells).text().into_owned()
    }

    fn json(text: &'static str) -> Cell<'static> {
        Cell::Dynamic(text.into())
    }

    #[test]
    fn parts_include_their_ends_and_count_from_either_side() {
        assert_eq!(of("array_slice", &[json("[1,2,3]"), Cell::Long(1), Cell::Long(2)]), "[2,3]");
        assert_eq!(of("array_slice", &[json("[1,2,3,4,5]"), Cell::Long(-3), Cell::Long(-2)]), "[3,4]");
        assert_eq!(of("array_slice", &[json("[1,2,3]"), Cell::Long(2), Cell::Long(1)]), "[]");
        assert_eq!(of("array_split", &[json("[1,2,3,4,5]"), json("[1,3]")]), "[[1],[2,3],[4,5]]");
    }

    #[test]
    fn elements_move_to_either_side() {
        assert_eq!(of("array_shift_left", &[json("[1,2,3]"), Cell::Long(-2), Cell::Long(-1)]), "[-1,-1,1]");
        assert_eq!(of("array_shift_right", &[json("[1,2,3]"), Cell::Long(2)]), "[null,null,1]");
        assert_eq!(of("array_rotate_left", &[json("[1,2,3]"), Cell::Long(-4)]), "[3,1,2]");
    }

    #[test]
    fn lists_are_sorted_together() {
        let sorted = of("array_sort_asc", &[json("[3,null,1]"), json("[\"c\",\"n\",\"a\"]")]);
        assert_eq!(sorted, r#"[[1,3,null],["a","c","n"]]"#);
        assert_eq!(of("array_sort_desc", &[json("[3,1,2]")]), "[3,2,1]");
    }
}
