//! How fast pictures are drawn, and in which form.

use chrono::DateTime;
use divan::{Bencher, black_box};
use model::{Column, ColumnType, Table};
use plots::{Kind, Options, Style, draw};

fn main() {
    divan::main();
}

fn table(count: i64) -> Table {
    let time = |n: i64| DateTime::from_timestamp(1_777_766_400 + n * 7_919 % 1_000_000, 0);
    let columns = [
        Column::of("TimeGenerated", ColumnType::Datetime, (0..count).map(time)),
        Column::of("Computer", ColumnType::String, (0..count).map(|n| format!("host-{}", n * 31 % 12))),
        Column::of("Value", ColumnType::Long, (0..count).map(|n| n * 37 % 1_000)),
    ];
    Table::new(columns.into_iter().flatten().collect()).unwrap_or_default()
}

fn options(kind: Kind) -> Options {
    let sized = Options { width: Some(900), height: Some(360), ..Options::default() };
    match kind {
        Kind::Timeline => Options { group_by: vec!["Computer".into()], ..sized },
        Kind::TimelineValues => Options { value_column: Some("Value".into()), style: vec![Style::Circle], ..sized },
        Kind::Matrix => Options { x: Some("Value".into()), y: Some("Computer".into()), ..sized },
        _ => Options { value_column: Some("Value".into()), ..sized },
    }
}

const KINDS: [Kind; 4] = [Kind::Timeline, Kind::TimelineValues, Kind::Timeseries, Kind::Matrix];

#[divan::bench(args = KINDS)]
fn svg_of_1_000_points(bencher: Bencher, kind: Kind) {
    let (table, options) = (table(1_000), options(kind));
    bencher.bench(|| draw(kind, black_box(&table), &options).map(|plot| plot.svg()));
}

#[divan::bench(args = KINDS)]
fn png_of_1_000_points(bencher: Bencher, kind: Kind) {
    let (table, options) = (table(1_000), options(kind));
    bencher.bench(|| draw(kind, black_box(&table), &options).and_then(|plot| plot.png(1.0)));
}

#[divan::bench(args = KINDS)]
fn page_of_1_000_points(bencher: Bencher, kind: Kind) {
    let (table, options) = (table(1_000), options(kind));
    bencher.bench(|| draw(kind, black_box(&table), &options).map(|plot| plot.html()));
}

#[divan::bench(args = KINDS)]
fn svg_of_100_000_points(bencher: Bencher, kind: Kind) {
    let (table, options) = (table(100_000), options(kind));
    bencher.bench(|| draw(kind, black_box(&table), &options).map(|plot| plot.svg()));
}
