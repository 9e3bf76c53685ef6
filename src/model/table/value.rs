//! The value of one cell.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    ColumnType,
    moment::{read_datetime, read_timespan, write_datetime, write_timespan},
};

/// The value of one cell. Texts are borrowed from the table that holds them.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number: of a column of type `int` or `long`.
    Long(i64),
    /// A number in double precision.
    Real(f64),
    /// A decimal number, as written.
    Decimal(Cow<'a, str>),
    /// A text.
    String(Cow<'a, str>),
    /// An instant.
    Datetime(DateTime<Utc>),
    /// A length of time.
    Timespan(TimeDelta),
    /// A GUID.
    Guid(Uuid),
    /// JSON text.
    Dynamic(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// Any JSON, as the value of a cell: numbers, texts and the like as such, lists and objects as `dynamic`.
    pub fn of_json(json: &'a serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Self::Long(number),
                (None, Some(number)) => Self::Decimal(number.to_string().into()),
                (None, None) => Self::Real(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Self::String(text.into()),
            json => Self::Dynamic(json.to_string().into()),
        }
    }

    /// Whether there is no value.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a number of any type.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "asked for")]
            Self::Long(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Decimal(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The instant of an instant.
    pub const fn as_datetime(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Datetime(instant) => Some(*instant),
            _ => None,
        }
    }

    /// As people and CSV have it; nothing for null.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "".into(),
            Self::Bool(value) => if *value { "true" } else { "false" }.into(),
            Self::Long(number) => number.to_string().into(),
            Self::Real(number) => number.to_string().into(),
            Self::Decimal(text) | Self::String(text) | Self::Dynamic(text) => Cow::Borrowed(text),
            Self::Datetime(instant) => write_datetime(*instant).into(),
            Self::Timespan(span) => write_timespan(*span).into(),
            Self::Guid(guid) => guid.to_string().into(),
        }
    }

    /// The type of a column that can hold it; null fits all.
    pub const fn kind(&self) -> Option<ColumnType> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(_) => ColumnType::Bool,
            Self::Long(_) => ColumnType::Long,
            Self::Real(_) => ColumnType::Real,
            Self::Decimal(_) => ColumnType::Decimal,
            Self::String(_) => ColumnType::String,
            Self::Datetime(_) => ColumnType::Datetime,
            Self::Timespan(_) => ColumnType::Timespan,
            Self::Guid(_) => ColumnType::Guid,
            Self::Dynamic(_) => ColumnType::Dynamic,
        })
    }

    /// The same as a value of another type, if it can be one without losing what it means. A blank text is null in any type
    /// but text.
    pub fn cast(self, to: ColumnType) -> Option<Value<'a>> {
        match (self, to) {
            (Self::Null, _) => Some(Value::Null),
            (Self::Long(number), ColumnType::Int) => i32::try_from(number).ok().map(|_| Value::Long(number)),
            (value, to) if value.kind() == Some(to) => Some(value),
            (Self::Dynamic(json), to) => from_json(&json, to),
            (value, ColumnType::String) => Some(Value::String(value.to_text().into_owned().into())),
            (value, ColumnType::Dynamic) => to_json(&value),
            (Self::String(text), to) => from_text(text.trim(), to),
            (Self::Long(number), ColumnType::Real) => Value::Long(number).as_f64().map(Value::Real),
            (Self::Decimal(text), ColumnType::Real) => text.parse().ok().map(Value::Real),
            (Self::Long(number), ColumnType::Decimal) => Some(Value::Decimal(number.to_string().into())),
            (Self::Real(number), ColumnType::Decimal) if number.is_finite() => {
                Some(Value::Decimal(number.to_string().into()))
            }
            // What other programs write for whole numbers in a column with gaps.
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
            (Self::Real(number), ColumnType::Int | ColumnType::Long)
                if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 =>
            {
                Value::Long(number as i64).cast(to)
            }
            (Self::Long(number @ (0 | 1)), ColumnType::Bool) => Some(Value::Bool(number == 1)),
            _ => None,
        }
    }
}

fn from_text(text: &str, to: ColumnType) -> Option<Value<'static>> {
    if text.is_empty() {
        return Some(Value::Null);
    }
    match to {
        ColumnType::String | ColumnType::Dynamic => None,
        ColumnType::Int | ColumnType::Long => Value::Long(text.parse().ok()?).cast(to),
        ColumnType::Real => text.parse().ok().map(Value::Real),
        ColumnType::Decimal => is_decimal(text).then(|| Value::Decimal(text.to_owned().into())),
        ColumnType::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        ColumnType::Datetime => read_datetime(text).map(Value::Datetime),
        ColumnType::Timespan => read_timespan(text).map(Value::Timespan),
        ColumnType::Guid => text.parse().ok().map(Value::Guid),
    }
}

/// Of JSON, scalars can become other types; lists and objects only text.
fn from_json(json: &str, to: ColumnType) -> Option<Value<'static>> {
    let parsed: serde_json::Value = serde_json::from_str(json).ok()?;
    match Value::of_json(&parsed) {
        Value::Dynamic(_) if to == ColumnType::String => Some(Value::String(json.to_owned().into())),
        Value::Dynamic(_) => None,
        scalar => scalar.cast(to).map(Value::into_owned),
    }
}

/// A text that holds a list or an object is that list or object: many sources send `dynamic` so.
fn to_json(value: &Value<'_>) -> Option<Value<'static>> {
    if let Value::String(text) = value
        && text.trim_start().starts_with(['[', '{'])
        && serde_json::from_str::<&RawValue>(text.trim()).is_ok()
    {
        return Some(Value::Dynamic(text.trim().to_owned().into()));
    }
    Some(Value::Dynamic(serde_json::to_string(value).ok()?.into()))
}

fn is_decimal(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.parse::<f64>().is_ok()
}

impl Value<'_> {
    /// The same without a borrow.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Long(number) => Value::Long(number),
            Self::Real(number) => Value::Real(number),
            Self::Decimal(text) => Value::Decimal(text.into_owned().into()),
            Self::String(text) => Value::String(text.into_owned().into()),
            Self::Datetime(instant) => Value::Datetime(instant),
            Self::Timespan(span) => Value::Timespan(span),
            Self::Guid(guid) => Value::Guid(guid),
            Self::Dynamic(text) => Value::Dynamic(text.into_owned().into()),
        }
    }
}

/// As JSON has it. A number that JSON does not have (not a number, infinite) is null.
impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Long(number) => serializer.serialize_i64(*number),
            Self::Real(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Real(_) => serializer.serialize_unit(),
            Self::Dynamic(json) => {
                serde_json::from_str::<&RawValue>(json).map_err(Error::custom)?.serialize(serializer)
            }
            Self::Decimal(_) | Self::String(_) | Self::Datetime(_) | Self::Timespan(_) | Self::Guid(_) => {
                serializer.serialize_str(&self.to_text())
            }
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Long(number)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<DateTime<Utc>> for Value<'_> {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Datetime(instant)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
