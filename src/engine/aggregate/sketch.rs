//! Sketches that count different values: exact up to a thousand, HyperLogLog beyond.
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

/// `dcount`: how many values a sketch saw.
#[derive(Debug, Clone)]
pub(super) struct Dcount;

/// Bits of a hash that say which register counts.
const BITS: u32 = 14;
/// So many hashes are kept, repeated ones among them, before they are looked through: as much as the registers take.
const MAX_HASHES: usize = (1 << BITS) / size_of::<u64>();
/// So many different ones stay hashes, and are counted exactly.
const EXACT: usize = MAX_HASHES / 2;

#[derive(Debug, Default, Clone)]
pub(crate) struct Sketch {
    /// In no order; some are there several times.
    hashes: Vec<u64>,
    /// Empty while there are few hashes.
    registers: Vec<u8>,
}

impl Sketch {
    /// Takes a hash; gives by how many bytes the sketch grew.
    fn insert(&mut self, hash: u64) -> usize {
        if !self.registers.is_empty() {
            register(&mut self.registers, hash);
            return 0;
        }
        self.hashes.push(hash);
        if self.hashes.len() >= MAX_HASHES {
            self.hashes.sort_unstable();
            self.hashes.dedup();
            if self.hashes.len() > EXACT {
                self.registers = registers_of(&std::mem::take(&mut self.hashes));
            }
        }
        size_of::<u64>()
    }

    fn absorb(&mut self, other: &Self) {
        if other.registers.is_empty() {
            for hash in &other.hashes {
                self.insert(*hash);
            }
            return;
        }
        if self.registers.is_empty() {
            self.registers = registers_of(&std::mem::take(&mut self.hashes));
        }
        for (register, other) in self.registers.iter_mut().zip(&other.registers) {
            *register = (*register).max(*other);
        }
    }

    fn count(&self) -> i64 {
        if !self.registers.is_empty() {
            return estimate(&self.registers);
        }
        let different = self.different();
        if different.len() > EXACT {
            return estimate(&registers_of(&different));
        }
        i64::try_from(different.len()).unwrap_or(i64::MAX)
    }

    /// The hashes, each once.
    fn different(&self) -> Vec<u64> {
        let mut hashes = self.hashes.clone();
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }

    /// In bytes: registers, which are many, or hashes.
    fn save(&self) -> Vec<u8> {
        if self.registers.is_empty() {
            self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
        } else {
            self.registers.clone()
        }
    }

    /// Takes what [`Self::save`] gave.
    fn absorb_saved(&mut self, saved: &[u8]) {
        if saved.len() == 1 << BITS {
            self.absorb(&Self { hashes: Vec::new(), registers: saved.to_vec() });
        } else {
            for hash in saved.as_chunks().0 {
                self.insert(u64::from_le_bytes(*hash));
            }
        }
    }

    fn json(&self) -> Json {
        if self.registers.is_empty() {
            return std::iter::once(Json::from("hashes")).chain(self.different().into_iter().map(Json::from)).collect();
        }
        let digits: String = self.registers.iter().map(|register| char::from(b'0' + register.min(&64))).collect();
        Json::from(vec!["registers".to_owned(), digits])
    }

    fn read(json: &Json) -> Option<Self> {
        let items = json.as_array()?;
        let mut sketch = Self::default();
        match items.first()?.as_str()? {
            "hashes" => {
                for hash in items.iter().skip(1).filter_map(Json::as_u64) {
                    sketch.insert(hash);
                }
            }
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

fn registers_of(hashes: &[u64]) -> Vec<u8> {
    let mut registers = vec![0; 1 << BITS];
    hashes.iter().for_each(|hash| register(&mut registers, *hash));
    registers
}

fn register(registers: &mut [u8], hash: u64) {
    let zeros = u8::try_from((hash << BITS).leading_zeros().min(64 - BITS) + 1).unwrap_or(u8::MAX);
    let register = usize::try_from(hash >> (64 - BITS)).ok().and_then(|place| registers.get_mut(place));
    if let Some(register) = register {
        *register = (*register).max(zeros);
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an estimate")]
fn estimate(registers: &[u8]) -> i64 {
    /// What one over two to the power of nothing is: the sum is of whole numbers, since those are quickly added.
    const ONE: u32 = 49;
    let m = registers.len() as f64;
    let sum: u64 = registers.iter().map(|register| (1_u64 << ONE) >> u32::from(*register).min(ONE)).sum();
    let estimate = 0.7213 / (1.0 + 1.079 / m) * m * m / (sum as f64 / (1_u64 << ONE) as f64);
    let empty = registers.iter().filter(|register| **register == 0).count() as f64;
    if estimate <= 2.5 * m && empty > 0.0 { (m * (m / empty).ln()).round() as i64 } else { estimate.round() as i64 }
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
            return sketch.insert(hash_of(cell).cast_unsigned());
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

impl Fold for Dcount {
    type State = Sketch;

    fn add(&self, state: &mut Self::State, cells: &[Cell<'_>]) -> usize {
        let cell = arg(cells, 0);
        if cell.is_null() { 0 } else { state.insert(hash_of(cell).cast_unsigned()) }
    }

    fn save(&self, state: &Self::State) -> Vec<u8> {
        state.save()
    }

    fn merge(&self, state: &mut Self::State, saved: &[u8]) -> usize {
        state.absorb_saved(saved);
        saved.len()
    }

    fn finish(&self, state: Self::State, _: ColumnType) -> Cell<'static> {
        Cell::Long(state.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_counted_exactly_and_many_nearly() {
        for count in [3_i64, 1_000, 4_000, 200_000] {
            let (mut one, mut other) = (Sketch::default(), Sketch::default());
            for number in 0..count {
                let sketch = if number % 2 == 0 { &mut one } else { &mut other };
                sketch.insert(hash_of(&Cell::Long(number)).cast_unsigned());
            }
            let allowed = if count <= 1_000 { 0 } else { count / 50 };
            let counted = count_of(&merge([&one.json(), &other.json()])).unwrap();
            assert!((counted - count).abs() <= allowed, "{counted} for {count}");
            one.absorb_saved(&other.save());
            assert_eq!(one.count(), counted);
        }
    }
}
