//! The cells of an Arrow array, as the Kusto type that it holds.

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array,
            StringViewArray,
        },
        compute::cast,
        datatypes::{Decimal128Type, Float64Type, Int32Type, Int64Type},
    },
    error::Result,
    logical_expr::ColumnarValue,
};
use model::ColumnType;

use super::{Cell, arrow_type};

/// The cells of an array; of one value for all rows there is one.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    column: Column,
    constant: bool,
}

#[derive(Debug, Clone)]
enum Column {
    Bool(BooleanArray),
    Int(Int32Array),
    Long(Int64Array),
    Datetime(Int64Array),
    Timespan(Int64Array),
    Real(Float64Array),
    Decimal(Decimal128Array),
    Text(StringViewArray),
    Guid(StringViewArray),
    Dynamic(StringViewArray),
    Null,
}

impl Cells {
    /// Of an argument of a function.
    pub(crate) fn of_value(value: &ColumnarValue, column_type: ColumnType) -> Result<Self> {
        match value {
            ColumnarValue::Array(array) => Self::of_array(array, column_type),
            ColumnarValue::Scalar(scalar) => {
                let mut cells = Self::of_array(&scalar.to_array_of_size(1)?, column_type)?;
                cells.constant = true;
                Ok(cells)
            }
        }
    }

    /// Of an array.
    pub(crate) fn of_array(array: &ArrayRef, column_type: ColumnType) -> Result<Self> {
        if array.data_type().is_null() {
            return Ok(Self { column: Column::Null, constant: false });
        }
        let wanted = arrow_type(column_type);
        let array = if *array.data_type() == wanted { array.clone() } else { cast(array, &wanted)? };
        let column = match column_type {
            ColumnType::Bool => Column::Bool(array.as_boolean().clone()),
            ColumnType::Int => Column::Int(array.as_primitive::<Int32Type>().clone()),
            ColumnType::Long => Column::Long(array.as_primitive::<Int64Type>().clone()),
            ColumnType::Datetime => Column::Datetime(array.as_primitive::<Int64Type>().clone()),
            ColumnType::Timespan => Column::Timespan(array.as_primitive::<Int64Type>().clone()),
            ColumnType::Real => Column::Real(array.as_primitive::<Float64Type>().clone()),
            ColumnType::Decimal => Column::Decimal(array.as_primitive::<Decimal128Type>().clone()),
            ColumnType::String => Column::Text(array.as_string_view().clone()),
            ColumnType::Guid => Column::Guid(array.as_string_view().clone()),
            ColumnType::Dynamic => Column::Dynamic(array.as_string_view().clone()),
        };
        Ok(Self { column, constant: false })
    }

    /// Whether one value is meant for all rows.
    pub(crate) const fn is_constant(&self) -> bool {
        self.constant
    }

    /// The cell of a row.
    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        let row = if self.constant { 0 } else { row };
        macro_rules! cell {
            ($array:expr, $of:expr) => {
                if $array.is_null(row) { Cell::Null } else { $of($array.value(row)) }
            };
        }
        match &self.column {
            Column::Null => Cell::Null,
            Column::Bool(array) => cell!(array, Cell::Bool),
            Column::Int(array) => cell!(array, |number| Cell::Long(i64::from(number))),
            Column::Long(array) => cell!(array, Cell::Long),
            Column::Datetime(array) => cell!(array, Cell::Datetime),
            Column::Timespan(array) => cell!(array, Cell::Timespan),
            Column::Real(array) => cell!(array, Cell::Real),
            Column::Decimal(array) => cell!(array, Cell::Decimal),
            // There is no null text.
            Column::Text(array) => {
                if array.is_null(row) {
                    Cell::Text("".into())
                } else {
                    Cell::Text(array.value(row).into())
                }
            }
            Column::Guid(array) => {
                if array.is_null(row) {
                    Cell::Null
                } else {
                    Cell::Guid(array.value(row).into())
                }
            }
            Column::Dynamic(array) => {
                if array.is_null(row) {
                    Cell::Null
                } else {
                    Cell::Dynamic(array.value(row).into())
                }
            }
        }
    }
}
