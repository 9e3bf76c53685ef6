//! Conversions: `tolong`, `todatetime`, `parse_json` and their kin. What can't be converted is null.

use kql::moment::{read_datetime, read_timespan};
use model::ColumnType;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{RowFunction, arg};
use crate::cell::{Cell, DECIMAL_ONE, read_decimal, real_decimal};

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "tostring" => |_, cells| match arg(cells, 0) {
            Cell::Text(text) => Cell::Text(text.clone()),
            other => Cell::of(other.text().into_owned()),
        },
        "tolong" => |_, cells| to(ColumnType::Long, arg(cells, 0)),
        "toint" => |_, cells| to(ColumnType::Int, arg(cells, 0)),
        "toreal" | "todouble" => |_, cells| to(ColumnType::Real, arg(cells, 0)),
        "tobool" | "toboolean" => |_, cells| to(ColumnType::Bool, arg(cells, 0)),
        "todecimal" => |_, cells| to(ColumnType::Decimal, arg(cells, 0)),
        "todatetime" => |_, cells| to(ColumnType::Datetime, arg(cells, 0)),
        "totimespan" => |_, cells| to(ColumnType::Timespan, arg(cells, 0)),
        "toguid" => |_, cells| to(ColumnType::Guid, arg(cells, 0)),
        "parse_json" | "todynamic" => |_, cells| to(ColumnType::Dynamic, arg(cells, 0)),
        "as_dynamic" => |_, cells| match arg(cells, 0) {
            Cell::Null => Cell::Null,
            Cell::Dynamic(json) => Cell::Dynamic(json.clone()),
            other => Cell::Dynamic(other.json_text().into_owned().into()),
        },
        "to" => |context, cells| to(context.result, arg(cells, 0)),
        "gettype" => |_, cells| Cell::of(type_name(arg(cells, 0))),
        _ => return None,
    })
}

/// A cell as a value of another type.
pub(crate) fn to<'a>(column_type: ColumnType, cell: &Cell<'a>) -> Cell<'a> {
    if column_type == ColumnType::Dynamic {
        return to_dynamic(cell);
    }
    let cell = cell.clone().unpacked();
    match column_type {
        ColumnType::String => Cell::of(cell.into_text().into_owned()),
        ColumnType::Long => to_long(&cell).into(),
        ColumnType::Int => to_long(&cell).filter(|number| i32::try_from(*number).is_ok()).into(),
        ColumnType::Real => match &cell {
            Cell::Text(text) => read_real(text).into(),
            other => other.real().into(),
        },
        ColumnType::Decimal => match &cell {
            Cell::Decimal(number) => Some(*number),
            Cell::Text(text) => read_decimal(text),
            Cell::Long(number) => Some(i128::from(*number) * DECIMAL_ONE),
            other => other.real().and_then(real_decimal),
        }
        .map_or(Cell::Null, Cell::Decimal),
        ColumnType::Bool => match &cell {
            Cell::Text(text) => read_bool(text.trim()).into(),
            Cell::Real(number) => Cell::Bool(*number != 0.0),
            other => other.bool().into(),
        },
        ColumnType::Datetime => match &cell {
            Cell::Datetime(ticks) => Some(*ticks),
            Cell::Text(text) => read_datetime(text),
            _ => None,
        }
        .map_or(Cell::Null, Cell::Datetime),
        ColumnType::Timespan => match &cell {
            Cell::Timespan(ticks) => Some(*ticks),
            Cell::Text(text) => read_timespan(text),
            Cell::Long(days) => days.checked_mul(kql::moment::TICKS_PER_DAY),
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "saturates")]
            Cell::Real(days) => Some((days * kql::moment::TICKS_PER_DAY as f64).round() as i64),
            _ => None,
        }
        .map_or(Cell::Null, Cell::Timespan),
        ColumnType::Guid => match &cell {
            Cell::Guid(_) => cell,
            Cell::Text(text) => read_guid(text),
            _ => Cell::Null,
        },
        ColumnType::Dynamic => cell,
    }
}

/// Any text that is JSON is that JSON, any other a text in JSON.
fn to_dynamic<'a>(cell: &Cell<'a>) -> Cell<'a> {
    match cell {
        Cell::Null => Cell::Null,
        Cell::Dynamic(_) => cell.clone(),
        Cell::Text(text) => {
            let trimmed = text.trim();
            if trimmed.is_empty() || trimmed == "null" {
                return Cell::Null;
            }
            if serde_json::from_str::<&RawValue>(trimmed).is_ok() {
                return Cell::Dynamic(trimmed.to_owned().into());
            }
            Cell::Dynamic(cell.json_text().into_owned().into())
        }
        other => Cell::Dynamic(other.json_text().into_owned().into()),
    }
}

fn to_long(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Text(text) => {
            let text = text.trim();
            match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => u64::from_str_radix(digits, 16).ok().map(u64::cast_signed),
                None => text.parse().ok(),
            }
        }
        other => other.long(),
    }
}

fn read_real(text: &str) -> Option<f64> {
    let text = text.trim();
    match text {
        "inf" | "+inf" | "Infinity" | "∞" => Some(f64::INFINITY),
        "-inf" | "-Infinity" | "-∞" => Some(f64::NEG_INFINITY),
        "nan" | "NaN" => Some(f64::NAN),
        _ if text.starts_with("0x") => to_long(&Cell::of(text)).and_then(|number| Cell::Long(number).real()),
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

fn read_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Some(false);
    }
    text.parse::<i64>().ok().map(|number| number != 0)
}

/// A GUID in any of its spellings; hyphens may stand between any bytes.
fn read_guid<'a>(text: &str) -> Cell<'a> {
    let digits: String = text.trim().trim_matches(['{', '}', '(', ')']).chars().filter(|c| *c != '-').collect();
    match Uuid::try_parse(&digits) {
        Ok(guid) if digits.len() == 32 => Cell::Guid(guid.hyphenated().to_string().into()),
        _ => Cell::Null,
    }
}

fn type_name(cell: &Cell<'_>) -> &'static str {
    match cell {
        Cell::Null => "null",
        Cell::Bool(_) => "bool",
        Cell::Long(_) => "long",
        Cell::Real(_) => "real",
        Cell::Decimal(_) => "decimal",
        Cell::Text(_) => "string",
        Cell::Datetime(_) => "datetime",
        Cell::Timespan(_) => "timespan",
        Cell::Guid(_) => "guid",
        Cell::Dynamic(json) => match json.as_bytes().first() {
            Some(b'[') => "array",
            Some(b'{') => "dictionary",
            Some(b'"') => "string",
            Some(b't' | b'f') => "bool",
            _ if json.contains(['.', 'e', 'E']) => "double",
            _ => "long",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(text: &str) -> Option<i64> {
        to(ColumnType::Long, &Cell::of(text)).long()
    }

    #[test]
    fn whole_numbers_are_read_in_both_bases() {
        assert_eq!(long(" 123 "), Some(123));
        assert_eq!(long("0xff"), Some(255));
        assert_eq!(long("12.5"), None);
        assert_eq!(long(""), None);
        assert_eq!(to(ColumnType::Int, &Cell::Real(2.3)), Cell::Long(2));
        assert_eq!(to(ColumnType::Int, &Cell::Long(1 << 40)), Cell::Null);
    }

    #[test]
    fn scalars_in_dynamic_are_converted_as_such() {
        assert_eq!(to(ColumnType::Long, &Cell::Dynamic("\"12\"".into())), Cell::Long(12));
        assert_eq!(to(ColumnType::Real, &Cell::Dynamic("1.5".into())), Cell::Real(1.5));
        assert_eq!(to(ColumnType::Bool, &Cell::Dynamic("true".into())), Cell::Bool(true));
        assert_eq!(to(ColumnType::String, &Cell::Dynamic("\"a\\\"b\"".into())), Cell::of("a\"b"));
        assert_eq!(to(ColumnType::String, &Cell::Dynamic("{\"a\": 1}".into())), Cell::of("{\"a\": 1}"));
    }

    #[test]
    fn text_that_is_no_json_is_a_text() {
        assert_eq!(to(ColumnType::Dynamic, &Cell::of("[1, 2]")), Cell::Dynamic("[1, 2]".into()));
        assert_eq!(to(ColumnType::Dynamic, &Cell::of("plain")), Cell::Dynamic("\"plain\"".into()));
        assert!(to(ColumnType::Dynamic, &Cell::of("")).is_null());
    }

    #[test]
    fn guids_are_read_in_any_spelling() {
        let guid = Cell::Guid("01234567-89ab-cdef-0123-456789abcdef".into());
        for text in [
            "0123456789abcdef0123456789abcdef",
            "0123456789ab-cdef-0123-456789abcdef",
            "{01234567-89AB-cdef-0123-456789abcdef}",
        ] {
            assert_eq!(to(ColumnType::Guid, &Cell::of(text)), guid);
        }
        assert!(to(ColumnType::Guid, &Cell::of("a string that is not a guid")).is_null());
    }
}
