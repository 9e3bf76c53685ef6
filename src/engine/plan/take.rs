//! `take` and `sample`.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::{
        array::{BooleanArray, RecordBatch},
        compute::filter_record_batch,
        row::{OwnedRow, RowConverter, SortField},
    },
    logical_expr::LogicalPlanBuilder,
};
use kql::checked;

use super::{Planned, Planner, Planning, stage::Change};

impl Planner<'_> {
    pub(super) fn take(&self, count: &checked::Expr, input: Planned) -> Planning<Planned> {
        let count = self.count(count)?;
        if !input.keys.is_empty() {
            return self.take_each(count, input);
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone()).limit(0, Some(count))?.build()?;
        Ok(Planned { plan, ..input })
    }

    /// The first rows of each of those that belong together.
    pub(super) fn take_each(&self, count: usize, input: Planned) -> Planning<Planned> {
        let types = input.types.clone();
        let own = types.len();
        self.stage(input, &types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let keys: Vec<_> = batch.columns().iter().skip(own).cloned().collect();
                let fields = keys.iter().map(|key| SortField::new(key.data_type().clone())).collect();
                let rows = RowConverter::new(fields)?.convert_columns(&keys)?;
                let mut seen: HashMap<OwnedRow, usize> = HashMap::new();
                let wanted: BooleanArray = rows
                    .iter()
                    .map(|row| {
                        let seen = seen.entry(row.owned()).or_default();
                        *seen += 1;
                        Some(*seen <= count)
                    })
                    .collect();
                let kept = filter_record_batch(batch, &wanted)?;
                Ok(RecordBatch::try_new(schema.clone(), kept.columns().to_vec())?)
            }))
        })
    }
}
