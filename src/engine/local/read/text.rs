//! Lines of a form that nobody knows: each is a row, as Sentinel's custom logs have them.

use std::io::BufRead;

use model::{Column, ColumnType, Rows, Table};

use super::lines;
use crate::local::convert::{PART, ReadError, Take};

/// Reads all lines that are not blank.
pub(in crate::local) fn lines(input: &mut dyn BufRead, take: Take<'_>) -> Result<usize, ReadError> {
    let empty = || Column::new("RawData", ColumnType::String);
    let mut column = empty();
    let mut line = Vec::new();
    while lines::next(input, &mut line)? {
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            // A text fits a column of texts.
            let _ = column.push(text.as_ref().into());
        }
        if column.len() >= PART {
            take(None, Rows::of_table(Table::new(vec![std::mem::replace(&mut column, empty())])?))?;
        }
    }
    take(None, Rows::of_table(Table::new(vec![column])?))?;
    Ok(0)
}
