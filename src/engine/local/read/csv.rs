//! CSV with a line of names.

use std::io::BufRead;

use model::table::csv::Records;

use crate::local::convert::{ReadError, Take};

/// Rows that become one part.
const ROWS: usize = 65_536;

/// Reads all records.
pub(in crate::local) fn records(input: &mut dyn BufRead, take: Take<'_>) -> Result<usize, ReadError> {
    let mut records = Records::new(input)?;
    loop {
        let rows = records.rows(ROWS)?;
        if rows.row_count() == 0 {
            return Ok(0);
        }
        take(None, rows)?;
    }
}
