//! CSV with a line of names.

use std::io::BufRead;

use model::table::csv::Records;

use crate::local::convert::{PART, ReadError, Take};

/// Reads all records.
pub(in crate::local) fn records(input: &mut dyn BufRead, take: Take<'_>) -> Result<usize, ReadError> {
    let mut records = Records::new(input)?;
    loop {
        let rows = records.rows(PART)?;
        if rows.row_count() == 0 {
            return Ok(0);
        }
        take(None, rows)?;
    }
}
