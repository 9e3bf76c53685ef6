//! One value on its way through a function, and how Kusto's types lie in Arrow inside the engine.
//!
//! Instants and lengths of time are whole numbers of ticks of 100 nanoseconds (instants: since 1970): Arrow's own types have
//! either not the range (nanoseconds end in 2262) or not the precision (microseconds lose the last digit). Decimals have
//! twelve digits behind the point. GUIDs and `dynamic` are texts: hyphenated small letters, and JSON. Texts are never null
//! for a query; where Arrow has a null text it means the empty one.

mod column;
mod write;

use std::borrow::Cow;

use datafusion::arrow::datatypes::DataType;
use kql::moment::{write_datetime, write_timespan};
use model::ColumnType;
use serde_json::Value as Json;

pub(crate) use self::{
    column::Cells,
    write::{Writer, write_real},
};

/// Digits behind the point of a decimal.
pub(crate) const DECIMAL_SCALE: i8 = 12;
/// What a decimal of one is.
pub(crate) const DECIMAL_ONE: i128 = 1_000_000_000_000;

/// The Arrow type of a column inside the engine.
pub(crate) const fn arrow_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Int => DataType::Int32,
        ColumnType::Long | ColumnType::Datetime | ColumnType::Timespan => DataType::Int64,
        ColumnType::Real => DataType::Float64,
        ColumnType::Decimal => DataType::Decimal128(38, DECIMAL_SCALE),
        ColumnType::String | ColumnType::Guid | ColumnType::Dynamic => DataType::Utf8View,
    }
}

/// One value; texts are borrowed from their columns where possible.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    /// Of `int` and `long`.
    Long(i64),
    Real(f64),
    Decimal(i128),
    Text(Cow<'a, str>),
    Datetime(i64),
    Timespan(i64),
    Guid(Cow<'a, str>),
    /// JSON text, never `null`.
    Dynamic(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    pub(crate) fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// JSON as `dynamic`.
    pub(crate) fn of_json(json: &Json) -> Self {
        if json.is_null() { Self::Null } else { Self::Dynamic(json.to_string().into()) }
    }

    /// A list as `dynamic`.
    pub(crate) fn of_list(items: Vec<Json>) -> Self {
        Self::of_json(&Json::Array(items))
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// As `tostring` has it.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "".into(),
            Self::Bool(value) => if *value { "True" } else { "False" }.into(),
            Self::Long(number) => number.to_string().into(),
            Self::Real(number) => write_real(*number).into(),
            Self::Decimal(number) => write_decimal(*number).into(),
            Self::Text(text) | Self::Guid(text) => Cow::Borrowed(text),
            Self::Datetime(ticks) => write_datetime(*ticks).into(),
            Self::Timespan(ticks) => write_timespan(*ticks).into(),
            Self::Dynamic(json) => dynamic_text(json),
        }
    }

    /// The same, taken.
    pub(crate) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) | Self::Guid(text) => text,
            Self::Dynamic(Cow::Borrowed(json)) => dynamic_text(json),
            other => other.text().into_owned().into(),
        }
    }

    /// As a value in JSON; of `dynamic` what it holds.
    pub(crate) fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Long(number) => Json::from(*number),
            Self::Real(number) => real_json(*number),
            Self::Decimal(number) => Json::String(write_decimal(*number)),
            Self::Dynamic(json) => serde_json::from_str(json).unwrap_or(Json::Null),
            other => Json::String(other.text().into_owned()),
        }
    }

    /// As JSON text; of `dynamic` as it is.
    pub(crate) fn json_text(&self) -> Cow<'_, str> {
        match self {
            Self::Dynamic(json) => Cow::Borrowed(json),
            Self::Null => "null".into(),
            other => other.json().to_string().into(),
        }
    }

    /// As JSON text, taken.
    pub(crate) fn text_of_json(&self) -> String {
        self.json_text().into_owned()
    }

    /// A scalar in `dynamic` as that scalar, texts too.
    pub(crate) fn unpacked(self) -> Self {
        match self {
            Self::Dynamic(json) => match serde_json::from_str::<Json>(&json) {
                Ok(Json::Bool(value)) => Self::Bool(value),
                Ok(Json::String(text)) => Self::Text(text.into()),
                Ok(Json::Number(number)) => match (number.as_i64(), number.as_f64()) {
                    (Some(number), _) => Self::Long(number),
                    (None, Some(number)) => Self::Real(number),
                    (None, None) => Self::Null,
                },
                Ok(Json::Null) => Self::Null,
                _ => Self::Dynamic(json),
            },
            other => other,
        }
    }

    /// The number of a number, also in `dynamic`, of a bool and of lengths of time their ticks.
    pub(crate) fn real(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "asked for")]
        match self {
            Self::Long(number) | Self::Datetime(number) | Self::Timespan(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Decimal(number) => Some(decimal_real(*number)),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Dynamic(_) => match self.clone().unpacked() {
                Self::Long(number) => Some(number as f64),
                Self::Real(number) => Some(number),
                _ => None,
            },
            _ => None,
        }
    }

    /// The whole number of a number; fractions are cut off.
    pub(crate) fn long(&self) -> Option<i64> {
        match self {
            Self::Long(number) | Self::Datetime(number) | Self::Timespan(number) => Some(*number),
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Real(number) => real_long(*number),
            Self::Decimal(number) => i64::try_from(number / DECIMAL_ONE).ok(),
            Self::Dynamic(_) => match self.clone().unpacked() {
                Self::Long(number) => Some(number),
                Self::Real(number) => real_long(number),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether something is true.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Long(number) => Some(*number != 0),
            Self::Dynamic(json) => match json.as_ref() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The ticks of an instant or a length of time, also written in `dynamic`.
    pub(crate) fn ticks(&self) -> Option<i64> {
        match self {
            Self::Datetime(ticks) | Self::Timespan(ticks) | Self::Long(ticks) => Some(*ticks),
            _ => None,
        }
    }

    /// Without a borrow.
    pub(crate) fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Null => Cell::Null,
            Self::Bool(value) => Cell::Bool(value),
            Self::Long(number) => Cell::Long(number),
            Self::Real(number) => Cell::Real(number),
            Self::Decimal(number) => Cell::Decimal(number),
            Self::Text(text) => Cell::Text(text.into_owned().into()),
            Self::Datetime(ticks) => Cell::Datetime(ticks),
            Self::Timespan(ticks) => Cell::Timespan(ticks),
            Self::Guid(text) => Cell::Guid(text.into_owned().into()),
            Self::Dynamic(json) => Cell::Dynamic(json.into_owned().into()),
        }
    }
}

impl From<Option<i64>> for Cell<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Long)
    }
}

impl From<Option<f64>> for Cell<'_> {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Null, Self::Real)
    }
}

impl From<Option<bool>> for Cell<'_> {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }
}

impl From<Option<String>> for Cell<'_> {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }
}

/// The text of a text in JSON, any other JSON as it stands.
fn dynamic_text(json: &str) -> Cow<'_, str> {
    if !json.starts_with('"') {
        return Cow::Borrowed(json);
    }
    match json.get(1..json.len().saturating_sub(1)) {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        _ => serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned),
    }
}

/// A number in JSON; what JSON has no number for is a text, as in Kusto.
pub(crate) fn real_json(number: f64) -> Json {
    serde_json::Number::from_f64(number).map_or_else(|| Json::String(write_real(number)), Json::Number)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked to fit")]
fn real_long(number: f64) -> Option<i64> {
    (number.is_finite() && number.abs() < i64::MAX as f64).then_some(number as i64)
}

#[expect(clippy::cast_precision_loss, reason = "asked for")]
pub(crate) fn decimal_real(number: i128) -> f64 {
    (number / DECIMAL_ONE) as f64 + (number % DECIMAL_ONE) as f64 / DECIMAL_ONE as f64
}

/// A decimal as people write it.
pub(crate) fn write_decimal(number: i128) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let (whole, fraction) =
        (number.unsigned_abs() / DECIMAL_ONE.unsigned_abs(), number.unsigned_abs() % DECIMAL_ONE.unsigned_abs());
    let fraction = format!("{fraction:012}");
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Reads a decimal; digits behind the twelfth are cut off.
pub(crate) fn read_decimal(text: &str) -> Option<i128> {
    let text = text.trim();
    if text.contains(['e', 'E']) {
        return real_decimal(text.parse().ok()?);
    }
    let (negative, digits) =
        text.strip_prefix('-').map_or((false, text.strip_prefix('+').unwrap_or(text)), |t| (true, t));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i128 = format!("{fraction:0<12}").get(..12)?.parse().ok()?;
    let number = whole.checked_mul(DECIMAL_ONE)?.checked_add(fraction)?;
    Some(if negative { -number } else { number })
}

/// A number in double precision as a decimal.
pub(crate) fn real_decimal(number: f64) -> Option<i128> {
    if !number.is_finite() || number.abs() >= 1e26 {
        return None;
    }
    read_decimal(&format!("{number}"))
}
