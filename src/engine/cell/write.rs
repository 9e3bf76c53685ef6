//! Cells become an Arrow array.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder, StringViewBuilder,
};
use datafusion::arrow::datatypes::DataType;
use model::ColumnType;

use super::{Cell, DECIMAL_ONE, DECIMAL_SCALE, real_decimal};

/// An array that grows cell by cell. A cell that the column can't hold is null.
#[derive(Debug)]
pub(crate) enum Writer {
    Bool(BooleanBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Real(Float64Builder),
    Decimal(Decimal128Builder),
    Text(StringViewBuilder),
    Guid(StringViewBuilder),
    Dynamic(StringViewBuilder),
}

impl Writer {
    /// For a column of this type, with room for so many cells.
    pub(crate) fn new(column_type: ColumnType, rows: usize) -> Self {
        match column_type {
            ColumnType::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            ColumnType::Int => Self::Int(Int32Builder::with_capacity(rows)),
            ColumnType::Long | ColumnType::Datetime | ColumnType::Timespan => {
                Self::Long(Int64Builder::with_capacity(rows))
            }
            ColumnType::Real => Self::Real(Float64Builder::with_capacity(rows)),
            ColumnType::Decimal => Self::Decimal(
                Decimal128Builder::with_capacity(rows).with_data_type(DataType::Decimal128(38, DECIMAL_SCALE)),
            ),
            ColumnType::String => Self::Text(StringViewBuilder::with_capacity(rows)),
            ColumnType::Guid => Self::Guid(StringViewBuilder::with_capacity(rows)),
            ColumnType::Dynamic => Self::Dynamic(StringViewBuilder::with_capacity(rows)),
        }
    }

    /// Adds a cell.
    pub(crate) fn push(&mut self, cell: &Cell<'_>) {
        match self {
            Self::Bool(builder) => builder.append_option(cell.bool()),
            Self::Int(builder) => builder.append_option(cell.long().and_then(|number| i32::try_from(number).ok())),
            Self::Long(builder) => builder.append_option(cell.long()),
            Self::Real(builder) => builder.append_option(cell.real()),
            Self::Decimal(builder) => builder.append_option(match cell {
                Cell::Decimal(number) => Some(*number),
                Cell::Long(number) => i128::from(*number).checked_mul(DECIMAL_ONE),
                other => other.real().and_then(real_decimal),
            }),
            Self::Text(builder) => match cell {
                Cell::Text(text) => builder.append_value(text),
                other => builder.append_value(other.text()),
            },
            Self::Guid(builder) => match cell {
                Cell::Guid(text) => builder.append_value(text),
                _ => builder.append_null(),
            },
            Self::Dynamic(builder) => match cell {
                Cell::Null => builder.append_null(),
                Cell::Dynamic(json) => builder.append_value(json),
                other => builder.append_value(other.json_text()),
            },
        }
    }

    /// The array.
    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::Long(mut builder) => Arc::new(builder.finish()),
            Self::Real(mut builder) => Arc::new(builder.finish()),
            Self::Decimal(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) | Self::Guid(mut builder) | Self::Dynamic(mut builder) => {
                Arc::new(builder.finish())
            }
        }
    }
}

/// A number in double precision as `tostring` has it.
pub(crate) fn write_real(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-5..1e15).contains(&size) {
        let text = format!("{number:E}");
        return match text.split_once('E') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}E+{power:0>2}"),
            Some((digits, power)) => format!("{digits}E-{:0>2}", power.trim_start_matches('-')),
            None => text,
        };
    }
    format!("{number}")
}
