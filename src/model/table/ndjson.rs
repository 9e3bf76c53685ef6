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
    let mut reader = Reader::default();
    reader.read(text)?;
    reader.end()
}

/// Reads rows out of a text that comes in pieces, none of which is kept.
#[derive(Debug, Default)]
pub struct Reader {
    rows: Rows,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    has_begun: bool,
}

impl Reader {
    /// Reads the next piece. After a failure the reader is of no use.
    pub fn read(&mut self, piece: &[u8]) -> Result<(), TableError> {
        let mut rest = piece;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            if self.line.is_empty() {
                self.read_line(line)?;
            } else {
                self.line.extend_from_slice(line);
                let line = std::mem::take(&mut self.line);
                self.read_line(&line)?;
            }
            rest = after.get(1..).unwrap_or_default();
        }
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// The rows of the text, which has ended.
    pub fn end(mut self) -> Result<Rows, TableError> {
        let line = std::mem::take(&mut self.line);
        self.read_line(&line)?;
        Ok(self.rows)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), TableError> {
        let bom = if self.has_begun { &[][..] } else { b"\xef\xbb\xbf" };
        self.has_begun = true;
        let line = line.strip_prefix(bom).unwrap_or(line);
        if line.trim_ascii().is_empty() { Ok(()) } else { self.rows.read_row(line) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_read_as_the_whole(size in 1_usize..30) {
            let text = "\u{feff}{\"a\":1}\n\n  \r\n{\"a\":2,\"b\":\"\u{e9}\"}\r\n{\"a\":3}";
            let mut reader = Reader::default();
            text.as_bytes().chunks(size).for_each(|piece| reader.read(piece).unwrap());
            let pieces = reader.end().unwrap().into_table(None).unwrap();
            prop_assert_eq!(&pieces, &read(text.as_bytes()).unwrap().into_table(None).unwrap());
            prop_assert_eq!((pieces.row_count(), pieces.value(1, "b")), (3, "\u{e9}".into()));
        }
    }
}
