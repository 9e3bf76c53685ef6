//! Linux audit records put together: one event for each serial number of each node, with its fields as columns.
//!
//! An execve has the fields of SYSCALL, CWD, EXECVE and PROCTITLE in one row, `EventType` `SYSCALL_EXECVE` and the whole
//! command line, so that process trees can be built of it. Fields that the audit system writes in hexadecimal are decoded;
//! 4294967295 is -1. What is no audit record is named, not skipped silently.

mod event;
mod fields;
mod record;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::DateTime;
use model::{Column, ColumnType, Fault, Faulty, Table, TableError, Value};

use self::{event::Event, fields::Fields, record::Record};

/// The column in which Sentinel has audit records.
pub const MESSAGE_COLUMN: &str = "AuditdMessage";

/// Why there are no events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The table has no such column.
    #[error("the table has no column {0:?}")]
    MissingColumn(String),
    /// The events make no table.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Faulty for AuditError {
    fn fault(&self) -> Fault {
        match self {
            Self::MissingColumn(_) => Fault::Invalid,
            Self::Table(error) => error.fault(),
        }
    }
}

/// Events, and what was none.
#[derive(Debug)]
pub struct AuditEvents {
    /// One row for each event, in the order of their first records.
    pub table: Table,
    /// The lines or rows, counted from 0, that are no audit record.
    pub rejected: Vec<usize>,
    /// How many records were read.
    pub records: usize,
}

/// Reads a log: one record a line.
pub fn read_log(text: &str, event_type: Option<&str>) -> Result<AuditEvents, AuditError> {
    let mut assembler = Assembler::default();
    for (row, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            assembler.add(line, row);
        }
    }
    let (events, records, rejected) = (assembler.events, assembler.records, assembler.rejected);
    let (columns, _) = columns(events, event_type);
    Ok(AuditEvents { table: Table::new(columns)?, rejected, records })
}

/// Reads the records in a column: one record a cell, or a list of objects with the records of one event by their types, as
/// Sentinel packs them. The other columns stay, as they are in the first record of each event.
pub fn read_table(table: Table, column: &str, event_type: Option<&str>) -> Result<AuditEvents, AuditError> {
    let mut assembler = Assembler::default();
    let messages = table.column(column).ok_or_else(|| AuditError::MissingColumn(column.to_owned()))?;
    for (row, cell) in messages.iter().enumerate() {
        match &cell {
            Value::Null => {}
            Value::Dynamic(json) => assembler.add_packed(json, row, &table),
            cell if cell.to_text().trim_start().starts_with('[') => assembler.add_packed(&cell.to_text(), row, &table),
            cell => assembler.add(&cell.to_text(), row),
        }
    }
    let (events, records, rejected) = (assembler.events, assembler.records, assembler.rejected);
    let (mut read, rows) = columns(events, event_type);
    for own in table.into_columns() {
        let is_read = own.name() == column || read.iter().any(|column| column.name() == own.name());
        if !is_read {
            read.push(own.gather(rows.iter().map(|row| Some(*row))));
        }
    }
    Ok(AuditEvents { table: Table::new(read)?, rejected, records })
}

/// The events as columns, and the row of the first record of each.
fn columns(events: Vec<Event>, event_type: Option<&str>) -> (Vec<Column>, Vec<usize>) {
    let head =
        [("EventType", ColumnType::String), ("TimeGenerated", ColumnType::Datetime), ("mssg_id", ColumnType::String)];
    let mut head = head.map(|(name, kind)| Column::new(name, kind));
    let mut fields = Fields::default();
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let (event_type_of, row) = (event.event_type(), event.row);
        if event_type.is_some_and(|wanted| wanted != event_type_of) {
            continue;
        }
        let cells: [Value<'_>; 3] = [
            event_type_of.into(),
            DateTime::from_timestamp_millis(event.milliseconds).into(),
            event.id.as_str().into(),
        ];
        for (column, cell) in head.iter_mut().zip(cells) {
            // Each cell is of the type of its column.
            let _ = column.push(cell);
        }
        rows.push(row);
        event.write(&mut fields);
        fields.end_row();
    }
    (head.into_iter().chain(fields.into_columns()).collect(), rows)
}

/// Puts records together by what they have in common.
#[derive(Default)]
struct Assembler {
    events: Vec<Event>,
    /// By node and id.
    by_id: HashMap<String, usize>,
    rejected: Vec<usize>,
    records: usize,
}

impl Assembler {
    fn add(&mut self, line: &str, row: usize) {
        let Some(record) = Record::read(line) else {
            self.rejected.push(row);
            return;
        };
        self.records += 1;
        let key = record.node.map_or_else(|| record.id.to_owned(), |node| format!("{node} {}", record.id));
        let next = self.events.len();
        let number = *self.by_id.entry(key).or_insert(next);
        if number == next {
            self.events.push(Event::new(record.id, record.milliseconds, row));
        }
        if let Some(event) = self.events.get_mut(number) {
            event.add(record.kind, record.node, record.fields);
        }
    }

    /// All records of one event: `[{"SYSCALL": "…"}, {"CWD": "…"}]`, with its id and time in columns beside.
    fn add_packed(&mut self, json: &str, row: usize, table: &Table) {
        let parsed: Option<Vec<serde_json::Map<String, serde_json::Value>>> = serde_json::from_str(json).ok();
        let Some(packed) = parsed.filter(|packed| !packed.is_empty()) else {
            self.rejected.push(row);
            return;
        };
        let id = table.value(row, "mssg_id").to_text().into_owned();
        let time = crate::moment::instant(&table.value(row, "TimeGenerated"));
        let milliseconds = record::milliseconds(&id).or_else(|| time.map(|time| time.timestamp_millis()));
        let mut event = Event::new(&id, milliseconds.unwrap_or_default(), row);
        for (kind, fields) in packed.iter().flatten() {
            let joined = match fields {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Array(items) => {
                    items.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(" ")
                }
                _ => continue,
            };
            self.records += 1;
            event.add(kind, None, &joined);
        }
        self.events.push(event);
    }
}
