//! A table of typed cells: what queries, pivots and analysis pass to each other and what answers carry.
//!
//! Stored by column, with one bit for a missing cell, so that a million rows take about as much memory as their JSON.
//! Knows nothing of Arrow.

mod append;
mod column;
pub mod csv;
mod join;
pub mod json;
mod moment;
pub mod ndjson;
mod presence;
mod rows;
#[cfg(test)]
mod tests;
mod texts;
mod value;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use self::moment::read_datetime;
pub use self::{
    column::{Column, ColumnSpec, Mismatch},
    join::{Join, JoinError, JoinKind, On, Side},
    moment::{TICKS_PER_SECOND, datetime_of_ticks, ticks_of_datetime, ticks_of_timespan, timespan_of_ticks},
    rows::Rows,
    value::Value,
};
use crate::{Fault, Faulty};

/// More columns than any table of logs has.
pub const MAX_COLUMNS: usize = 1_000;
/// Rows times columns of a table that a caller sends. Missing cells count: they cost nothing here, but something in answers.
pub const MAX_CELLS: usize = 100_000_000;
/// Rows of a table whose rows are those of another, as often as it takes: repeated, a small table has no end.
pub const MAX_REPEATED_ROWS: usize = 5_000_000;
/// Bytes of texts in such a table.
pub const MAX_REPEATED_BYTES: usize = 512 * 1024 * 1024;

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// A text.
    String,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// A number in double precision.
    Real,
    /// A decimal number, exactly as written.
    Decimal,
    /// True or false.
    Bool,
    /// An instant: RFC 3339 in UTC, to 100 nanoseconds.
    Datetime,
    /// A length of time: `[-][d.]hh:mm:ss[.fffffff]`.
    Timespan,
    /// A GUID.
    Guid,
    /// Any JSON.
    Dynamic,
}

impl ColumnType {
    /// The name in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Decimal => "decimal",
            Self::Bool => "bool",
            Self::Datetime => "datetime",
            Self::Timespan => "timespan",
            Self::Guid => "guid",
            Self::Dynamic => "dynamic",
        }
    }
}

/// Why rows make no table. Names rows and columns, never values. Rows count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A cell is not of the type of its column.
    #[error("row {row}, column {column:?}: not a value of type {}", expected.as_str())]
    WrongType {
        /// The row.
        row: usize,
        /// Its column.
        column: String,
        /// The type of the column.
        expected: ColumnType,
    },
    /// A row has a member that is none of the declared columns.
    #[error("row {row}, column {column:?}: not among the declared columns")]
    UndeclaredColumn {
        /// The first such row.
        row: usize,
        /// The member.
        column: String,
    },
    /// Two columns have the same name, or a row has the same member twice.
    #[error("column {0:?} is there twice")]
    RepeatedColumn(String),
    /// Columns of different length.
    #[error("column {0:?} has not as many cells as the others")]
    WrongLength(String),
    /// Too many columns.
    #[error("more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// Too many rows for so many columns.
    #[error("more than {MAX_CELLS} cells")]
    TooManyCells,
    /// Rows that are repeated too often.
    #[error("more than {MAX_REPEATED_ROWS} rows")]
    TooManyRows,
    /// Rows that are repeated too often for the texts that are in them.
    #[error("more than {MAX_REPEATED_BYTES} bytes of text")]
    TooMuchText,
    /// A line of CSV has more or fewer fields than there are names.
    #[error("row {0}: not as many fields as there are names")]
    WrongWidth(usize),
    /// A line of CSV is no text.
    #[error("row {0}: not UTF-8")]
    NotText(usize),
    /// A line is no JSON object.
    #[error("row {0}: not a JSON object")]
    NotAnObject(usize),
}

impl Faulty for TableError {
    fn fault(&self) -> Fault {
        match self {
            Self::TooManyColumns | Self::TooManyCells | Self::TooManyRows | Self::TooMuchText => Fault::TooLarge,
            _ => Fault::Invalid,
        }
    }
}

/// Rows and typed columns. Serialises as `{"columns": […], "rows": […], "row_count", "truncated"}`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    row_count: usize,
    truncated: bool,
}

impl Table {
    /// A table of these columns, which must be of the same length and of different names.
    pub fn new(columns: Vec<Column>) -> Result<Self, TableError> {
        let mut table = Self { row_count: columns.first().map_or(0, Column::len), ..Self::default() };
        columns.into_iter().try_for_each(|column| table.add(column))?;
        Ok(table)
    }

    /// Adds a column on the right. In a table without columns it decides how many rows there are.
    pub fn add(&mut self, column: Column) -> Result<(), TableError> {
        if self.columns.is_empty() {
            self.row_count = column.len();
        }
        if self.columns.len() >= MAX_COLUMNS {
            return Err(TableError::TooManyColumns);
        }
        if self.column(column.name()).is_some() {
            return Err(TableError::RepeatedColumn(column.name().to_owned()));
        }
        if column.len() != self.row_count {
            return Err(TableError::WrongLength(column.name().to_owned()));
        }
        self.columns.push(column);
        Ok(())
    }

    /// The columns, from left to right.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns, from left to right, for one who needs the table no more.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// The cell of a row in a column; null where there is none.
    pub fn value(&self, row: usize, column: &str) -> Value<'_> {
        self.column(column).map_or(Value::Null, |column| column.value(row))
    }

    /// How many rows there are.
    pub const fn row_count(&self) -> usize {
        self.row_count
    }

    /// Whether rows were left out because there were too many.
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Says that rows were left out.
    pub const fn mark_truncated(&mut self) {
        self.truncated = true;
    }

    /// The rows with these numbers, in this order. Numbers that are too great are left out.
    pub fn take(&self, rows: &[usize]) -> Self {
        let rows: Vec<_> = rows.iter().copied().filter(|row| *row < self.row_count).collect();
        let columns = self.columns.iter().map(|column| column.take(&rows)).collect();
        Self { columns, row_count: rows.len(), truncated: self.truncated }
    }
    /// The columns with the cells of these rows, in this order and as often as they are named; null where there is no row.
    pub fn gather(&self, rows: &[Option<usize>]) -> Result<Vec<Column>, TableError> {
        if rows.len() > MAX_REPEATED_ROWS {
            return Err(TableError::TooManyRows);
        }
        if rows.len() * self.columns.len() > MAX_CELLS {
            return Err(TableError::TooManyCells);
        }
        let bytes: usize = self.columns.iter().map(|column| column.text_bytes(rows)).sum();
        if bytes > MAX_REPEATED_BYTES {
            return Err(TableError::TooMuchText);
        }
        Ok(self.columns.iter().map(|column| column.gather(rows.iter().copied())).collect())
    }
}
