//! `geo_polygon_lookup` and `geo_line_lookup`: the shapes of a table that places are within, or near to.

use std::sync::Arc;

use datafusion::{
    arrow::array::RecordBatch,
    error::{DataFusionError, Result},
};
use kql::checked::{Argument, Evaluate, Plugin};
use model::ColumnType;

use super::{expr_of, exprs_of};
use crate::{
    cell::{Cell, Cells, Writer},
    function::Shape,
    plan::{Known, PlanError, Planned, Planner, Planning, address, stage::Change, window::column_of},
};

/// More shapes are not looked in, and more pairs of a place and a shape are not found in a batch of rows.
const MAX_SHAPES: usize = 10_000;
const MAX_FOUND: usize = 5_000_000;

impl Planner<'_> {
    pub(super) fn geo_lookup(&self, evaluate: &Evaluate, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let Some(Argument::Table(table)) = evaluate.arguments.first() else {
            return Err(PlanError::Senseless("a lookup without a table"));
        };
        let known: &Known = self.known(address(table), MAX_SHAPES, || self.table(table))?;
        let column = |argument: &Argument| match argument {
            Argument::LookupColumn(column) => Some(*column),
            _ => None,
        };
        let key = evaluate.arguments.iter().find_map(column).ok_or(PlanError::Senseless("a lookup without shapes"))?;
        let values: Vec<_> = exprs_of(evaluate).collect();
        let place = |at: usize| values.get(at).and_then(|expr| column_of(expr));
        let (Some(longitude), Some(latitude)) = (place(0), place(1)) else {
            return Err(PlanError::Senseless("a place that is no column"));
        };
        let named = |name: &str| {
            let found = evaluate.named.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.and_then(|(_, argument)| expr_of(argument))
        };
        let radius =
            named("radius").or_else(|| values.get(2).copied().filter(|expr| expr.column_type != ColumnType::Bool));
        let radius = radius.map(|expr| self.value(expr)).transpose()?.and_then(|cell| cell.real());
        let unmatched = named("return_unmatched").or_else(|| values.get(3).copied());
        let unmatched = unmatched.map(|expr| self.value(expr)).transpose()?.and_then(|cell| cell.bool()) == Some(true);
        let is_line = evaluate.plugin == Plugin::GeoLineLookup;
        let shapes: Vec<(Shape, Vec<Cell<'static>>)> = known
            .iter()
            .filter_map(|row| Some((Shape::of(&row.get(key)?.json())?, row.clone())))
            .filter(|(shape, _)| matches!(shape, Shape::Lines(_)) == is_line)
            .collect();
        let (own, in_types, out_types) = (input.types.len(), input.types.clone(), types.to_vec());
        self.stage(input, types, |schema| {
            Change::Each(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let cells = cells.collect::<Result<Vec<_>>>()?;
                let mut writers: Vec<_> = out_types.iter().map(|kind| Writer::new(*kind, batch.num_rows())).collect();
                let mut count = 0;
                let mut write = |row: usize, shape: Option<&Vec<Cell<'static>>>| {
                    count += 1;
                    for (at, writer) in writers.iter_mut().enumerate() {
                        match cells.get(at).filter(|_| at < own) {
                            Some(cells) => writer.push(&cells.cell(row)),
                            None => writer.push(shape.and_then(|cells| cells.get(at - own)).unwrap_or(&Cell::Null)),
                        }
                    }
                    if count > MAX_FOUND {
                        Err(DataFusionError::ResourcesExhausted("too many shapes".into()))
                    } else {
                        Ok(())
                    }
                };
                for row in 0..batch.num_rows() {
                    let degrees = |at: usize| cells.get(at).and_then(|cells| cells.cell(row).real());
                    let mut is_found = false;
                    if let (Some(longitude), Some(latitude)) = (degrees(longitude), degrees(latitude)) {
                        for (_, shape) in shapes.iter().filter(|(shape, _)| shape.is_near(longitude, latitude, radius))
                        {
                            write(row, Some(shape))?;
                            is_found = true;
                        }
                    }
                    if !is_found && unmatched {
                        write(row, None)?;
                    }
                }
                Ok(RecordBatch::try_new(schema.clone(), writers.into_iter().map(Writer::finish).collect())?)
            }))
        })
    }
}
