//! Values as a query writes them, each of one of Kusto's types.

use std::sync::Arc;

use model::ColumnType;

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// No value of a type. There is none of `string`.
    Null(ColumnType),
    /// True or false.
    Bool(bool),
    /// A whole number of 32 bits.
    Int(i32),
    /// A whole number of 64 bits.
    Long(i64),
    /// A number in double precision.
    Real(f64),
    /// A decimal number, exactly as written, without a plus sign.
    Decimal(Arc<str>),
    /// A text.
    String(Arc<str>),
    /// An instant: 100-nanosecond ticks since 1970-01-01 UTC.
    Datetime(i64),
    /// A length of time in 100-nanosecond ticks.
    Timespan(i64),
    /// A GUID, as the number that its digits write.
    Guid(u128),
    /// Any JSON but `null`. Instants, lengths of time and GUIDs in it are texts.
    Dynamic(Arc<serde_json::Value>),
}

impl Literal {
    /// The type.
    pub const fn column_type(&self) -> ColumnType {
        match self {
            Self::Null(column_type) => *column_type,
            Self::Bool(_) => ColumnType::Bool,
            Self::Int(_) => ColumnType::Int,
            Self::Long(_) => ColumnType::Long,
            Self::Real(_) => ColumnType::Real,
            Self::Decimal(_) => ColumnType::Decimal,
            Self::String(_) => ColumnType::String,
            Self::Datetime(_) => ColumnType::Datetime,
            Self::Timespan(_) => ColumnType::Timespan,
            Self::Guid(_) => ColumnType::Guid,
            Self::Dynamic(_) => ColumnType::Dynamic,
        }
    }

    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a whole number.
    pub const fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number as i64),
            Self::Long(number) => Some(*number),
            _ => None,
        }
    }
}

/// The type that a name stands for in declarations, `typeof` and literals like `long(1)`.
pub(crate) fn named_type(name: &str) -> Option<ColumnType> {
    Some(match name {
        "bool" | "boolean" => ColumnType::Bool,
        "int" | "int32" | "uint" | "int16" | "uint16" | "int8" | "uint8" => ColumnType::Int,
        "long" | "int64" | "ulong" | "uint64" | "uint32" => ColumnType::Long,
        "real" | "double" | "float" => ColumnType::Real,
        "decimal" => ColumnType::Decimal,
        "string" => ColumnType::String,
        "datetime" | "date" => ColumnType::Datetime,
        "timespan" | "time" => ColumnType::Timespan,
        "guid" | "uuid" | "uniqueid" => ColumnType::Guid,
        "dynamic" => ColumnType::Dynamic,
        _ => return None,
    })
}

/// The names of types, to suggest.
pub(crate) const TYPE_NAMES: [&str; 10] =
    ["bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"];
