//! Tables as CSV (RFC 4180): a line of names, then a line for each row, all ended by CR LF.
//!
//! Cells are data and are written as they are. A spreadsheet takes one that begins with `=`, `+`, `-` or `@` for a
//! formula: whoever opens a table there must import it as text.

use std::{
    io::{self, Write},
    ops::Range,
};

use super::{Column, Table};

/// Writes the line of names.
pub fn write_header(table: &Table, out: &mut impl Write) -> io::Result<()> {
    write_line(table.columns().iter().map(Column::name), out)
}

/// Writes these rows of a table. A missing cell is empty. Numbers past the last row are left out.
pub fn write(table: &Table, rows: Range<usize>, out: &mut impl Write) -> io::Result<()> {
    for row in rows.start..rows.end.min(table.row_count()) {
        let values: Vec<_> = table.columns().iter().map(|column| column.value(row)).collect();
        write_line(values.iter().map(super::Value::to_text), out)?;
    }
    Ok(())
}

fn write_line(fields: impl IntoIterator<Item = impl AsRef<str>>, out: &mut impl Write) -> io::Result<()> {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let field = field.as_ref();
        // Blanks at the ends are part of a field, but not every reader knows.
        let needs_quotes = field.contains(['"', ',', '\r', '\n']) || field.trim() != field;
        if needs_quotes {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}
