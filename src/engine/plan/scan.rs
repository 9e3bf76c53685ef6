//! `scan`: rows matched against steps, one after the other.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::{
        array::{RecordBatch, RecordBatchOptions},
        datatypes::{Field, Schema, SchemaRef},
        row::{OwnedRow, RowConverter, SortField},
    },
    common::{Column, DFSchema, ScalarValue},
    error::Result,
    logical_expr::{ColumnarValue, LogicalPlanBuilder},
    physical_plan::PhysicalExpr,
};
use kql::{
    checked::{self, ExprKind, Scan},
    operator::ScanOutput,
};
use model::ColumnType;

use super::{
    Planned, Planner, Planning,
    constant::{cell_of, columns_of, scalar_of},
    stage::Change,
    window::parts_mut,
};
use crate::cell::{Cell, Cells, arrow_type};

/// The steps, ready to run.
struct Matcher {
    /// The columns of a row, then for each step those of the row that it matched last, with the declared ones.
    schema: SchemaRef,
    inputs: Vec<ColumnType>,
    declared: Vec<(Cell<'static>, ColumnType)>,
    steps: Vec<MatcherStep>,
    partition: Vec<Arc<dyn PhysicalExpr>>,
    with_match_id: bool,
}

struct MatcherStep {
    optional: bool,
    output: ScanOutput,
    condition: Arc<dyn PhysicalExpr>,
    assignments: Vec<(usize, Arc<dyn PhysicalExpr>, ColumnType)>,
}

/// A match on its way: what each step matched last.
#[derive(Clone)]
struct Match {
    id: i64,
    /// Cells of the row and of the declared columns.
    rows: Vec<Option<Vec<Cell<'static>>>>,
}

impl Planner<'_> {
    pub(super) fn scan(&self, scan: &Scan, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let input = if scan.order.is_empty() { input } else { self.sort(&scan.order, None, input)? };
        let inputs = input.types.clone();
        let declared: Vec<_> = scan.declared.iter().map(|literal| (cell_of(literal), literal.column_type())).collect();
        let state_types: Vec<_> =
            inputs.iter().copied().chain(declared.iter().map(|(_, column_type)| *column_type)).collect();
        let mut all = inputs.clone();
        for _ in &scan.steps {
            all.extend(&state_types);
        }
        let names: Vec<_> = all.iter().map(|_| self.fresh()).collect();
        let fields: Vec<_> =
            names.iter().zip(&all).map(|(name, kind)| Field::new(name, arrow_type(*kind), true)).collect();
        let schema: SchemaRef = Schema::new(fields).into();
        let view = Planned {
            plan: LogicalPlanBuilder::empty(false).build()?,
            columns: names.iter().map(Column::new_unqualified).collect(),
            types: all,
            keys: Vec::new(),
            ordered: false,
        };
        let df_schema = DFSchema::try_from(schema.as_ref().clone())?;
        let physical = |expr: &checked::Expr| -> Planning<Arc<dyn PhysicalExpr>> {
            let mut expr = expr.clone();
            place_states(&mut expr, inputs.len(), state_types.len());
            Ok(self.state.create_physical_expr(self.expr(&expr, &view)?, &df_schema)?)
        };
        let mut steps = Vec::new();
        for step in &scan.steps {
            let assignments = step.assignments.iter().map(|(at, expr)| Ok((*at, physical(expr)?, expr.column_type)));
            steps.push(MatcherStep {
                optional: step.optional,
                output: step.output,
                condition: physical(&step.condition)?,
                assignments: assignments.collect::<Planning<Vec<_>>>()?,
            });
        }
        let partition = scan.partition.iter().map(physical).collect::<Planning<Vec<_>>>()?;
        let keys = input.keys.len();
        let matcher =
            Matcher { schema, inputs: inputs.clone(), declared, steps, partition, with_match_id: scan.with_match_id };
        let out_types = types.to_vec();
        let input = Planned { ordered: true, ..input };
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let (rows, sources) = matcher.run(batch, keys)?;
                let mut arrays = columns_of(&rows, &out_types);
                let sources = datafusion::arrow::array::Int64Array::from(sources);
                for key in batch.columns().iter().skip(batch.num_columns() - keys) {
                    arrays.push(datafusion::arrow::compute::take(key, &sources, None)?);
                }
                Ok(RecordBatch::try_new(schema.clone(), arrays)?)
            }))
        })
    }
}

/// The state of a step as columns behind those of the row.
fn place_states(expr: &mut checked::Expr, inputs: usize, width: usize) {
    if let ExprKind::State { step, column } = expr.kind {
        expr.kind = ExprKind::Column(inputs + step * width + column);
    }
    for part in parts_mut(expr) {
        place_states(part, inputs, width);
    }
}

/// What rows that are matched together have in common.
type Group = (Option<OwnedRow>, Vec<ScalarValue>);
type Rows = Vec<Vec<Cell<'static>>>;

impl Matcher {
    fn run(&self, batch: &RecordBatch, keys: usize) -> Result<(Rows, Vec<i64>)> {
        let columns = batch.columns().iter().zip(&self.inputs);
        let cells =
            columns.map(|(array, column_type)| Cells::of_array(array, *column_type)).collect::<Result<Vec<_>>>()?;
        let key_columns: Vec<_> = batch.columns().iter().skip(batch.num_columns() - keys).cloned().collect();
        let fields = key_columns.iter().map(|key| SortField::new(key.data_type().clone())).collect();
        let groups = RowConverter::new(fields)?.convert_columns(&key_columns)?;
        let mut states: HashMap<Group, Vec<Option<Match>>> = HashMap::new();
        let mut out = Vec::new();
        let mut sources = Vec::new();
        let mut last_id = -1;
        for row in 0..batch.num_rows() {
            let current: Vec<Cell<'static>> = cells.iter().map(|cells| cells.cell(row).into_owned()).collect();
            let partition =
                self.partition.iter().map(|expr| self.scalar(expr, &current, None)).collect::<Result<Vec<_>>>()?;
            let group = (keys > 0).then(|| groups.row(row).owned());
            let matches = states.entry((group, partition)).or_insert_with(|| vec![None; self.steps.len()]);
            if let Some((cells, step)) = self.take(&current, matches, &mut last_id)?
                && self.steps.get(step).is_some_and(|step| step.output != ScanOutput::None)
            {
                out.push(cells);
                sources.push(i64::try_from(row).unwrap_or(i64::MAX));
            }
        }
        Ok((out, sources))
    }

    /// Matches a row, the last step first; gives the row that comes out and the step.
    fn take(
        &self,
        current: &[Cell<'static>],
        matches: &mut [Option<Match>],
        last_id: &mut i64,
    ) -> Result<Option<(Vec<Cell<'static>>, usize)>> {
        for at in (0..self.steps.len()).rev() {
            // From the step before, or from one further before if those between may be left out.
            let mut from = at;
            while from > 0 {
                from -= 1;
                if let Some(before) = matches.get(from).cloned().flatten() {
                    if self.holds(at, current, &before)? {
                        if let Some(moved) = matches.get_mut(from) {
                            *moved = None;
                        }
                        return self.matched(at, current, before, matches).map(Some);
                    }
                    break;
                }
                if !self.steps.get(from).is_some_and(|step| step.optional) {
                    break;
                }
            }
            if let Some(same) = matches.get(at).cloned().flatten()
                && self.holds(at, current, &same)?
            {
                return self.matched(at, current, same, matches).map(Some);
            }
            let starts = self.steps.get(..at).is_some_and(|before| before.iter().all(|step| step.optional));
            if starts && matches.get(at).is_some_and(Option::is_none) {
                let fresh = Match { id: *last_id + 1, rows: vec![None; self.steps.len()] };
                if self.holds(at, current, &fresh)? {
                    *last_id += 1;
                    return self.matched(at, current, fresh, matches).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn holds(&self, at: usize, current: &[Cell<'static>], state: &Match) -> Result<bool> {
        let Some(step) = self.steps.get(at) else { return Ok(false) };
        Ok(matches!(self.scalar(&step.condition, current, Some(state))?, ScalarValue::Boolean(Some(true))))
    }

    fn matched(
        &self,
        at: usize,
        current: &[Cell<'static>],
        mut state: Match,
        matches: &mut [Option<Match>],
    ) -> Result<(Vec<Cell<'static>>, usize)> {
        let mut declared: Vec<Cell<'static>> = self.declared.iter().map(|(default, _)| default.clone()).collect();
        for (column, expr, column_type) in self.steps.get(at).iter().flat_map(|step| &step.assignments) {
            let value = ColumnarValue::Scalar(self.scalar(expr, current, Some(&state))?);
            if let Some(slot) = declared.get_mut(*column) {
                *slot = Cells::of_value(&value, *column_type)?.cell(0).into_owned();
            }
        }
        let mut cells = current.to_vec();
        cells.extend(declared);
        if let Some(slot) = state.rows.get_mut(at) {
            *slot = Some(cells.clone());
        }
        if self.with_match_id {
            cells.push(Cell::Long(state.id));
        }
        if let Some(slot) = matches.get_mut(at) {
            *slot = Some(state);
        }
        Ok((cells, at))
    }

    /// The value of an expression for a row and what the steps matched.
    fn scalar(
        &self,
        expr: &Arc<dyn PhysicalExpr>,
        current: &[Cell<'static>],
        state: Option<&Match>,
    ) -> Result<ScalarValue> {
        let mut cells = current.to_vec();
        for step in 0..self.steps.len() {
            match state.and_then(|state| state.rows.get(step)).and_then(Option::as_ref) {
                Some(row) => cells.extend(row.iter().cloned()),
                None => {
                    cells.extend(self.inputs.iter().map(|_| Cell::Null));
                    cells.extend(self.declared.iter().map(|(default, _)| default.clone()));
                }
            }
        }
        let states = self.inputs.iter().copied().chain(self.declared.iter().map(|(_, column_type)| *column_type));
        let states: Vec<ColumnType> = states.collect();
        let types = self.inputs.iter().copied().chain(states.iter().copied().cycle());
        let arrays =
            cells.iter().zip(types).map(|(cell, column_type)| scalar_of(cell, column_type).to_array_of_size(1));
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let batch =
            RecordBatch::try_new_with_options(self.schema.clone(), arrays.collect::<Result<Vec<_>>>()?, &options)?;
        match expr.evaluate(&batch)? {
            ColumnarValue::Scalar(scalar) => Ok(scalar),
            ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0),
        }
    }
}
