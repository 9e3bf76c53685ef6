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
use csv_core::ReadRecordResult;

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
    let mut reader = Reader::default();
    reader.read(text)?;
    reader.end()
}

/// Reads rows out of a text that comes in pieces, none of which is kept.
#[derive(Debug)]
pub struct Reader {
    core: csv_core::Reader,
    /// The fields of the record that is being read, one after the other, and where each ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// How much of both is filled.
    filled: (usize, usize),
    /// None before the line of names.
    columns: Option<Vec<Column>>,
    row_count: usize,
}

impl Default for Reader {
    fn default() -> Self {
        // The library's own default is a reader that knows no delimiter and reads for ever.
        let core = csv_core::Reader::new();
        Self { core, fields: Vec::new(), ends: Vec::new(), filled: (0, 0), columns: None, row_count: 0 }
    }
}

impl Reader {
    /// Reads the next piece. After a failure the reader is of no use.
    pub fn read(&mut self, piece: &[u8]) -> Result<(), TableError> {
        let mut rest = piece;
        while !rest.is_empty() {
            rest = self.step(rest)?.0;
        }
        Ok(())
    }

    /// The rows of the text, which has ended.
    pub fn end(mut self) -> Result<Rows, TableError> {
        while !self.step(&[])?.1 {}
        Rows::of_texts(self.columns.unwrap_or_default(), self.row_count)
    }

    /// Reads to the end of a record at most: what is left, and whether the text has ended.
    fn step<'p>(&mut self, piece: &'p [u8]) -> Result<(&'p [u8], bool), TableError> {
        let (fields, ends) = self.filled;
        let free = (self.fields.get_mut(fields..), self.ends.get_mut(ends..));
        let (result, read, written, ended) =
            self.core.read_record(piece, free.0.unwrap_or_default(), free.1.unwrap_or_default());
        self.filled = (fields + written, ends + ended);
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull => self.fields.resize((2 * self.fields.len()).max(1_024), 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize((2 * self.ends.len()).max(32), 0),
            ReadRecordResult::Record => {
                self.record()?;
                self.filled = (0, 0);
            }
            ReadRecordResult::End => return Ok((&[], true)),
        }
        Ok((piece.get(read..).unwrap_or_default(), false))
    }

    /// A record that is complete.
    fn record(&mut self) -> Result<(), TableError> {
        let (mut start, row) = (0, self.row_count);
        let ends = self.ends.get(..self.filled.1).unwrap_or_default();
        let fields = ends.iter().map(|end| {
            let field = self.fields.get(start..*end).unwrap_or_default();
            start = *end;
            field
        });
        let Some(columns) = &mut self.columns else {
            self.columns = Some(names(fields)?.into_iter().map(|name| Column::new(name, ColumnType::String)).collect());
            return Ok(());
        };
        if fields.len() != columns.len() {
            return Err(TableError::WrongWidth(row));
        }
        push(columns, fields, row)?;
        self.row_count += 1;
        Ok(())
    }
}

/// The names in the first line.
fn names<'f>(fields: impl Iterator<Item = &'f [u8]>) -> Result<Vec<String>, TableError> {
    let name = |name: &[u8]| {
        let name = name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name);
        std::str::from_utf8(name).map(|name| unguarded(name).to_owned()).map_err(|_| TableError::NotText(0))
    };
    fields.map(name).collect()
}

/// Adds the fields of a row.
fn push<'f>(columns: &mut [Column], fields: impl Iterator<Item = &'f [u8]>, row: usize) -> Result<(), TableError> {
    for (column, field) in columns.iter_mut().zip(fields) {
        let text = std::str::from_utf8(field).map_err(|_| TableError::NotText(row))?;
        let value = if text.is_empty() { Value::Null } else { unguarded(text).into() };
        // A text fits a column of texts.
        let _ = column.push(value);
    }
    Ok(())
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
        let names = names(reader.byte_headers().map_err(|error| mistake(&error, 0))?.iter())?;
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
            push(&mut columns, record.iter(), row)?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_read_as_the_whole(size in 1_usize..30) {
            let text = "\u{feff}a,b\r\n1,\"x\r\n\"\"y\"\"\"\r\n2,\u{e9}\"z\n3,";
            let mut reader = Reader::default();
            text.as_bytes().chunks(size).for_each(|piece| reader.read(piece).unwrap());
            let pieces = reader.end().unwrap().into_table(None).unwrap();
            prop_assert_eq!(&pieces, &read(text.as_bytes()).unwrap().into_table(None).unwrap());
            prop_assert_eq!((pieces.row_count(), pieces.value(0, "b")), (3, "x\r\n\"y\"".into()));
            prop_assert_eq!((pieces.value(1, "b"), pieces.value(2, "b")), ("\u{e9}\"z".into(), Value::Null));
        }
    }
}
