//! Tables as newline-delimited JSON: one object a line.

use std::{
    io::{self, Write},
    ops::Range,
};

use super::{Rows, Table, TableError, json::Row};

/// Writes these rows of a table, one object a line. Numbers past the last row are left out.
pub fn write(table: &Table, rows: Range<usize>, out: &mut impl Write) -> io::Result<()> {
    for row in rows.start..rows.end.min(table.row_count()) {
        serde_json::to_writer(&mut *out, &Row { table, row })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads rows, one object a line. Blank lines and a byte order mark are skipped.
pub fn read(text: &[u8]) -> Result<Rows, TableError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut rows = Rows::default();
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .try_for_each(|line| rows.read_row(line))?;
    Ok(rows)
}
