//! Lists in `dynamic` as sets.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::{Context, RowFunction, arg, arrays::list};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "set_union" => union,
        "set_intersect" => |_, cells| keep(cells, true),
        "set_difference" => |_, cells| keep(cells, false),
        "set_has_element" => |_, cells| {
            let wanted = arg(cells, 1).json();
            list(cells, 0).map(|items| items.contains(&wanted)).into()
        },
        "set_equals" => |_, cells| list(cells, 0).zip(list(cells, 1)).map(|(a, b)| texts(&a) == texts(&b)).into(),
        "jaccard_index" => jaccard,
        _ => return None,
    })
}

fn texts(items: &[Json]) -> HashSet<String> {
    items.iter().map(Json::to_string).collect()
}

fn union<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let mut seen = HashSet::new();
    let all = (0..cells.len()).filter_map(|index| list(cells, index)).flatten();
    Cell::of_list(all.filter(|item| seen.insert(item.to_string())).collect())
}

/// The elements of the first list that are in all others, or in none.
fn keep<'a>(cells: &[Cell<'a>], in_all: bool) -> Cell<'a> {
    let Some(first) = list(cells, 0) else { return Cell::Null };
    let others: Vec<_> = (1..cells.len()).map(|index| texts(&list(cells, index).unwrap_or_default())).collect();
    let mut seen = HashSet::new();
    let kept = first.into_iter().filter(|item| {
        let text = item.to_string();
        let wanted = if in_all {
            others.iter().all(|other| other.contains(&text))
        } else {
            !others.iter().any(|other| other.contains(&text))
        };
        wanted && seen.insert(text)
    });
    Cell::of_list(kept.collect())
}

#[expect(clippy::cast_precision_loss, reason = "counts of elements")]
fn jaccard<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (Some(a), Some(b)) = (list(cells, 0), list(cells, 1)) else { return Cell::Null };
    let (a, b) = (texts(&a), texts(&b));
    Cell::Real(a.intersection(&b).count() as f64 / a.union(&b).count() as f64)
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn elements_stay_in_the_order_in_which_they_came() {
        let of = |name, a: &'static str, b: &'static str| {
            run(name, ColumnType::Dynamic, &[Cell::Dynamic(a.into()), Cell::Dynamic(b.into())]).text().into_owned()
        };
        assert_eq!(of("set_union", "[1,2,1,4]", "[8,2]"), "[1,2,4,8]");
        assert_eq!(of("set_intersect", "[1,2,1,4]", "[4,1]"), "[1,4]");
        assert_eq!(of("set_difference", "[1,2,1,4]", "[4]"), "[1,2]");
    }
}
