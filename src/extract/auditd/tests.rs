//! What events must be: against MSTICPy's on the shared log, and in the cases that it gets wrong.

use std::{fs, path::Path};

use model::Rows;
use serde_json::{Value as Json, json};

use super::*;
use crate::process_tree::{ProcessTree, Schema, SchemaName};

const EXECVE: &str = r#"type=SYSCALL msg=audit(1551485405.594:7510): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=0 items=2 ppid=1 pid=77 auid=4294967295 uid=0 ses=4294967295 comm="sh" exe="/bin/dash" key=(null)
type=EXECVE msg=audit(1551485405.594:7510): argc=5 a0="sh" a1="-c" a2=6563686F20226122 a3="x" a4="y"
type=CWD msg=audit(1551485405.594:7510): cwd="/root"
type=PATH msg=audit(1551485405.594:7510): item=0 name="/bin/sh" inode=1 nametype=NORMAL
type=PATH msg=audit(1551485405.594:7510): item=1 name="/lib/ld.so" inode=2 nametype=NORMAL
type=PROCTITLE msg=audit(1551485405.594:7510): proctitle=7368002D63
"#;

fn rows(events: &AuditEvents) -> Json {
    serde_json::to_value(&events.table).unwrap()["rows"].clone()
}

fn shared() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/auditd_log.txt");
    let text = fs::read_to_string(path).ok();
    if text.is_none() {
        eprintln!("skipped: auditd_log.txt is not here");
    }
    text
}

#[test]
fn the_records_of_an_execve_are_one_row() {
    let events = read_log(EXECVE, None).unwrap();
    assert_eq!((events.records, events.table.row_count()), (6, 1));
    let row = &rows(&events)[0];
    for (name, expected) in [
        ("EventType", json!("SYSCALL_EXECVE")),
        ("TimeGenerated", json!("2019-03-02T00:10:05.594Z")),
        ("mssg_id", json!("1551485405.594:7510")),
        ("cmdline", json!("sh -c echo \"a\" x y")),
        ("a0", json!("sh")),
        ("argc", json!(5)),
        ("auid", json!(-1)),
        ("pid", json!(77)),
        ("exe", json!("/bin/dash")),
        ("comm", json!("sh")),
        ("proctitle", json!("sh -c")),
        ("paths", json!(["/bin/sh", "/lib/ld.so"])),
    ] {
        assert_eq!(row[name], expected, "{name}: {row}");
    }
    assert!(row.get("key").is_none(), "nothing is no value");
}

#[test]
fn events_of_the_same_millisecond_are_told_apart_by_their_serial() {
    // MSTICPy's reader of files takes the time for the whole id.
    let log = "type=CWD msg=audit(1.5:1): cwd=\"/a\"\ntype=CWD msg=audit(1.5:2): cwd=\"/b\"\nnode=n type=CWD msg=audit(1.5:2): cwd=\"/c\"\n";
    let events = read_log(log, None).unwrap();
    let rows = rows(&events);
    assert_eq!([&rows[0]["cwd"], &rows[1]["cwd"], &rows[2]["cwd"]], ["/a", "/b", "/c"]);
    assert_eq!(rows[2]["Computer"], "n");
}

#[test]
fn a_field_that_is_missing_takes_no_other_with_it() {
    // MSTICPy stops reading a record at the first of its fields that is not there, or is 0.
    let events = read_log("type=SYSCALL msg=audit(1.5:1): ppid=0 pid=5 exe=\"/bin/x\"", None).unwrap();
    let row = &rows(&events)[0];
    assert_eq!((&row["ppid"], &row["pid"], &row["exe"]), (&json!(0), &json!(5), &json!("/bin/x")));
}

#[test]
fn a_field_that_two_records_have_is_named_after_the_second() {
    let log = "type=USER_CMD msg=audit(1.5:1): pid=5 exe=\"/a\"\ntype=USER_END msg=audit(1.5:1): pid=6 exe=\"/a\"";
    let row = &rows(&read_log(log, None).unwrap())[0];
    assert_eq!((&row["pid"], &row["pid_USER_END"], row.get("exe_USER_END")), (&json!(5), &json!(6), None));
}

#[test]
fn a_long_argument_is_joined() {
    let log = "type=SYSCALL msg=audit(1.5:1): pid=5\ntype=EXECVE msg=audit(1.5:1): argc=2 a0=\"x\" a1_len=6 a1[0]=\"abc\" a1[1]=\"def\"";
    assert_eq!(rows(&read_log(log, None).unwrap())[0]["cmdline"], "x abcdef");
}

#[test]
fn what_is_no_record_is_named() {
    let events = read_log("type=CWD msg=audit(1.5:1): cwd=\"/\"\nhello\n\ntype=X\n", None).unwrap();
    assert_eq!((events.rejected, events.table.row_count()), (vec![1, 3], 1));
}

#[test]
fn the_shared_log_gives_the_events_that_the_oracle_says() {
    let Some(text) = shared() else { return };
    let golden =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/auditd/auditd_log.txt")).unwrap();
    let events = read_log(&text, None).unwrap();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for value in events.table.column("EventType").unwrap().iter() {
        *counts.entry(value.to_text().into_owned()).or_default() += 1;
    }
    let rows = rows(&events);
    for line in golden.lines() {
        let parts: Vec<_> = line.split('\t').collect();
        match parts.as_slice() {
            ["count", kind, count] => assert_eq!(counts.get(*kind).copied().unwrap_or(0).to_string(), *count, "{kind}"),
            [id, fields] => {
                let expected: serde_json::Map<String, Json> = serde_json::from_str(fields).unwrap();
                let is_it = |row: &&Json| row["mssg_id"] == *id;
                let row = rows.as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("no event {id}"));
                for (name, value) in &expected {
                    assert_eq!(&row[name], value, "{id} {name}");
                }
            }
            _ => panic!("a line of the golden file: {line}"),
        }
    }
}

#[test]
fn a_process_tree_can_be_built_of_it() {
    let Some(text) = shared() else { return };
    let table = read_log(&text, None).unwrap().table;
    let schema = Schema::infer(&table).unwrap();
    assert_eq!(schema.name, SchemaName::LinuxAuditd);
    let tree = ProcessTree::build(&table, schema).unwrap();
    let summary = tree.summary();
    assert!(summary.processes > 100 && summary.unusable_rows == 0, "{summary:?}");
}

#[test]
fn records_in_a_table_keep_its_other_columns() {
    let cells = EXECVE.lines().map(|line| json!({ "AuditdMessage": line, "Computer": "web1", "n": 1 })).collect();
    let table = serde_json::from_value::<Rows>(Json::Array(cells)).unwrap().into_table(None).unwrap();
    let events = read_table(table.clone(), MESSAGE_COLUMN, None).unwrap();
    let row = &rows(&events)[0];
    assert_eq!((&row["Computer"], &row["n"], &row["pid"]), (&json!("web1"), &json!(1), &json!(77)));
    assert!(row.get("AuditdMessage").is_none());
    assert_eq!(read_table(table, "Other", None).unwrap_err(), AuditError::MissingColumn("Other".into()));
}

#[test]
fn packed_records_are_one_event() {
    let packed = json!([{ "SYSCALL": "pid=5 exe=\"/bin/x\"" }, { "EXECVE": ["argc=1", "a0=\"x\""] }]);
    let sent = json!([{ "AuditdMessage": packed, "mssg_id": "1.5:1" }, { "AuditdMessage": 5, "mssg_id": "1.5:2" }]);
    let table = serde_json::from_value::<Rows>(sent).unwrap().into_table(None).unwrap();
    let events = read_table(table, MESSAGE_COLUMN, Some("SYSCALL_EXECVE")).unwrap();
    let row = &rows(&events)[0];
    assert_eq!((&row["pid"], &row["cmdline"], &row["mssg_id"]), (&json!(5), &json!("x"), &json!("1.5:1")));
    assert_eq!(events.rejected, [1]);
}

#[test]
fn any_number_of_different_fields_fits() {
    let fields: String = (0..1_500).map(|n| format!("f{n}={n} ")).collect();
    let events = read_log(&format!("type=X msg=audit(1.5:1): {fields}"), None).unwrap();
    assert_eq!(events.table.columns().len(), 3 + 400 + 1);
    assert_eq!(rows(&events)[0]["other_fields"]["f1499"], "1499");
}
