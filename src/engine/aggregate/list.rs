//! `make_list` and `make_list_with_nulls`.

use model::ColumnType;
use serde_json::Value as Json;

use super::Fold;
use crate::{cell::Cell, function::arg};

/// More elements are not kept.
pub(super) const MAX_ELEMENTS: usize = 1_048_576;

#[derive(Debug, Clone)]
pub(super) struct List {
    /// Whether nulls are elements.
    pub(super) nulls: bool,
}

/// JSON texts with commas between them.
#[derive(Debug, Default)]
pub(super) struct Elements {
    json: String,
    count: usize,
}

impl Elements {
    fn push(&mut self, json: &str) -> usize {
        if self.count > 0 {
            self.json.push(',');
        }
        self.json.push_str(json);
        self.count += 1;
        json.len() + 1
    }
}

impl Fold for List {
    type State = Elements;

    fn add(&self, state: &mut Elements, cells: &[Cell<'_>]) -> usize {
        let limit = arg(cells, 1).long().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_ELEMENTS);
        let cell = arg(cells, 0);
        if state.count >= limit.min(MAX_ELEMENTS) || cell.is_null() && !self.nulls {
            return 0;
        }
        // The elements of lists are elements of the list.
        if let Cell::Dynamic(json) = cell
            && json.starts_with('[')
            && let Json::Array(items) = cell.json()
        {
            let room = limit.min(MAX_ELEMENTS) - state.count;
            let items = items.iter().filter(|item| self.nulls || !item.is_null()).take(room);
            return items.map(|item| state.push(&item.to_string())).sum();
        }
        state.push(&cell.json_text())
    }

    fn save(&self, state: &Elements) -> Vec<u8> {
        let mut saved = u32::try_from(state.count).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        saved.extend(state.json.as_bytes());
        saved
    }

    fn merge(&self, state: &mut Elements, saved: &[u8]) -> usize {
        let Some((count, json)) = saved.split_first_chunk::<4>() else { return 0 };
        let count = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX);
        let json = std::str::from_utf8(json).unwrap_or_default();
        if count == 0 || state.count + count > MAX_ELEMENTS {
            return 0;
        }
        let grown = state.push(json);
        state.count += count - 1;
        grown
    }

    fn finish(&self, state: Elements, _: ColumnType) -> Cell<'static> {
        Cell::Dynamic(format!("[{}]", state.json).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_merge_in_order_and_leave_out_nulls() {
        let list = List { nulls: false };
        let (mut one, mut other) = (Elements::default(), Elements::default());
        for cell in [Cell::Long(1), Cell::Null, Cell::of("a\"")] {
            list.add(&mut one, &[cell]);
        }
        list.add(&mut other, &[Cell::Real(2.0)]);
        list.merge(&mut one, &list.save(&other));
        assert_eq!(list.finish(one, ColumnType::Dynamic).text(), r#"[1,"a\"",2.0]"#);
    }

    #[test]
    fn elements_of_lists_are_elements() {
        let list = List { nulls: false };
        let mut state = Elements::default();
        for json in ["[1,null,[2]]", "[]", r#"{"a":[3]}"#] {
            list.add(&mut state, &[Cell::Dynamic(json.into()), Cell::Long(3)]);
        }
        assert_eq!(list.finish(state, ColumnType::Dynamic).text(), r#"[1,[2],{"a":[3]}]"#);
    }

    #[test]
    fn a_limit_is_kept() {
        let list = List { nulls: true };
        let mut state = Elements::default();
        for _ in 0..5 {
            list.add(&mut state, &[Cell::Null, Cell::Long(2)]);
        }
        assert_eq!(list.finish(state, ColumnType::Dynamic).text(), "[null,null]");
    }
}
