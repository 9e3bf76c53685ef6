//! Literals that name their type: `datetime(2020-01-01)`, `long(null)`, `guid(…)`.

use model::ColumnType;

use crate::{
    literal::{Literal, named_type},
    mistake::What,
    moment,
};

/// Reads what stands in brackets behind the name of a type. Gives the length with the brackets.
///
/// `dynamic` is read by the parser; `string` has no such form.
pub(super) fn read(name: &str, after: &str) -> Option<(Result<Literal, What>, usize)> {
    let column_type = named_type(name).filter(|t| !matches!(t, ColumnType::Dynamic | ColumnType::String))?;
    let body = after.strip_prefix('(')?;
    let end = body.find(')')?;
    let text = body.get(..end)?.trim();
    Some((value(column_type, text).ok_or(What::NotAValue(column_type)), end + 2))
}

/// The value of a type that a text writes, which may be in quotes.
fn value(column_type: ColumnType, text: &str) -> Option<Literal> {
    if text.eq_ignore_ascii_case("null") {
        return Some(Literal::Null(column_type));
    }
    let text = unquoted(text);
    Some(match column_type {
        ColumnType::Bool => Literal::Bool(boolean(text)?),
        ColumnType::Int => Literal::Int(i32::try_from(whole(text)?).ok()?),
        ColumnType::Long => Literal::Long(whole(text)?),
        ColumnType::Real => Literal::Real(real(text)?),
        ColumnType::Decimal => Literal::Decimal(decimal(text)?.into()),
        ColumnType::Datetime => Literal::Datetime(moment::read_datetime(text)?),
        ColumnType::Timespan => Literal::Timespan(moment::read_timespan(text)?),
        ColumnType::Guid => Literal::Guid(guid(text)?),
        ColumnType::String | ColumnType::Dynamic => return None,
    })
}

fn unquoted(text: &str) -> &str {
    let quoted = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).map_or(text, str::trim)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn whole(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest.trim_start()));
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let number = u64::from_str_radix(hex, 16).ok()?.cast_signed();
        return Some(if negative { number.wrapping_neg() } else { number });
    }
    if negative { format!("-{digits}").parse().ok() } else { digits.parse().ok() }
}

fn real(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => number(text)?.parse().ok(),
    }
}

fn decimal(text: &str) -> Option<&str> {
    let text = text.strip_prefix('+').unwrap_or(text);
    number(text).filter(|text| text.len() <= 64)
}

/// A number in decimal digits with a point and an exponent, nothing else that Rust's parser takes.
fn number(text: &str) -> Option<&str> {
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let lacks_digits = exponent.is_empty() || whole.is_empty() && fraction.is_empty();
    (!lacks_digits && is_digits(whole) && is_digits(fraction) && is_digits(exponent)).then_some(text)
}

/// The number of a GUID in its usual form, or of 32 digits, in braces or not.
pub(crate) fn guid(text: &str) -> Option<u128> {
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let digits = match text.len() {
        36 => {
            let dashes = text.bytes().enumerate().all(|(at, b)| (b == b'-') == matches!(at, 8 | 13 | 18 | 23));
            dashes.then(|| text.replace('-', ""))?
        }
        32 => text.to_owned(),
        _ => return None,
    };
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(&digits, 16).ok())?
}
