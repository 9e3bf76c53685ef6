//! A table's columns as Arrow arrays, a range of rows at a time.

use std::{collections::HashMap, ops::Range, sync::Arc};

use chrono::TimeDelta;
use datafusion::arrow::{
    array::{
        ArrayRef, BooleanArray, DurationMicrosecondArray, Float64Array, Int32Array, Int64Array, RecordBatch,
        RecordBatchOptions, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use model::{Column, ColumnType, Table, Value};

use super::TYPE_KEY;

/// How the table's columns are written. Instants are in nanoseconds, or in microseconds where a column reaches beyond the
/// years 1677 to 2262.
pub(crate) fn schema_of(table: &Table) -> SchemaRef {
    let fields = table.columns().iter().map(|column| {
        let metadata = HashMap::from([(TYPE_KEY.to_owned(), column.kind().as_str().to_owned())]);
        Field::new(column.name(), data_type(column), true).with_metadata(metadata)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn data_type(column: &Column) -> DataType {
    match column.kind() {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Int => DataType::Int32,
        ColumnType::Long => DataType::Int64,
        ColumnType::Real => DataType::Float64,
        ColumnType::String | ColumnType::Decimal | ColumnType::Guid | ColumnType::Dynamic => DataType::Utf8,
        ColumnType::Datetime => {
            let fits = |value: Value<'_>| value.as_datetime().is_none_or(|at| at.timestamp_nanos_opt().is_some());
            let unit = if column.values().all(fits) { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
            DataType::Timestamp(unit, Some("UTC".into()))
        }
        ColumnType::Timespan => DataType::Duration(TimeUnit::Microsecond),
    }
}

/// These rows of the table, in a schema that [`schema_of`] made.
pub(crate) fn batch_of(table: &Table, schema: &SchemaRef, rows: Range<usize>) -> Result<RecordBatch, ArrowError> {
    let rows = rows.start..rows.end.min(table.row_count());
    let arrays = table
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| array_of(column, field.data_type(), rows.clone()))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
}

fn array_of(column: &Column, data_type: &DataType, rows: Range<usize>) -> ArrayRef {
    let values = rows.map(|row| column.value(row));
    match data_type {
        DataType::Boolean => Arc::new(values.map(|value| as_bool(&value)).collect::<BooleanArray>()),
        DataType::Int32 => {
            let narrow = |value: Value<'_>| as_long(&value).and_then(|number| i32::try_from(number).ok());
            Arc::new(values.map(narrow).collect::<Int32Array>())
        }
        DataType::Int64 => Arc::new(values.map(|value| as_long(&value)).collect::<Int64Array>()),
        DataType::Float64 => Arc::new(values.map(|value| value.as_f64()).collect::<Float64Array>()),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            let nanos = values.map(|value| value.as_datetime()?.timestamp_nanos_opt());
            Arc::new(nanos.collect::<TimestampNanosecondArray>().with_timezone_opt(zone.clone()))
        }
        DataType::Timestamp(_, zone) => {
            let micros = values.map(|value| value.as_datetime().map(|at| at.timestamp_micros()));
            Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone_opt(zone.clone()))
        }
        DataType::Duration(_) => {
            let micros = values.map(|value| as_timespan(&value)?.num_microseconds());
            Arc::new(micros.collect::<DurationMicrosecondArray>())
        }
        _ => Arc::new(
            values.map(|value| (!value.is_null()).then(|| value.to_text().into_owned())).collect::<StringArray>(),
        ),
    }
}

const fn as_bool(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        _ => None,
    }
}

const fn as_long(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Long(number) => Some(*number),
        _ => None,
    }
}

const fn as_timespan(value: &Value<'_>) -> Option<TimeDelta> {
    match value {
        Value::Timespan(span) => Some(*span),
        _ => None,
    }
}
