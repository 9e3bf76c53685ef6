//! `mv-apply`: something done with the elements of each row.
//!
//! All rows are expanded at once, each with its number; what is done with them is done by number.

use std::sync::Arc;

use datafusion::{
    arrow::array::{Int64Array, RecordBatch},
    common::JoinType,
    logical_expr::{Expr, LogicalPlanBuilder},
};
use kql::checked::{Expansions, Operator, Schema, Table};
use model::ColumnType;

use super::{Planned, Planner, Planning, stage::Change};

impl Planner<'_> {
    pub(super) fn mv_apply(
        &self,
        expansions: &Expansions,
        inner: &Schema,
        table: &Table,
        outputs: &[Result<usize, usize>],
        input: Planned,
    ) -> Planning<Planned> {
        let numbered = self.numbered(input)?;
        let Some((number, _)) = numbered.columns.last().cloned().zip(numbered.types.last()) else {
            return Ok(numbered);
        };
        let rows: Vec<_> = numbered.columns.iter().cloned().zip(numbered.types.iter().copied()).collect();
        let own = rows.len() - 1;
        let rows = Planned { ..numbered.clone() }.select(rows.into_iter().take(own).collect());
        // What goes into the table: the elements in their columns, all other columns of the row.
        let types: Vec<ColumnType> = inner.iter().map(|column| column.column_type).collect();
        let with_key = Planned { keys: vec![number.clone()], ..rows.clone() };
        let kept = (0..types.len()).map(|column| Some(column).filter(|column| *column < own)).collect();
        let expanded = self.expand(expansions, &types, kept, with_key)?;
        self.inputs.borrow_mut().push(expanded);
        let applied = self.table(table);
        self.inputs.borrow_mut().pop();
        let applied = applied?;
        // Whatever sums up all rows gives one row even where there are none.
        let sums_up =
            table.steps.iter().any(|step| matches!(&step.operator, Operator::Summarize { by, .. } if by.is_empty()));
        let kind = if sums_up { JoinType::Left } else { JoinType::Inner };
        let key = applied.keys.first().cloned().unwrap_or_else(|| number.clone());
        let on = (vec![Expr::Column(number)], vec![Expr::Column(key)]);
        let plan = LogicalPlanBuilder::from(rows.plan.clone())
            .join_with_expr_keys(applied.plan.clone(), kind, on, None)?
            .build()?;
        let columns = outputs.iter().filter_map(|output| match output {
            Ok(column) => rows.columns.get(*column).cloned().zip(rows.types.get(*column).copied()),
            Err(column) => applied.columns.get(*column).cloned().zip(applied.types.get(*column).copied()),
        });
        let columns: Vec<_> = columns.collect();
        let ordered = rows.ordered;
        Ok(Planned { plan, columns: Vec::new(), types: Vec::new(), keys: rows.keys, ordered }.select(columns))
    }

    /// The plan with a last column that numbers its rows.
    pub(super) fn numbered(&self, input: Planned) -> Planning<Planned> {
        let own = input.types.len();
        let types: Vec<_> = input.types.iter().copied().chain([ColumnType::Long]).collect();
        self.stage(input, &types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let mut arrays: Vec<_> = batch.columns().iter().take(own).cloned().collect();
                let numbers = 0..i64::try_from(batch.num_rows()).unwrap_or(0);
                arrays.push(Arc::new(numbers.collect::<Int64Array>()));
                let keys = if own == 0 { &[] } else { batch.columns().get(own..).unwrap_or_default() };
                arrays.extend(keys.iter().cloned());
                Ok(RecordBatch::try_new(schema.clone(), arrays)?)
            }))
        })
    }
}
