//! `make_set`: each value once, in the order in which they came.

use std::{collections::HashSet, sync::Arc};

use model::ColumnType;
use serde_json::Value as Json;

use super::{Fold, list::MAX_ELEMENTS, save_items, saved_items};
use crate::{cell::Cell, function::arg};

#[derive(Debug, Clone)]
pub(super) struct Set;

/// JSON texts.
#[derive(Debug, Default)]
pub(super) struct Elements {
    seen: HashSet<Arc<str>>,
    order: Vec<Arc<str>>,
}

impl Elements {
    fn insert(&mut self, json: &str) -> usize {
        if self.order.len() >= MAX_ELEMENTS || self.seen.contains(json) {
            return 0;
        }
        let json: Arc<str> = json.into();
        self.order.push(json.clone());
        self.seen.insert(json.clone());
        json.len() + 64
    }
}

impl Fold for Set {
    type State = Elements;

    fn add(&self, state: &mut Elements, cells: &[Cell<'_>]) -> usize {
        let limit = arg(cells, 1).long().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_ELEMENTS);
        let cell = arg(cells, 0);
        if cell.is_null() || state.order.len() >= limit {
            return 0;
        }
        // The elements of lists are values of the set.
        if let Cell::Dynamic(json) = cell
            && json.starts_with('[')
            && let Json::Array(items) = cell.json()
        {
            return items.iter().filter(|item| !item.is_null()).map(|item| state.insert(&item.to_string())).sum();
        }
        state.insert(&cell.json_text())
    }

    fn save(&self, state: &Elements) -> Vec<u8> {
        save_items(state.order.iter().map(|json| json.as_bytes()))
    }

    fn merge(&self, state: &mut Elements, saved: &[u8]) -> usize {
        saved_items(saved).filter_map(|json| std::str::from_utf8(json).ok()).map(|json| state.insert(json)).sum()
    }

    fn finish(&self, state: Elements, _: ColumnType) -> Cell<'static> {
        Cell::Dynamic(format!("[{}]", state.order.join(",")).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_once_and_lists_are_taken_apart() {
        let (mut one, mut other) = (Elements::default(), Elements::default());
        for cell in [Cell::of("b"), Cell::of("a"), Cell::of("b"), Cell::Null] {
            Set.add(&mut one, &[cell]);
        }
        Set.add(&mut other, &[Cell::Dynamic(r#"["c","a",null]"#.into())]);
        Set.merge(&mut one, &Set.save(&other));
        assert_eq!(Set.finish(one, ColumnType::Dynamic).text(), r#"["b","a","c"]"#);
    }
}
