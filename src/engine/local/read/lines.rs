//! The lines of a text, each of a length that is sane.

use std::io::{self, BufRead, Read as _};

/// A longer line is no event.
pub(super) const MAX_LINE: u64 = 16 << 20;

/// Reads the next line, without its end, into `line`. Whether there was one.
pub(super) fn next(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let read = (&mut *input).take(MAX_LINE).read_until(b'\n', line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if read as u64 == MAX_LINE {
        // The rest of the line is passed over, and what was read of it is no event.
        while !at_line_end(input)? {}
        line.clear();
    }
    while line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(read > 0)
}

fn at_line_end(input: &mut dyn BufRead) -> io::Result<bool> {
    let buffer = input.fill_buf()?;
    match buffer.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            input.consume(end + 1);
            Ok(true)
        }
        None => {
            let length = buffer.len();
            input.consume(length);
            Ok(length == 0)
        }
    }
}
