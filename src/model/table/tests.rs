//! Tables as callers send and receive them.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn rows(json: &serde_json::Value) -> Rows {
    serde_json::from_str(&json.to_string()).unwrap()
}

fn spec(name: &str, kind: ColumnType) -> ColumnSpec {
    ColumnSpec { name: name.into(), kind }
}

/// The lines of a file of the shared data, if it is there.
fn data(name: &str) -> Option<Vec<u8>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("skipped: no {name} in the shared data");
    }
    bytes
}

#[test]
fn a_table_has_the_form_of_the_contract() {
    let sent = json!([
        {"Time": "2021-06-29 10:41:10.069368", "Id": 4688, "Score": 1, "Who": "ian", "More": {"a": [1, null]}},
        {"Time": "2021-06-29T11:00:00Z", "Score": 0.5, "Ok": true},
    ]);
    let mut table = rows(&sent).into_table(None).unwrap();
    table.mark_truncated();
    insta::assert_snapshot!(serde_json::to_string_pretty(&table).unwrap());
}

#[test]
fn a_table_stands_at_the_top_level_beside_other_fields() {
    #[derive(Serialize, ToSchema)]
    struct Answer {
        #[serde(flatten)]
        table: Table,
        complete: bool,
    }
    let table = rows(&json!([{"x": {"a": 1}}])).into_table(None).unwrap();
    let answer = serde_json::to_string(&Answer { table, complete: true }).unwrap();
    assert_eq!(
        answer,
        r#"{"columns":[{"name":"x","type":"dynamic"}],"rows":[{"x":{"a":1}}],"row_count":1,"truncated":false,"complete":true}"#
    );
    let schema = serde_json::to_value(<Answer as utoipa::PartialSchema>::schema()).unwrap();
    assert_eq!(schema["allOf"][0]["$ref"], "#/components/schemas/Table");
}

#[test]
fn rows_read_the_same_from_buffered_input() {
    #[derive(Deserialize)]
    struct Request {
        rows: Rows,
    }
    let sent = json!({"rows": [{"a": 1, "b": [1, "x"]}, {"b": null, "c": "y"}]});
    let direct: Request = serde_json::from_str(&sent.to_string()).unwrap();
    let buffered: Request = serde_json::from_value(sent).unwrap();
    assert_eq!(direct.rows.into_table(None), buffered.rows.into_table(None));
}

#[test]
fn types_are_inferred_over_all_rows() {
    for (cells, kind) in [
        (json!([1, 2, null]), ColumnType::Long),
        (json!([1, 2.5]), ColumnType::Real),
        (json!([1, u64::MAX]), ColumnType::Decimal),
        (json!([true, false]), ColumnType::Bool),
        (json!(["a", ""]), ColumnType::String),
        (json!(["2021-06-29T11:35:51.349", null, "2021-06-29 11:35"]), ColumnType::Datetime),
        (json!(["2021-06-29T11:35:51.349", "yesterday"]), ColumnType::String),
        (json!(["1", 1]), ColumnType::Dynamic),
        (json!([true, 1]), ColumnType::Dynamic),
        (json!([[1], {"a": 1}]), ColumnType::Dynamic),
        (json!([null, null]), ColumnType::String),
    ] {
        let sent: serde_json::Value = cells.as_array().unwrap().iter().map(|cell| json!({ "x": cell })).collect();
        assert_eq!(rows(&sent).into_table(None).unwrap().columns()[0].kind(), kind, "{cells}");
    }
}

#[test]
fn declared_columns_decide_order_and_type() {
    let specs = [spec("b", ColumnType::Guid), spec("c", ColumnType::Timespan), spec("a", ColumnType::Long)];
    let sent = json!([{"a": "7", "b": "0A1B2C3D-AAAA-4BBB-8CCC-1D2E3F405162"}, {"a": ""}]);
    let table = rows(&sent).into_table(Some(&specs)).unwrap();
    assert_eq!(
        serde_json::to_value(&table).unwrap()["rows"],
        json!([
            {"b": "0a1b2c3d-aaaa-4bbb-8ccc-1d2e3f405162", "c": null, "a": 7},
            {"b": null, "c": null, "a": null},
        ])
    );
}

#[test]
fn every_type_takes_what_it_can_hold() {
    use ColumnType::{Bool, Datetime, Decimal, Dynamic, Int, Long, Real, String, Timespan};
    for (cell, kind, kept) in [
        (json!("true"), Bool, Some(json!(true))),
        (json!(1), Bool, Some(json!(true))),
        (json!(2), Bool, None),
        (json!(3_000_000_000_u32), Int, None),
        (json!(3.0), Int, Some(json!(3))),
        (json!(3.5), Long, None),
        (json!(3), Real, Some(json!(3.0))),
        (json!("1.10"), Decimal, Some(json!("1.10"))),
        (json!("1,10"), Decimal, None),
        (json!(5), String, Some(json!("5"))),
        (json!({"a": 1}), String, Some(json!("{\"a\":1}"))),
        (json!("{\"a\": 1}"), Dynamic, Some(json!({"a": 1}))),
        (json!("{a"), Dynamic, Some(json!("{a"))),
        (json!("1.00:00:00"), Timespan, Some(json!("1.00:00:00"))),
        (json!("2021-06-29"), Datetime, None),
        (json!([1]), Long, None),
    ] {
        let table = rows(&json!([{ "x": cell }])).into_table(Some(&[spec("x", kind)]));
        let got = table.ok().map(|table| serde_json::to_value(&table).unwrap()["rows"][0]["x"].clone());
        assert_eq!(got, kept, "{cell} as {kind:?}");
    }
}

#[test]
fn errors_name_row_and_column_and_no_value() {
    let wrong = rows(&json!([{"n": 1}, {"n": "secret"}])).into_table(Some(&[spec("n", ColumnType::Long)])).unwrap_err();
    assert_eq!(wrong.to_string(), "row 1, column \"n\": not a value of type long");
    let undeclared = rows(&json!([{"n": 1}, {"n": 1, "m": 2}])).into_table(Some(&[spec("n", ColumnType::Long)]));
    assert_eq!(undeclared.unwrap_err(), TableError::UndeclaredColumn { row: 1, column: "m".into() });
    assert!(
        serde_json::from_str::<Rows>(r#"[{"a": 1, "a": 2}]"#).unwrap_err().to_string().contains("\"a\" is there twice")
    );
    assert!(serde_json::from_str::<Rows>("[1]").is_err());
    assert_eq!(ndjson::read(b"{\"a\":1}\n[1]\n").unwrap_err(), TableError::NotAnObject(1));
    assert_eq!(ndjson::read(b"{\"a\":1} x\n").unwrap_err(), TableError::NotAnObject(0));
}

#[test]
fn too_many_columns_are_refused() {
    let row: serde_json::Map<_, _> = (0..=MAX_COLUMNS).map(|n| (n.to_string(), json!(1))).collect();
    let error = serde_json::from_str::<Rows>(&json!([row]).to_string()).unwrap_err();
    assert!(error.to_string().contains("more than 1000 columns"));
}

#[test]
fn tables_are_built_by_column() {
    let names = Column::of("name", ColumnType::String, ["a", "b"]).unwrap();
    let scores = Column::of("score", ColumnType::Real, [Some(0.5), None]).unwrap();
    let mut table = Table::new(vec![names.clone(), scores]).unwrap();
    assert_eq!(table.value(0, "score").as_f64(), Some(0.5));
    assert!(table.value(1, "score").is_null() && table.value(9, "score").is_null() && table.value(0, "x").is_null());
    assert_eq!(table.add(names.clone()), Err(TableError::RepeatedColumn("name".into())));
    assert_eq!(table.add(Column::new("other", ColumnType::Bool)), Err(TableError::WrongLength("other".into())));
    assert_eq!(Column::of("x", ColumnType::Long, ["a"]), Err(Mismatch(ColumnType::Long)));
    assert_eq!(table.take(&[1, 0, 7]).column("name").unwrap().iter().collect::<Vec<_>>(), ["b".into(), "a".into()]);
    table.add(names.renamed("again")).unwrap();
    assert_eq!(table.columns().len(), 3);
}

#[test]
fn csv_is_quoted_where_it_must_be_and_otherwise_left_alone() {
    let sent = json!([{"a,b": "say \"hi\"", "c": "=1+1"}, {"a,b": " x", "c": null}, {"a,b": "1\n2", "c": "é"}]);
    let table = rows(&sent).into_table(None).unwrap();
    let mut out = Vec::new();
    csv::write_header(&table, &mut out).unwrap();
    csv::write(&table, 0..9, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "\"a,b\",c\r\n\"say \"\"hi\"\"\",'=1+1\r\n\" x\",\r\n\"1\n2\",é\r\n");
}

#[test]
fn csv_is_read_with_the_types_that_its_texts_show() {
    let text = b"\xef\xbb\xbfid,n,r,ok,when,more,mixed\n007,1,1.50,TRUE,2026-01-02T03:04:05Z,\"{\"\"a\"\":[1]}\",x\n008,-2,,false,,[],1\n";
    let table = csv::read(text).unwrap().into_table(None).unwrap();
    let kinds: Vec<_> = table.columns().iter().map(|column| column.kind().as_str()).collect();
    assert_eq!(kinds, ["string", "long", "real", "bool", "datetime", "dynamic", "string"]);
    assert_eq!(
        serde_json::to_value(&table).unwrap()["rows"],
        json!([
            {"id": "007", "n": 1, "r": 1.5, "ok": true, "when": "2026-01-02T03:04:05Z", "more": {"a": [1]}, "mixed": "x"},
            {"id": "008", "n": -2, "r": null, "ok": false, "when": null, "more": [], "mixed": "1"},
        ])
    );
}

#[test]
fn csv_that_is_no_table_is_refused_with_its_row() {
    assert_eq!(csv::read(b"a,b\n1,2\n3\n").unwrap_err(), TableError::WrongWidth(1));
    assert_eq!(csv::read(b"a,a\n1,2\n").unwrap_err(), TableError::RepeatedColumn("a".into()));
    assert_eq!(csv::read(b"a\n\xff\n").unwrap_err(), TableError::NotText(0));
    assert_eq!(csv::read(b"").unwrap().into_table(None).unwrap().row_count(), 0);
}

#[test]
fn a_spreadsheet_finds_no_formula_in_csv() {
    let table = rows(&json!([{"=x": "=cmd|'/c calc'!A1", "n": -1, "at": "@SUM(A1)"}])).into_table(None).unwrap();
    let mut out = Vec::new();
    csv::write_header(&table, &mut out).unwrap();
    csv::write(&table, 0..1, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "'=x,n,at\r\n'=cmd|'/c calc'!A1,-1,'@SUM(A1)\r\n");
}

#[test]
fn numbers_that_json_lacks_are_null() {
    let column = Column::of("x", ColumnType::Real, [f64::NAN, f64::INFINITY, 1.0]).unwrap();
    let table = Table::new(vec![column]).unwrap();
    assert_eq!(serde_json::to_value(&table).unwrap()["rows"], json!([{"x": null}, {"x": null}, {"x": 1.0}]));
}

#[test]
fn real_logs_read_and_come_back_as_they_were() {
    for (file, columns, row_count) in [
        ("SecurityAlert.ndjson", 31, None),
        ("SigninLogs.ndjson", 0, None),
        ("SecurityEvent_processes.ndjson", 0, None),
        ("sentinel_incidents.ndjson", 26, Some(5)),
    ] {
        let Some(bytes) = data(file) else { return };
        let table = ndjson::read(&bytes).unwrap().into_table(None).unwrap();
        assert!(columns == 0 || table.columns().len() == columns, "{file}: {}", table.columns().len());
        assert!(row_count.is_none_or(|count| table.row_count() == count), "{file}");
        let mut written = Vec::new();
        ndjson::write(&table, 0..table.row_count(), &mut written).unwrap();
        let again = ndjson::read(&written).unwrap().into_table(None).unwrap();
        assert_eq!(again, table, "{file}");
    }
}

#[test]
fn instants_in_real_logs_are_instants() {
    let Some(bytes) = data("SecurityAlert.ndjson") else { return };
    let table = ndjson::read(&bytes).unwrap().into_table(None).unwrap();
    let kind = |name| table.column(name).unwrap().kind();
    assert_eq!(kind("TimeGenerated"), ColumnType::Datetime);
    assert_eq!(kind("StartTimeUtc"), ColumnType::Datetime);
    assert_eq!(kind("IsIncident"), ColumnType::Bool);
    assert_eq!(kind("Entities"), ColumnType::String);
}

#[test]
fn a_table_takes_no_more_memory_than_its_json() {
    let Some(bytes) = data("SecurityEvent_logons.ndjson") else { return };
    let table = ndjson::read(&bytes).unwrap().into_table(None).unwrap();
    let heap: usize = table.columns.iter().map(Column::heap_bytes).sum();
    assert!(heap < bytes.len(), "{heap} bytes for {} bytes of JSON", bytes.len());
}

#[test]
fn json_in_pieces_is_the_same() {
    let rows = json!([{ "a": 1, "b": "x" }, { "a": null, "b": "\"" }, { "a": 3 }]);
    let mut table = serde_json::from_value::<Rows>(rows).unwrap().into_table(None).unwrap();
    table.mark_truncated();
    for (beside, more) in [(json!({}), json!(null)), (json!({ "more": [1] }), json!([1]))] {
        let mut out = Vec::new();
        super::json::write_beginning(&table, &mut out).unwrap();
        for row in 0..4 {
            super::json::write(&table, row..row + 1, &mut out).unwrap();
        }
        super::json::write_end(&table, &beside, &mut out).unwrap();
        let mut written: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(written["more"].take(), more);
        written.as_object_mut().unwrap().remove("more");
        assert_eq!(written, serde_json::to_value(&table).unwrap());
    }
}

proptest! {
    #[test]
    fn rows_come_back_cell_by_cell(sent in prop::collection::vec(prop::collection::btree_map("[a-d]", cell(), 0..4), 0..20)) {
        let text = serde_json::to_string(&sent).unwrap();
        let table = serde_json::from_str::<Rows>(&text).unwrap().into_table(None).unwrap();
        prop_assert_eq!(table.row_count(), sent.len());
        let received = serde_json::to_value(&table).unwrap();
        for (row, members) in sent.iter().enumerate() {
            for column in table.columns() {
                let sent = members.get(column.name()).unwrap_or(&serde_json::Value::Null);
                let got = &received["rows"][row][column.name()];
                prop_assert!(got == sent || got.as_f64().is_some() && got.as_f64() == sent.as_f64(), "{got} {sent}");
            }
        }
    }

    #[test]
    fn csv_texts_come_back(texts in prop::collection::vec("[a-c'=+@\t\", \r\n-]{1,12}", 0..4)) {
        let names = (0..).map(|index| format!("c{index}"));
        let columns = names.zip(&texts).map(|(name, text)| Column::of(name, ColumnType::String, [text.as_str()]).unwrap());
        let table = Table::new(columns.collect()).unwrap();
        let mut out = Vec::new();
        csv::write_header(&table, &mut out).unwrap();
        csv::write(&table, 0..1, &mut out).unwrap();
        let specs: Vec<_> = table.columns().iter().map(Column::spec).collect();
        prop_assert_eq!(csv::read(&out).unwrap().into_table(Some(&specs)).unwrap(), table);
    }

    #[test]
    fn no_bytes_break_the_readers(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for read in [csv::read, ndjson::read] {
            let _ = read(&bytes).and_then(|rows| rows.into_table(None));
        }
    }
}

/// Any value that no inference changes: texts are no instants, since these are normalised.
fn cell() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        (-1000_i64..1000).prop_map(|value| json!(value)),
        (-1000_i64..1000).prop_map(|value| json!(value as f64 / 4.0)),
        "[a-z0-9 \"\\\\{]{0,6}".prop_map(|value| json!(value)),
        Just(json!({"a": [1, {"b": null}]})),
    ]
}
