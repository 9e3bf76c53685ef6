//! `schema_merge`: several schemas as one.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use kql::checked::Evaluate;
use model::ColumnType;

use super::{argument, expr_of};
use crate::{
    cell::{Cell, Cells},
    plan::{Planned, Planner, Planning, constant::columns_of, stage::Change},
};

impl Planner<'_> {
    pub(super) fn schema_merge(&self, evaluate: &Evaluate, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let keeps_order = match argument(evaluate, "PreserveOrder", 0).and_then(expr_of) {
            Some(expr) => self.value(expr)?.bool().unwrap_or(true),
            None => true,
        };
        let (in_types, out_types) = (input.types.clone(), types.to_vec());
        let input = Planned { ordered: true, ..input };
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let cells = cells.collect::<datafusion::error::Result<Vec<_>>>()?;
                let cell = |column: usize, row: usize| {
                    cells.get(column).map_or(Cell::Null, |cells| cells.cell(row).into_owned())
                };
                let mut merged: Vec<Vec<Cell<'static>>> = Vec::new();
                let mut is_broken = false;
                for row in 0..batch.num_rows() {
                    let known = merged.iter_mut().find(|known| known.first() == Some(&cell(0, row)));
                    match known {
                        // A column that stands elsewhere than before: the order is broken.
                        Some(known) if keeps_order && known.get(1) != Some(&cell(1, row)) => {
                            is_broken = true;
                            let wrong = "ERROR(columns are out of order)";
                            *known = vec![
                                cell(0, row),
                                Cell::Long(-1),
                                Cell::of(format!("ERROR(unknown CSL type:{wrong})")),
                                Cell::of(wrong),
                            ];
                        }
                        Some(known) => {
                            // Behind all that stands before it anywhere.
                            if let Some(ordinal) =
                                known.get_mut(1).filter(|ordinal| ordinal.long() < cell(1, row).long())
                            {
                                *ordinal = cell(1, row);
                            }
                        }
                        None => merged.push(vec![cell(0, row), cell(1, row), cell(2, row), cell(3, row)]),
                    }
                }
                // What is wrong stands last; all others are numbered anew.
                merged.sort_by_key(|row| match row.get(1).and_then(Cell::long) {
                    Some(ordinal) if ordinal >= 0 => ordinal,
                    _ => i64::MAX,
                });
                if !keeps_order || is_broken {
                    for (number, row) in merged.iter_mut().enumerate() {
                        if let Some(ordinal) = row.get_mut(1).filter(|ordinal| **ordinal != Cell::Long(-1)) {
                            *ordinal = Cell::Long(i64::try_from(number).unwrap_or(0));
                        }
                    }
                }
                Ok(RecordBatch::try_new(schema.clone(), columns_of(&merged, &out_types))?)
            }))
        })
    }
}
