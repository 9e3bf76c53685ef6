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

use std::{borrow::Cow, collections::HashMap};

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
    let Assembled { columns, rejected, records, .. } = assembler.assemble(event_type);
    Ok(AuditEvents { table: Table::new(columns)?, rejected, records })
}

/// Reads the records in a column: one record a cell, or a list of objects with the records of one event by their types, as
/// Sentinel packs them. The other columns stay, as they are in the first record of each event.
pub fn read_table(table: Table, column: &str, event_type: Option<&str>) -> Result<AuditEvents, AuditError> {
    let mut assembler = Assembler::default();
    let messages = table.column(column).ok_or_else(|| AuditError::MissingColumn(column.to_owned()))?;
    for (row, cell) in messages.iter().enumerate() {
        match cell {
            Value::Null => {}
            Value::Dynamic(Cow::Borrowed(json)) => assembler.add_packed(json, row, &table),
            Value::String(Cow::Borrowed(text)) if text.trim_start().starts_with('[') => {
                assembler.add_packed(text, row, &table);
            }
            Value::String(Cow::Borrowed(text)) => assembler.add(text, row),
            // A number is no record.
            _ => assembler.rejected.push(row),
        }
    }
    let Assembled { columns: mut read, rows, rejected, records } = assembler.assemble(event_type);
    for own in table.into_columns() {
        let is_read = own.name() == column || read.iter().any(|column| column.name() == own.name());
        if !is_read {
            read.push(own.gather(rows.iter().map(|row| Some(*row))));
        }
    }
    Ok(AuditEvents { table: Table::new(read)?, rejected, records })
}

/// Puts records together by what they have in common. Keeps where they stand, not what they say: they are read again, event
/// by event, when all are known.
#[derive(Default)]
struct Assembler<'t> {
    heads: Vec<Head<'t>>,
    /// The event of each text, and the text.
    texts: Vec<(u32, &'t str)>,
    /// By node and id.
    by_id: HashMap<(Option<&'t str>, &'t str), u32>,
    rejected: Vec<usize>,
    records: usize,
}

/// What is known of an event before its records are read.
struct Head<'t> {
    id: Cow<'t, str>,
    milliseconds: i64,
    /// The row of its first record.
    row: usize,
    /// Whether its one text has all its records.
    is_packed: bool,
}

/// Events as columns, and the rows of their first records.
struct Assembled {
    columns: Vec<Column>,
    rows: Vec<usize>,
    rejected: Vec<usize>,
    records: usize,
}

/// The records of one event, packed, by their types.
type Packed = Vec<serde_json::Map<String, serde_json::Value>>;

impl<'t> Assembler<'t> {
    fn add(&mut self, line: &'t str, row: usize) {
        let Some(record) = Record::read(line) else {
            self.rejected.push(row);
            return;
        };
        self.records += 1;
        let next = self.next();
        let number = *self.by_id.entry((record.node, record.id)).or_insert(next);
        if number == next {
            let (id, milliseconds) = (record.id.into(), record.milliseconds);
            self.heads.push(Head { id, milliseconds, row, is_packed: false });
        }
        self.texts.push((number, line));
    }

    /// All records of one event: `[{"SYSCALL": "…"}, {"CWD": "…"}]`, with its id and time in columns beside.
    fn add_packed(&mut self, json: &'t str, row: usize, table: &'t Table) {
        let parsed: Option<Packed> = serde_json::from_str(json).ok();
        let Some(packed) = parsed.filter(|packed| !packed.is_empty()) else {
            self.rejected.push(row);
            return;
        };
        let id = table.value(row, "mssg_id").to_text().into_owned();
        let time = crate::moment::instant(&table.value(row, "TimeGenerated"));
        let milliseconds = record::milliseconds(&id).or_else(|| time.map(|time| time.timestamp_millis()));
        self.records += packed.iter().flatten().filter(|(_, fields)| fields.is_string() || fields.is_array()).count();
        self.texts.push((self.next(), json));
        self.heads.push(Head { id: id.into(), milliseconds: milliseconds.unwrap_or_default(), row, is_packed: true });
    }

    /// The number of the next event. There are fewer than this type counts, as there are fewer rows.
    fn next(&self) -> u32 {
        u32::try_from(self.heads.len()).unwrap_or(u32::MAX)
    }

    /// Reads the records of all events, or of those of a type.
    fn assemble(mut self, event_type: Option<&str>) -> Assembled {
        self.by_id = HashMap::new();
        self.texts.sort_by_key(|(event, _)| *event);
        let head = [
            ("EventType", ColumnType::String),
            ("TimeGenerated", ColumnType::Datetime),
            ("mssg_id", ColumnType::String),
        ];
        let mut head = head.map(|(name, kind)| Column::new(name, kind));
        let mut fields = Fields::default();
        let mut rows = Vec::with_capacity(self.heads.len());
        for (of, texts) in self.heads.iter().zip(self.texts.chunk_by(|one, other| one.0 == other.0)) {
            let mut event = Event::default();
            for (_, text) in texts {
                if of.is_packed { event.add_packed(text) } else { event.add_line(text) }
            }
            let event_type_of = event.event_type();
            if event_type.is_some_and(|wanted| wanted != event_type_of) {
                continue;
            }
            let time = DateTime::from_timestamp_millis(of.milliseconds);
            let cells: [Value<'_>; 3] = [event_type_of.into(), time.into(), of.id.as_ref().into()];
            for (column, cell) in head.iter_mut().zip(cells) {
                // Each cell is of the type of its column.
                let _ = column.push(cell);
            }
            rows.push(of.row);
            event.write(&mut fields);
            fields.end_row();
        }
        let columns = head.into_iter().chain(fields.into_columns()).collect();
        Assembled { columns, rows, rejected: self.rejected, records: self.records }
    }
}
