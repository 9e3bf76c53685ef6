//! Two tables side by side: what was asked about, and what is known about it.

mod keys;
mod pairs;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::{keys::matching_keys, pairs::Pairs};
use super::{Column, ColumnType, Table, TableError, Value, append::both};
use crate::{Fault, Faulty};

/// Which rows that match nothing are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JoinKind {
    /// Those of the left.
    Left,
    /// None.
    Inner,
    /// Those of the right.
    Right,
    /// Those of both.
    Outer,
}

/// Which rows belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On<'a> {
    /// Those with equal values in a column of each side. Missing values equal nothing. Numbers of any type are compared as
    /// numbers, cells of a `dynamic` as what they hold, texts with a GUID as GUIDs.
    Keys {
        /// The column of the left.
        left: &'a str,
        /// The column of the right.
        right: &'a str,
        /// Whether texts that differ only in case are equal.
        ignore_case: bool,
    },
    /// These: a row of the left and one of the right. Those that are not there are left out.
    Rows(&'a [(usize, usize)]),
}

/// How two tables are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join<'a> {
    /// Which rows that match nothing are kept.
    pub kind: JoinKind,
    /// Which rows belong together.
    pub on: On<'a>,
    /// What is put behind a name that both tables have: in columns of the left, and in those of the right.
    pub suffixes: [&'a str; 2],
}

/// A side of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The table that was asked about.
    Left,
    /// The table of what is known.
    Right,
}

impl Side {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

/// Why two tables can't be joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// A key is not there.
    #[error("the {} table has no column {column:?}", side.as_str())]
    NoSuchColumn {
        /// Where it is missing.
        side: Side,
        /// Its name.
        column: String,
    },
    /// No value of one key can equal one of the other.
    #[error("a key of type {} equals none of type {}", left.as_str(), right.as_str())]
    KeyTypes {
        /// The type of the left key.
        left: ColumnType,
        /// The type of the right key.
        right: ColumnType,
    },
    /// The rows make no table: too many, or two columns that get the same name.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Faulty for JoinError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoSuchColumn { .. } | Self::KeyTypes { .. } => Fault::Invalid,
            Self::Table(error) => error.fault(),
        }
    }
}

impl Table {
    /// This table with the matching rows of another on its right. A row that matches several is there as often. The rows of
    /// the left come in their order, each with its matches in theirs, then those of the right that match nothing.
    ///
    /// Columns are named as pandas names them: two keys of the same name are one column without a suffix, which has the
    /// right's value where there is no row of the left; keys of different names are both kept, and are columns like others.
    pub fn join(&self, right: &Self, join: &Join<'_>) -> Result<Self, JoinError> {
        let pairs = Pairs::new(join.kind, [self.row_count, right.row_count]);
        let mut shared = None;
        let pairs = match join.on {
            On::Rows(rows) => pairs.of_rows(rows)?,
            On::Keys { left: left_on, right: right_on, ignore_case } => {
                let left_key = key(self, Side::Left, left_on)?;
                let right_key = key(right, Side::Right, right_on)?;
                shared = (left_on == right_on).then_some(left_on);
                let (left_keys, right_keys) = matching_keys(left_key, right_key, ignore_case)?;
                pairs.of_keys(left_keys, right_keys)?
            }
        };

        let mut columns = self.gather(&pairs.left)?;
        for column in &mut columns {
            if let Some(right_key) = right.column(column.name()).filter(|key| shared == Some(key.name())) {
                fill_key(column, right_key, &pairs);
            }
        }
        let suffixed = |columns: Vec<Column>, other: &Self, suffix: &str| {
            columns
                .into_iter()
                .map(move |column| {
                    let is_alone = shared == Some(column.name()) || other.column(column.name()).is_none();
                    let name = format!("{}{}", column.name(), if is_alone { "" } else { suffix });
                    column.renamed(name)
                })
                .collect::<Vec<_>>()
        };
        let [left_suffix, right_suffix] = join.suffixes;
        let mut columns = suffixed(columns, right, left_suffix);
        let of_right = right.gather(&pairs.right)?.into_iter().filter(|column| shared != Some(column.name()));
        columns.extend(suffixed(of_right.collect(), self, right_suffix));

        let mut joined = Self::new(columns)?;
        joined.row_count = pairs.left.len();
        joined.truncated = self.truncated || right.truncated;
        Ok(joined)
    }
}

fn key<'t>(table: &'t Table, side: Side, name: &str) -> Result<&'t Column, JoinError> {
    table.column(name).ok_or_else(|| JoinError::NoSuchColumn { side, column: name.to_owned() })
}

/// Puts the right's key where there is no row of the left.
fn fill_key(column: &mut Column, right: &Column, pairs: &Pairs) {
    if pairs.left.iter().all(Option::is_some) {
        return;
    }
    let mut filled = Column::new(column.name(), both(column, right));
    for (row, (left_row, right_row)) in pairs.left.iter().zip(&pairs.right).enumerate() {
        let value = match (left_row, right_row) {
            (None, Some(right_row)) => right.value(*right_row),
            _ => column.value(row),
        };
        // The type was chosen so that it fits both.
        if filled.push(value).is_err() {
            let _ = filled.push(Value::Null);
        }
    }
    *column = filled;
}
