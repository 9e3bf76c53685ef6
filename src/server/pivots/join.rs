//! An answer joined to the table that was asked about. Columns of one name get MSTICPy's suffixes, `_src` and `_res`;
//! where these are taken already, those of the answer get the name of the function.

use std::ops::Range;

use model::{
    Table,
    table::{Join, JoinKind, On},
};

use super::{PivotError, run::VALUE};

/// What stands behind the name of a column that both have: of the table, and of the answer.
const SUFFIXES: [&str; 2] = ["_src", "_res"];

/// Each row gets what was answered about its value, of which it is told where its rows are. The value itself stands in the
/// row already.
pub(super) fn by_value(
    left: &Table,
    right: Table,
    rows_of: &[Range<usize>],
    value_of_row: &[Option<usize>],
    kind: JoinKind,
    function: &str,
) -> Result<Table, PivotError> {
    let answers = right.into_columns().into_iter().filter(|column| column.name() != VALUE).collect();
    let pairs: Vec<(usize, usize)> = (value_of_row.iter().enumerate())
        .filter_map(|(row, value)| Some((row, rows_of.get((*value)?)?.clone())))
        .flat_map(|(row, answers)| answers.map(move |answer| (row, answer)))
        .collect();
    join(left, &Table::new(answers)?, On::Rows(&pairs), kind, function)
}

/// Rows meet where the cells of two columns are equal.
pub(super) fn by_key(
    left: &Table,
    right: &Table,
    (left_on, right_on): (&str, &str),
    kind: JoinKind,
    ignore_case: bool,
    function: &str,
) -> Result<Table, PivotError> {
    join(left, right, On::Keys { left: left_on, right: right_on, ignore_case }, kind, function)
}

fn join(left: &Table, right: &Table, on: On<'_>, kind: JoinKind, function: &str) -> Result<Table, PivotError> {
    let own = format!("_{function}");
    let is_there = |name: &str| left.column(name).is_some() || right.column(name).is_some();
    let is_taken = left
        .columns()
        .iter()
        .filter(|column| right.column(column.name()).is_some())
        .any(|column| SUFFIXES.iter().any(|suffix| is_there(&format!("{}{suffix}", column.name()))));
    let suffixes = if is_taken { ["", &own] } else { SUFFIXES };
    Ok(left.join(right, &Join { kind, on, suffixes })?)
}
