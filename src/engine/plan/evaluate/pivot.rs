//! `pivot`: the values of a column become columns.

use std::{collections::BTreeSet, sync::Arc};

use datafusion::{
    arrow::{
        array::RecordBatch,
        row::{OwnedRow, RowConverter, SortField},
    },
    error::Result,
};
use kql::{
    Span,
    checked::{self, Aggregate, Argument, Column, Evaluate, ExprKind, Schema},
    function,
};
use model::ColumnType;

use super::expr_of;
use crate::{
    cell::{Cell, Cells, Writer},
    plan::{Known, PlanError, Planned, Planner, Planning, stage::Change},
};

/// The column that is pivoted, the aggregate, and the columns that stay.
struct Pivot {
    column: usize,
    aggregate: Aggregate,
    stays: Vec<usize>,
    value: ColumnType,
}

impl Pivot {
    fn of(evaluate: &Evaluate, schema: &Schema) -> Planning<Self> {
        let place = |argument: &Argument| match expr_of(argument).map(|expr| &expr.kind) {
            Some(ExprKind::Column(column)) => Some(*column),
            _ => None,
        };
        let column =
            evaluate.arguments.first().and_then(place).ok_or(PlanError::Senseless("a pivot that is no column"))?;
        let given = evaluate.arguments.iter().find_map(|argument| match argument {
            Argument::Aggregate(aggregate) => Some(aggregate.clone()),
            _ => None,
        });
        let aggregate = match given {
            Some(aggregate) => aggregate,
            None => {
                let function = function::aggregates()
                    .find(|function| function.name == "count")
                    .ok_or(PlanError::Senseless("no count"))?;
                Aggregate { function, arguments: Vec::new(), filter: None, outputs: 1, column_type: ColumnType::Long }
            }
        };
        let named: Vec<usize> = evaluate.arguments.iter().skip(1).filter_map(place).collect();
        let mut used = vec![column];
        for argument in &aggregate.arguments {
            if let ExprKind::Column(column) = argument.kind {
                used.push(column);
            }
        }
        let stays = if named.is_empty() { (0..schema.len()).filter(|at| !used.contains(at)).collect() } else { named };
        let value = aggregate.column_type;
        Ok(Self { column, aggregate, stays, value })
    }
}

/// The columns that stay, then one for each value, in order.
pub(super) fn columns(
    evaluate: &Evaluate,
    schema: &Schema,
    rows: &Known,
    cell: impl Fn(&Vec<Cell<'static>>, usize) -> Cell<'static>,
) -> Planning<Vec<Column>> {
    let pivot = Pivot::of(evaluate, schema)?;
    let values: BTreeSet<String> = rows.iter().map(|row| cell(row, pivot.column).into_text().into_owned()).collect();
    let stays = pivot.stays.iter().filter_map(|at| schema.get(*at).cloned());
    let mut columns: Vec<Column> = stays.collect();
    for value in values {
        let mut name = value.clone();
        let mut number = 1;
        while columns.iter().any(|column| *column.name == *name) {
            name = format!("{value}{number}");
            number += 1;
        }
        columns.push(Column::new(name.as_str(), pivot.value));
    }
    Ok(columns)
}

impl Planner<'_> {
    pub(super) fn pivot(
        &self,
        evaluate: &Evaluate,
        before: &Schema,
        after: &Schema,
        input: Planned,
    ) -> Planning<Planned> {
        let pivot = Pivot::of(evaluate, before)?;
        let column = |at: usize| checked::Expr {
            kind: ExprKind::Column(at),
            column_type: before.get(at).map_or(ColumnType::Dynamic, |column| column.column_type),
            span: Span::default(),
        };
        let by: Vec<_> = pivot.stays.iter().copied().chain([pivot.column]).map(column).collect();
        let summarized = self.summarize(&by, std::slice::from_ref(&pivot.aggregate), input)?;
        let stays = pivot.stays.len();
        let names: Vec<String> = after.iter().skip(stays).map(|column| column.name.to_string()).collect();
        let in_types = summarized.types.clone();
        let types: Vec<ColumnType> = after.iter().map(|column| column.column_type).collect();
        // Counts and sums of nothing are zero.
        let empty = match pivot.aggregate.name() {
            "count" | "dcount" | "sum" => Cell::Long(0),
            _ => Cell::Null,
        };
        self.stage(summarized, &types.clone(), |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let cells = cells.collect::<Result<Vec<_>>>()?;
                let group_columns: Vec<_> = batch.columns().iter().take(stays).cloned().collect();
                let fields = group_columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
                let groups = RowConverter::new(fields)?.convert_columns(&group_columns)?;
                let mut rows: Vec<(usize, Vec<Cell<'_>>)> = Vec::new();
                let mut known: std::collections::HashMap<Option<OwnedRow>, usize> = std::collections::HashMap::new();
                for row in 0..batch.num_rows() {
                    let group = (stays > 0).then(|| groups.row(row).owned());
                    let at = *known.entry(group).or_insert_with(|| {
                        rows.push((row, vec![empty.clone(); names.len()]));
                        rows.len() - 1
                    });
                    let name =
                        cells.get(stays).map(|cells| cells.cell(row).into_text().into_owned()).unwrap_or_default();
                    let place = names.iter().position(|known| *known == name);
                    let slot = place.and_then(|place| rows.get_mut(at)?.1.get_mut(place));
                    if let (Some(slot), Some(values)) = (slot, cells.get(stays + 1)) {
                        *slot = values.cell(row);
                    }
                }
                let mut writers: Vec<_> = types.iter().map(|kind| Writer::new(*kind, rows.len())).collect();
                for (row, values) in &rows {
                    let own = cells.iter().take(stays).map(|cells| cells.cell(*row));
                    for (writer, cell) in writers.iter_mut().zip(own.chain(values.iter().cloned())) {
                        writer.push(&cell);
                    }
                }
                Ok(RecordBatch::try_new(schema.clone(), writers.into_iter().map(Writer::finish).collect())?)
            }))
        })
    }
}
