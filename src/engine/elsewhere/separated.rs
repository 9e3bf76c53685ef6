//! Records of fields between separators (CSV and its kin), each of which is a column by its place.

use csv::{ByteRecord, ReaderBuilder};

use super::{ElsewhereError, read::Rows};
use crate::cell::Cell;

/// Reads records. One that has fewer fields than there are columns lacks the last; an empty field is no value.
pub(super) fn read(
    text: &[u8],
    by: u8,
    fields: &[Option<usize>],
    skips_first: bool,
    rows: &mut Rows,
) -> Result<(), ElsewhereError> {
    let mut reader = ReaderBuilder::new().has_headers(skips_first).flexible(true).delimiter(by).from_reader(text);
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|_| ElsewhereError::Malformed("records of fields"))? {
        let field = |place: &Option<usize>| match place.and_then(|place| record.get(place)) {
            Some(field) if !field.is_empty() => Cell::of(String::from_utf8_lossy(field)),
            _ => Cell::Null,
        };
        rows.add(fields.iter().map(field))?;
    }
    Ok(())
}
