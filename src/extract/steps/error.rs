//! Why a step can't be done, and which of its parameters is the reason. Names columns, never values.

use model::{ColumnType, Fault, Faulty, TableError};

/// Why a step can't be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// A column is not there.
    #[error("there is no column {column:?}")]
    NoSuchColumn {
        /// Where it was named.
        pointer: String,
        /// The name.
        column: String,
    },
    /// No column fits any of the names and patterns.
    #[error("no column fits any of {}", quoted(patterns))]
    NoColumnFits {
        /// What was asked for.
        patterns: Vec<String>,
    },
    /// Not a regular expression, or one that would grow too large.
    #[error("not a regular expression")]
    NotARegex {
        /// Which parameter.
        pointer: String,
    },
    /// Rows can be filtered by an expression over all columns or by the value of one.
    #[error("exactly one of expr and column is needed")]
    ExprOrColumn,
    /// The operator compares with a value, and there is none.
    #[error("missing field `value`")]
    NoValue,
    /// The value is of another type than the column.
    #[error("not a value of type {}", expected.as_str())]
    WrongValue {
        /// What would fit.
        expected: ColumnType,
    },
    /// No value of this type is more than another.
    #[error("values of type {} have no order", .0.as_str())]
    Unordered(ColumnType),
    /// Lists that are to become rows side by side have different lengths.
    #[error("row {row}, column {column:?}: not as many items as in the other columns")]
    UnequalLists {
        /// The row, counted from 0.
        row: usize,
        /// The column.
        column: String,
    },
    /// What the step leaves is no table.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl StepError {
    /// The parameter that is the reason, as a JSON pointer; empty if no single one is.
    pub fn pointer(&self) -> &str {
        match self {
            Self::NoSuchColumn { pointer, .. } | Self::NotARegex { pointer } => pointer,
            Self::NoColumnFits { .. } | Self::UnequalLists { .. } => "/columns",
            Self::NoValue | Self::WrongValue { .. } => "/value",
            Self::Unordered(_) => "/op",
            Self::ExprOrColumn | Self::Table(_) => "",
        }
    }
}

impl Faulty for StepError {
    fn fault(&self) -> Fault {
        match self {
            Self::Table(error) => error.fault(),
            _ => Fault::Invalid,
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}
