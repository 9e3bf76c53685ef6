//! Which rows of a column have a value: one bit a row, and where in the column's values the row's value stands.

/// Rows by number; values are stored only for rows that have one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Presence {
    bits: Vec<u64>,
    /// How many rows before each word of `bits` have a value.
    before: Vec<usize>,
    len: usize,
    present: usize,
}

impl Presence {
    /// So many rows that all have a value.
    pub(super) fn full(rows: usize) -> Self {
        let mut presence = Self { bits: vec![u64::MAX; rows / 64], before: Vec::new(), len: rows, present: rows };
        presence.before.extend((0..rows).step_by(64));
        if !rows.is_multiple_of(64) {
            presence.bits.push((1 << (rows % 64)) - 1);
        }
        presence
    }

    /// Whether every row has a value.
    pub(super) const fn is_full(&self) -> bool {
        self.present == self.len
    }

    pub(super) fn push(&mut self, is_present: bool) {
        let bit = self.len % 64;
        if bit == 0 {
            self.bits.push(0);
            self.before.push(self.present);
        }
        if let Some(word) = self.bits.last_mut() {
            *word |= u64::from(is_present) << bit;
        }
        self.len += 1;
        self.present += usize::from(is_present);
    }

    /// Adds rows without a value up to this many rows in all.
    pub(super) fn fill(&mut self, rows: usize) {
        if rows > self.len {
            self.len = rows;
            self.bits.resize(rows.div_ceil(64), 0);
            self.before.resize(rows.div_ceil(64), self.present);
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// How many rows have a value.
    pub(super) const fn present(&self) -> usize {
        self.present
    }

    /// The rows that have a value.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        self.bits.iter().enumerate().flat_map(|(index, word)| {
            let first = Some(*word).filter(|word| *word != 0);
            let without_lowest = |word: &u64| Some(word & (word - 1)).filter(|word| *word != 0);
            std::iter::successors(first, without_lowest).map(move |word| index * 64 + word.trailing_zeros() as usize)
        })
    }

    /// Where the value of a row stands among the values; none if it has none.
    pub(super) fn rank(&self, row: usize) -> Option<usize> {
        if self.is_full() {
            return (row < self.len).then_some(row);
        }
        let (word, before) = (self.bits.get(row / 64)?, self.before.get(row / 64)?);
        let bit = 1_u64 << (row % 64);
        let earlier = (word & (bit - 1)).count_ones() as usize;
        (word & bit != 0).then_some(before + earlier)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_rank_counts_the_present_rows_before(rows in prop::collection::vec(any::<bool>(), 0..300)) {
            let mut presence = Presence::default();
            rows.iter().for_each(|is_present| presence.push(*is_present));
            let mut rank = 0;
            for (row, is_present) in rows.iter().enumerate() {
                prop_assert_eq!(presence.rank(row), is_present.then_some(rank));
                rank += usize::from(*is_present);
            }
            prop_assert_eq!((presence.len(), presence.present()), (rows.len(), rank));
            prop_assert_eq!(presence.rank(rows.len()), None);
            let present: Vec<_> = (0..rows.len()).filter(|row| rows[*row]).collect();
            prop_assert_eq!(presence.rows().collect::<Vec<_>>(), present);
        }

        #[test]
        fn full_is_pushing_present_rows(rows in 0_usize..200, more in any::<bool>()) {
            let (mut pushed, mut full) = (Presence::default(), Presence::full(rows));
            (0..rows).for_each(|_| pushed.push(true));
            pushed.push(more);
            full.push(more);
            prop_assert_eq!(pushed, full);
        }

        #[test]
        fn filling_is_pushing_absent_rows(before in prop::collection::vec(any::<bool>(), 0..130), more in 0_usize..200) {
            let mut pushed = Presence::default();
            before.iter().for_each(|is_present| pushed.push(*is_present));
            let mut filled = pushed.clone();
            (0..more).for_each(|_| pushed.push(false));
            filled.fill(before.len() + more);
            pushed.push(true);
            filled.push(true);
            prop_assert_eq!(pushed, filled);
        }
    }
}
