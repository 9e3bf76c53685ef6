//! Values as text.

use model::ColumnType;

use crate::{literal::Literal, moment};

/// The value as it is read again, with its type.
pub(super) fn written(value: &Literal) -> String {
    match value {
        Literal::Null(column_type) => format!("{}(null)", type_word(*column_type)),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(number) => format!("int({number})"),
        Literal::Long(number) if *number < 0 => format!("long({number})"),
        Literal::Long(number) => number.to_string(),
        Literal::Real(number) if number.is_nan() => "real(nan)".into(),
        Literal::Real(number) if number.is_infinite() => format!("real({number})"),
        Literal::Real(number) if number.is_sign_negative() => format!("real({number:?})"),
        Literal::Real(number) => format!("{number:?}"),
        Literal::Decimal(text) => format!("decimal({text})"),
        Literal::String(text) => quoted(text),
        Literal::Datetime(ticks) => format!("datetime({})", moment::write_datetime(*ticks)),
        Literal::Timespan(ticks) => format!("time({})", moment::write_timespan(*ticks)),
        Literal::Guid(number) => format!("guid({})", guid(*number)),
        Literal::Dynamic(value) => format!("dynamic({value})"),
    }
}

const fn type_word(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Timespan => "time",
        other => other.as_str(),
    }
}

/// A text in double quotes, with what would end it or the line escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A GUID in its usual form.
pub(crate) fn guid(number: u128) -> String {
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
