//! Rows that are kept for their place, or because no other is like them.

use std::collections::HashSet;

use model::Table;
use serde::Deserialize;

use super::{StepError, names::Names};

/// Keeps the first row of those that are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distinct {
    /// The columns to look at; all unless said.
    #[serde(default, alias = "cols", alias = "subset")]
    columns: Option<Names>,
}

impl Distinct {
    pub(super) fn apply(&self, table: &Table) -> Result<Table, StepError> {
        let columns =
            self.columns.as_ref().map_or_else(|| Ok(table.columns().iter().collect()), |names| names.of(table))?;
        let mut seen: HashSet<Vec<Option<String>>> = HashSet::new();
        let mut kept = Vec::new();
        for row in 0..table.row_count() {
            let cells = columns.iter().map(|column| match column.value(row) {
                value if value.is_null() => None,
                value => Some(value.to_text().into_owned()),
            });
            if seen.insert(cells.collect()) {
                kept.push(row);
            }
        }
        Ok(table.take(&kept))
    }
}

/// Keeps the first rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many.
    #[serde(default = "usual_rows")]
    n: usize,
}

const fn usual_rows() -> usize {
    5
}

impl Head {
    pub(super) fn apply(&self, table: &Table) -> Table {
        table.take(&(0..self.n.min(table.row_count())).collect::<Vec<_>>())
    }
}
