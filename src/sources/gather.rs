//! What sources say becomes tables of some rows each, handed on as soon as they are full.

use std::mem;

use model::{Column, ColumnSpec, ColumnType, Rows, Table, Value};
use serde_json::Map;

use crate::{Trouble, TroubleKind};

/// Rows in one table that is handed on.
const ROWS_AT_ONCE: usize = 1_000;

/// Texts, in bytes, in one table that is handed on.
const BYTES_AT_ONCE: usize = 1 << 20;

/// Takes a table; says whether more are wanted.
pub type HandOn = Box<dyn FnMut(Table) -> bool + Send>;

/// Gathers rows into tables.
pub struct Gatherer {
    hand_on: HandOn,
    typed: Option<Vec<Column>>,
    loose: Rows,
    /// Rows and bytes of the table that is being filled.
    rows: usize,
    bytes: usize,
    /// Rows that are still wanted.
    left: u64,
    is_truncated: bool,
    is_abandoned: bool,
    /// Cells that did not fit, by column.
    misfits: Vec<(String, u64)>,
    troubles: Vec<Trouble>,
}

/// No more rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no more rows are wanted")]
pub struct Enough;

impl Gatherer {
    /// Gathers at most so many rows.
    pub fn new(max_rows: Option<u64>, hand_on: HandOn) -> Self {
        Self {
            hand_on,
            typed: None,
            loose: Rows::default(),
            rows: 0,
            bytes: 0,
            left: max_rows.unwrap_or(u64::MAX),
            is_truncated: false,
            is_abandoned: false,
            misfits: Vec::new(),
            troubles: Vec::new(),
        }
    }

    /// Says which columns the next rows have. The same columns again, as on a next page, change nothing.
    pub fn columns(&mut self, specs: Vec<ColumnSpec>) -> Result<(), Enough> {
        let is_same = self.typed.as_ref().is_some_and(|columns| {
            columns
                .iter()
                .map(|column| (column.name(), column.kind()))
                .eq(specs.iter().map(|spec| (spec.name.as_str(), spec.kind)))
        });
        if is_same {
            return Ok(());
        }
        self.flush()?;
        let mut columns: Vec<Column> = Vec::with_capacity(specs.len());
        for ColumnSpec { name, kind } in specs {
            let is_taken = |name: &str| columns.iter().any(|column: &Column| column.name() == name);
            let distinct = (1..).map(|number| if number == 1 { name.clone() } else { format!("{name}{number}") });
            let name = distinct.into_iter().find(|name| !is_taken(name)).unwrap_or_default();
            columns.push(Column::new(name, kind));
        }
        // A table without rows still has its columns.
        let empty = Table::new(columns.clone()).unwrap_or_default();
        self.typed = Some(columns);
        self.hand(empty)
    }

    /// The place of a column among those that were named.
    pub fn place_of(&self, name: &str) -> Option<usize> {
        self.typed.as_ref()?.iter().position(|column| column.name() == name)
    }

    /// Begins a row, if one more is wanted.
    pub fn begin(&mut self) -> Result<(), Enough> {
        if self.left == 0 {
            self.is_truncated = true;
        }
        if self.is_full() { Err(Enough) } else { Ok(()) }
    }

    /// Puts a cell into the row that was begun. A value that does not fit its column is left out, and told at the end.
    pub fn cell(&mut self, place: usize, value: Value<'_>) {
        let Some(column) = self.typed.as_mut().and_then(|columns| columns.get_mut(place)) else { return };
        if column.len() > self.rows {
            return;
        }
        self.bytes += match &value {
            Value::String(text) | Value::Decimal(text) | Value::Dynamic(text) => text.len(),
            _ => 8,
        };
        if column.push(value).is_err() {
            // A null fits every column.
            let _ = column.push(Value::Null);
            let name = column.name();
            match self.misfits.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += 1,
                None => self.misfits.push((name.to_owned(), 1)),
            }
        }
    }

    /// Ends the row: cells that did not come are missing.
    pub fn end(&mut self) -> Result<(), Enough> {
        for column in self.typed.iter_mut().flatten().filter(|column| column.len() <= self.rows) {
            let _ = column.push(Value::Null);
        }
        self.count_row()
    }

    /// A row of which nothing is known before it comes: its members are its cells.
    pub fn object(&mut self, row: &Map<String, serde_json::Value>) -> Result<(), Enough> {
        self.begin()?;
        self.bytes += row.values().map(|value| value.as_str().map_or(8, str::len)).sum::<usize>();
        let cells = row.iter().map(|(name, value)| (name.as_str(), Value::of_json(value)));
        if self.loose.push_row(cells).is_err() {
            self.trouble(Trouble::new(TroubleKind::Incomplete, "rows with more columns than a table may have"));
        }
        self.count_row()
    }

    fn count_row(&mut self) -> Result<(), Enough> {
        self.rows += 1;
        self.left = self.left.saturating_sub(1);
        if self.rows >= ROWS_AT_ONCE || self.bytes >= BYTES_AT_ONCE { self.flush() } else { Ok(()) }
    }

    /// Hands on what there is.
    pub fn flush(&mut self) -> Result<(), Enough> {
        if mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        self.bytes = 0;
        let table = match &mut self.typed {
            Some(columns) => {
                let empty: Vec<_> = columns.iter().map(|column| Column::new(column.name(), column.kind())).collect();
                Table::new(mem::replace(columns, empty))
            }
            None => mem::take(&mut self.loose).into_table_as_sent(),
        };
        match table {
            Ok(table) => self.hand(table),
            Err(error) => {
                self.trouble(Trouble::new(TroubleKind::Incomplete, error.to_string()));
                Ok(())
            }
        }
    }

    fn hand(&mut self, table: Table) -> Result<(), Enough> {
        if (self.hand_on)(table) {
            return Ok(());
        }
        self.is_abandoned = true;
        Err(Enough)
    }

    /// Takes down a trouble that does not end the conversation.
    pub fn trouble(&mut self, trouble: Trouble) {
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    /// How many rows are still wanted.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Whether rows were left out because no more were wanted.
    pub const fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    /// Says that the source left rows out.
    pub const fn mark_truncated(&mut self) {
        self.is_truncated = true;
    }

    /// Whether no more rows are taken.
    pub const fn is_full(&self) -> bool {
        self.is_truncated || self.is_abandoned
    }

    /// Hands on the rest, and tells every trouble.
    pub fn finish(&mut self) -> Vec<Trouble> {
        // Nobody who does not want it is asked again.
        let _ = self.flush();
        for (column, count) in mem::take(&mut self.misfits) {
            let message = format!("{count} cells of column {column:?} are not of its type and were left out");
            self.trouble(Trouble::new(TroubleKind::Incomplete, message));
        }
        mem::take(&mut self.troubles)
    }
}

/// A column by its name and type.
pub(crate) fn spec(name: impl Into<String>, kind: ColumnType) -> ColumnSpec {
    ColumnSpec { name: name.into(), kind }
}
