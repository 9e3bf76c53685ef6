//! Tables that nobody would draw: a picture comes of them all the same, and nothing of them becomes markup.

use model::{Column, ColumnType, Table, Value};
use proptest::prelude::*;

use crate::{Kind, Layout, Options, Style, Theme, draw};

/// Options that use as many columns as a kind can.
fn options(kind: Kind) -> Options {
    let some = |name: &str| Some(name.to_owned());
    let common = Options { theme: Theme::Dark, ..Options::default() };
    match kind {
        Kind::Timeline => Options { time_column: some("t"), group_by: vec!["a".into()], color_by: some("b"), ..common },
        Kind::TimelineValues => Options {
            time_column: some("t"),
            value_column: some("v"),
            group_by: vec!["a".into()],
            label_column: some("b"),
            style: vec![Style::Bar, Style::Circle, Style::Line],
            ..common
        },
        Kind::TimelineDuration => Options {
            time_column: some("t"),
            end_time_column: some("t"),
            group_by: vec!["a".into(), "b".into()],
            ..common
        },
        Kind::Timeseries => Options {
            time_column: some("t"),
            value_column: some("v"),
            baseline_column: some("v"),
            anomaly_column: some("v"),
            ..common
        },
        Kind::Matrix => Options { x: some("a"), y: some("b"), ..common },
        Kind::ProcessTree => Options { time_column: some("t"), color_by: some("v"), ..common },
        Kind::Network => {
            Options { x: some("a"), y: some("b"), label_column: some("b"), layout: Some(Layout::Bipartite), ..common }
        }
        Kind::Map => Options { latitude_column: some("v"), longitude_column: some("v"), color_by: some("a"), ..common },
        Kind::EntityGraph => common,
    }
}

type Row = (Option<i64>, Option<f64>, String, String);

fn table(rows: &[Row]) -> Table {
    let time = |ms: &Option<i64>| ms.and_then(chrono::DateTime::from_timestamp_millis);
    let texts = |name: &str, of: fn(&Row) -> &String| {
        Column::of(name, ColumnType::String, rows.iter().map(|row| Value::from(of(row).as_str()))).unwrap()
    };
    Table::new(vec![
        Column::of("t", ColumnType::Datetime, rows.iter().map(|row| time(&row.0))).unwrap(),
        Column::of("v", ColumnType::Real, rows.iter().map(|row| row.1)).unwrap(),
        texts("a", |row| &row.2),
        texts("b", |row| &row.3),
        texts("pid", |row| &row.2),
        texts("ppid", |row| &row.3),
        texts("cmdline", |row| &row.3),
    ])
    .unwrap()
}

fn drawn(kind: Kind, table: &Table) {
    let options = options(kind);
    let plot = draw(kind, table, &options).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    let (svg, html) = (plot.svg(), plot.html());
    resvg::usvg::roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    if let Err(error) = plot.png(0.25) {
        panic!("{kind:?}: {error}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{kind:?}");
    assert_eq!(html.matches("<script").count(), 1, "{kind:?}");
}

fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| *kind != Kind::EntityGraph)
}

fn row(time: i64, value: f64, a: &str, b: &str) -> Row {
    (Some(time), Some(value), a.to_owned(), b.to_owned())
}

#[test]
fn no_rows_make_a_picture_that_says_so() {
    for kind in kinds() {
        let (table, options) = (Table::default(), options(kind));
        let plot = draw(kind, &table, &options).unwrap();
        assert_eq!(plot.notes(), ["Nothing to show: the table has no rows"]);
        assert!(plot.svg().contains("Nothing to show"));
    }
}

#[test]
fn rows_of_which_none_can_be_drawn_make_a_picture_that_says_why() {
    let (table, options) = (table(&[(None, None, String::new(), String::new())]), options(Kind::Timeline));
    let plot = draw(Kind::Timeline, &table, &options).unwrap();
    assert_eq!(plot.notes(), ["Nothing to show: 1 row is left out: no time"]);
}

#[test]
fn one_row_and_equal_rows_and_missing_values_are_drawn() {
    let one = row(1_777_766_400_000, 5.0, "a", "b");
    for kind in kinds() {
        drawn(kind, &table(std::slice::from_ref(&one)));
        drawn(kind, &table(&vec![one.clone(); 50]));
        drawn(kind, &table(&[(None, None, String::new(), String::new()), (None, None, String::new(), String::new())]));
    }
}

#[test]
fn nothing_in_the_data_becomes_markup() {
    let evil = "</title></text></script><script>window.pwned=1</script><img src=x onerror=alert(1)>\"'&amp;";
    let rows = vec![row(0, 1.0, evil, evil), row(1_000, 2.0, evil, "b"), row(2_000, 3.0, "a", evil)];
    for kind in kinds() {
        let (table, mut options) = (table(&rows), options(kind));
        options.title = Some(evil.to_owned());
        let plot = draw(kind, &table, &options).unwrap();
        for text in [plot.svg(), plot.html()] {
            assert!(!text.contains("<img") && !text.contains("window.pwned=1</script>"), "{kind:?}");
        }
        assert_eq!(plot.html().matches("</script>").count(), 1, "{kind:?}");
    }
}

#[test]
fn right_to_left_and_very_long_texts_and_other_scripts_are_drawn() {
    let long = "very long ".repeat(2_000);
    let rows: Vec<_> = ["שלום עולם", "مرحبا بالعالم", "漢字", &long, "a\u{202e}b", "\u{0}\u{7}", "🦀"]
        .iter()
        .zip(0..)
        .map(|(text, n)| row(n * 60_000, n as f64, text, text))
        .collect();
    for kind in kinds() {
        drawn(kind, &table(&rows));
    }
}

#[test]
fn a_process_that_started_itself_or_its_parent_ends_the_tree() {
    let rows = vec![row(0, 1.0, "1", "2"), row(0, 1.0, "2", "1"), row(0, 1.0, "3", "3"), row(5, 1.0, "4", "1")];
    drawn(Kind::ProcessTree, &table(&rows));
    let mut keys = Table::default();
    for (name, cells) in [("proc_key", ["a", "b", "c"]), ("parent_key", ["b", "a", "b"])] {
        keys.add(Column::of(name, ColumnType::String, cells).unwrap()).unwrap();
    }
    let options = Options::default();
    let plot = draw(Kind::ProcessTree, &keys, &options).unwrap();
    let notes = plot.notes().join("\n");
    assert!(notes.starts_with("3 processes under 1 root, 3 levels deep"), "{notes}");
    assert!(notes.contains("1 circle"), "{notes}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_table_is_drawn(rows in prop::collection::vec(
        (prop::option::of(-62_000_000_000_000_i64..253_000_000_000_000), prop::option::of(any::<f64>()), ".{0,20}", ".{0,20}"),
        1..30,
    )) {
        let table = table(&rows);
        for kind in kinds() {
            drawn(kind, &table);
        }
    }
}
