//! What trees must be: against MSTICPy's on the shared data, and in the cases that it gets wrong.

use std::{fs, path::Path};

use model::{ColumnType, Rows, table};
use serde_json::{Value, json};

use super::*;

fn table_of(rows: &Value) -> Table {
    serde_json::from_value::<Rows>(rows.clone()).unwrap().into_table(None).unwrap()
}

fn custom() -> Schema {
    CustomSchema {
        time: "time".into(),
        process_name: "name".into(),
        process_id: "pid".into(),
        parent_id: "ppid".into(),
        host: Some("host".into()),
        ..CustomSchema::default()
    }
    .into()
}

fn tree(rows: &Value) -> ProcessTree {
    ProcessTree::build(&table_of(rows), custom()).unwrap()
}

/// A second of a day.
fn at(second: u32) -> String {
    format!("2024-05-01T10:00:{second:02}Z")
}

fn parents(tree: &ProcessTree) -> Vec<Option<usize>> {
    let rows = 0..tree.source_rows.len();
    rows.map(|row| tree.parent(tree.find_row(row)?).and_then(|parent| tree.source_row(parent))).collect()
}

fn shared(file: &str) -> Option<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    let Ok(bytes) = fs::read(&path) else {
        eprintln!("skipped: {file} is not here");
        return None;
    };
    let rows = if file.ends_with("csv") { table::csv::read(&bytes) } else { table::ndjson::read(&bytes) };
    Some(rows.unwrap().into_table(None).unwrap())
}

#[test]
fn the_shared_data_gives_the_trees_that_the_oracle_says() {
    // Processes, roots, leaves, branches, isolated, levels; by MSTICPy 3.0.2 (tests/oracles/process_tree.py).
    for (file, schema, expected) in [
        ("process_tree_windows.ndjson", SchemaName::WindowsSecurity, [1010, 10, 815, 185, 0, 7]),
        ("process_tree_linux.ndjson", SchemaName::LinuxAuditd, [1029, 29, 497, 503, 0, 5]),
        ("DeviceProcessEvents.ndjson", SchemaName::Mde, [266, 3, 200, 63, 0, 10]),
    ] {
        let Some(table) = shared(file) else { return };
        let inferred = Schema::infer(&table).unwrap();
        assert_eq!(inferred.name, schema, "{file}");
        let summary = ProcessTree::build(&table, inferred).unwrap().summary();
        let found = [
            summary.processes,
            summary.root_processes,
            summary.leaf_processes,
            summary.branch_processes,
            summary.isolated_processes,
            summary.largest_tree_depth as usize,
        ];
        assert_eq!(found, expected, "{file}: {summary:?}");
    }
}

#[test]
fn keys_and_paths_are_those_of_the_oracle() {
    let Some(table) = shared("process_tree_windows.ndjson") else { return };
    let tree = ProcessTree::build(&table, Schema::infer(&table).unwrap()).unwrap();
    let answer = tree.to_table(table, tree.in_order()).unwrap();
    let row_of = |path: &str| {
        let paths = answer.column("path").unwrap();
        (0..answer.row_count()).find(|row| paths.value(*row).as_str() == Some(path)).unwrap()
    };
    let text = |row, column| answer.value(row, column).to_text().into_owned();
    let root = row_of("01000");
    assert_eq!(text(root, "proc_key"), r"c:\windows\system32\svchost.exe|0x270|1970-01-01 00:00:00.000000");
    assert_eq!((text(root, "is_root"), text(root, "outcome")), ("true".into(), "inferred".into()));
    assert_eq!((text(root, "NewProcessId"), text(root, "TimeGenerated")), ("0x270".into(), String::new()));
    let child = row_of("01000/00000");
    assert!(text(child, "proc_key").ends_with(r"wmiprvse.exe|0xda4|2019-02-09 20:04:38.017000"));
    assert_eq!(text(child, "parent_key"), text(root, "proc_key"));
    assert_eq!((text(child, "parent_index"), text(child, "depth")), ("01000".into(), "1".into()));
}

#[test]
fn the_golden_parents_are_those_of_the_oracle() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/process_tree");
    for file in fs::read_dir(golden).unwrap().map(|file| file.unwrap().path()) {
        let source = file.file_stem().unwrap().to_str().unwrap();
        let Some(table) = shared(source) else { return };
        let schema = Schema::infer(&table).unwrap_or_else(|_| volatility());
        let tree = ProcessTree::build(&table, schema).unwrap();
        let mut lines: Vec<_> = (0..u32::try_from(tree.len()).unwrap())
            .map(|process| {
                format!(
                    "{}\t{}\n",
                    tree.key(process),
                    tree.parent(process).map(|parent| tree.key(parent)).unwrap_or_default()
                )
            })
            .collect();
        lines.sort();
        assert_eq!(crate::tests::digest(&lines.concat()), fs::read_to_string(&file).unwrap().trim(), "{source}");
    }
}

/// The process list of a memory image.
fn volatility() -> Schema {
    CustomSchema {
        time: "CreateTime".into(),
        process_name: "ImageFileName".into(),
        process_id: "PID".into(),
        parent_id: "PPID".into(),
        ..CustomSchema::default()
    }
    .into()
}

#[test]
fn a_number_that_is_used_again_is_told_apart_by_time() {
    let rows = json!([
        { "time": at(1), "name": "old.exe", "pid": 7, "ppid": 1 },
        { "time": at(2), "name": "child-of-old.exe", "pid": 8, "ppid": 7 },
        { "time": at(3), "name": "new.exe", "pid": 7, "ppid": 1 },
        { "time": at(4), "name": "child-of-new.exe", "pid": 9, "ppid": 7 },
    ]);
    assert_eq!(parents(&tree(&rows)), [None, Some(0), None, Some(2)]);
    let backwards = Value::Array(rows.as_array().unwrap().iter().rev().cloned().collect());
    assert_eq!(parents(&tree(&backwards)), [Some(1), None, Some(3), None], "the order of the rows does not matter");
}

#[test]
fn a_parent_that_began_later_is_none() {
    let rows = json!([
        { "time": at(5), "name": "late.exe", "pid": 7, "ppid": 0 },
        { "time": at(2), "name": "child.exe", "pid": 8, "ppid": 7 },
    ]);
    let tree = tree(&rows);
    assert_eq!(parents(&tree), [None, None]);
    assert_eq!(tree.summary().inferred_processes, 2);
}

#[test]
fn hosts_do_not_mix() {
    let rows = json!([
        { "time": at(1), "host": "a", "name": "p.exe", "pid": 7, "ppid": 1 },
        { "time": at(2), "host": "b", "name": "c.exe", "pid": 8, "ppid": 7 },
        { "time": at(3), "host": "a", "name": "c.exe", "pid": 8, "ppid": 7 },
    ]);
    assert_eq!(parents(&tree(&rows)), [None, None, Some(0)]);
}

#[test]
fn circles_are_cut_and_said() {
    let rows = json!([
        { "time": at(1), "name": "a", "pid": 1, "ppid": 2 },
        { "time": at(1), "name": "b", "pid": 2, "ppid": 1 },
        { "time": at(1), "name": "self", "pid": 3, "ppid": 3 },
    ]);
    let tree = tree(&rows);
    assert_eq!(tree.origin(0), Origin::CycleCut);
    assert_eq!((tree.parent(1), tree.parent(0)), (Some(0), None));
    assert_eq!(tree.summary().cycles, 1);
    assert_eq!(tree.origin(tree.parent(2).unwrap()), Origin::Inferred, "nobody is their own parent");
}

#[test]
fn rows_that_cannot_be_used_are_named() {
    let rows = json!([
        { "time": at(1), "name": "a", "pid": 1, "ppid": 0 },
        { "time": at(1), "name": "a", "pid": 1, "ppid": 0 },
        { "time": "some day", "name": "b", "pid": 2, "ppid": 1 },
        { "time": at(1), "name": "c", "pid": null, "ppid": 1 },
    ]);
    let tree = tree(&rows);
    let mut rejected: Vec<_> = tree.rejected().map(|(row, reason)| (row, reason.as_str())).collect();
    rejected.sort_unstable();
    assert_eq!(rejected, [(1, "duplicate"), (2, "no_time"), (3, "no_process_id")]);
    let summary = tree.summary();
    assert_eq!((summary.unusable_rows, summary.duplicate_rows, summary.processes), (2, 1, 2));
}

#[test]
fn a_missing_column_is_named() {
    let table = table_of(&json!([{ "time": at(1), "name": "a", "pid": 1 }]));
    let error = ProcessTree::build(&table, custom()).unwrap_err();
    assert_eq!(error, TreeError::MissingColumn("ppid".into()));
    assert_eq!(Schema::infer(&table), Err(NoSchema));
}

#[test]
fn relatives_come_in_the_order_of_the_tree() {
    let rows = json!([
        { "time": at(1), "name": "root", "pid": 1, "ppid": null },
        { "time": at(2), "name": "mid", "pid": 2, "ppid": 1 },
        { "time": at(3), "name": "me", "pid": 3, "ppid": 2 },
        { "time": at(4), "name": "sibling", "pid": 4, "ppid": 2 },
        { "time": at(5), "name": "child", "pid": 5, "ppid": 3 },
        { "time": at(6), "name": "grandchild", "pid": 6, "ppid": 5 },
    ]);
    let tree = tree(&rows);
    let me = tree.find("me|3|2024-05-01 10:00:03.000000").unwrap();
    let found: Vec<_> =
        tree.relatives(me).iter().map(|relative| (relative.process, relative.relation.as_str())).collect();
    assert_eq!(found, [(0, "ancestor"), (1, "parent"), (2, "itself"), (4, "child"), (5, "descendant"), (3, "sibling")]);
    assert!(Relation::Parent.is_among(&[Relation::Ancestor]) && !Relation::Ancestor.is_among(&[Relation::Parent]));
}

#[test]
fn a_chain_of_any_length_stays_small() {
    let rows: Vec<_> = (0..3_000).map(|n| json!({ "time": n, "name": "sh", "pid": n + 1, "ppid": n })).collect();
    let table = table_of(&Value::Array(rows));
    let tree = ProcessTree::build(&table, custom()).unwrap();
    let nested = serde_json::to_value(Nested { tree: &tree, table: &table, top: None }).unwrap();
    assert!(nested.to_string().contains("\"descendants_left_out\":2953"), "{}", nested.to_string().len());
    let answer = tree.to_table(table, tree.in_order()).unwrap();
    let last = answer.value(3_000, "path").to_text().into_owned();
    assert!(last.starts_with("…/") && last.matches('/').count() == 64, "{last}");
}

#[test]
fn a_column_with_the_name_of_one_of_the_tree_s_is_kept() {
    let table = table_of(&json!([{ "time": at(1), "name": "a", "pid": 1, "ppid": 0, "path": "/bin/a" }]));
    let tree = ProcessTree::build(&table, custom()).unwrap();
    let answer = tree.to_table(table, tree.in_order()).unwrap();
    assert_eq!(answer.value(1, "source_path"), "/bin/a".into());
    assert_eq!(answer.column("path").unwrap().kind(), ColumnType::String);
}
