//! An answer joined to the table that was asked about. Columns of one name get MSTICPy's suffixes, `_src` and `_res`;
//! where these are taken, the name of the function.

use std::collections::HashSet;

use model::{
    Column, JoinKind, Table,
    table::{Meeting, meetings},
};

use super::{PivotError, run::Right};

/// The column with the value that an answer is about.
pub(super) const VALUE: &str = "value";

/// What stands behind the name of a column that both have: of the table, and of the answer.
const SUFFIXES: (&str, &str) = ("_src", "_res");

/// Each row gets what was answered about its value. The value itself stands in the row already.
pub(super) fn by_value(
    left: Table,
    right: Right,
    value_of_row: &[Option<usize>],
    kind: JoinKind,
    function: &str,
) -> Result<Table, PivotError> {
    let mut meetings: Vec<Meeting> = Vec::with_capacity(left.row_count());
    for (row, value) in value_of_row.iter().enumerate() {
        let found = value.and_then(|value| right.rows_of.get(value).cloned()).unwrap_or_default();
        if found.is_empty() && kind.keeps_left() {
            meetings.push((Some(row), None));
        }
        // Every answer is about a value of some row, so that a join that keeps the right has no rows of its own.
        meetings.extend(found.map(|answer| (Some(row), Some(answer))));
    }
    let answers = right.table.into_columns().into_iter().filter(|column| column.name() != VALUE).collect();
    side_by_side(left, answers, &meetings, function)
}

/// Rows meet where the cells of two columns are equal.
pub(super) fn by_key(
    left: Table,
    right: Table,
    (left_on, right_on): (&str, &str),
    kind: JoinKind,
    ignore_case: bool,
    function: &str,
) -> Result<Table, PivotError> {
    let left_key = left.column(left_on).ok_or(PivotError::NoColumn("left_on"))?;
    let right_key = right.column(right_on).ok_or(PivotError::NoColumn("right_on"))?;
    let meetings = meetings(left_key, right_key, kind, ignore_case)?;
    side_by_side(left, right.into_columns(), &meetings, function)
}

/// The rows that meet, those of the left table first.
fn side_by_side(left: Table, right: Vec<Column>, meetings: &[Meeting], function: &str) -> Result<Table, PivotError> {
    let is_truncated = left.is_truncated();
    let (left, right) = named_apart(left, right, function);
    let left = left.iter().map(|column| column.gather(meetings.iter().map(|(row, _)| *row)));
    let right = right.iter().map(|column| column.gather(meetings.iter().map(|(_, row)| *row)));
    let mut table = Table::new(left.chain(right).collect())?;
    if is_truncated {
        table.mark_truncated();
    }
    Ok(table)
}

/// The columns of both, in which no name is there twice.
fn named_apart(left: Table, right: Vec<Column>, function: &str) -> (Vec<Column>, Vec<Column>) {
    let left = left.into_columns();
    let names: HashSet<String> = left.iter().chain(&right).map(|column| column.name().to_owned()).collect();
    let both: HashSet<String> = right
        .iter()
        .map(Column::name)
        .filter(|name| left.iter().any(|column| column.name() == *name))
        .map(str::to_owned)
        .collect();
    let (of_left, of_right) = SUFFIXES;
    let is_free =
        |name: &str| !names.contains(&format!("{name}{of_left}")) && !names.contains(&format!("{name}{of_right}"));
    let left = left.into_iter().map(|column| match both.get(column.name()) {
        Some(name) if is_free(name) => column.renamed(format!("{name}{of_left}")),
        _ => column,
    });
    let left: Vec<Column> = left.collect();
    let mut taken: HashSet<String> = left.iter().map(|column| column.name().to_owned()).collect();
    let right = right.into_iter().map(|column| {
        let name = column.name().to_owned();
        let mut new = match both.get(&name) {
            None => name.clone(),
            Some(_) if is_free(&name) => format!("{name}{of_right}"),
            Some(_) => format!("{name}_{function}"),
        };
        while !taken.insert(new.clone()) {
            new.push_str(of_right);
        }
        if new == name { column } else { column.renamed(new) }
    });
    (left, right.collect())
}
