//! Linux audit records: one row for each event.

use std::io::BufRead;

use model::Rows;

use super::lines;
use crate::local::convert::{PART, ReadError, Take};

/// Reads all records; how many lines are none.
pub(in crate::local) fn records(input: &mut dyn BufRead, take: Take<'_>) -> Result<usize, ReadError> {
    let (mut text, mut count, mut skipped) = (String::new(), 0, 0);
    let (mut line, mut last) = (Vec::new(), String::new());
    while lines::next(input, &mut line)? {
        let record = String::from_utf8_lossy(&line);
        let id = id(&record);
        // The records of an event are not parted.
        if count >= PART && id != last {
            skipped += give(&text, take)?;
            text.clear();
            count = 0;
        }
        text.push_str(&record);
        text.push('\n');
        count += 1;
        id.clone_into(&mut last);
    }
    Ok(skipped + give(&text, take)?)
}

/// What the records of one event have in common.
fn id(record: &str) -> &str {
    record.split_once("audit(").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(id, _)| id)
}

fn give(text: &str, take: Take<'_>) -> Result<usize, ReadError> {
    let events = extract::auditd::read_log(text, None).map_err(|_| ReadError::Audit)?;
    take(None, Rows::of_table(events.table))?;
    Ok(events.rejected.len())
}
