//! What each step makes of a table, and what it says when it can't.

use model::{Column, Rows, TableError};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn table(rows: &Json) -> Table {
    serde_json::from_value::<Rows>(rows.clone()).unwrap().into_table(None).unwrap()
}

fn read(kind: &str, parameters: &Json) -> Step {
    serde_json::from_value(json!({ "type": kind, "parameters": parameters })).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "parameters are written where they are used")]
fn apply(kind: &str, parameters: Json, rows: &Json) -> Result<Table, StepError> {
    read(kind, &parameters).apply(table(rows))
}

/// The rows that a step leaves.
fn rows(kind: &str, parameters: Json, given: &Json) -> Json {
    serde_json::to_value(apply(kind, parameters, given).unwrap()).unwrap()["rows"].take()
}

/// The cells of the first column that a step leaves.
fn cells(kind: &str, parameters: Json, given: &Json) -> Vec<Json> {
    let table = apply(kind, parameters, given).unwrap();
    table.columns().first().map(|column| column.iter().map(|cell| json!(cell)).collect()).unwrap_or_default()
}

fn names(kind: &str, parameters: Json, given: &Json) -> Vec<String> {
    apply(kind, parameters, given).unwrap().columns().iter().map(|column| column.name().to_owned()).collect()
}

fn logons() -> Json {
    json!([
        { "n": 1, "Account": "alice", "Port": 443, "At": "2024-05-01T10:00:00Z", "Ok": true, "More": "7" },
        { "n": 2, "Account": "Bob", "Port": 4430, "At": "2024-05-02T10:00:00Z", "Ok": false, "More": 7 },
        { "n": 3, "Account": "", "Port": null, "At": null, "Ok": null, "More": ["alice"] },
        { "n": 4, "Account": null, "Port": 80, "At": "2024-05-03T10:00:00Z", "Ok": true, "More": null },
    ])
}

#[test]
fn an_expression_is_looked_for_in_all_text_columns_or_in_all_numeric_ones() {
    for (parameters, kept) in [
        (json!({ "expr": "ALICE" }), json!([1, 3])),
        (json!({ "expr": "ALICE", "match_case": true }), json!([])),
        (json!({ "expr": "^(bob|al.*)$" }), json!([1, 2])),
        (json!({ "expr": 443 }), json!([1, 2])),
        (json!({ "expr": "443$", "numeric_col": true }), json!([1])),
        (json!({ "expr": "443" }), json!([])),
    ] {
        assert_eq!(json!(cells("filter", parameters.clone(), &logons())), kept, "{parameters}");
    }
}

#[test]
fn one_column_is_compared_with_a_value_of_its_type() {
    for (column, op, value, kept) in [
        ("Account", "eq", json!("ALICE"), json!([1])),
        ("Account", "ne", json!("alice"), json!([2, 3, 4])),
        ("Account", "in", json!(["alice", "bob"]), json!([1, 2])),
        ("Account", "not_in", json!(["alice", "bob"]), json!([3, 4])),
        ("Account", "contains", json!("O"), json!([2])),
        ("Account", "not_contains", json!("o"), json!([1, 3, 4])),
        ("Account", "starts_with", json!("a"), json!([1])),
        ("Account", "ends_with", json!("B"), json!([2])),
        ("Account", "matches", json!("^.{3}$"), json!([2])),
        ("Account", "is_empty", json!(null), json!([3, 4])),
        ("Account", "is_not_empty", json!(null), json!([1, 2])),
        ("Account", "lt", json!("a"), json!([2, 3])),
        ("Port", ">", json!(80), json!([1, 2])),
        ("Port", ">=", json!(80), json!([1, 2, 4])),
        ("Port", "<", json!("443"), json!([4])),
        ("Port", "<=", json!(443), json!([1, 4])),
        ("Port", "==", json!(443.0), json!([1])),
        ("At", "ge", json!("2024-05-02T12:00:00+02:00"), json!([2, 4])),
        ("Ok", "!=", json!(true), json!([2, 3])),
        ("More", "eq", json!(7), json!([2])),
        ("More", "eq", json!("7"), json!([1])),
        ("More", "contains", json!("alice"), json!([3])),
    ] {
        let mut parameters = json!({ "column": column, "op": op });
        if !value.is_null() {
            parameters["value"] = value;
        }
        assert_eq!(json!(cells("filter", parameters.clone(), &logons())), kept, "{parameters}");
    }
    let strict = json!({ "column": "Account", "value": "bob", "match_case": true });
    assert_eq!(cells("filter", strict, &logons()), [] as [Json; 0]);
}

#[test]
fn a_filter_says_what_is_wrong_with_it() {
    for (parameters, pointer) in [
        (json!({}), ""),
        (json!({ "expr": "x", "column": "n" }), ""),
        (json!({ "expr": "(" }), "/expr"),
        (json!({ "expr": true }), "/expr"),
        (json!({ "column": "none", "value": 1 }), "/column"),
        (json!({ "column": "n" }), "/value"),
        (json!({ "column": "n", "value": "many" }), "/value"),
        (json!({ "column": "n", "op": "contains", "value": 1 }), "/value"),
        (json!({ "column": "n", "op": "in", "value": 1 }), "/value"),
        (json!({ "column": "n", "op": "matches", "value": "a{1000}{1000}{1000}" }), "/value"),
        (json!({ "column": "Ok", "op": "lt", "value": true }), "/op"),
    ] {
        let error = apply("filter", parameters.clone(), &logons()).unwrap_err();
        assert_eq!(error.pointer(), pointer, "{parameters}: {error}");
        assert_eq!(read("filter", &parameters).foresee(&table(&logons())).unwrap_err(), error, "{parameters}");
    }
}

#[test]
fn columns_are_kept_by_name_wildcard_or_regular_expression() {
    let given = json!([{ "SourceIP": 1, "user_id": 2, "dest.ip": 3, "IP": 4, "Computer": 5 }]);
    for (columns, kept) in [
        (json!("ip"), json!(["IP"])),
        (json!(["Computer", "IP"]), json!(["IP", "Computer"])),
        (json!("*ip"), json!(["SourceIP", "dest.ip", "IP"])),
        (json!("?P"), json!(["IP"])),
        (json!("*_id"), json!(["user_id"])),
        (json!("Comp"), json!(["Computer"])),
        (json!(".*[a-z]_id"), json!(["user_id"])),
        (json!(["none", "IP"]), json!(["IP"])),
    ] {
        assert_eq!(json!(names("filter_columns", json!({ "columns": columns }), &given)), kept, "{columns}");
    }
    let sorted = json!({ "cols": "*ip", "sort_cols": true });
    assert_eq!(names("filter_columns", sorted, &given), ["IP", "SourceIP", "dest.ip"]);
    for columns in [json!(["ip", "none"]), json!(["*nothing"])] {
        let strict = json!({ "columns": columns, "match_case": true });
        let error = apply("filter_columns", strict, &given).unwrap_err();
        assert!(matches!(error, StepError::NoColumnFits { .. }), "{error}");
    }
    let error = apply("filter_columns", json!({ "columns": ["IP", "("] }), &given).unwrap_err();
    assert_eq!(error, StepError::NotARegex { pointer: "/columns/1".into() });
}

#[test]
fn rows_are_sorted_with_missing_cells_last() {
    let given = json!([
        { "n": 1, "a": "b", "b": 2 }, { "n": 2, "a": null, "b": 1 }, { "n": 3, "a": "a", "b": 10 },
        { "n": 4, "a": "b", "b": 1.5 }, { "n": 5, "a": "a", "b": null },
    ]);
    for (columns, sorted) in [
        (json!("a"), json!([3, 5, 1, 4, 2])),
        (json!("a:desc"), json!([1, 4, 3, 5, 2])),
        (json!("a, b:desc"), json!([3, 5, 1, 4, 2])),
        (json!(["A", "b"]), json!([3, 5, 4, 1, 2])),
        (json!({ "a": false, "b": true }), json!([4, 1, 3, 5, 2])),
        (json!("b:DESC"), json!([3, 1, 4, 2, 5])),
        (json!("[ab]"), json!([3, 5, 4, 1, 2])),
    ] {
        assert_eq!(json!(cells("sort", json!({ "columns": columns }), &given)), sorted, "{columns}");
    }
    let overruled = json!({ "cols": ["a:desc", "b"], "ascending": false });
    assert_eq!(json!(cells("sort", overruled, &given)), json!([1, 4, 3, 5, 2]));
    let error = apply("sort", json!({ "columns": ["a", "c:desc"] }), &given).unwrap_err();
    assert_eq!(error, StepError::NoSuchColumn { pointer: "/columns/1".into(), column: "c".into() });
}

#[test]
fn every_item_of_a_list_gets_a_row() {
    let given = json!([
        { "n": 1, "ips": ["a", "b"], "ports": [1, 2] }, { "n": 2, "ips": [], "ports": [] },
        { "n": 3, "ips": null, "ports": 5 }, { "n": 4, "ips": ["c"], "ports": [{ "x": 1 }] },
    ]);
    assert_eq!(
        rows("list_to_rows", json!({ "columns": ["ips", "ports"] }), &given),
        json!([
            { "n": 1, "ips": "a", "ports": 1 }, { "n": 1, "ips": "b", "ports": 2 },
            { "n": 2, "ips": null, "ports": null }, { "n": 3, "ips": null, "ports": 5 },
            { "n": 4, "ips": "c", "ports": { "x": 1 } },
        ])
    );
    let table = apply("list_to_rows", json!({ "cols": "ips" }), &given).unwrap();
    assert_eq!(table.column("ips").map(Column::kind), Some(ColumnType::String));
    let long = json!([{ "a": vec![0; 2_300], "b": vec![0; 2_300] }]);
    let long = apply("list_to_rows", json!({ "columns": "a" }), &long).unwrap();
    let error = read("list_to_rows", &json!({ "columns": "b" })).apply(long).unwrap_err();
    assert_eq!(error, StepError::Table(TableError::TooManyRows));
    let unequal = json!([{ "a": [1], "b": [1] }, { "a": [1], "b": [1, 2] }]);
    let error = apply("list_to_rows", json!({ "columns": ["a", "b"] }), &unequal).unwrap_err();
    assert_eq!(error, StepError::UnequalLists { row: 1, column: "b".into() });
}

#[test]
fn texts_that_are_json_become_what_they_hold() {
    let given = json!([{ "x": " {\"a\": [1]}" }, { "x": "7" }, { "x": "no" }, { "x": null }, { "x": "null" }]);
    assert_eq!(
        cells("parse_json", json!({ "columns": "x" }), &given),
        [json!({ "a": [1] }), json!(7), json!("no"), json!(null), json!(null)]
    );
}

#[test]
fn members_become_columns_under_dotted_names() {
    let given = json!([
        { "n": 1, "whois": { "asn": "AS1", "nets": [{ "cidr": "a" }, { "cidr": "b" }] }, "z": 0 },
        { "n": 2, "whois": "{\"asn\": \"AS2\", \"more\": {\"deep\": true}}", "z": 0 },
        { "n": 3, "whois": null, "z": 0 },
    ]);
    assert_eq!(
        rows("dict_to_columns", json!({ "column": "whois" }), &given),
        json!([
            { "n": 1, "whois.asn": "AS1", "whois.nets.0.cidr": "a", "whois.nets.1.cidr": "b", "whois.more.deep": null, "z": 0 },
            { "n": 2, "whois.asn": "AS2", "whois.nets.0.cidr": null, "whois.nets.1.cidr": null, "whois.more.deep": true, "z": 0 },
            { "n": 3, "whois.asn": null, "whois.nets.0.cidr": null, "whois.nets.1.cidr": null, "whois.more.deep": null, "z": 0 },
        ])
    );
    let alone = json!({ "col": "whois", "alone": true });
    assert_eq!(names("dict_to_columns", alone, &given), ["asn", "nets.0.cidr", "nets.1.cidr", "more.deep"]);
    assert_eq!(names("dict_to_columns", json!({ "column": "n" }), &given), ["whois", "z"]);
}

#[test]
fn rows_that_are_alike_are_one() {
    let given = json!([
        { "n": 1, "a": "x" }, { "n": 1, "a": "x" }, { "n": 1, "a": null }, { "n": 2, "a": "" }, { "n": 2, "a": null },
    ]);
    assert_eq!(json!(cells("distinct", json!({}), &given)), json!([1, 1, 2, 2]));
    assert_eq!(json!(cells("distinct", json!({ "columns": "n" }), &given)), json!([1, 2]));
    assert_eq!(cells("distinct", json!({ "columns": ["a"] }), &given).len(), 3);
    assert_eq!(json!(cells("head", json!({ "n": 2 }), &given)), json!([1, 1]));
    assert_eq!(cells("head", json!({}), &json!([])), [] as [Json; 0]);
}

#[test]
fn columns_get_other_names() {
    let given = json!([{ "a/b": 1, "c": 2 }]);
    assert_eq!(names("rename", json!({ "columns": { "a/b": "c", "c": "a" } }), &given), ["c", "a"]);
    let error = apply("rename", json!({ "columns": { "x/y": "z" } }), &given).unwrap_err();
    assert_eq!(error.pointer(), "/columns/x~1y");
    let error = apply("rename", json!({ "columns": { "c": "a/b" } }), &given).unwrap_err();
    assert!(matches!(error, StepError::Table(_)), "{error}");
}

#[test]
fn unknown_steps_and_parameters_are_refused() {
    let refused = |json: Json| serde_json::from_value::<Step>(json).unwrap_err().to_string();
    assert!(refused(json!({ "type": "filtr", "parameters": {} })).contains("filter"));
    assert!(refused(json!({ "type": "head", "parameters": { "rows": 1 } })).contains("rows"));
    assert!(refused(json!({ "type": "sort", "parameters": { "columns": [] } })).contains("names of columns"));
    for name in Step::NAMES {
        let error = serde_json::from_value::<Step>(json!({ "type": name, "parameters": 1 })).unwrap_err();
        assert!(!error.to_string().contains("variant"), "{name}: {error}");
    }
}

#[test]
fn columns_are_foreseen_unless_the_rows_decide() {
    let given = table(&json!([{ "a": [1], "b": { "x": 1 }, "c": "t" }]));
    let after = |kind, parameters: Json| {
        let foreseen = read(kind, &parameters).foresee(&given).unwrap();
        foreseen.map(|table| {
            table.columns().iter().map(|column| (column.name().to_owned(), column.kind())).collect::<Vec<_>>()
        })
    };
    let kept = after("filter_columns", json!({ "columns": "c" })).unwrap();
    assert_eq!(kept, [("c".to_owned(), ColumnType::String)]);
    let exploded = after("list_to_rows", json!({ "columns": ["a"] })).unwrap();
    assert_eq!(exploded[0], ("a".to_owned(), ColumnType::Dynamic));
    assert_eq!(after("dict_to_columns", json!({ "column": "b" })), None);
}

/// Cells as different as a `dynamic` can mix.
fn mixed() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(json!(null)),
        (-3_i64..3).prop_map(|number| json!(number)),
        Just(json!(9_007_199_254_740_993_i64)),
        Just(json!(9_007_199_254_740_992.0)),
        (-3.0..3.0).prop_map(|number: f64| json!(number)),
        "[a-c]{0,2}".prop_map(|text| json!(text)),
        any::<bool>().prop_map(|value| json!(value)),
        Just(json!([1])),
    ]
}

proptest! {
    #[test]
    fn sorting_is_stable_loses_no_row_and_goes_both_ways(sent in prop::collection::vec(mixed(), 0..24)) {
        let given: Json = sent.iter().enumerate().map(|(n, cell)| json!({ "n": n, "x": cell })).collect();
        let up = cells("sort", json!({ "columns": "x" }), &given);
        let again: Json = up.iter().map(|n| given[n.as_u64().unwrap() as usize].clone()).collect();
        prop_assert_eq!(&cells("sort", json!({ "columns": "x" }), &again), &up);
        let mut all: Vec<_> = up.iter().filter_map(Json::as_u64).collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..sent.len() as u64).collect::<Vec<_>>());
        let down = cells("sort", json!({ "columns": "x:desc" }), &given);
        let missing = |rows: &[Json]| rows.iter().rev().take_while(|n| sent[n.as_u64().unwrap() as usize].is_null()).count();
        prop_assert_eq!(missing(&up), sent.iter().filter(|cell| cell.is_null()).count());
        prop_assert_eq!(missing(&up), missing(&down));
    }

    #[test]
    fn no_document_and_no_table_make_a_step_panic(
        kind in prop::sample::select(Step::NAMES),
        column in "[abx*?.(\\[:]{0,3}",
        sent in prop::collection::vec(mixed(), 0..6),
    ) {
        let given: Json = sent.iter().map(|cell| json!({ "a": cell, "b": [cell, cell], "x": { "a": cell } })).collect();
        for parameters in [
            json!({ "columns": &column }), json!({ "column": &column }), json!({ "expr": &column }), json!({}),
            json!({ "column": "a", "op": "lt", "value": sent.first() }),
        ] {
            if let Ok(step) = serde_json::from_value::<Step>(json!({ "type": kind, "parameters": parameters })) {
                let _ = (step.apply(table(&given)), step.foresee(&table(&given)));
            }
        }
    }
}
