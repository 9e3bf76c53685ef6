//! The lists of `make-series`: values at their places, the default everywhere else.

use std::collections::BTreeMap;

use model::ColumnType;

use super::{Fold, save_items, saved_items};
use crate::{cell::Cell, function::arg};

/// Arguments: the place, the value, how many places there are, the default.
#[derive(Debug, Clone)]
pub(super) struct Series;

/// JSON texts by place.
#[derive(Debug, Default)]
pub(super) struct Values {
    by_place: BTreeMap<i64, String>,
    count: i64,
    default: String,
}

/// Longer series are not made.
pub(crate) const MAX_PLACES: i64 = 1_048_576;

impl Fold for Series {
    type State = Values;

    fn add(&self, state: &mut Values, cells: &[Cell<'_>]) -> usize {
        state.count = arg(cells, 2).long().unwrap_or(0).min(MAX_PLACES);
        if state.default.is_empty() {
            state.default = arg(cells, 3).json_text().into_owned();
        }
        let Some(place) = arg(cells, 0).long().filter(|place| (0..state.count).contains(place)) else { return 0 };
        let value = arg(cells, 1).json_text().into_owned();
        let grown = value.len() + 48;
        state.by_place.insert(place, value);
        grown
    }

    fn save(&self, state: &Values) -> Vec<u8> {
        let count = state.count.to_le_bytes();
        let places: Vec<_> = state.by_place.iter().map(|(place, value)| (place.to_le_bytes(), value)).collect();
        let items = places.iter().flat_map(|(place, value)| [place.as_slice(), value.as_bytes()]);
        save_items([count.as_slice(), state.default.as_bytes()].into_iter().chain(items))
    }

    fn merge(&self, state: &mut Values, saved: &[u8]) -> usize {
        let mut items = saved_items(saved);
        let number = |item: Option<&[u8]>| item.and_then(|item| item.try_into().ok()).map(i64::from_le_bytes);
        let text =
            |item: Option<&[u8]>| item.and_then(|item| std::str::from_utf8(item).ok()).unwrap_or_default().to_owned();
        state.count = state.count.max(number(items.next()).unwrap_or(0));
        let default = text(items.next());
        if state.default.is_empty() {
            state.default = default;
        }
        while let Some(place) = number(items.next()) {
            state.by_place.insert(place, text(items.next()));
        }
        saved.len()
    }

    fn finish(&self, mut state: Values, _: ColumnType) -> Cell<'static> {
        let mut json = String::from("[");
        for place in 0..state.count {
            if place > 0 {
                json.push(',');
            }
            match state.by_place.remove(&place) {
                Some(value) => json.push_str(&value),
                None => json.push_str(&state.default),
            }
        }
        json.push(']');
        Cell::Dynamic(json.into())
    }
}
