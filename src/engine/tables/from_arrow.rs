//! Arrow batches as a table, whoever made them: every Arrow type has a type here.

use chrono::{DateTime, TimeDelta, Utc};
use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    compute::{CastOptions, cast_with_options},
    datatypes::{
        DataType, DurationMicrosecondType, Field, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
        TimestampNanosecondType,
    },
    error::ArrowError,
    json::writer::{EncoderOptions, make_encoder},
};
use model::{Column, ColumnType, MAX_CELLS, Table, TableError, Value};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::TYPE_KEY;
use crate::forms::FormError;

/// Values that can't be what their column is are missing, as in Kusto; nothing here fails for one.
const LENIENT: CastOptions<'static> =
    CastOptions { safe: true, format_options: datafusion::arrow::util::display::FormatOptions::new() };

/// A table that grows batch by batch, up to so many bytes.
#[derive(Debug)]
pub(crate) struct Collector {
    fields: Vec<(Field, ColumnType)>,
    columns: Vec<Column>,
    rows: usize,
    bytes_left: usize,
}

impl Collector {
    /// For batches of this schema; at most so many bytes of cells are taken.
    pub(crate) fn new<'f>(fields: impl IntoIterator<Item = &'f Field>, max_bytes: usize) -> Self {
        let fields: Vec<_> = fields.into_iter().map(|field| (field.clone(), kind_of(field))).collect();
        let columns = fields.iter().map(|(field, kind)| Column::new(field.name(), *kind)).collect();
        Self { fields, columns, rows: 0, bytes_left: max_bytes }
    }

    /// Adds the rows of a batch.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), FormError> {
        self.rows += batch.num_rows();
        if self.rows.saturating_mul(self.columns.len().max(1)) > MAX_CELLS {
            return Err(TableError::TooManyCells.into());
        }
        let columns = self.columns.iter_mut().zip(&self.fields).zip(batch.columns());
        for ((column, (field, kind)), array) in columns {
            for_each(array, field, *kind, &mut |value| {
                let bytes = match &value {
                    Value::String(text) | Value::Decimal(text) | Value::Dynamic(text) => text.len(),
                    Value::Null => 0,
                    _ => 8,
                };
                self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(FormError::TooLarge)?;
                // A value of another type can't come: each kind below makes its own.
                column.push(value).or_else(|_| column.push(Value::Null)).map_err(|_| FormError::Broken)
            })?;
        }
        Ok(())
    }

    /// The table.
    pub(crate) fn finish(self) -> Result<Table, FormError> {
        Ok(Table::new(self.columns)?)
    }
}

/// What a field's cells are: as its metadata says, if its Arrow type can be that.
pub(crate) fn kind_of(field: &Field) -> ColumnType {
    let said = field.metadata().get(TYPE_KEY).map(String::as_str);
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => match said {
            Some("guid") => ColumnType::Guid,
            Some("decimal") => ColumnType::Decimal,
            Some("dynamic") => ColumnType::Dynamic,
            _ => ColumnType::String,
        },
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::Null => ColumnType::String,
        DataType::FixedSizeBinary(16) => ColumnType::Guid,
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => ColumnType::Int,
        DataType::Int64 | DataType::UInt32 => ColumnType::Long,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnType::Real,
        DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => ColumnType::Decimal,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => ColumnType::Datetime,
        DataType::Duration(_) | DataType::Time32(_) | DataType::Time64(_) => ColumnType::Timespan,
        DataType::Dictionary(_, values) => {
            kind_of(&Field::new(field.name(), values.as_ref().clone(), true).with_metadata(field.metadata().clone()))
        }
        _ => ColumnType::Dynamic,
    }
}

type Take<'t> = &'t mut dyn FnMut(Value<'_>) -> Result<(), FormError>;

/// Calls with each cell of an array, as a value of this type.
fn for_each(array: &ArrayRef, field: &Field, kind: ColumnType, take: Take<'_>) -> Result<(), FormError> {
    let cast = |to: &DataType| cast_with_options(array, to, &LENIENT);
    match kind {
        ColumnType::Bool => each(cast(&DataType::Boolean)?.as_boolean().iter(), Value::Bool, take),
        ColumnType::Int | ColumnType::Long => {
            each(cast(&DataType::Int64)?.as_primitive::<Int64Type>().iter(), Value::Long, take)
        }
        ColumnType::Real => each(cast(&DataType::Float64)?.as_primitive::<Float64Type>().iter(), Value::Real, take),
        ColumnType::Decimal => texts(&cast(&DataType::Utf8)?, take, |text| {
            Value::String(text.into()).cast(ColumnType::Decimal).unwrap_or(Value::Null)
        }),
        ColumnType::Datetime => datetimes(array, take),
        ColumnType::Timespan => timespans(array, take),
        ColumnType::Guid => guids(array, take),
        ColumnType::Dynamic if is_text(array.data_type()) => texts(&cast(&DataType::Utf8)?, take, dynamic),
        ColumnType::Dynamic => nested(array, field, take),
        ColumnType::String => match cast(&DataType::Utf8) {
            Ok(array) => texts(&array, take, |text| Value::String(text.into())),
            Err(error) => Err(error.into()),
        },
    }
}

fn each<'v, T>(
    cells: impl Iterator<Item = Option<T>>,
    value: impl Fn(T) -> Value<'v>,
    take: Take<'_>,
) -> Result<(), FormError> {
    for cell in cells {
        take(cell.map_or(Value::Null, &value))?;
    }
    Ok(())
}

fn texts(array: &ArrayRef, take: Take<'_>, value: impl Fn(&str) -> Value<'_>) -> Result<(), FormError> {
    for text in array.as_string::<i32>() {
        take(text.map_or(Value::Null, &value))?;
    }
    Ok(())
}

const fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// JSON text as such; any other text as a text in JSON, so that what is served is always JSON.
fn dynamic(text: &str) -> Value<'_> {
    if serde_json::from_str::<&RawValue>(text).is_ok() {
        Value::Dynamic(text.into())
    } else {
        Value::String(text.into()).cast(ColumnType::Dynamic).unwrap_or(Value::Null)
    }
}

fn datetimes(array: &ArrayRef, take: Take<'_>) -> Result<(), FormError> {
    let value = |at: Option<DateTime<Utc>>| at.map_or(Value::Null, Value::Datetime);
    if matches!(array.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, _)) {
        let nanos = array.as_primitive::<TimestampNanosecondType>();
        return each(nanos.iter(), |nanos| Value::Datetime(DateTime::from_timestamp_nanos(nanos)), take);
    }
    let micros = cast_with_options(array, &DataType::Timestamp(TimeUnit::Microsecond, None), &LENIENT)?;
    each(
        micros.as_primitive::<TimestampMicrosecondType>().iter(),
        |micros| value(DateTime::from_timestamp_micros(micros)),
        take,
    )
}

fn timespans(array: &ArrayRef, take: Take<'_>) -> Result<(), FormError> {
    let cast = |from: &ArrayRef, to: &DataType| cast_with_options(from, to, &LENIENT);
    let micros = match array.data_type() {
        // A time of day is the time since midnight.
        DataType::Time32(_) | DataType::Time64(_) => {
            let micros = cast(&cast(array, &DataType::Time64(TimeUnit::Microsecond))?, &DataType::Int64)?;
            cast(&micros, &DataType::Duration(TimeUnit::Microsecond))?
        }
        _ => cast(array, &DataType::Duration(TimeUnit::Microsecond))?,
    };
    let micros = micros.as_primitive::<DurationMicrosecondType>();
    each(micros.iter(), |micros| Value::Timespan(TimeDelta::microseconds(micros)), take)
}

fn guids(array: &ArrayRef, take: Take<'_>) -> Result<(), FormError> {
    if let Some(bytes) = array.as_fixed_size_binary_opt() {
        return each(bytes.iter(), |bytes| Uuid::from_slice(bytes).map_or(Value::Null, Value::Guid), take);
    }
    texts(&cast_with_options(array, &DataType::Utf8, &LENIENT)?, take, |text| {
        text.parse().map_or(Value::Null, Value::Guid)
    })
}

/// Lists, structs, maps and whatever else has no type here: as JSON.
fn nested(array: &ArrayRef, field: &Field, take: Take<'_>) -> Result<(), FormError> {
    let options = EncoderOptions::default();
    let field = std::sync::Arc::new(Field::new(field.name(), array.data_type().clone(), true));
    let mut encoder = make_encoder(&field, array.as_ref(), &options)?;
    let mut json = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            take(Value::Null)?;
            continue;
        }
        json.clear();
        encoder.encode(row, &mut json);
        take(std::str::from_utf8(&json).map_or(Value::Null, dynamic))?;
    }
    Ok(())
}

impl From<ArrowError> for FormError {
    fn from(_: ArrowError) -> Self {
        Self::Broken
    }
}
