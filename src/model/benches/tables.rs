//! How fast tables are joined.

#![expect(clippy::expect_used, reason = "a benchmark may stop where it stands")]

use divan::{Bencher, counter::ItemsCount};
use model::{
    Column, ColumnType, Table,
    table::{Join, JoinKind, On},
};

fn main() {
    divan::main();
}

/// Rows whose keys go round, and what else a row of logs has.
fn table(key: &str, rows: usize, keys: usize) -> Table {
    let text = |row: usize| format!("10.{}.{}.{}", row / 65_536, row / 256 % 256, row % 256);
    let texts = |name: &str| {
        Column::of(name, ColumnType::String, (0..rows).map(|row| text(row % keys))).expect("texts are texts")
    };
    let numbers =
        |name: &str| Column::of(name, ColumnType::Long, (0..rows).map(|row| row as i64)).expect("numbers are numbers");
    Table::new(vec![texts(key), numbers("a"), texts("b"), numbers("c"), texts("d")]).expect("five names")
}

#[divan::bench(args = [10_000, 100_000])]
fn rows_with_what_is_known_of_a_thousand(bencher: Bencher<'_, '_>, rows: usize) {
    let (left, right) = (table("ip", rows, 2_000), table("query", 1_000, 1_000));
    let on = On::Keys { left: "ip", right: "query", ignore_case: true };
    let join = Join { kind: JoinKind::Left, on, suffixes: ["_src", "_res"] };
    bencher.counter(ItemsCount::new(rows)).bench(|| left.join(&right, &join).expect("keys of one type"));
}
