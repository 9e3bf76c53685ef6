//! `tdigest`: values and how often each counts, thinned out when there are many.
//!
//! A digest travels as `dynamic`: a list of value and weight in turn, in order.

use model::ColumnType;
use serde_json::Value as Json;

use super::Fold;
use crate::{
    cell::{Cell, real_json},
    function::arg,
};

/// More values are put together by two.
const MAX_VALUES: usize = 2_048;

#[derive(Debug, Clone)]
pub(super) struct Tdigest {
    /// Whether the argument is a digest itself.
    pub(super) merge: bool,
}

/// Values with their weights.
#[derive(Debug, Default, Clone)]
pub(crate) struct Digest(Vec<(f64, f64)>);

impl Digest {
    fn add(&mut self, value: f64, weight: f64) {
        if value.is_finite() && weight > 0.0 {
            self.0.push((value, weight));
        }
        if self.0.len() >= 2 * MAX_VALUES {
            self.thin_out();
        }
    }

    /// Neighbours become one, but the outermost hundred on either side stay exact.
    fn thin_out(&mut self) {
        const EXACT: usize = 100;
        self.0.sort_by(|a, b| a.0.total_cmp(&b.0));
        let last = self.0.len().saturating_sub(EXACT);
        let mut thin = Vec::with_capacity(self.0.len());
        let mut held: Option<(f64, f64)> = None;
        for (at, (value, weight)) in self.0.drain(..).enumerate() {
            if at < EXACT || at >= last {
                thin.extend(held.take());
                thin.push((value, weight));
            } else if let Some((other, other_weight)) = held.take() {
                let both = weight + other_weight;
                thin.push(((value * weight + other * other_weight) / both, both));
            } else {
                held = Some((value, weight));
            }
        }
        thin.extend(held);
        self.0 = thin;
    }

    pub(crate) fn absorb(&mut self, other: &Self) {
        for (value, weight) in &other.0 {
            self.add(*value, *weight);
        }
    }

    pub(crate) fn read(json: &Json) -> Option<Self> {
        let numbers: Vec<f64> = json.as_array()?.iter().map(Json::as_f64).collect::<Option<_>>()?;
        Some(Self(numbers.as_chunks::<2>().0.iter().map(|[value, weight]| (*value, *weight)).collect()))
    }

    pub(crate) fn json(&self) -> Json {
        let mut sorted = self.0.clone();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        sorted.iter().flat_map(|(value, weight)| [real_json(*value), real_json(*weight)]).collect()
    }

    fn total(&self) -> f64 {
        self.0.iter().map(|(_, weight)| weight).sum()
    }

    /// The value of nearest rank.
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let rank = (percent / 100.0 * self.total() - 1e-9).max(0.0);
        let mut sorted = self.0.clone();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut seen = 0.0;
        for (value, weight) in &sorted {
            seen += weight;
            if seen >= rank {
                return Some(*value);
            }
        }
        sorted.last().map(|(value, _)| *value)
    }

    /// How many values are not greater.
    pub(crate) fn rank(&self, value: f64) -> f64 {
        self.0.iter().filter(|(known, _)| *known <= value).map(|(_, weight)| weight).sum()
    }

    /// The same as a share of all, in percent.
    pub(crate) fn percent_rank(&self, value: f64) -> f64 {
        self.rank(value) / self.total() * 100.0
    }
}

impl Fold for Tdigest {
    type State = Option<Digest>;

    fn add(&self, state: &mut Self::State, cells: &[Cell<'_>]) -> usize {
        let cell = arg(cells, 0);
        if self.merge {
            if let Some(other) = Digest::read(&cell.json()) {
                state.get_or_insert_default().absorb(&other);
            }
        } else if let Some(value) = cell.real() {
            let weight = arg(cells, 1).real().unwrap_or(1.0);
            state.get_or_insert_default().add(value, weight);
        }
        16
    }

    fn save(&self, state: &Self::State) -> Vec<u8> {
        state.as_ref().map(|digest| digest.json().to_string().into_bytes()).unwrap_or_default()
    }

    fn merge(&self, state: &mut Self::State, saved: &[u8]) -> usize {
        if let Some(other) = serde_json::from_slice(saved).ok().as_ref().and_then(Digest::read) {
            state.get_or_insert_default().absorb(&other);
        }
        saved.len()
    }

    fn finish(&self, state: Self::State, _: ColumnType) -> Cell<'static> {
        state.map_or(Cell::Null, |digest| Cell::of_json(&digest.json()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_many_values_are_near() {
        let mut digest = Digest::default();
        for number in 0..100_000 {
            digest.add(f64::from(number * 7_919 % 100_000), 1.0);
        }
        for percent in [1.0, 25.0, 50.0, 99.0] {
            let found = Digest::read(&digest.json()).unwrap().percentile(percent).unwrap();
            assert!((found - percent * 1_000.0).abs() < 500.0, "{percent}: {found}");
        }
        assert!((digest.percent_rank(50_000.0) - 50.0).abs() < 0.5);
    }
}
