//! What a function answers about some values: rows, each about one of them, and how asking ended for each.

use std::sync::Arc;

use model::{Column, ColumnSpec, Outcome, Table, Value};
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// How asking about one value ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub outcome: Outcome,
    /// Why there is no answer, when there is none.
    pub reason: Option<Arc<str>>,
}

/// What a function answers.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The rows.
    pub table: Table,
    /// For each row, the number of the value that it is about; empty when all were asked about together.
    pub about: Vec<usize>,
    /// How it ended for each value.
    pub endings: Vec<Ending>,
    /// Whether every answer was there in time.
    pub complete: bool,
}

/// An answer in the making. Values are told about in their order.
pub(super) struct Writer {
    columns: Vec<Column>,
    about: Vec<usize>,
    endings: Vec<Ending>,
}

impl Writer {
    /// Nothing yet, in these columns.
    pub(super) fn new(columns: &[ColumnSpec]) -> Self {
        let columns = columns.iter().map(|spec| Column::new(spec.name.clone(), spec.kind)).collect();
        Self { columns, about: Vec::new(), endings: Vec::new() }
    }

    /// How it ended for the next value. The rows that follow are about it.
    pub(super) fn end(&mut self, outcome: Outcome, reason: Option<Arc<str>>) {
        self.endings.push(Ending { outcome, reason });
    }

    /// A row about the last value, of cells in the order of the columns.
    pub(super) fn row<'v>(&mut self, cells: impl IntoIterator<Item = Value<'v>>) {
        self.about.push(self.endings.len().saturating_sub(1));
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            push(column, cell);
        }
        let rows = self.about.len();
        self.columns.iter_mut().for_each(|column| column.fill(rows));
    }

    /// A row about the last value, of cells by the names of the columns. What has no column is left out.
    pub(super) fn row_of(&mut self, cells: &Map<String, Json>) {
        self.about.push(self.endings.len().saturating_sub(1));
        let rows = self.about.len();
        for column in &mut self.columns {
            if let Some(cell) = cells.get(column.name()) {
                push(column, Value::of_json(cell));
            }
            column.fill(rows);
        }
    }

    /// What an operation says about the next value, `outcome` and `reason` among it: an ending and a row.
    pub(super) fn item(&mut self, item: &impl Serialize, outcome: Outcome, reason: Option<Arc<str>>) {
        self.end(outcome, reason);
        match serde_json::to_value(item) {
            Ok(Json::Object(cells)) => self.row_of(&cells),
            _ => self.row([]),
        }
    }

    /// The answer.
    pub(super) fn finish(self, complete: bool) -> Answered {
        // All columns have a cell for each row, and their names are the function's own.
        let table = Table::new(self.columns).unwrap_or_default();
        Answered { table, about: self.about, endings: self.endings, complete }
    }
}

/// Adds a cell; one that does not fit its column is missing.
fn push(column: &mut Column, cell: Value<'_>) {
    let fits = cell.kind() == Some(column.kind());
    let cell = if fits { Some(cell) } else { cell.cast(column.kind()) };
    let length = column.len() + 1;
    if cell.is_none_or(|cell| column.push(cell).is_err()) {
        column.fill(length);
    }
}
