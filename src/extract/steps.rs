//! Steps from one table to another that need nothing else: which rows and columns are kept, in which order and under which
//! names, and what is nested in cells.

mod columns;
mod compare;
mod error;
mod filter;
mod names;
mod nested;
mod rows;
mod sort;
#[cfg(test)]
mod tests;

use model::{ColumnType, Table};
use serde::Deserialize;

pub use self::{
    columns::{FilterColumns, Rename},
    error::StepError,
    filter::{Filter, Operator},
    names::Names,
    nested::{DictToColumns, ListToRows, ParseJson},
    rows::{Distinct, Head},
    sort::Sort,
};

/// A step, as documents name it: `{"type": "sort", "parameters": {"columns": "TimeGenerated:desc"}}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", content = "parameters", rename_all = "snake_case")]
pub enum Step {
    /// Rows.
    Filter(Filter),
    /// Columns.
    FilterColumns(FilterColumns),
    /// The order of the rows.
    Sort(Sort),
    /// A row for every item of a list.
    ListToRows(ListToRows),
    /// Texts that hold JSON.
    ParseJson(ParseJson),
    /// A column for every member of objects.
    DictToColumns(DictToColumns),
    /// One row of those that are alike.
    Distinct(Distinct),
    /// The first rows.
    Head(Head),
    /// Names of columns.
    Rename(Rename),
}

impl Step {
    /// The names of all.
    pub const NAMES: &'static [&'static str] = &[
        "filter",
        "filter_columns",
        "sort",
        "list_to_rows",
        "parse_json",
        "dict_to_columns",
        "distinct",
        "head",
        "rename",
    ];

    /// What the step makes of a table. One without columns has no rows, and stays as it is.
    pub fn apply(&self, table: Table) -> Result<Table, StepError> {
        if table.columns().is_empty() {
            return Ok(table);
        }
        let is_truncated = table.is_truncated();
        let mut table = match self {
            Self::Filter(step) => step.apply(&table),
            Self::FilterColumns(step) => step.apply(table),
            Self::Sort(step) => step.apply(&table),
            Self::ListToRows(step) => step.apply(&table),
            Self::ParseJson(step) => step.apply(table),
            Self::DictToColumns(step) => step.apply(table),
            Self::Distinct(step) => step.apply(&table),
            Self::Head(step) => Ok(step.apply(&table)),
            Self::Rename(step) => step.apply(table),
        }?;
        if is_truncated {
            table.mark_truncated();
        }
        Ok(table)
    }

    /// What is wrong with a step can be seen before there are rows: a column that is not there, a value that is not of its
    /// type. Gives the columns that the step will leave, as a table without rows, if they don't depend on the rows.
    pub fn foresee(&self, columns: &Table) -> Result<Option<Table>, StepError> {
        let after = self.apply(columns.take(&[]))?;
        Ok(match self {
            Self::DictToColumns(_) => None,
            // What the items are shows only when they are there; a `dynamic` fits whatever they turn out to be.
            Self::ListToRows(step) => Some(retyped(after, &step.columns)),
            _ => Some(after),
        })
    }
}

fn retyped(table: Table, names: &Names) -> Table {
    let retype = |column: model::Column| {
        let is_open = names.iter().any(|name| name == column.name());
        if is_open { model::Column::new(column.name(), ColumnType::Dynamic) } else { column }
    };
    Table::new(table.into_columns().into_iter().map(retype).collect()).unwrap_or_default()
}
