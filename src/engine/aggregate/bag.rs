//! `make_bag`: the members of all bags in one; of equal keys the first wins.

use model::ColumnType;
use serde_json::{Map, Value as Json};

use super::{Fold, list::MAX_ELEMENTS};
use crate::{cell::Cell, function::arg};

#[derive(Debug, Clone)]
pub(super) struct Bag;

impl Bag {
    fn insert(state: &mut Map<String, Json>, bag: Json) -> usize {
        let Json::Object(members) = bag else { return 0 };
        let mut grown = 0;
        for (key, value) in members {
            if state.len() < MAX_ELEMENTS && !state.contains_key(&key) {
                grown += key.len() + 96;
                state.insert(key, value);
            }
        }
        grown
    }
}

impl Fold for Bag {
    type State = Map<String, Json>;

    fn add(&self, state: &mut Self::State, cells: &[Cell<'_>]) -> usize {
        Self::insert(state, arg(cells, 0).json())
    }

    fn save(&self, state: &Self::State) -> Vec<u8> {
        serde_json::to_vec(state).unwrap_or_default()
    }

    fn merge(&self, state: &mut Self::State, saved: &[u8]) -> usize {
        Self::insert(state, serde_json::from_slice(saved).unwrap_or_default())
    }

    fn finish(&self, state: Self::State, _: ColumnType) -> Cell<'static> {
        Cell::of_json(&Json::Object(state))
    }
}
