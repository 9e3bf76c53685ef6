//! `in` and `in~` where Arrow's own list can't serve: values of rows, `dynamic` lists, no regard to case.

use serde_json::Value as Json;

use super::{RowFunction, compare};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "in" => |_, cells| of(cells, true),
        "in~" => |_, cells| of(cells, false),
        _ => return None,
    })
}

fn of<'a>(cells: &[Cell<'a>], case: bool) -> Cell<'a> {
    let Some((value, list)) = cells.split_first() else { return Cell::Null };
    Cell::Bool(list.iter().any(|item| match item {
        Cell::Dynamic(json) if json.starts_with('[') => match item.json() {
            Json::Array(items) => items.iter().any(|item| is_same(value, &Cell::of_json(item), case)),
            _ => false,
        },
        item => is_same(value, item, case),
    }))
}

fn is_same(a: &Cell<'_>, b: &Cell<'_>, case: bool) -> bool {
    if case {
        return compare(a, b).is_some_and(std::cmp::Ordering::is_eq);
    }
    !a.is_null() && !b.is_null() && a.text().to_lowercase() == b.text().to_lowercase()
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn elements_of_lists_count() {
        let list = Cell::Dynamic(r#"["a","B"]"#.into());
        assert_eq!(run("in~", ColumnType::Bool, &[Cell::of("b"), list.clone()]), Cell::Bool(true));
        assert_eq!(run("in", ColumnType::Bool, &[Cell::of("b"), list]), Cell::Bool(false));
    }
}
