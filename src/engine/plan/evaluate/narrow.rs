//! `narrow`: one row for each cell.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use kql::checked::Schema;
use model::ColumnType;

use crate::{
    cell::{Cell, Cells},
    plan::{Planned, Planner, Planning, constant::columns_of, stage::Change},
};

impl Planner<'_> {
    pub(super) fn narrow(&self, columns: &[String], types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let columns = columns.to_vec();
        let (in_types, out_types) = (input.types.clone(), types.to_vec());
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let cells = cells.collect::<datafusion::error::Result<Vec<_>>>()?;
                let mut rows = Vec::new();
                for row in 0..batch.num_rows() {
                    for (name, cells) in columns.iter().zip(&cells) {
                        let number = i64::try_from(row).unwrap_or(i64::MAX);
                        let value = Cell::of(cells.cell(row).into_text().into_owned());
                        rows.push(vec![Cell::Long(number), Cell::of(name.clone()), value]);
                    }
                }
                Ok(RecordBatch::try_new(schema.clone(), columns_of(&rows, &out_types))?)
            }))
        })
    }
}

/// The names of columns.
pub(super) fn names(schema: &Schema) -> Vec<String> {
    schema.iter().map(|column| column.name.to_string()).collect()
}
