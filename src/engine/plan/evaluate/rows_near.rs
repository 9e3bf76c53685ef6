//! `rows_near`: the rows for which something holds, and those that stand near them.

use std::sync::Arc;

use datafusion::arrow::{
    array::{AsArray, BooleanArray, RecordBatch},
    compute::filter_record_batch,
};
use kql::checked::Evaluate;
use model::ColumnType;

use super::exprs_of;
use crate::plan::{PlanError, Planned, Planner, Planning, stage::Change};

impl Planner<'_> {
    pub(super) fn rows_near(&self, evaluate: &Evaluate, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let arguments: Vec<_> = exprs_of(evaluate).collect();
        let (Some(condition), Some(before)) = (arguments.first(), arguments.get(1)) else {
            return Err(PlanError::Senseless("rows near nothing"));
        };
        let before = self.count(before)?;
        let after = arguments.get(2).map_or(Ok(before), |after| self.count(after))?;
        let condition = self.expr(condition, &input)?;
        let kept: Vec<_> = input.columns.iter().cloned().zip(input.types.iter().copied()).collect();
        let (input, added) = input.with(vec![condition], self)?;
        let columns = kept.into_iter().chain(added.into_iter().map(|column| (column, ColumnType::Bool))).collect();
        let input = Planned { ordered: true, ..input.select(columns) };
        let own = types.len();
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let holds = batch.columns().get(own).and_then(|column| column.as_boolean_opt());
                let near = near(holds.into_iter().flatten().map(|holds| holds == Some(true)), before, after);
                let (mut columns, keys) = (batch.columns().to_vec(), own + 1);
                columns.drain(own.min(columns.len())..keys.min(columns.len()));
                let rest = RecordBatch::try_new(schema.clone(), columns)?;
                Ok(filter_record_batch(&rest, &BooleanArray::from(near))?)
            }))
        })
    }
}

/// Which rows are near one for which something holds.
fn near(holds: impl Iterator<Item = bool>, before: usize, after: usize) -> Vec<bool> {
    let holds: Vec<bool> = holds.collect();
    let places: Vec<usize> = holds.iter().enumerate().filter(|(_, holds)| **holds).map(|(row, _)| row).collect();
    (0..holds.len())
        .map(|row| {
            let next = places.partition_point(|place| *place < row);
            let follows = places.get(next).is_some_and(|place| place - row <= before);
            let passed =
                next.checked_sub(1).and_then(|last| places.get(last)).is_some_and(|place| row - place <= after);
            follows || passed
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn what_stands_before_and_behind_is_near() {
        let holds = [false, false, false, true, false, false, false, true];
        let rows = |before, after| -> Vec<usize> {
            let near = near(holds.into_iter(), before, after);
            near.iter().enumerate().filter(|(_, near)| **near).map(|(row, _)| row).collect()
        };
        assert_eq!(rows(0, 0), [3, 7]);
        assert_eq!(rows(1, 2), [2, 3, 4, 5, 6, 7]);
        assert_eq!(rows(usize::MAX, 0), [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
