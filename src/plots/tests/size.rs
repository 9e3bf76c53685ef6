//! Large tables become small pictures that say what they did.

use chrono::DateTime;
use model::{Column, ColumnType, Table};

use crate::{Kind, Options, Style, draw};

pub(super) fn events(count: i64) -> Table {
    let time = |n: i64| DateTime::from_timestamp(1_777_766_400 + n * 7_919 % 1_000_000, 0);
    let mut table = Table::new(vec![
        Column::of("TimeGenerated", ColumnType::Datetime, (0..count).map(time)).unwrap(),
        Column::of("Computer", ColumnType::String, (0..count).map(|n| format!("host-{}", n * 31 % 12))).unwrap(),
    ])
    .unwrap();
    let value = |n: i64| if n == count / 2 { 9_999.0 } else { (n * 37 % 1_000) as f64 };
    table.add(Column::of("Value", ColumnType::Real, (0..count).map(value)).unwrap()).unwrap();
    table
}

#[test]
fn a_hundred_thousand_events_are_drawn_as_few_marks_and_it_is_said() {
    let table = events(100_000);
    let options = Options { group_by: vec!["Computer".into()], ..Options::default() };
    let svg = draw(Kind::Timeline, &table, &options).unwrap().svg();
    assert!(svg.len() < 1_000_000, "{}", svg.len());
    assert!(svg.contains("100,000 events drawn as "));
    let options =
        Options { value_column: Some("Value".into()), style: vec![Style::Line, Style::Circle], ..Options::default() };
    let plot = draw(Kind::TimelineValues, &table, &options).unwrap();
    let svg = plot.svg();
    assert!(svg.len() < 1_500_000, "{}", svg.len());
    assert!(svg.contains("Value: 9999"), "the outlier is still there");
}

#[test]
fn more_values_than_rows_of_a_picture_are_put_together() {
    let mut table = events(1_000);
    table.add(Column::of("Id", ColumnType::Long, 0..1_000).unwrap()).unwrap();
    let options = Options { group_by: vec!["Id".into()], ..Options::default() };
    let plot = draw(Kind::Timeline, &table, &options).unwrap();
    assert!(plot.notes().iter().any(|note| note.contains("961 less frequent values of Id")), "{:?}", plot.notes());
    let options = Options { x: Some("Id".into()), y: Some("Computer".into()), ..Options::default() };
    let plot = draw(Kind::Matrix, &table, &options).unwrap();
    assert!(plot.notes().iter().any(|note| note.contains("951 less frequent values of Id")), "{:?}", plot.notes());
}
