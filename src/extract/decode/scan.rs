//! Finds the tokens of a text that may be encoded, and decodes those that are.
//!
//! A run of base64 has at least so many digits in a row, so that most of a text need not be looked at: where every twelfth
//! byte is none of them, there is none.

use std::ops::Range;

use memchr::{memchr_iter, memmem};

use super::{
    Options,
    codes::{self, Decrypted, Sign},
};

/// Something encoded, and where it stands.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) decrypted: Decrypted,
}

/// The shortest run that is looked at; shorter ones must be a text's all.
const MIN_RUN: usize = 12;
const MIN_WHOLE: usize = 4;

/// Lines of wrapped base64 have at least so many digits, the first and the last aside.
const MIN_LINE: usize = 16;

/// Escapes in a row that are more than a sign in a path.
const MIN_ESCAPES: usize = 4;

/// Percent signs in a token, fewer of which are common in URLs.
const MIN_PERCENT: usize = 3;

/// Digits of both alphabets, and the ends of lines.
const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'\r' | b'\n')
}

/// Everything in a text that is encoded, in order, at most so much.
pub(super) fn find(text: &str, most: usize, options: &Options) -> Vec<Found> {
    if let Some(found) = whole(text, options) {
        return vec![found];
    }
    let mut found = Vec::new();
    let mut from = 0;
    for special in specials(text, options) {
        runs(text, from..special.range.start, options, &mut found);
        from = special.range.end;
        found.push(special);
        if found.len() >= most {
            break;
        }
    }
    runs(text, from..text.len(), options, &mut found);
    found.truncate(most);
    found
}

/// A text that is nothing but one token.
fn whole(text: &str, options: &Options) -> Option<Found> {
    let token = text.trim();
    let digits = token.trim_end_matches('=');
    let is_one = digits.bytes().all(|b| is_digit(b) && !matches!(b, b'\r' | b'\n'));
    if !is_one || digits.len() < MIN_WHOLE || token.len() - digits.len() > 2 {
        return None;
    }
    // Words are encoded by chance alone when nothing says that they are.
    let sign = if token.len().is_multiple_of(4) && token.len() >= 8 || token.ends_with('=') {
        Sign::Whole
    } else {
        Sign::None
    };
    let start = text.len() - text.trim_start().len();
    let decrypted = codes::token(digits.as_bytes(), sign, options)?;
    Some(Found { range: start..start + token.len(), decrypted })
}

/// Percent-encoded tokens and runs of escapes.
fn specials(text: &str, options: &Options) -> Vec<Found> {
    let mut found = Vec::new();
    if options.codes.url {
        percent_tokens(text, &mut found);
    }
    if options.codes.hex {
        escape_runs(text, &mut found);
    }
    found.sort_by_key(|found| found.range.start);
    let mut end = 0;
    found.retain(|found| {
        let is_free = found.range.start >= end;
        end = end.max(found.range.end);
        is_free
    });
    found
}

fn percent_tokens(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let is_edge = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`');
    let mut end = 0;
    for percent in memchr_iter(b'%', bytes) {
        if percent < end {
            continue;
        }
        let before = bytes.get(end..percent).unwrap_or_default();
        let start = before.iter().rposition(is_edge).map_or(end, |at| end + at + 1);
        let after = bytes.get(percent..).unwrap_or_default();
        end = after.iter().position(is_edge).map_or(bytes.len(), |at| percent + at);
        let Some(token) = text.get(start..end) else { continue };
        let escapes = memchr_iter(b'%', token.as_bytes());
        let escaped = escapes
            .filter_map(|at| token.get(at + 1..at + 3))
            .filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()));
        let (mut count, mut is_base64) = (0, false);
        for pair in escaped {
            count += 1;
            is_base64 |= matches!(pair, "3D" | "3d" | "2B" | "2b" | "2F" | "2f");
        }
        let is_enough = count >= MIN_PERCENT || is_base64 && token.len() >= MIN_RUN;
        if is_enough && let Some(decrypted) = codes::percent(token) {
            found.push(Found { range: start..end, decrypted });
        }
    }
}

fn escape_runs(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let is_escape = |at: usize| matches!(bytes.get(at..at + 4), Some([b'\\', b'x', one, other]) if one.is_ascii_hexdigit() && other.is_ascii_hexdigit());
    let mut end = 0;
    for start in memmem::find_iter(bytes, b"\\x") {
        if start < end || !is_escape(start) {
            continue;
        }
        end = start;
        while is_escape(end) {
            end += 4;
        }
        if end - start >= MIN_ESCAPES * 4
            && let Some(decrypted) = bytes.get(start..end).and_then(codes::escapes)
        {
            found.push(Found { range: start..end, decrypted });
        }
    }
}

/// Runs of digits within a part of a text.
fn runs(text: &str, part: Range<usize>, options: &Options, found: &mut Vec<Found>) {
    let Some(bytes) = text.as_bytes().get(..part.end) else { return };
    let least = MIN_RUN.min(options.min_length).max(MIN_WHOLE);
    let mut start = part.start;
    while let Some(&probe) = bytes.get(start + least - 1) {
        if !is_digit(probe) {
            start += least;
            continue;
        }
        let window = bytes.get(start..start + least).unwrap_or_default();
        if let Some(last) = window.iter().rposition(|b| !is_digit(*b)) {
            start += last + 1;
            continue;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        let end = start + rest.iter().position(|b| !is_digit(*b)).unwrap_or(rest.len());
        let padding = bytes.get(end..).unwrap_or_default().iter().take(2).take_while(|b| **b == b'=').count();
        run(text, start..end, padding, options, found);
        start = end + padding;
    }
}

/// One run: all of it, or without its first or last line, or each line; and if that fails, what stands between the signs
/// that only one of the alphabets has.
fn run(text: &str, range: Range<usize>, padding: usize, options: &Options, found: &mut Vec<Found>) {
    let Some(bytes) = text.as_bytes().get(range.clone()) else { return };
    let is_break = |b: &u8| matches!(b, b'\r' | b'\n');
    let is_dash = |b: &u8| matches!(b, b'-' | b'_');
    if bytes.iter().any(is_dash) {
        let has_breaks = bytes.iter().any(is_break);
        if !has_breaks && push(range.clone(), bytes, padding, options, found) {
            return;
        }
        let mut start = 0;
        for piece in bytes.split(is_dash) {
            let piece_range = range.start + start..range.start + start + piece.len();
            let padding = if piece_range.end == range.end { padding } else { 0 };
            start += piece.len() + 1;
            if piece.len() >= MIN_RUN {
                run(text, piece_range, padding, options, found);
            }
        }
        return;
    }
    if !bytes.iter().any(is_break) {
        push(range, bytes, padding, options, found);
        return;
    }
    let lines = lines(bytes, range.start);
    for wrapped in wrapped(&lines) {
        let (Some(first), Some(last)) = (wrapped.first(), wrapped.last()) else { continue };
        let joined: Vec<u8> =
            wrapped.iter().filter_map(|line| text.as_bytes().get((*line).clone())).flatten().copied().collect();
        let is_last = lines.last() == Some(last);
        // A last line that does not fill up the digits, and is not padded, is the word that follows.
        let is_followed =
            is_last && padding == 0 && !joined.len().is_multiple_of(4) && (joined.len() - last.len()).is_multiple_of(4);
        if wrapped.len() > 1
            && !is_followed
            && push(first.start..last.end, &joined, if is_last { padding } else { 0 }, options, found)
        {
            return;
        }
    }
    for line in &lines {
        let Some(bytes) = text.as_bytes().get(line.clone()) else { continue };
        push(line.clone(), bytes, if lines.last() == Some(line) { padding } else { 0 }, options, found);
    }
}

/// The places of the lines of a run that are not empty.
fn lines(bytes: &[u8], offset: usize) -> Vec<Range<usize>> {
    let mut start = offset;
    let mut lines = Vec::new();
    for line in bytes.split(|b| matches!(b, b'\r' | b'\n')) {
        if !line.is_empty() {
            lines.push(start..start + line.len());
        }
        start += line.len() + 1;
    }
    lines
}

/// The lines that may be one wrapped token: all, or without what stands before or after it.
fn wrapped(lines: &[Range<usize>]) -> Vec<&[Range<usize>]> {
    let Some(last) = lines.len().checked_sub(1) else { return Vec::new() };
    let candidates = [0..lines.len(), 0..last, 1..lines.len(), 1..last.max(1)];
    let is_wrapped = |lines: &&[Range<usize>]| {
        let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
        lines.iter().map(Range::len).max() >= Some(MIN_LINE) && inner.iter().all(|line| line.len() >= MIN_LINE)
    };
    candidates.into_iter().filter_map(|range| lines.get(range)).filter(is_wrapped).collect()
}

/// Adds a token if it is encoded, and says whether.
fn push(range: Range<usize>, token: &[u8], padding: usize, options: &Options, found: &mut Vec<Found>) -> bool {
    let is_padded = padding > 0 && (token.len() + padding).is_multiple_of(4);
    let sign = if is_padded { Sign::Padded } else { Sign::None };
    let decrypted = codes::token(token, sign, options);
    let is_found = decrypted.is_some();
    if let Some(decrypted) = decrypted {
        found.push(Found { range: range.start..range.end + padding, decrypted });
        return is_found;
    }
    // A token after a slash: the end of a path in a URL.
    let after = memchr::memrchr(b'/', token).map(|at| at + 1).filter(|at| token.len() - at >= options.min_length);
    let is_one_line = range.len() == token.len();
    match after {
        Some(at) if is_one_line => {
            push(range.start + at..range.end, token.get(at..).unwrap_or_default(), padding, options, found)
        }
        _ => false,
    }
}
