//! What must hold for folders of logs.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use datafusion::prelude::SessionContext;
use model::Table;
use serde_json::{Value, json};

use super::*;
use crate::tables::Collector;

fn folder(files: &[(&str, &[u8])]) -> (TempDir, Folder) {
    folder_with(files, Layout::default())
}

fn folder_with(files: &[(&str, &[u8])], layout: Layout) -> (TempDir, Folder) {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        put(root.path(), name, bytes);
    }
    let folder = Folder::open(root.path(), layout).unwrap();
    (root, folder)
}

fn put(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// All rows of a table, in the order of their files.
fn rows(folder: &Folder, name: &str) -> Vec<Value> {
    let table = folder.table(name).unwrap().unwrap_or_else(|| panic!("no table {name}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let batches = runtime
        .block_on(async { SessionContext::new().read_table(table.provider.clone()).unwrap().collect().await.unwrap() });
    let schema = table.provider.schema();
    let mut collector = Collector::new(schema.fields().iter().map(AsRef::as_ref), 1 << 30);
    batches.iter().for_each(|batch| collector.add(batch).unwrap());
    let table: Table = collector.finish().unwrap();
    serde_json::to_value(&table).unwrap()["rows"].as_array().unwrap().clone()
}

fn kinds(folder: &Folder, name: &str) -> Value {
    let table = folder.table(name).unwrap().unwrap();
    table.columns.iter().map(|spec| (spec.name.clone(), json!(spec.kind))).collect::<serde_json::Map<_, _>>().into()
}

fn data(below: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(below);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no {below} in the shared data");
    None
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_form_of_the_same_rows_is_the_same_table() {
    let lines = b"{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":null}\n";
    let table = model::table::ndjson::read(lines).unwrap().into_table(None).unwrap();
    let parquet = crate::forms::write_parquet(&table).unwrap();
    let gz = gzip(lines);
    let zst = zstd::encode_all(&lines[..], 1).unwrap();
    let zip = zip_of(&[("folder/events.json", lines), ("README.md", b"no rows"), ("../../escape.json", b"")]);
    let (_root, folder) = folder(&[
        ("plain.ndjson", lines),
        ("packed.ndjson.gz", &gz),
        ("squeezed.jsonl.zst", &zst),
        ("list.json", b"\xef\xbb\xbf[{\"a\":1,\"b\":\"x\"},\n {\"a\":2,\"b\":null}]"),
        ("pretty.json", b"{\n \"a\": 1, \"b\": \"x\"\n}\n{\"a\": 2,\n\"b\": null}"),
        ("sheet.csv", b"a,b\r\n1,x\r\n2,\r\n"),
        ("archive.zip", &zip),
        ("columns.parquet", &parquet),
        ("README.md", b"not looked into"),
        (".hidden.json", b"{}"),
    ]);
    let names = folder.names().unwrap();
    assert_eq!(names, ["archive", "columns", "list", "packed", "plain", "pretty", "sheet", "squeezed"]);
    for name in names {
        assert_eq!(rows(&folder, &name), [json!({"a": 1, "b": "x"}), json!({"a": 2, "b": null})], "{name}");
        assert_eq!(kinds(&folder, &name), json!({"a": "long", "b": "string"}), "{name}");
    }
    assert_eq!(folder.warnings(), []);
}

#[test]
fn files_of_one_table_need_not_have_the_same_columns_or_types() {
    let (_root, folder) = folder(&[
        ("T/1.ndjson", br#"{"n":1,"only_here":true,"when":"2026-01-01T00:00:00Z","mixed":1}"#),
        ("T/2.ndjson", br#"{"n":1.5,"when":"0001-01-01T00:00:00Z","mixed":{"a":1}}"#),
        ("T/3.csv", b"n,text\n7,x\n"),
    ]);
    // Files are scanned side by side.
    let mut found = rows(&folder, "T");
    found.sort_by_key(|row| row["n"].as_f64().map(f64::to_bits));
    assert_eq!(
        found,
        [
            json!({"n": 1.0, "only_here": true, "when": "2026-01-01T00:00:00Z", "mixed": 1, "text": null}),
            json!({"n": 1.5, "only_here": null, "when": "0001-01-01T00:00:00Z", "mixed": {"a": 1}, "text": null}),
            json!({"n": 7.0, "only_here": null, "when": null, "mixed": null, "text": "x"}),
        ]
    );
}

#[test]
fn new_files_are_seen_changed_ones_read_again_and_gone_ones_forgotten() {
    let (root, folder) = folder(&[("T/1.ndjson", b"{\"a\":1}")]);
    assert_eq!(rows(&folder, "T").len(), 1);
    put(root.path(), "T/2.ndjson", b"{\"a\":2}\n{\"a\":3}");
    assert_eq!(rows(&folder, "T").len(), 3);
    put(root.path(), "T/1.ndjson", b"{\"a\":1}\n{\"b\":10}");
    assert_eq!(rows(&folder, "T").len(), 4);
    fs::remove_dir_all(root.path().join("T")).unwrap();
    assert!(folder.table("T").unwrap().is_none());
    assert_eq!(folder.names().unwrap(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_served() {
    let bomb = zip_of(&[("bomb.json", &vec![b' '; 100 << 20])]);
    let half = gzip(&b"{\"a\":1}\n".repeat(10_000));
    let (_root, folder) = folder(&[
        ("T/good.ndjson", b"{\"a\":1}\nnot json\n[1]\n{\"a\":2}"),
        ("T/half.ndjson.gz", &half[..half.len() / 2]),
        ("T/broken.parquet", b"PAR1 and nothing"),
        ("T/broken.zip", b"PK\x03\x04 and nothing"),
        ("T/bomb.zip", &bomb),
        ("T/list.json", b"[{\"a\":3},{\"a\":"),
    ]);
    let found = rows(&folder, "T");
    assert!(found.len() >= 3, "{}", found.len());
    assert!(found.contains(&json!({"a": 3})));
    let (shapes, warnings) = folder.shapes().unwrap();
    assert_eq!(shapes[0].columns, [ColumnSpec { name: "a".into(), kind: ColumnType::Long }]);
    let warned: Vec<_> = warnings.iter().map(|warning| (warning.file.as_str(), warning.reason.as_str())).collect();
    assert_eq!(
        warned,
        [
            ("T/bomb.zip", "it unpacks to more than is taken"),
            ("T/broken.parquet", "it is no Parquet that can be read"),
            ("T/broken.zip", "it is no archive that can be read"),
            ("T/good.ndjson", "2 lines are not what the others are, and left out"),
            ("T/half.ndjson.gz", "it can't be read"),
            ("T/list.json", "1 lines are not what the others are, and left out"),
        ]
    );
}

#[test]
fn settings_say_which_files_types_names_and_times() {
    let layout = TableLayout {
        files: vec!["logs/*.csv".into()],
        time_column: Some("seen".into()),
        types: [("id".to_owned(), ColumnType::String), ("seen".to_owned(), ColumnType::Datetime)].into(),
        renames: [("id".to_owned(), "Id".to_owned())].into(),
    };
    let layout = Layout { tables: [("Events".to_owned(), layout)].into() };
    let csv = b"id,seen,TimeGenerated\n7,2026-01-01T00:00:00Z,2020-01-01T00:00:00Z\n8,never,2020-01-01T00:00:00Z\n";
    let (_root, folder) = folder_with(&[("logs/a.csv", csv), ("logs/a.json", b"{\"x\":1}")], layout);
    assert_eq!(folder.names().unwrap(), ["Events", "logs"]);
    let table = folder.table("Events").unwrap().unwrap();
    assert_eq!(table.time_column.as_deref(), Some("seen"));
    assert_eq!(rows(&folder, "Events")[1], json!({"Id": "8", "seen": null, "TimeGenerated": "2020-01-01T00:00:00Z"}));
    assert_eq!(folder.warnings()[0].reason, "1 values of column \"seen\" are no datetime, and missing");
}

#[test]
fn nested_events_of_windows_have_the_names_of_their_inner_fields() {
    let xml = json!({"Event": {
        "System": {"EventID": {"#text": "4688"}, "Provider": {"#attributes": {"Name": "Security-Auditing"}},
            "TimeCreated": {"@SystemTime": "2026-01-01T00:00:00.5Z"}, "Computer": "ws1", "Execution": {"@ProcessID": "4"}},
        "EventData": {"Data": [{"@Name": "NewProcessName", "#text": "C:\\x.exe"}, {"@Name": "ProcessId", "#text": "0x1"}]},
    }});
    let beat = json!({"@timestamp": "2026-01-01T00:00:00Z", "agent": {"name": "a"},
        "winlog": {"event_id": 1, "computer_name": "ws2", "event_data": {"Image": "y.exe"}}});
    let (_root, folder) =
        folder(&[("Xml.json", xml.to_string().as_bytes()), ("Beat.json", beat.to_string().as_bytes())]);
    assert_eq!(
        rows(&folder, "Xml"),
        [
            json!({"EventID": 4688, "Provider": "Security-Auditing", "TimeGenerated": "2026-01-01T00:00:00.5Z", "Computer": "ws1",
            "ExecutionProcessID": 4, "NewProcessName": "C:\\x.exe", "ProcessId": "0x1"})
        ]
    );
    assert_eq!(
        rows(&folder, "Beat"),
        [json!({"EventID": 1, "Computer": "ws2", "Image": "y.exe", "TimeGenerated": "2026-01-01T00:00:00Z",
            "agent": {"name": "a"}})]
    );
}

#[test]
fn syslog_and_the_cef_in_it_are_two_tables() {
    let log = "<86>Jan  1 00:00:00 host1 sshd[7]: Accepted\n\
               <134>Jan  1 00:00:01 fw CEF:0|Palo Alto|PAN-OS|10|threat|url|5|src=10.0.0.4 dpt=443 act=block x=y\n\
               nothing of the kind\n";
    let (_root, folder) = folder(&[("Syslog.log", log.as_bytes())]);
    let messages = rows(&folder, "Syslog");
    assert_eq!(
        (messages.len(), &messages[0]["ProcessName"], &messages[0]["Facility"]),
        (1, &json!("sshd"), &json!("authpriv"))
    );
    let events = rows(&folder, "CommonSecurityLog");
    assert_eq!(
        (&events[0]["DeviceVendor"], &events[0]["SourceIP"], &events[0]["DestinationPort"], &events[0]["DeviceAction"]),
        (&json!("Palo Alto"), &json!("10.0.0.4"), &json!(443), &json!("block"))
    );
    assert_eq!(events[0]["AdditionalExtensions"], "x=y");
    assert_eq!(folder.warnings().len(), 1);
}

#[test]
fn what_is_loaded_stands_beside_the_folder_s_own_files() {
    let (root, folder) = folder(&[("T.ndjson", b"{\"a\":1}")]);
    let zip = zip_of(&[("events.json", b"{\"a\":2}\n{\"a\":3}\n")]);
    let shape = folder.load("T", "../../events.zip", &zip).unwrap();
    assert_eq!((shape.name.as_str(), shape.rows), ("T", 3));
    assert_eq!(folder.load("T", "../../events.zip", &zip).unwrap().rows, 3);
    assert_eq!(folder.load("Other table", "events.zip", &zip).unwrap().name, "Other_table");
    assert!(matches!(folder.load("Nothing", "capture.pcap", b"\xd4\xc3\xb2\xa1"), Err(LocalError::NoRows)));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "the folder is left alone");
}

#[test]
fn lines_of_an_unknown_form_are_a_column_of_texts() {
    let (_root, folder) = folder(&[("notes.txt", b"one\n\ntwo \xff\n")]);
    assert_eq!(rows(&folder, "notes"), [json!({"RawData": "one"}), json!({"RawData": "two \u{fffd}"})]);
}

#[test]
fn a_row_with_a_member_twice_is_read_and_a_wide_one_left_out() {
    let wide: serde_json::Map<_, _> = (0..1_100).map(|n| (format!("c{n}"), json!(n))).collect();
    let text = format!("{{\"a\":1}}\n{{\"a\":2,\"a\":3}}\n{}\n", Value::Object(wide));
    let (_root, folder) = folder(&[("T.ndjson", text.as_bytes())]);
    let found = rows(&folder, "T");
    assert_eq!((found[0]["a"].clone(), found[1]["a"].clone()), (json!(1), json!(3)));
    assert_eq!(folder.warnings().len(), 1);
}

#[test]
fn the_shared_logs_are_tables() {
    let Some(root) = data("") else { return };
    let folder = Folder::open(root, Layout::default()).unwrap();
    let (shapes, warnings) = folder.shapes().unwrap();
    assert_eq!(warnings, []);
    let shapes: Vec<_> = shapes
        .iter()
        .map(|shape| format!("{} {} {:?} {}", shape.name, shape.rows, shape.time_column, shape.columns.len()))
        .collect();
    insta::assert_snapshot!(shapes.join("\n"));
}
