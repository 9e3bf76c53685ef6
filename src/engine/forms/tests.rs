//! What must hold for tables in Arrow's forms.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use datafusion::{
    arrow::{
        array::{
            ArrayRef, Date32Array, Decimal128Array, DictionaryArray, FixedSizeBinaryArray, Int8Array, ListArray,
            NullArray, RecordBatch, StringViewArray, StructArray, Time32SecondArray, TimestampSecondArray, UInt64Array,
        },
        datatypes::{DataType, Field, Int8Type, Int32Type, Schema},
        ipc::{
            CompressionType,
            writer::{IpcWriteOptions, StreamWriter as ArrowStream},
        },
    },
    parquet::arrow::ArrowWriter,
};
use model::{Column, ColumnType, Table, Value};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const PLENTY: usize = 1 << 30;

fn at(text: &str) -> Value<'static> {
    Value::Datetime(text.parse::<DateTime<Utc>>().unwrap())
}

fn sample() -> Table {
    let text = |text: &'static str| Value::String(text.into());
    let column = |name: &str, kind, values: Vec<Value<'static>>| Column::of(name, kind, values).unwrap();
    Table::new(vec![
        column("text", ColumnType::String, vec![text(""), Value::Null, text("ünï")]),
        column("int", ColumnType::Int, vec![Value::Long(-1), Value::Long(2_147_483_647), Value::Null]),
        column("long", ColumnType::Long, vec![Value::Long(i64::MIN), Value::Null, Value::Long(7)]),
        column("real", ColumnType::Real, vec![Value::Real(0.1), Value::Real(-1e300), Value::Null]),
        column(
            "decimal",
            ColumnType::Decimal,
            vec![Value::Decimal("18446744073709551615".into()), Value::Decimal("1.10".into()), Value::Null],
        ),
        column("bool", ColumnType::Bool, vec![Value::Bool(true), Value::Null, Value::Bool(false)]),
        column(
            "when",
            ColumnType::Datetime,
            vec![at("2026-11-24T08:00:00.1234567Z"), Value::Null, at("1970-01-01T00:00:00Z")],
        ),
        column(
            "long_ago",
            ColumnType::Datetime,
            vec![at("0001-01-01T00:00:00Z"), at("9999-12-31T23:59:59.999999Z"), Value::Null],
        ),
        column(
            "span",
            ColumnType::Timespan,
            vec![Value::Timespan(TimeDelta::microseconds(-1)), Value::Timespan(TimeDelta::days(400)), Value::Null],
        ),
        column("guid", ColumnType::Guid, vec![Value::Guid(Uuid::from_u128(7)), Value::Null, Value::Null]),
        column(
            "json",
            ColumnType::Dynamic,
            vec![Value::Dynamic(r#"{"a":[1,null]}"#.into()), Value::Dynamic("5".into()), Value::Null],
        ),
    ])
    .unwrap()
}

#[test]
fn a_table_comes_back_from_arrow_and_parquet_as_it_went() {
    let table = sample();
    assert_eq!(read_stream(ipc::write_whole(&table).unwrap(), PLENTY).unwrap(), table);
    assert_eq!(read_parquet(write_parquet(&table).unwrap(), PLENTY).unwrap(), table);
}

#[test]
fn a_stream_written_in_pieces_is_one_stream() {
    let table = sample();
    let mut writer = StreamWriter::new(&table).unwrap();
    let mut bytes = writer.rows(&table, 0..2).unwrap();
    bytes.extend(writer.rows(&table, 2..500).unwrap());
    bytes.extend(writer.end().unwrap());
    assert_eq!(read_stream(bytes, PLENTY).unwrap(), table);
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let table = sample().take(&[]);
    assert_eq!(read_stream(ipc::write_whole(&table).unwrap(), PLENTY).unwrap(), table);
    assert_eq!(read_parquet(write_parquet(&table).unwrap(), PLENTY).unwrap(), table);
}

/// What other programs write, with types that are not ours.
fn foreign() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("small", Arc::new(Int8Array::from(vec![Some(-3), None]))),
        ("huge", Arc::new(UInt64Array::from(vec![Some(u64::MAX), Some(1)]))),
        ("price", Arc::new(Decimal128Array::from(vec![Some(12345), None]).with_precision_and_scale(10, 2).unwrap())),
        ("view", Arc::new(StringViewArray::from(vec![Some("a longer text than fits into twelve bytes"), None]))),
        ("word", Arc::new(vec![Some("x"), Some("y")].into_iter().collect::<DictionaryArray<Int8Type>>())),
        ("day", Arc::new(Date32Array::from(vec![Some(1), None]))),
        ("second", Arc::new(TimestampSecondArray::from(vec![Some(1_700_000_000), Some(i64::MAX)]))),
        ("clock", Arc::new(Time32SecondArray::from(vec![Some(3_661), None]))),
        ("uuid", Arc::new(FixedSizeBinaryArray::try_from_iter([[7_u8; 16], [0; 16]].iter()).unwrap())),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]))),
        (
            "nested",
            Arc::new(StructArray::from(vec![(
                Arc::new(Field::new("b", DataType::Int8, true)),
                Arc::new(Int8Array::from(vec![Some(1), None])) as ArrayRef,
            )])),
        ),
        ("nothing", Arc::new(NullArray::new(2))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn stream_of(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = ArrowStream::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn every_arrow_type_becomes_one_of_ours() {
    let table = read_stream(stream_of(&foreign(), None), PLENTY).unwrap();
    let text = serde_json::to_string_pretty(&table).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn compressed_streams_are_refused_with_what_to_do_instead() {
    let table = read_stream(stream_of(&foreign(), Some(CompressionType::ZSTD)), PLENTY);
    assert_eq!(table, Err(FormError::Compressed));
}

#[test]
fn a_table_that_unpacks_to_more_than_the_limit_is_refused() {
    let long = "x".repeat(10_000);
    let column = Column::of("x", ColumnType::String, (0..1_000).map(|_| Value::String(long.as_str().into()))).unwrap();
    let table = Table::new(vec![column]).unwrap();
    let packed = write_parquet(&table).unwrap();
    assert!(packed.len() < 100_000, "{}", packed.len());
    assert_eq!(read_parquet(packed, 1_000_000), Err(FormError::TooLarge));
    assert_eq!(read_stream(ipc::write_whole(&table).unwrap(), 1_000_000), Err(FormError::TooLarge));
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let schema =
        Arc::new(Schema::new(vec![Field::new("x", DataType::Int8, true), Field::new("x", DataType::Int8, true)]));
    let column: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    let batch = RecordBatch::try_new(schema, vec![column.clone(), column]).unwrap();
    assert_eq!(read_stream(stream_of(&batch, None), PLENTY), Err(TableError::RepeatedColumn("x".into()).into()));
}

#[test]
fn bytes_of_something_else_are_refused() {
    for bytes in [&b""[..], b"PAR1", b"{\"rows\":[]}", &[0xff; 64], &[0; 64], b"PAR1\0\0\0\0\xff\xff\xff\x7fPAR1"] {
        assert_eq!(read_stream(bytes.to_vec(), PLENTY), Err(FormError::Broken), "{bytes:?}");
        assert_eq!(read_parquet(bytes.to_vec(), PLENTY), Err(FormError::Broken), "{bytes:?}");
    }
}

#[test]
fn a_stream_that_is_cut_off_is_refused_or_ends_at_a_batch() {
    let whole = stream_of(&foreign(), None);
    for end in 0..whole.len() {
        if let Ok(table) = read_stream(whole[..end].to_vec(), PLENTY) {
            assert!(matches!(table.row_count(), 0 | 2), "{end}");
        }
    }
}

fn parquet_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes_never_panic(
        is_stream: bool,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let sample = foreign().project(&[0, 1, 2, 3, 4, 5, 6, 8, 9, 10]).unwrap();
        let mut bytes = if is_stream { stream_of(&sample, None) } else { parquet_of(&sample) };
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = if is_stream { read_stream(bytes, 1 << 20) } else { read_parquet(bytes, 1 << 20) };
    }
}
