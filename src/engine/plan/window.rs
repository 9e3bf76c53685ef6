//! Functions that look at other rows: `row_number`, `prev`, `next`, `row_cumsum` and their kin.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use datafusion::arrow::{
    array::{RecordBatch, UInt64Array},
    compute::{concat_batches, take_record_batch},
    row::{OwnedRow, RowConverter, SortField},
};
use kql::{
    checked::{self, ExprKind, PathStep},
    function::Family,
};
use model::ColumnType;

use super::{Planned, Planner, Planning, stage::Change};
use crate::{
    cell::{Cell, Cells, Writer},
    function::compare,
};

/// A call that looks at other rows.
pub(super) struct WindowCall {
    name: &'static str,
    arguments: Vec<checked::Expr>,
    result: ColumnType,
}

/// Calls with an expression and all parts of it.
pub(super) fn visit(expr: &checked::Expr, see: &mut impl FnMut(&checked::Expr)) {
    see(expr);
    for part in parts(expr) {
        visit(part, see);
    }
}

fn parts(expr: &checked::Expr) -> Vec<&checked::Expr> {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::State { .. } | ExprKind::Scalar(_) => Vec::new(),
        ExprKind::Call { arguments: parts, .. } | ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().collect(),
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::Negative(of)
        | ExprKind::Cast(of)
        | ExprKind::Part { of, .. }
        | ExprKind::InTable { value: of, .. } => vec![of],
        ExprKind::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
        ExprKind::Path { of, steps } => {
            let values =
                steps.iter().filter_map(|step| if let PathStep::Value(value) = step { Some(&**value) } else { None });
            std::iter::once(&**of).chain(values).collect()
        }
        ExprKind::AnyColumn { columns, text, .. } => columns.iter().chain([&**text]).collect(),
    }
}

pub(super) fn parts_mut(expr: &mut checked::Expr) -> Vec<&mut checked::Expr> {
    match &mut expr.kind {
        ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::State { .. } | ExprKind::Scalar(_) => Vec::new(),
        ExprKind::Call { arguments: parts, .. } | ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter_mut().collect()
        }
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::Negative(of)
        | ExprKind::Cast(of)
        | ExprKind::Part { of, .. }
        | ExprKind::InTable { value: of, .. } => vec![of],
        ExprKind::In { value, list, .. } => std::iter::once(&mut **value).chain(list).collect(),
        ExprKind::Path { of, steps } => {
            let values = steps
                .iter_mut()
                .filter_map(|step| if let PathStep::Value(value) = step { Some(&mut **value) } else { None });
            std::iter::once(&mut **of).chain(values).collect()
        }
        ExprKind::AnyColumn { columns, text, .. } => columns.iter_mut().chain([&mut **text]).collect(),
    }
}

/// Takes the calls out of an expression that have no such calls inside, and puts columns in their places.
pub(super) fn extract(expr: &mut checked::Expr, columns: usize, calls: &mut Vec<WindowCall>) {
    for part in parts_mut(expr) {
        extract(part, columns, calls);
    }
    if let ExprKind::Call { function, arguments } = &mut expr.kind
        && function.family == Family::Window
        // A column that is yet to come stands in an argument: next time.
        && arguments.iter().all(|argument| !mentions_beyond(argument, columns) && !super::project::has_window(argument))
    {
        calls.push(WindowCall { name: function.name, arguments: std::mem::take(arguments), result: expr.column_type });
        expr.kind = ExprKind::Column(columns + calls.len() - 1);
    }
}

/// The column that an expression is, if it is nothing else.
pub(super) const fn column_of(expr: &checked::Expr) -> Option<usize> {
    match expr.kind {
        ExprKind::Column(index) => Some(index),
        _ => None,
    }
}

/// Whether an expression has columns from a number on.
pub(super) fn mentions_beyond(expr: &checked::Expr, columns: usize) -> bool {
    let mut found = false;
    visit(expr, &mut |expr| found |= matches!(expr.kind, ExprKind::Column(index) if index >= columns));
    found
}

/// A call whose arguments are columns.
struct Call {
    name: &'static str,
    first: usize,
    types: Vec<ColumnType>,
    result: ColumnType,
}

impl Planner<'_> {
    /// The plan with a further column for each call.
    pub(super) fn windows(&self, calls: Vec<WindowCall>, input: Planned) -> Planning<Planned> {
        let input = Planned { ordered: true, ..input };
        let own = input.columns.len();
        let mut exprs = Vec::new();
        let mut types = input.types.clone();
        let mut placed = Vec::new();
        for call in calls {
            let first = own + exprs.len();
            let arguments = self.exprs(&call.arguments, &input)?;
            let argument_types: Vec<_> = call.arguments.iter().map(|argument| argument.column_type).collect();
            types.extend(&argument_types);
            exprs.extend(arguments);
            placed.push(Call { name: call.name, first, types: argument_types, result: call.result });
        }
        let kept: Vec<_> = input.columns.iter().cloned().zip(input.types.iter().copied()).collect();
        let argument_types = types.split_off(own);
        let (input, added) = input.with(exprs, self)?;
        let columns = kept.into_iter().chain(added.into_iter().zip(argument_types)).collect();
        let input = input.select(columns);
        let results: Vec<ColumnType> = types.iter().copied().chain(placed.iter().map(|call| call.result)).collect();
        let key_count = input.keys.len();
        self.stage(input, &results, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let mut done = Vec::new();
                for batch in together(batch, key_count)? {
                    let mut arrays: Vec<_> = batch.columns().iter().take(own).cloned().collect();
                    for call in &placed {
                        let columns = batch.columns().iter().skip(call.first).zip(&call.types);
                        let cells = columns
                            .map(|(array, column_type)| Cells::of_array(array, *column_type))
                            .collect::<Result<Vec<_>, _>>()?;
                        arrays.push(run(call, &cells, batch.num_rows()));
                    }
                    arrays.extend(batch.columns().iter().skip(batch.num_columns() - key_count).cloned());
                    done.push(RecordBatch::try_new(schema.clone(), arrays)?);
                }
                Ok(concat_batches(&schema, &done)?)
            }))
        })
    }
}

/// The rows that belong together, in order: those with the same last columns.
fn together(batch: &RecordBatch, keys: usize) -> datafusion::error::Result<Vec<RecordBatch>> {
    if keys == 0 {
        return Ok(vec![batch.clone()]);
    }
    let columns: Vec<_> = batch.columns().iter().skip(batch.num_columns() - keys).cloned().collect();
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let mut places: HashMap<OwnedRow, usize> = HashMap::new();
    let mut groups: Vec<Vec<u64>> = Vec::new();
    for (number, row) in (0_u64..).zip(&RowConverter::new(fields)?.convert_columns(&columns)?) {
        let place = *places.entry(row.owned()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    Ok(groups.into_iter().map(|rows| take_record_batch(batch, &UInt64Array::from(rows))).collect::<Result<_, _>>()?)
}

/// Runs a call over all rows, in order.
fn run(call: &Call, cells: &[Cells], rows: usize) -> datafusion::arrow::array::ArrayRef {
    let mut writer = Writer::new(call.result, rows);
    let cell = |index: usize, row: usize| cells.get(index).map_or(Cell::Null, |cells| cells.cell(row));
    let restarts = |index: usize, row: usize| row == 0 || cell(index, row).bool() == Some(true);
    match call.name {
        "row_number" => {
            let mut number = 0;
            for row in 0..rows {
                let first = cell(0, row).long().unwrap_or(1);
                number = if restarts(1, row) { first } else { number + 1 };
                writer.push(&Cell::Long(number));
            }
        }
        "row_cumsum" => {
            let (mut whole, mut real, mut decimal) = (0_i64, 0.0, 0_i128);
            for row in 0..rows {
                if restarts(1, row) {
                    (whole, real, decimal) = (0, 0.0, 0);
                }
                let value = cell(0, row);
                if let Cell::Decimal(number) = value {
                    decimal = decimal.saturating_add(number);
                }
                whole = whole.wrapping_add(value.long().unwrap_or(0));
                real += value.real().unwrap_or(0.0);
                writer.push(&match call.result {
                    ColumnType::Real => Cell::Real(real),
                    ColumnType::Decimal => Cell::Decimal(decimal),
                    _ => Cell::Long(whole),
                });
            }
        }
        "row_rank_dense" | "row_rank_min" => {
            let (mut rank, mut position) = (0, 0);
            for row in 0..rows {
                if restarts(1, row) {
                    (rank, position) = (0, 0);
                }
                position += 1;
                let same = rank > 0 && is_same(&cell(0, row), &cell(0, row - 1));
                if !same {
                    rank = if call.name == "row_rank_min" { position } else { rank + 1 };
                }
                writer.push(&Cell::Long(rank));
            }
        }
        "row_window_session" => {
            let (mut start, mut before) = (None, None);
            for row in 0..rows {
                let (at, from_first, from_before) = (cell(0, row).ticks(), cell(1, row).ticks(), cell(2, row).ticks());
                let (Some(at), Some(from_first), Some(from_before)) = (at, from_first, from_before) else {
                    writer.push(&Cell::Null);
                    continue;
                };
                let within = start.is_some_and(|start: i64| at - start <= from_first)
                    && before.is_some_and(|before: i64| at - before <= from_before);
                if restarts(3, row) || !within {
                    start = Some(at);
                }
                before = Some(at);
                writer.push(&start.map_or(Cell::Null, Cell::Datetime));
            }
        }
        // prev and next
        name => {
            for row in 0..rows {
                let by = if call.types.len() > 1 { cell(1, row).long().unwrap_or(1) } else { 1 };
                let by = if name == "prev" { -by } else { by };
                let other = i64::try_from(row).ok().and_then(|row| usize::try_from(row.checked_add(by)?).ok());
                match other.filter(|other| *other < rows) {
                    Some(other) => writer.push(&cell(0, other)),
                    None => writer.push(&cell(2, row)),
                }
            }
        }
    }
    writer.finish()
}

fn is_same(a: &Cell<'_>, b: &Cell<'_>) -> bool {
    a.is_null() && b.is_null() || compare(a, b) == Some(Ordering::Equal)
}
