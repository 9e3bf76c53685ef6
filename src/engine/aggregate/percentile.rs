//! Percentiles: the value of nearest rank, exactly.

use model::ColumnType;

use super::Fold;
use crate::{cell::Cell, function::arg};

#[derive(Debug, Clone)]
pub(super) struct Percentile {
    /// Whether the second argument says how often a value counts.
    pub(super) weighted: bool,
    /// Whether the result is a list.
    pub(super) list: bool,
}

#[derive(Debug, Default)]
pub(super) struct Values {
    /// Whether values are numbers in double precision, as bits that sort like them.
    real: bool,
    values: Vec<(i64, i64)>,
    percents: Vec<f64>,
}

impl Fold for Percentile {
    type State = Values;

    fn add(&self, state: &mut Values, cells: &[Cell<'_>]) -> usize {
        let first_percent = if self.weighted { 2 } else { 1 };
        if state.percents.is_empty() {
            for cell in cells.iter().skip(first_percent) {
                match cell.json() {
                    serde_json::Value::Array(items) => {
                        state.percents.extend(items.iter().filter_map(serde_json::Value::as_f64));
                    }
                    _ => state.percents.extend(cell.real()),
                }
            }
        }
        let weight = if self.weighted { arg(cells, 1).long().unwrap_or(0) } else { 1 };
        let value = match arg(cells, 0).clone().unpacked() {
            Cell::Real(number) if !number.is_nan() => {
                state.real = true;
                sortable(number)
            }
            Cell::Decimal(number) => {
                state.real = true;
                sortable(crate::cell::decimal_real(number))
            }
            other => match other.long() {
                Some(number) => number,
                None => return 0,
            },
        };
        if weight > 0 {
            state.values.push((value, weight));
        }
        16
    }

    fn save(&self, state: &Values) -> Vec<u8> {
        let mut saved = vec![u8::from(state.real), u8::try_from(state.percents.len()).unwrap_or(u8::MAX)];
        saved.extend(state.percents.iter().take(255).flat_map(|percent| percent.to_le_bytes()));
        saved.extend(
            state.values.iter().flat_map(|(value, weight)| [value.to_le_bytes(), weight.to_le_bytes()]).flatten(),
        );
        saved
    }

    fn merge(&self, state: &mut Values, saved: &[u8]) -> usize {
        let [real, percents, rest @ ..] = saved else { return 0 };
        let Some((percents, values)) = rest.split_at_checked(usize::from(*percents) * 8) else { return 0 };
        state.real |= *real == 1;
        if state.percents.is_empty() {
            state.percents.extend(percents.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)));
        }
        let words = values.as_chunks::<8>().0;
        state.values.extend(
            words
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[value, weight]| (i64::from_le_bytes(*value), i64::from_le_bytes(*weight))),
        );
        values.len()
    }

    fn finish(&self, mut state: Values, result: ColumnType) -> Cell<'static> {
        state.values.sort_unstable();
        let cells: Vec<_> = state.percents.iter().map(|percent| state.at(*percent, result)).collect();
        if self.list {
            if state.values.is_empty() {
                return Cell::Null;
            }
            return Cell::of_list(cells.iter().map(Cell::json).collect());
        }
        cells.into_iter().next().unwrap_or(Cell::Null)
    }
}

impl Values {
    fn at(&self, percent: f64, result: ColumnType) -> Cell<'static> {
        let total: i64 = self.values.iter().map(|(_, weight)| weight).sum();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a rank")]
        let rank = (((percent / 100.0 * total as f64) - 1e-9).ceil() as i64).clamp(1, total.max(1));
        let mut seen = 0;
        for (value, weight) in &self.values {
            seen += weight;
            if seen >= rank {
                return match result {
                    _ if self.real => Cell::Real(real(*value)),
                    ColumnType::Datetime => Cell::Datetime(*value),
                    ColumnType::Timespan => Cell::Timespan(*value),
                    _ => Cell::Long(*value),
                };
            }
        }
        Cell::Null
    }
}

/// A number as a whole number that sorts like it.
const fn sortable(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

const fn real(sortable: i64) -> f64 {
    f64::from_bits((sortable ^ ((sortable >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weights_count_values() {
        let fold = Percentile { weighted: true, list: true };
        let (mut one, mut other) = (Values::default(), Values::default());
        for (state, weight, value) in [(0, 8, 10), (1, 6, 20), (0, 3, 30), (1, 1, 40)] {
            let state = if state == 0 { &mut one } else { &mut other };
            fold.add(state, &[Cell::Long(value), Cell::Long(weight), Cell::Long(50), Cell::Long(75), Cell::Real(99.9)]);
        }
        fold.merge(&mut one, &fold.save(&other));
        assert_eq!(fold.finish(one, ColumnType::Dynamic).text(), "[20,20,40]");
    }

    proptest! {
        #[test]
        fn numbers_sort_as_their_whole_numbers(a in any::<f64>(), b in any::<f64>()) {
            prop_assert_eq!(sortable(a).cmp(&sortable(b)), a.total_cmp(&b));
            prop_assert_eq!(real(sortable(a)).to_bits(), a.to_bits());
        }
    }
}
