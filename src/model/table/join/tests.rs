//! Joins against a plain nested loop, and the names, types and limits of what comes out.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::Rows;

const KINDS: [JoinKind; 4] = [JoinKind::Left, JoinKind::Inner, JoinKind::Right, JoinKind::Outer];

fn table(rows: &Json) -> Table {
    serde_json::from_value::<Rows>(rows.clone()).unwrap().into_table(None).unwrap()
}

fn on<'a>(kind: JoinKind, left: &'a str, right: &'a str) -> Join<'a> {
    Join { kind, on: On::Keys { left, right, ignore_case: false }, suffixes: ["_src", "_res"] }
}

fn rows(table: &Table) -> Json {
    serde_json::to_value(table).unwrap()["rows"].take()
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().iter().map(Column::name).collect()
}

/// A column of this type, and which row each cell is in.
fn numbered(kind: ColumnType, cells: Vec<Value<'static>>) -> Table {
    let numbers = Column::of("row", ColumnType::Long, (0..cells.len()).map(|row| row as i64)).unwrap();
    Table::new(vec![Column::of("key", kind, cells).unwrap(), numbers]).unwrap()
}

/// The rows of both sides that a joined table of numbered ones is made of.
fn row_numbers(joined: &Table) -> Vec<(Option<usize>, Option<usize>)> {
    let number = |row, name| joined.value(row, name).as_f64().map(|number| number as usize);
    (0..joined.row_count()).map(|row| (number(row, "row_src"), number(row, "row_res"))).collect()
}

/// What a join is: every row with every row.
fn nested_loop(
    kind: JoinKind,
    counts: [usize; 2],
    matches: impl Fn(usize, usize) -> bool,
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairs = Vec::new();
    for left in 0..counts[0] {
        let before = pairs.len();
        pairs.extend((0..counts[1]).filter(|right| matches(left, *right)).map(|right| (Some(left), Some(right))));
        if pairs.len() == before && matches!(kind, JoinKind::Left | JoinKind::Outer) {
            pairs.push((Some(left), None));
        }
    }
    if matches!(kind, JoinKind::Right | JoinKind::Outer) {
        let alone = (0..counts[1]).filter(|right| !(0..counts[0]).any(|left| matches(left, *right)));
        pairs.extend(alone.map(|right| (None, Some(right))));
    }
    pairs
}

#[test]
fn keys_of_different_names_are_both_kept() {
    let seen = table(&json!([{ "ip": "a", "n": 1 }, { "ip": "b", "n": 2 }, { "ip": null, "n": 3 }]));
    let known = table(&json!([{ "query": "b", "n": "x" }, { "query": "c", "n": "y" }]));
    let joined = seen.join(&known, &on(JoinKind::Outer, "ip", "query")).unwrap();
    assert_eq!(names(&joined), ["ip", "n_src", "query", "n_res"]);
    assert_eq!(
        rows(&joined),
        json!([
            { "ip": "a", "n_src": 1, "query": null, "n_res": null },
            { "ip": "b", "n_src": 2, "query": "b", "n_res": "x" },
            { "ip": null, "n_src": 3, "query": null, "n_res": null },
            { "ip": null, "n_src": null, "query": "c", "n_res": "y" },
        ])
    );
}

#[test]
fn keys_of_one_name_are_one_column() {
    let seen = table(&json!([{ "n": 0, "ip": 1 }, { "n": 0, "ip": 2 }]));
    let known = table(&json!([{ "ip": 2.0, "n": true }, { "ip": 3.5, "n": false }]));
    let joined = seen.join(&known, &on(JoinKind::Outer, "ip", "ip")).unwrap();
    assert_eq!(names(&joined), ["n_src", "ip", "n_res"]);
    assert_eq!(joined.column("ip").unwrap().kind(), ColumnType::Real);
    assert_eq!(
        rows(&joined),
        json!([
            { "n_src": 0, "ip": 1.0, "n_res": null },
            { "n_src": 0, "ip": 2.0, "n_res": true },
            { "n_src": null, "ip": 3.5, "n_res": false },
        ])
    );
}

#[test]
fn a_key_that_the_other_side_has_as_another_column_gets_a_suffix() {
    let seen = table(&json!([{ "a": "x", "b": 1 }]));
    let known = table(&json!([{ "a": 2, "b": "x" }]));
    let joined = seen.join(&known, &on(JoinKind::Left, "a", "b")).unwrap();
    assert_eq!(rows(&joined), json!([{ "a_src": "x", "b_src": 1, "a_res": 2, "b_res": "x" }]));
}

#[test]
fn names_that_meet_after_the_suffix_are_an_error() {
    let seen = table(&json!([{ "k": 1, "n": 1, "n_res": 1 }]));
    let known = table(&json!([{ "k": 1, "n": 1 }]));
    let error = seen.join(&known, &on(JoinKind::Left, "k", "k")).unwrap_err();
    assert_eq!(error, JoinError::Table(TableError::RepeatedColumn("n_res".into())));
}

#[test]
fn values_that_mean_the_same_are_equal_across_types() {
    use ColumnType::{Bool, Datetime, Decimal, Dynamic, Guid, Int, Long, Real, String, Timespan};
    let column = |kind, text: &'static str| numbered(kind, vec![text.into()]);
    let guid = "0a1b2c3d-aaaa-4bbb-8ccc-1d2e3f405162";
    for (left, right, are_equal) in [
        (column(Int, "7"), column(Long, "7"), true),
        (column(Long, "7"), column(Real, "7.0"), true),
        (column(Real, "0.5"), column(Decimal, "0.50"), true),
        (column(Real, "-0.0"), column(Long, "0"), true),
        (column(Decimal, "18446744073709551615"), column(Decimal, "18446744073709551614"), false),
        (column(Real, "NaN"), column(Real, "NaN"), false),
        (column(Real, "inf"), column(Real, "inf"), true),
        (column(Guid, guid), column(String, "0A1B2C3D-AAAA-4BBB-8CCC-1D2E3F405162"), true),
        (column(Guid, guid), column(String, "none"), false),
        (column(Dynamic, "x"), column(String, "x"), true),
        (numbered(Dynamic, vec![7.into()]), column(Long, "7"), true),
        (numbered(Dynamic, vec![7.into()]), column(String, "7"), false),
        (column(Dynamic, "[1]"), column(Dynamic, "[1]"), true),
        (column(Datetime, "2024-05-01 12:00:00Z"), column(Datetime, "2024-05-01T14:00:00+02:00"), true),
        (column(Timespan, "00:01"), column(Timespan, "00:01:00"), true),
        (column(Bool, "true"), column(Bool, "false"), false),
        (column(String, "A"), column(String, "a"), false),
    ] {
        let joined = left.join(&right, &on(JoinKind::Inner, "key", "key")).unwrap();
        assert_eq!(joined.row_count() == 1, are_equal, "{left:?} {right:?}");
    }
}

#[test]
fn types_that_cannot_be_equal_are_an_error_unless_one_side_is_empty() {
    let texts = numbered(ColumnType::String, vec!["1".into()]);
    let numbers = numbered(ColumnType::Long, vec![1.into()]);
    let error = texts.join(&numbers, &on(JoinKind::Left, "key", "key")).unwrap_err();
    assert_eq!(error, JoinError::KeyTypes { left: ColumnType::String, right: ColumnType::Long });
    for cells in [vec![], vec![Value::Null]] {
        let empty = numbered(ColumnType::Long, cells);
        let joined = texts.join(&empty, &on(JoinKind::Left, "key", "key")).unwrap();
        assert_eq!(row_numbers(&joined), [(Some(0), None)]);
    }
    let error = texts.join(&numbers, &on(JoinKind::Left, "key", "other")).unwrap_err();
    assert_eq!(error, JoinError::NoSuchColumn { side: Side::Right, column: "other".into() });
}

#[test]
fn what_was_left_out_of_a_side_is_left_out_of_both() {
    let whole = table(&json!([{ "k": 1 }]));
    let mut cut = whole.clone();
    cut.mark_truncated();
    for (left, right) in [(&whole, &cut), (&cut, &whole)] {
        assert!(left.join(right, &on(JoinKind::Inner, "k", "k")).unwrap().is_truncated());
    }
    assert!(!whole.join(&whole, &on(JoinKind::Inner, "k", "k")).unwrap().is_truncated());
}

#[test]
fn a_join_without_end_is_refused() {
    let many = numbered(ColumnType::Bool, vec![true.into(); 3_000]);
    let error = many.join(&many, &on(JoinKind::Inner, "key", "key")).unwrap_err();
    assert_eq!(error, JoinError::Table(TableError::TooManyRows));
    let long = "x".repeat(1_000_000);
    let wide = Table::new(vec![Column::of("t", ColumnType::String, [long.as_str()]).unwrap()]).unwrap();
    let pairs: Vec<_> = (0..3_000).map(|row| (row, 0)).collect();
    let join = Join { on: On::Rows(&pairs), ..on(JoinKind::Left, "", "") };
    assert_eq!(many.join(&wide, &join).unwrap_err(), JoinError::Table(TableError::TooMuchText));
}

#[test]
fn kinds_have_the_names_of_the_contract() {
    assert_eq!(serde_json::to_value(KINDS).unwrap(), json!(["left", "inner", "right", "outer"]));
}

/// Few values, so that many are equal, and some that are not there.
fn cells() -> impl Strategy<Value = Vec<Value<'static>>> {
    let text = prop_oneof![Just("a"), Just("A"), Just("b"), Just("É"), Just("é")];
    prop::collection::vec(prop_oneof![1 => Just(Value::Null), 4 => text.prop_map(Value::from)], 0..12)
}

proptest! {
    #[test]
    fn keys_join_as_a_nested_loop_does(left in cells(), right in cells(), ignore_case: bool) {
        let fold = |value: &Value<'_>| value.as_str().map(|text| if ignore_case { text.to_lowercase() } else { text.into() });
        let matches = |l: usize, r: usize| fold(&left[l]).is_some() && fold(&left[l]) == fold(&right[r]);
        let sides = [numbered(ColumnType::String, left.clone()), numbered(ColumnType::String, right.clone())];
        for kind in KINDS {
            let join = Join { on: On::Keys { left: "key", right: "key", ignore_case }, ..on(kind, "", "") };
            let joined = sides[0].join(&sides[1], &join).unwrap();
            let expected = nested_loop(kind, [left.len(), right.len()], matches);
            prop_assert_eq!(&row_numbers(&joined), &expected);
            for (row, pair) in expected.iter().enumerate() {
                let cell = match pair { (Some(row), _) => &left[*row], (_, row) => &right[row.unwrap()] };
                prop_assert_eq!(&joined.value(row, "key"), cell);
            }
        }
    }

    #[test]
    fn given_rows_join_as_a_nested_loop_does(
        counts in prop::array::uniform2(0_usize..8),
        pairs in prop::collection::btree_set((0_usize..9, 0_usize..9), 0..20),
    ) {
        let sides = counts.map(|count| numbered(ColumnType::Long, vec![0.into(); count]));
        let listed: Vec<_> = pairs.iter().copied().collect();
        for kind in KINDS {
            let join = Join { on: On::Rows(&listed), ..on(kind, "", "") };
            let joined = sides[0].join(&sides[1], &join).unwrap();
            prop_assert_eq!(row_numbers(&joined), nested_loop(kind, counts, |l, r| pairs.contains(&(l, r))));
            prop_assert_eq!(names(&joined), ["key_src", "row_src", "key_res", "row_res"]);
        }
    }
}
