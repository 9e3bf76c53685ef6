//! Which rows of two tables meet: those with equal cells in a column of each.

use std::{borrow::Cow, collections::HashMap};

use serde::Deserialize;

use super::{Column, ColumnType, Value};
use crate::{Fault, Faulty};

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinKind {
    /// Every row of the left table.
    Left,
    /// Rows that meet one of the other table.
    Inner,
    /// Every row of the right table.
    Right,
    /// Every row of both.
    Outer,
}

impl JoinKind {
    /// Whether rows of the left table are kept that meet none of the right.
    pub const fn keeps_left(self) -> bool {
        matches!(self, Self::Left | Self::Outer)
    }

    /// Whether rows of the right table are kept that meet none of the left.
    pub const fn keeps_right(self) -> bool {
        matches!(self, Self::Right | Self::Outer)
    }
}

/// Cells of these columns are never equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cells of type {} are compared with cells of type {}", left.as_str(), right.as_str())]
pub struct KeyTypes {
    /// The type of the left column.
    pub left: ColumnType,
    /// The type of the right column.
    pub right: ColumnType,
}

impl Faulty for KeyTypes {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

/// A row of the left table and the row of the right that it meets; either may be missing.
pub type Meeting = (Option<usize>, Option<usize>);

/// A cell as something that can be looked up.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Text(Cow<'a, str>),
    Whole(i64),
    Real(u64),
    Ticks(i64),
    Bool(bool),
}

/// Whether cells of two types can be equal at all.
fn are_comparable(left: ColumnType, right: ColumnType) -> bool {
    let family = |kind| match kind {
        ColumnType::String | ColumnType::Dynamic | ColumnType::Guid => 0,
        ColumnType::Int | ColumnType::Long | ColumnType::Real | ColumnType::Decimal => 1,
        ColumnType::Datetime => 2,
        ColumnType::Timespan => 3,
        ColumnType::Bool => 4,
    };
    family(left) == family(right)
}

fn key<'a>(cell: Value<'a>, ignore_case: bool) -> Option<Key<'a>> {
    let text = |text: Cow<'a, str>| Key::Text(if ignore_case { Cow::Owned(text.to_lowercase()) } else { text });
    Some(match cell {
        Value::Null => return None,
        Value::String(cell) => text(cell),
        Value::Guid(guid) => text(Cow::Owned(guid.to_string())),
        // One of several types: a text stands there as JSON.
        Value::Dynamic(json) => text(serde_json::from_str::<String>(&json).map_or(json, Cow::Owned)),
        Value::Long(number) => Key::Whole(number),
        Value::Bool(cell) => Key::Bool(cell),
        Value::Datetime(instant) => Key::Ticks(super::ticks_of_datetime(instant)),
        Value::Timespan(span) => Key::Ticks(super::ticks_of_timespan(span)),
        number @ (Value::Real(_) | Value::Decimal(_)) => {
            let number = number.as_f64()?;
            let whole = number as i64;
            if whole as f64 == number { Key::Whole(whole) } else { Key::Real(number.to_bits()) }
        }
    })
}

/// The rows that meet, in the order of the left table, and for each in that of the right; then those of the right that meet
/// none, if the join keeps them. Missing cells meet nothing. Numbers are equal whatever their types.
pub fn meetings(left: &Column, right: &Column, kind: JoinKind, ignore_case: bool) -> Result<Vec<Meeting>, KeyTypes> {
    let is_empty = left.present() == 0 || right.present() == 0;
    if !is_empty && !are_comparable(left.kind(), right.kind()) {
        return Err(KeyTypes { left: left.kind(), right: right.kind() });
    }
    let mut rows_of: HashMap<Key<'_>, Vec<usize>> = HashMap::with_capacity(right.len());
    for (row, cell) in right.iter().enumerate() {
        if let Some(key) = key(cell, ignore_case) {
            rows_of.entry(key).or_default().push(row);
        }
    }
    let mut has_met = vec![false; right.len()];
    let mut meetings = Vec::with_capacity(left.len());
    for (row, cell) in left.iter().enumerate() {
        match key(cell, ignore_case).and_then(|key| rows_of.get(&key)) {
            Some(others) => {
                for other in others {
                    meetings.push((Some(row), Some(*other)));
                    if let Some(met) = has_met.get_mut(*other) {
                        *met = true;
                    }
                }
            }
            None if kind.keeps_left() => meetings.push((Some(row), None)),
            None => {}
        }
    }
    if kind.keeps_right() {
        meetings.extend(has_met.iter().enumerate().filter(|(_, met)| !**met).map(|(row, _)| (None, Some(row))));
    }
    Ok(meetings)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(kind: ColumnType, cells: Vec<Value<'static>>) -> Column {
        Column::of("c", kind, cells).unwrap()
    }

    fn texts(cells: &[Option<&'static str>]) -> Column {
        column(ColumnType::String, cells.iter().map(|cell| Value::from(*cell)).collect())
    }

    #[test]
    fn rows_meet_in_the_order_of_the_left_and_missing_cells_meet_nothing() {
        let left = texts(&[Some("a"), None, Some("B"), Some("c")]);
        let right = texts(&[Some("b"), Some("a"), None, Some("a"), Some("d")]);
        let of = |kind, ignore_case| meetings(&left, &right, kind, ignore_case).unwrap();
        assert_eq!(of(JoinKind::Inner, false), [(Some(0), Some(1)), (Some(0), Some(3))]);
        assert_eq!(
            of(JoinKind::Outer, true),
            [
                (Some(0), Some(1)),
                (Some(0), Some(3)),
                (Some(1), None),
                (Some(2), Some(0)),
                (Some(3), None),
                (None, Some(2)),
                (None, Some(4)),
            ]
        );
    }

    #[test]
    fn numbers_are_equal_whatever_their_types_and_a_text_is_no_number() {
        let whole = column(ColumnType::Long, vec![1.into(), 2.into()]);
        let real = column(ColumnType::Real, vec![2.0.into(), 1.5.into()]);
        assert_eq!(meetings(&whole, &real, JoinKind::Inner, false).unwrap(), [(Some(1), Some(0))]);
        let refused = meetings(&whole, &texts(&[Some("1")]), JoinKind::Left, false);
        assert_eq!(refused, Err(KeyTypes { left: ColumnType::Long, right: ColumnType::String }));
        assert!(meetings(&whole, &texts(&[None]), JoinKind::Left, false).is_ok());
    }

    proptest! {
        #[test]
        fn the_rows_that_meet_are_those_of_a_comparison_of_all(
            left in proptest::collection::vec(proptest::option::of(0..5i64), 0..12),
            right in proptest::collection::vec(proptest::option::of(0..5i64), 0..12),
        ) {
            let of = |cells: &[Option<i64>]| column(ColumnType::Long, cells.iter().map(|cell| Value::from(*cell)).collect());
            let mut naive = Vec::new();
            for (row, cell) in left.iter().enumerate() {
                for (other, right) in right.iter().enumerate() {
                    if cell.is_some() && cell == right {
                        naive.push((Some(row), Some(other)));
                    }
                }
            }
            prop_assert_eq!(meetings(&of(&left), &of(&right), JoinKind::Inner, false).unwrap(), naive);
        }
    }
}
