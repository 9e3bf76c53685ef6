//! `min` and `max` of what Arrow has no order for: `dynamic`.

use model::ColumnType;

use super::Fold;
use crate::{
    cell::Cell,
    function::{arg, compare},
};

#[derive(Debug, Clone)]
pub(super) struct Extreme {
    pub(super) greatest: bool,
}

impl Extreme {
    fn take(&self, state: &mut Option<String>, json: &str) -> usize {
        let is_better = match state.as_deref() {
            None => true,
            Some(best) => compare(&Cell::Dynamic(json.into()), &Cell::Dynamic(best.into()))
                .is_some_and(|order| if self.greatest { order.is_gt() } else { order.is_lt() }),
        };
        if is_better {
            *state = Some(json.to_owned());
        }
        0
    }
}

impl Fold for Extreme {
    type State = Option<String>;

    fn add(&self, state: &mut Self::State, cells: &[Cell<'_>]) -> usize {
        match arg(cells, 0) {
            Cell::Null => 0,
            cell => self.take(state, &cell.json_text()),
        }
    }

    fn save(&self, state: &Self::State) -> Vec<u8> {
        state.clone().unwrap_or_default().into_bytes()
    }

    fn merge(&self, state: &mut Self::State, saved: &[u8]) -> usize {
        match std::str::from_utf8(saved) {
            Ok("") | Err(_) => 0,
            Ok(json) => self.take(state, json),
        }
    }

    fn finish(&self, state: Self::State, _: ColumnType) -> Cell<'static> {
        state.map_or(Cell::Null, |json| Cell::Dynamic(json.into()))
    }
}
