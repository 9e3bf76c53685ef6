//! Sketches that count different values: exact up to some thousand hashes, HyperLogLog beyond.
//!
//! A sketch travels as `dynamic`: `["hashes", …]` or `["registers", "digits"]`.

use model::ColumnType;
use serde_json::Value as Json;

use super::Fold;
use crate::{
    cell::Cell,
    function::{arg, hash_of},
};

#[derive(Debug, Clone)]
pub(super) struct Hll {
    /// Whether the argument is a sketch itself.
    pub(super) merge: bool,
}

/// Bits of a hash that say which register counts.
const BITS: u32 = 14;
/// So many hashes are kept as they are.
const MAX_HASHES: usize = 4_096;

#[derive(Debug, Default, Clone)]
pub(crate) struct Sketch {
    /// In order.
    hashes: Vec<u64>,
    /// Empty while there are few hashes.
    registers: Vec<u8>,
}

impl Sketch {
    fn insert(&mut self, hash: u64) {
        if self.registers.is_empty() {
            if let Err(place) = self.hashes.binary_search(&hash) {
                self.hashes.insert(place, hash);
            }
            if self.hashes.len() <= MAX_HASHES {
                return;
            }
            self.registers = vec![0; 1 << BITS];
            for hash in std::mem::take(&mut self.hashes) {
                self.register(hash);
            }
        } else {
            self.register(hash);
        }
    }

    fn register(&mut self, hash: u64) {
        let zeros = u8::try_from((hash << BITS).leading_zeros().min(64 - BITS) + 1).unwrap_or(u8::MAX);
        let register = usize::try_from(hash >> (64 - BITS)).ok().and_then(|place| self.registers.get_mut(place));
        if let Some(register) = register {
            *register = (*register).max(zeros);
        }
    }

    fn absorb(&mut self, other: &Self) {
        for hash in &other.hashes {
            self.insert(*hash);
        }
        if other.registers.is_empty() {
            return;
        }
        if self.registers.is_empty() {
            self.registers = vec![0; 1 << BITS];
            for hash in std::mem::take(&mut self.hashes) {
                self.register(hash);
            }
        }
        for (register, other) in self.registers.iter_mut().zip(&other.registers) {
            *register = (*register).max(*other);
        }
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an estimate")]
    fn count(&self) -> i64 {
        if self.registers.is_empty() {
            return self.hashes.len() as i64;
        }
        let m = self.registers.len() as f64;
        let sum: f64 = self.registers.iter().map(|register| (-f64::from(*register)).exp2()).sum();
        let estimate = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let empty = self.registers.iter().filter(|register| **register == 0).count() as f64;
        if estimate <= 2.5 * m && empty > 0.0 { (m * (m / empty).ln()).round() as i64 } else { estimate.round() as i64 }
    }

    fn json(&self) -> Json {
        if self.registers.is_empty() {
            return std::iter::once(Json::from("hashes"))
                .chain(self.hashes.iter().map(|hash| Json::from(*hash)))
                .collect();
        }
        let digits: String = self.registers.iter().map(|register| char::from(b'0' + register.min(&64))).collect();
        Json::from(vec!["registers".to_owned(), digits])
    }

    fn read(json: &Json) -> Option<Self> {
        let items = json.as_array()?;
        let mut sketch = Self::default();
        match items.first()?.as_str()? {
            "hashes" => items.iter().skip(1).filter_map(Json::as_u64).for_each(|hash| sketch.insert(hash)),
            "registers" => {
                let digits = items.get(1)?.as_str()?;
                sketch.registers = digits.bytes().map(|digit| digit.saturating_sub(b'0')).collect();
                if sketch.registers.len() != 1 << BITS {
                    return None;
                }
            }
            _ => return None,
        }
        Some(sketch)
    }
}

/// How many values a sketch in `dynamic` saw.
pub(crate) fn count_of(json: &Json) -> Option<i64> {
    Sketch::read(json).map(|sketch| sketch.count())
}

/// One sketch of what several saw.
pub(crate) fn merge<'j>(sketches: impl IntoIterator<Item = &'j Json>) -> Json {
    let mut all = Sketch::default();
    for sketch in sketches.into_iter().filter_map(Sketch::read) {
        all.absorb(&sketch);
    }
    all.json()
}

impl Fold for Hll {
    type State = Option<Sketch>;

    fn add(&self, state: &mut Self::State, cells: &[Cell<'_>]) -> usize {
        let cell = arg(cells, 0);
        if cell.is_null() {
            return 0;
        }
        let sketch = state.get_or_insert_default();
        if self.merge {
            if let Some(other) = Sketch::read(&cell.json()) {
                sketch.absorb(&other);
            }
        } else {
            sketch.insert(hash_of(cell).cast_unsigned());
        }
        8
    }

    fn save(&self, state: &Self::State) -> Vec<u8> {
        state.as_ref().map(|sketch| sketch.json().to_string().into_bytes()).unwrap_or_default()
    }

    fn merge(&self, state: &mut Self::State, saved: &[u8]) -> usize {
        if let Some(other) = serde_json::from_slice(saved).ok().as_ref().and_then(Sketch::read) {
            state.get_or_insert_default().absorb(&other);
        }
        saved.len()
    }

    fn finish(&self, state: Self::State, _: ColumnType) -> Cell<'static> {
        state.map_or(Cell::Null, |sketch| Cell::of_json(&sketch.json()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_counted_exactly_and_many_nearly() {
        for count in [3_i64, 4_000, 200_000] {
            let (mut one, mut other) = (Sketch::default(), Sketch::default());
            for number in 0..count {
                let sketch = if number % 2 == 0 { &mut one } else { &mut other };
                sketch.insert(hash_of(&Cell::Long(number)).cast_unsigned());
            }
            let counted = count_of(&merge([&one.json(), &other.json()])).unwrap();
            let allowed = if count <= 4_000 { 0 } else { count / 50 };
            assert!((counted - count).abs() <= allowed, "{counted} for {count}");
        }
    }
}
