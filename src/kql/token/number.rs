//! Numbers, lengths of time with a unit, and bare GUIDs.

use model::ColumnType;

use super::word_len;
use crate::{literal::Literal, mistake::What, moment, token::typed};

/// Reads what begins with a digit, or a bare GUID. Gives its length too. A word may begin with digits, so `None` is a word.
pub(super) fn read(text: &str) -> Option<(Result<Literal, What>, usize)> {
    if let Some(guid) =
        text.get(..36).and_then(typed::guid).filter(|_| word_len(text.get(36..).unwrap_or_default()) == 0)
    {
        return Some((Ok(Literal::Guid(guid)), 36));
    }
    let digits = digits_len(text);
    if digits == 0 {
        return None;
    }
    let word = word_len(text);
    let number = number_len(text, digits);
    if let Some(len) = number.filter(|len| word_len(text.get(*len..).unwrap_or_default()) == 0) {
        let real = text.get(..len)?.parse().map(Literal::Real).map_err(|_| What::NotAValue(ColumnType::Real));
        return Some((real, len));
    }
    if let Some(len) = timespan_len(text, digits) {
        let (number, unit) = text.get(..len)?.split_at_checked(unit_start(text, digits))?;
        let ticks = moment::ticks_of(number, unit);
        return Some((ticks.map(Literal::Timespan).ok_or(What::NotAValue(ColumnType::Timespan)), len));
    }
    let literal = text.get(..word).and_then(long)?;
    Some((literal.map(Literal::Long).ok_or(What::NotAValue(ColumnType::Long)), word))
}

fn digits_len(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The length of a number with a point or an exponent. `1..2` is a range of whole numbers.
fn number_len(text: &str, digits: usize) -> Option<usize> {
    let after = text.get(digits..)?;
    let with_point = after.starts_with('.') && !after.starts_with("..");
    let end = if with_point { digits + 1 + digits_len(after.get(1..)?) } else { digits };
    match exponent_len(text.get(end..)?) {
        Some(len) => Some(end + len),
        None => with_point.then_some(end),
    }
}

fn exponent_len(text: &str) -> Option<usize> {
    let after = text.strip_prefix(['e', 'E'])?;
    let after_sign = after.strip_prefix(['+', '-']).unwrap_or(after);
    let digits = digits_len(after_sign);
    (digits > 0).then(|| text.len() - after_sign.len() + digits)
}

/// Where the unit of a length of time begins.
fn unit_start(text: &str, digits: usize) -> usize {
    let fraction = text.get(digits + 1..).filter(|_| text.as_bytes().get(digits) == Some(&b'.')).map_or(0, digits_len);
    if fraction > 0 { digits + 1 + fraction } else { digits }
}

fn timespan_len(text: &str, digits: usize) -> Option<usize> {
    let start = unit_start(text, digits);
    let unit = text.get(start..)?;
    let unit = unit.get(..word_len(unit))?;
    moment::ticks_of("0", unit).map(|_| start + unit.len())
}

/// A whole number in decimal or hexadecimal digits; `None` if it is a word, `Some(None)` if it is too large.
fn long(word: &str) -> Option<Option<i64>> {
    if let Some(hex) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        let is_hex = !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
        return is_hex.then(|| u64::from_str_radix(hex, 16).ok().map(u64::cast_signed));
    }
    word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok())
}
