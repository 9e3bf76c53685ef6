//! Columns of files as the engine has them: ticks, texts without nulls, JSON.

use std::{fmt, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewBuilder},
        compute::{CastOptions, cast_with_options, unary},
        datatypes::{DataType, Field, Int64Type, TimeUnit},
        json::writer::{EncoderOptions, make_encoder},
        util::display::FormatOptions,
    },
    error::Result,
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, expr::ScalarFunction,
    },
    scalar::ScalarValue,
};
use model::ColumnType;
use uuid::Uuid;

use crate::{
    cell::{Cell, Cells, Writer, arrow_type},
    function,
};

/// What can't be what its column is is null.
const LENIENT: CastOptions<'static> = CastOptions { safe: true, format_options: FormatOptions::new() };

/// The expression that makes a column of a file one of the engine.
pub(super) fn adapted(column: Expr, from: &DataType, to: ColumnType) -> Expr {
    let is_same = *from == arrow_type(to);
    if is_same
        && matches!(to, ColumnType::Bool | ColumnType::Int | ColumnType::Long | ColumnType::Real | ColumnType::Decimal)
    {
        return column;
    }
    let signature = Signature::any(1, Volatility::Immutable);
    Expr::ScalarFunction(ScalarFunction::new_udf(
        Arc::new(ScalarUDF::new_from_impl(Adapt { to, signature })),
        vec![column],
    ))
}

#[derive(PartialEq, Eq, Hash)]
struct Adapt {
    to: ColumnType,
    signature: Signature,
}

impl fmt::Debug for Adapt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("adapt")
    }
}

impl ScalarUDFImpl for Adapt {
    fn name(&self) -> &str {
        match self.to {
            ColumnType::Bool => "adapt_bool",
            ColumnType::Int => "adapt_int",
            ColumnType::Long => "adapt_long",
            ColumnType::Real => "adapt_real",
            ColumnType::Decimal => "adapt_decimal",
            ColumnType::String => "adapt_string",
            ColumnType::Datetime => "adapt_datetime",
            ColumnType::Timespan => "adapt_timespan",
            ColumnType::Guid => "adapt_guid",
            ColumnType::Dynamic => "adapt_dynamic",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(self.to))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.first() {
            Some(ColumnarValue::Array(array)) => Ok(ColumnarValue::Array(adapt(array, self.to)?)),
            Some(ColumnarValue::Scalar(scalar)) => {
                let array = adapt(&scalar.to_array_of_size(1)?, self.to)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
            None => Ok(ColumnarValue::Scalar(ScalarValue::try_new_null(&arrow_type(self.to))?)),
        }
    }
}

/// An array as one of the engine.
pub(crate) fn adapt(array: &ArrayRef, to: ColumnType) -> Result<ArrayRef> {
    let from = array.data_type();
    let cast = |array: &ArrayRef, to: &DataType| cast_with_options(array, to, &LENIENT);
    if let DataType::Dictionary(_, values) = from {
        return adapt(&cast(array, values)?, to);
    }
    let is_text = matches!(from, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    Ok(match to {
        ColumnType::Datetime => match from {
            DataType::Timestamp(unit, _) => in_ticks(&cast(array, &DataType::Int64)?, *unit),
            DataType::Date32 | DataType::Date64 => {
                let millis = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
                in_ticks(&cast(&millis, &DataType::Int64)?, TimeUnit::Millisecond)
            }
            _ => by_cells(array, to)?,
        },
        ColumnType::Timespan => match from {
            DataType::Duration(unit) | DataType::Time64(unit) => in_ticks(&cast(array, &DataType::Int64)?, *unit),
            DataType::Time32(unit) => in_ticks(&cast(&cast(array, &DataType::Int32)?, &DataType::Int64)?, *unit),
            _ => by_cells(array, to)?,
        },
        ColumnType::String if from.is_nested() => without_nulls(&as_json(array)?),
        ColumnType::String => without_nulls(&cast(array, &DataType::Utf8View)?),
        ColumnType::Guid => match array.as_fixed_size_binary_opt() {
            Some(bytes) => {
                let mut out = StringViewBuilder::with_capacity(bytes.len());
                for guid in bytes {
                    out.append_option(
                        guid.and_then(|guid| Uuid::from_slice(guid).ok()).map(|guid| guid.hyphenated().to_string()),
                    );
                }
                Arc::new(out.finish())
            }
            None => by_cells(array, to)?,
        },
        ColumnType::Dynamic if is_text => {
            let texts = cast(array, &DataType::Utf8View)?;
            let mut out = StringViewBuilder::with_capacity(texts.len());
            for text in texts.as_string_view() {
                match text {
                    None | Some("" | "null") => out.append_null(),
                    Some(text) => out.append_value(function::to(ColumnType::Dynamic, &Cell::of(text)).text_of_json()),
                }
            }
            Arc::new(out.finish())
        }
        ColumnType::Dynamic => as_json(array)?,
        _ if is_text => by_cells(array, to)?,
        _ => cast(array, &arrow_type(to))?,
    })
}

fn in_ticks(numbers: &ArrayRef, unit: TimeUnit) -> ArrayRef {
    let Some(numbers) = numbers.as_primitive_opt::<Int64Type>() else { return numbers.clone() };
    Arc::new(match unit {
        TimeUnit::Second => unary::<_, _, Int64Type>(numbers, |number| number.wrapping_mul(10_000_000)),
        TimeUnit::Millisecond => unary::<_, _, Int64Type>(numbers, |number| number.wrapping_mul(10_000)),
        TimeUnit::Microsecond => unary::<_, _, Int64Type>(numbers, |number| number.wrapping_mul(10)),
        TimeUnit::Nanosecond => unary::<_, _, Int64Type>(numbers, |number| number.div_euclid(100)),
    })
}

/// There is no null text.
pub(super) fn without_nulls(array: &ArrayRef) -> ArrayRef {
    if array.null_count() == 0 {
        return array.clone();
    }
    let mut out = StringViewBuilder::with_capacity(array.len());
    for text in array.as_string_view() {
        out.append_value(text.unwrap_or_default());
    }
    Arc::new(out.finish())
}

/// Texts and numbers as Kusto's conversions read them.
fn by_cells(array: &ArrayRef, to: ColumnType) -> Result<ArrayRef> {
    let from = match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::String,
        data_type if data_type.is_integer() => ColumnType::Long,
        DataType::Boolean => ColumnType::Bool,
        _ => ColumnType::Real,
    };
    let cells = Cells::of_array(array, from)?;
    let mut writer = Writer::new(to, array.len());
    for row in 0..array.len() {
        writer.push(&function::to(to, &cells.cell(row)));
    }
    Ok(writer.finish())
}

/// Lists, structs, maps and the rest as JSON.
fn as_json(array: &ArrayRef) -> Result<ArrayRef> {
    let options = EncoderOptions::default();
    let field = Arc::new(Field::new("value", array.data_type().clone(), true));
    let mut encoder = make_encoder(&field, array.as_ref(), &options)?;
    let mut out = StringViewBuilder::with_capacity(array.len());
    let mut json = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            out.append_null();
            continue;
        }
        json.clear();
        encoder.encode(row, &mut json);
        out.append_option(std::str::from_utf8(&json).ok());
    }
    Ok(Arc::new(out.finish()))
}
