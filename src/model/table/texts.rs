//! Many texts in one allocation. A text that came a little before is stored once, and cells in another order share texts.

use std::{
    hash::BuildHasher as _,
    sync::{Arc, LazyLock},
};

use foldhash::fast::RandomState;

/// So many of the texts that came last are remembered, each in a place of its own.
const REMEMBERED: usize = 256;
/// After so many texts in a row that were all new, none is looked for any more.
const HOPELESS: usize = 1_024;

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// Texts by cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    stored: Arc<Stored>,
    /// The number of the stored text that each cell has. Empty as long as every cell has one of its own, in order.
    numbers: Vec<u32>,
    recent: Recent,
}

/// Texts by number.
#[derive(Debug, Clone, Default)]
struct Stored {
    all: String,
    ends: Vec<usize>,
}

/// Where the texts that came last are found again.
#[derive(Debug, Clone, Default)]
struct Recent {
    places: Vec<u32>,
    /// How many new ones came in a row.
    new: usize,
}

impl Texts {
    /// So many texts, each of which `write` adds to those before.
    pub(super) fn written(cells: usize, mut write: impl FnMut(usize, &mut String)) -> Self {
        let mut stored = Stored { all: String::new(), ends: Vec::with_capacity(cells) };
        for cell in 0..cells {
            write(cell, &mut stored.all);
            stored.ends.push(stored.all.len());
        }
        Self { stored: Arc::new(stored), ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &str) {
        let place = self.place(text);
        let known = place.and_then(|place| self.recent.places.get(place).copied());
        let known = known.filter(|number| self.stored.text(*number as usize) == Some(text));
        if known.is_some() {
            self.recent.new = 0;
            if self.numbers.is_empty() {
                self.numbers.extend((0_u32..).take(self.stored.ends.len()));
            }
            self.numbers.extend(known);
            return;
        }
        self.recent.new += 1;
        // A table has fewer cells than this type counts.
        let number = u32::try_from(self.stored.ends.len()).unwrap_or(u32::MAX);
        if !self.numbers.is_empty() {
            self.numbers.push(number);
        }
        if let Some(place) = place.and_then(|place| self.recent.places.get_mut(place)) {
            *place = number;
        }
        let stored = Arc::make_mut(&mut self.stored);
        stored.all.push_str(text);
        stored.ends.push(stored.all.len());
    }

    /// Where a text would be remembered, if it is worth while.
    fn place(&mut self, text: &str) -> Option<usize> {
        if self.recent.new > HOPELESS {
            self.recent.places = Vec::new();
            return None;
        }
        if self.recent.places.is_empty() {
            self.recent.places.resize(REMEMBERED, u32::MAX);
        }
        usize::try_from(HASHER.hash_one(text) % REMEMBERED as u64).ok()
    }

    /// The text of a cell.
    pub(super) fn text(&self, cell: usize) -> Option<&str> {
        self.stored.text(self.number(cell)?)
    }

    /// The number of the text of a cell: equal numbers are equal texts, and below [`Texts::stored`].
    pub(super) fn number(&self, cell: usize) -> Option<usize> {
        if self.numbers.is_empty() {
            return (cell < self.stored.ends.len()).then_some(cell);
        }
        self.numbers.get(cell).map(|number| *number as usize)
    }

    /// How many texts are stored.
    pub(super) fn stored(&self) -> usize {
        self.stored.ends.len()
    }

    fn len(&self) -> usize {
        if self.numbers.is_empty() { self.stored() } else { self.numbers.len() }
    }

    /// These cells, in this order. The texts are shared, unless most of them would be kept for nobody.
    pub(super) fn pick(&self, cells: &[u32]) -> Self {
        if cells.len() >= self.len() / 2 && !cells.is_empty() {
            let number = |cell: &u32| self.number(*cell as usize).and_then(|number| u32::try_from(number).ok());
            let numbers = cells.iter().map(|cell| number(cell).unwrap_or_default()).collect();
            return Self { stored: self.stored.clone(), numbers, recent: Recent::default() };
        }
        let mut picked = Self::default();
        cells.iter().filter_map(|cell| self.text(*cell as usize)).for_each(|text| picked.push(text));
        picked
    }

    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        self.stored.all.len() + self.stored.ends.len() * 8 + (self.numbers.len() + self.recent.places.len()) * 4
    }
}

impl Stored {
    fn text(&self, number: usize) -> Option<&str> {
        let start = match number.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.all.get(start..*self.ends.get(number)?)
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (0..self.len()).all(|cell| self.text(cell) == other.text(cell))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_come_back_as_they_went_in(sent in prop::collection::vec("[ab]{0,2}|.{0,8}", 0..20)) {
            let mut texts = Texts::default();
            sent.iter().for_each(|text| texts.push(text));
            for (cell, text) in sent.iter().enumerate() {
                prop_assert_eq!(texts.text(cell), Some(text.as_str()));
            }
            prop_assert_eq!(texts.text(sent.len()), None);
            prop_assert_eq!(Texts::written(sent.len(), |cell, all| all.push_str(&sent[cell])), texts);
        }

        #[test]
        fn picked_cells_have_their_texts_and_take_more(
            sent in prop::collection::vec("[ab]{0,2}", 1..20),
            picked in prop::collection::vec(0_u32..20, 0..30),
        ) {
            let mut texts = Texts::default();
            sent.iter().for_each(|text| texts.push(text));
            let picked: Vec<_> = picked.into_iter().filter(|cell| (*cell as usize) < sent.len()).collect();
            let mut other = texts.pick(&picked);
            other.push("more");
            let expected: Vec<_> = picked.iter().map(|cell| sent[*cell as usize].as_str()).chain(["more"]).collect();
            let found: Vec<_> = (0..expected.len()).filter_map(|cell| other.text(cell)).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(texts.text(sent.len() - 1), sent.last().map(String::as_str));
        }
    }

    #[test]
    fn a_text_that_repeats_is_stored_once_and_one_that_never_does_is_not_looked_for() {
        let (mut same, mut different) = (Texts::default(), Texts::default());
        // Three that don't share a place, which is different in every process.
        let place = |n: &usize| HASHER.hash_one(n.to_string().as_str()) % REMEMBERED as u64;
        let mut few: Vec<usize> = (0..100).collect();
        few.sort_by_key(place);
        few.dedup_by_key(|n| place(n));
        for n in 0..10_000 {
            same.push(&few[n % 3].to_string());
            different.push(&n.to_string());
        }
        assert_eq!((same.stored(), same.len(), same.number(3)), (3, 10_000, Some(0)));
        assert!(different.recent.places.is_empty() && different.numbers.is_empty());
        assert_eq!((different.stored(), different.text(9_999)), (10_000, Some("9999")));
    }
}
