//! What the pivots brought, in words: how much, from when to when, and the first rows.

use chrono::{DateTime, Utc};
use model::{Column, ColumnType, Observable, Outcome, Table, Value};

use super::sheet::{defang, shorten};
use crate::enrich::PivotResult;

/// Rows that are told.
const ROWS: usize = 3;

/// Cells that are told of a row.
const CELLS: usize = 7;

/// Columns that are too few to tell rows apart for people.
const FEW: usize = 4;

/// Characters of a cell.
const CELL_LENGTH: usize = 80;

/// Columns that say nothing that the line does not say already.
const SILENT: &[&str] =
    &["value", "outcome", "reason", "TenantId", "Type", "SourceSystem", "ManagementGroupName", "MG"];

/// What one pivot brought about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The thing, defanged.
    pub about: String,
    /// The pivot.
    pub pivot: String,
    /// How many rows there are, and of which time; or why there are none.
    pub summary: String,
    /// The first rows.
    pub rows: Vec<String>,
}

impl Related {
    /// Says in words what a pivot brought. What is simply not there is not worth a line.
    pub(super) fn of(about: &str, result: &PivotResult) -> Option<Self> {
        let (summary, rows) = match (&result.table, result.outcome) {
            (Some(table), _) => (summary(table), rows(table)),
            (None, Outcome::NotFound) => return None,
            (None, outcome) => {
                let why = result.reason.as_deref().map(|reason| format!(" – {}", shorten(reason, CELL_LENGTH)));
                (format!("{}{}", outcome.as_str().replace('_', " "), why.unwrap_or_default()), Vec::new())
            }
        };
        Some(Self { about: defang(&shorten(about, CELL_LENGTH)), pivot: result.name.clone(), summary, rows })
    }
}

fn summary(table: &Table) -> String {
    let more = if table.is_truncated() { "more than " } else { "" };
    let count = match table.row_count() {
        1 => "1 row".to_owned(),
        count => format!("{more}{count} rows"),
    };
    match span(table) {
        Some((first, last)) if first == last => format!("{count}, {}", minute(first)),
        Some((first, last)) => format!("{count}, {} to {}", minute(first), minute(last)),
        None => count,
    }
}

/// The first and the last instant of the first column of instants.
fn span(table: &Table) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let column = table.columns().iter().find(|column| column.kind() == ColumnType::Datetime)?;
    let instants = || column.iter().filter_map(|cell| cell.as_datetime());
    Some((instants().min()?, instants().max()?))
}

fn minute(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The first rows. What is the same in all rows is left out, unless there would be little to tell.
fn rows(table: &Table) -> Vec<String> {
    let varies = |column: &&Column| {
        let mut cells = column.iter();
        let first = cells.next();
        column.kind() == ColumnType::Datetime || cells.any(|cell| Some(cell) != first)
    };
    let is_told = |column: &&Column| !SILENT.contains(&column.name()) && column.kind() != ColumnType::Dynamic;
    let all: Vec<&Column> = table.columns().iter().filter(is_told).collect();
    let varying: Vec<&Column> = all.iter().copied().filter(varies).collect();
    let mut columns = if varying.len() < FEW { all } else { varying };
    // One time is enough.
    let time = columns.iter().position(|column| column.kind() == ColumnType::Datetime);
    let mut place = 0;
    columns.retain(|column| {
        place += 1;
        column.kind() != ColumnType::Datetime || time == Some(place - 1)
    });
    let told = |row: usize| {
        let cells = columns.iter().filter_map(|column| {
            let text = match column.value(row) {
                Value::Null => return None,
                Value::Datetime(instant) => minute(instant),
                cell => cell.to_text().into_owned(),
            };
            (!text.trim().is_empty()).then(|| format!("{} {}", column.name(), harmless(&shorten(&text, CELL_LENGTH))))
        });
        cells.take(CELLS).collect::<Vec<_>>().join("; ")
    };
    (0..table.row_count().min(ROWS)).map(told).filter(|row| !row.is_empty()).collect()
}

/// Addresses, names and URLs are defanged; other texts with dots in them are left as they are.
fn harmless(text: &str) -> String {
    if Observable::parse(text, None).is_ok() { defang(text) } else { text.to_owned() }
}
