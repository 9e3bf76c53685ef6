//! The rows of two tables that belong together, and those that are kept without a match.

use std::{collections::HashMap, hash::Hash, iter};

use super::{
    super::{MAX_REPEATED_ROWS, TableError},
    JoinKind,
};

/// For every row of the joined table, the row of each side that it is made of.
pub(super) struct Pairs {
    kind: JoinKind,
    row_counts: [usize; 2],
    pub(super) left: Vec<Option<usize>>,
    pub(super) right: Vec<Option<usize>>,
}

impl Pairs {
    /// None yet, of tables with so many rows.
    pub(super) const fn new(kind: JoinKind, row_counts: [usize; 2]) -> Self {
        Self { kind, row_counts, left: Vec::new(), right: Vec::new() }
    }

    /// The pairs whose keys are equal.
    pub(super) fn of_keys<K: Eq + Hash>(
        self,
        left: impl Iterator<Item = Option<K>>,
        right: Vec<Option<K>>,
    ) -> Result<Self, TableError> {
        // From the last row to the first, so that each key leads to its first row and each row to the next of its key.
        let mut first = HashMap::with_capacity(right.len());
        let mut next = vec![None; right.len()];
        for (row, key) in right.into_iter().enumerate().rev() {
            if let (Some(key), Some(next)) = (key, next.get_mut(row)) {
                *next = first.insert(key, row);
            }
        }
        let chain = |row: Option<usize>| iter::successors(row, |row| next.get(*row).copied().flatten());
        self.collect(left.map(|key| chain(key.and_then(|key| first.get(&key).copied()))))
    }

    /// These pairs.
    pub(super) fn of_rows(self, pairs: &[(usize, usize)]) -> Result<Self, TableError> {
        let [left_count, right_count] = self.row_counts;
        let mut pairs: Vec<_> = pairs.iter().filter(|(_, right)| *right < right_count).collect();
        pairs.sort_by_key(|(left, _)| *left);
        let from = |left: usize| pairs.get(pairs.partition_point(|pair| pair.0 < left)..).unwrap_or_default();
        let of = |left: usize| from(left).iter().take_while(move |pair| pair.0 == left).map(|pair| pair.1);
        self.collect((0..left_count).map(of))
    }

    /// The pairs of the left's rows, one after the other, then the rows of the right that none has.
    fn collect(mut self, matches: impl Iterator<Item = impl Iterator<Item = usize>>) -> Result<Self, TableError> {
        let [left_count, right_count] = self.row_counts;
        let keeps_left = matches!(self.kind, JoinKind::Left | JoinKind::Outer);
        let keeps_right = matches!(self.kind, JoinKind::Right | JoinKind::Outer);
        let mut is_matched = vec![false; if keeps_right { right_count } else { 0 }];
        for (left, matches) in (0..left_count).zip(matches) {
            let before = self.left.len();
            for right in matches {
                self.push(Some(left), Some(right))?;
                if let Some(is_matched) = is_matched.get_mut(right) {
                    *is_matched = true;
                }
            }
            if keeps_left && self.left.len() == before {
                self.push(Some(left), None)?;
            }
        }
        for (right, _) in is_matched.iter().enumerate().filter(|(_, is_matched)| !**is_matched) {
            self.push(None, Some(right))?;
        }
        Ok(self)
    }

    fn push(&mut self, left: Option<usize>, right: Option<usize>) -> Result<(), TableError> {
        if self.left.len() >= MAX_REPEATED_ROWS {
            return Err(TableError::TooManyRows);
        }
        self.left.push(left);
        self.right.push(right);
        Ok(())
    }
}
