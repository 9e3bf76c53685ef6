//! Tables as CSV (RFC 4180): a line of names, then a line for each row, all ended by CR LF.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula, and what is
//! seen in an attack is written by attackers. A text that begins so has an apostrophe put before it, which is how people
//! write such texts in spreadsheets; reading takes it away again. Numbers and times are left alone.

use std::{
    borrow::Cow,
    io::{self, Read, Write},
    ops::Range,
};

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::{Column, ColumnType, Rows, Table, TableError, Value};

/// Writes the line of names.
pub fn write_header(table: &Table, out: &mut impl Write) -> io::Result<()> {
    write_line(table.columns().iter().map(|column| guarded(column.name().into())), out)
}

/// Writes these rows of a table. A missing cell is empty. Numbers past the last row are left out.
pub fn write(table: &Table, rows: Range<usize>, out: &mut impl Write) -> io::Result<()> {
    for row in rows.start..rows.end.min(table.row_count()) {
        let values: Vec<_> = table.columns().iter().map(|column| column.value(row)).collect();
        write_line(values.iter().map(field), out)?;
    }
    Ok(())
}

/// Reads rows: a line of names, then a line for each row. An empty field is a missing cell. What the cells are shows once
/// all have been read, as for other rows; here numbers and JSON are recognised in texts, too.
pub fn read(text: &[u8]) -> Result<Rows, TableError> {
    Records::new(text)?.rows(usize::MAX)
}

/// The rows of a text that is read piece by piece.
#[derive(Debug)]
pub struct Records<R> {
    reader: csv::Reader<R>,
    names: Vec<String>,
    /// Rows that were read before.
    before: usize,
}

impl<R: Read> Records<R> {
    /// Reads the line of names.
    pub fn new(text: R) -> Result<Self, TableError> {
        let mut reader = ReaderBuilder::new().from_reader(text);
        let names = reader.byte_headers().map_err(|error| mistake(&error, 0))?;
        let names = names.iter().map(|name| {
            let name = name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name);
            std::str::from_utf8(name).map(|name| unguarded(name).to_owned()).map_err(|_| TableError::NotText(0))
        });
        let names = names.collect::<Result<_, _>>()?;
        Ok(Self { reader, names, before: 0 })
    }

    /// The next rows, at most so many; none after the last.
    pub fn rows(&mut self, most: usize) -> Result<Rows, TableError> {
        let mut columns: Vec<_> = self.names.iter().map(|name| Column::new(name, ColumnType::String)).collect();
        let mut record = ByteRecord::new();
        let mut row_count = 0;
        while row_count < most {
            let row = self.before + row_count;
            if !self.reader.read_byte_record(&mut record).map_err(|error| mistake(&error, row))? {
                break;
            }
            for (column, field) in columns.iter_mut().zip(&record) {
                let text = std::str::from_utf8(field).map_err(|_| TableError::NotText(row))?;
                let value = if text.is_empty() { Value::Null } else { unguarded(text).into() };
                // A text fits a column of texts.
                let _ = column.push(value);
            }
            row_count += 1;
        }
        self.before += row_count;
        Rows::of_texts(columns, row_count)
    }
}

/// What is read from memory fails for no other reason than the text; a file that fails counts as broken off there.
fn mistake(error: &csv::Error, row: usize) -> TableError {
    match error.kind() {
        ErrorKind::Utf8 { .. } => TableError::NotText(row),
        _ => TableError::WrongWidth(row),
    }
}

fn field<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    match value {
        Value::String(text) => guarded(Cow::Borrowed(text)),
        value => value.to_text(),
    }
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_formula(&text) { format!("'{text}").into() } else { text }
}

/// The text that was guarded.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|inner| is_formula(inner)).unwrap_or(text)
}

/// Whether a text is a formula, guarded or not: one that was guarded by others is guarded again, so that it comes back.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn write_line(fields: impl IntoIterator<Item = impl AsRef<str>>, out: &mut impl Write) -> io::Result<()> {
    let mut only_field_is_empty = false;
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let field = field.as_ref();
        only_field_is_empty = index == 0 && field.is_empty();
        // Blanks at the ends are part of a field, but not every reader knows.
        let needs_quotes = field.contains(['"', ',', '\r', '\n']) || field.trim() != field;
        if needs_quotes {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    // An empty line is no row to most readers.
    out.write_all(if only_field_is_empty { b"\"\"\r\n" } else { b"\r\n" })
}
