//! Where rows come from: tables of the catalogue, rows of the query, ranges, unions.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions},
        datatypes::{DataType, Field, Schema as ArrowSchema},
    },
    common::Column,
    datasource::{MemTable, provider_as_source},
    logical_expr::{Expr, LogicalPlanBuilder, lit},
    scalar::ScalarValue,
};
use kql::checked::{self, Operator, Schema, Source, Step, Table};
use model::ColumnType;

use super::{
    PlanError, Planned, Planner, Planning,
    adapt::adapted,
    constant::columns_of,
    needed::{Needed, unread},
};
use crate::{
    catalog::Stored,
    cell::{Cell, arrow_type},
    elsewhere::Fetched,
};

impl Planner<'_> {
    pub(super) fn source(&self, source: &Source, columns: &Schema, needed: &Needed) -> Planning<Planned> {
        let types = types_of(columns);
        match source {
            Source::Stored { name, .. } => self.stored(name, columns, needed),
            Source::Rows(rows) => {
                let cells = rows
                    .iter()
                    .map(|row| row.iter().map(|expr| self.value(expr)).collect())
                    .collect::<Planning<Vec<_>>>()?;
                self.of_cells(&cells, &types)
            }
            Source::Range { from, to, step } => self.range(from, to, step, &types),
            Source::External(external) => {
                let is_it = |fetched: &&Fetched| fetched.external == *external && fetched.columns == *columns;
                let fetched = self.outside.iter().find(is_it);
                let fetched = fetched.ok_or(PlanError::Senseless("what was not fetched"))?;
                self.scanned(&fetched.stored, columns, needed)
            }
            Source::Union(tables) => self.union(tables, &types, needed),
            Source::Input => {
                self.inputs.borrow().last().cloned().ok_or(PlanError::Senseless("a table that has nothing around it"))
            }
            Source::Shared(shared) => self.table_of(&shared.table, needed),
        }
    }

    /// A table of the catalogue, its columns as the engine has them.
    fn stored(&self, name: &str, columns: &Schema, needed: &Needed) -> Planning<Planned> {
        match self.tables.get(name) {
            Some(Some(stored)) => self.scanned(stored, columns, needed),
            Some(None) if !columns.is_empty() => self.of_cells(&[], &types_of(columns)),
            _ => Err(PlanError::Senseless("a table that is not there")),
        }
    }

    fn scanned(&self, stored: &Stored, columns: &Schema, needed: &Needed) -> Planning<Planned> {
        let table = self.fresh();
        let schema = stored.provider.schema();
        let scan = LogicalPlanBuilder::scan(table.as_str(), provider_as_source(stored.provider.clone()), None)?;
        let mut exprs = Vec::new();
        let mut adapted_columns = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            if !needed.has(index) {
                adapted_columns.push(unread());
                continue;
            }
            let Ok(field) = schema.field_with_name(&column.name) else {
                // It is known of the table, and no file has it.
                let (name, arrow) = (self.fresh(), arrow_type(column.column_type));
                let empty = match column.column_type {
                    ColumnType::String => ScalarValue::new_default(&arrow)?,
                    _ => ScalarValue::try_new_null(&arrow)?,
                };
                exprs.push(lit(empty).alias(&name));
                adapted_columns.push(Column::new_unqualified(name));
                continue;
            };
            let native = Column::new(Some(table.as_str()), field.name());
            let name = self.fresh();
            let raw = match adapted(Expr::Column(native.clone()), field.data_type(), column.column_type) {
                as_it_is @ Expr::Column(_) => {
                    exprs.push(as_it_is.alias(&name));
                    name.clone()
                }
                adapted => {
                    let raw = self.fresh();
                    exprs.push(Expr::Column(native).alias(&raw));
                    exprs.push(adapted.alias(&name));
                    raw
                }
            };
            let raw = (Column::new_unqualified(raw), field.data_type().clone());
            self.natives.borrow_mut().insert(name.clone(), raw);
            adapted_columns.push(Column::new_unqualified(name));
        }
        if exprs.is_empty() {
            exprs.push(lit(0_i64).alias(self.fresh()));
        }
        let plan = scan.project(exprs)?.build()?;
        let types = types_of(columns);
        Ok(Planned { plan, columns: adapted_columns, types, keys: Vec::new(), ordered: false })
    }

    /// Cells as a table.
    pub(super) fn of_cells(&self, rows: &[Vec<Cell<'static>>], types: &[ColumnType]) -> Planning<Planned> {
        let names: Vec<_> = types.iter().map(|_| self.fresh()).collect();
        let fields =
            names.iter().zip(types).map(|(name, column_type)| Field::new(name, arrow_type(*column_type), true));
        self.of_arrays(names.clone(), fields.collect(), columns_of(rows, types), types.to_vec(), rows.len())
    }

    fn of_arrays(
        &self,
        names: Vec<String>,
        mut fields: Vec<Field>,
        mut arrays: Vec<ArrayRef>,
        types: Vec<ColumnType>,
        rows: usize,
    ) -> Planning<Planned> {
        if fields.is_empty() {
            // A table without columns still has rows.
            fields.push(Field::new(self.fresh(), DataType::Int64, true));
            arrays.push(Arc::new(Int64Array::from(vec![0; rows])));
        }
        let schema = Arc::new(ArrowSchema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?;
        let table = MemTable::try_new(schema, vec![vec![batch]])?;
        self.of_provider(Arc::new(table), names, types, Vec::new(), false)
    }

    fn range(
        &self,
        from: &checked::Expr,
        to: &checked::Expr,
        step: &checked::Expr,
        types: &[ColumnType],
    ) -> Planning<Planned> {
        let (from, to, step) = (self.value(from)?, self.value(to)?, self.value(step)?);
        let mut rows = Vec::new();
        if let (false, Some(start), Some(end), Some(step)) =
            (types.first() == Some(&ColumnType::Real), from.ticks(), to.ticks(), step.ticks())
        {
            let mut at = start;
            while step != 0 && if step > 0 { at <= end } else { at >= end } {
                if rows.len() >= self.max_rows {
                    return Err(PlanError::Senseless("a range of too many rows"));
                }
                rows.push(vec![match &from {
                    Cell::Datetime(_) => Cell::Datetime(at),
                    Cell::Timespan(_) => Cell::Timespan(at),
                    _ => Cell::Long(at),
                }]);
                let Some(next) = at.checked_add(step) else { break };
                at = next;
            }
        } else if let (Some(start), Some(end), Some(step)) = (from.real(), to.real(), step.real()) {
            let count = ((end - start) / step).floor() + 1.0;
            #[expect(clippy::cast_precision_loss, reason = "a limit")]
            if count > self.max_rows as f64 {
                return Err(PlanError::Senseless("a range of too many rows"));
            }
            #[expect(clippy::cast_possible_truncation, reason = "checked above; nothing is no row")]
            rows.extend((0..count.max(0.0) as i64).filter_map(|at| {
                let at = Cell::Long(at).real()? * step + start;
                Some(vec![Cell::Real(at)])
            }));
        }
        self.of_cells(&rows, types)
    }

    fn union(&self, tables: &[Table], types: &[ColumnType], needed: &Needed) -> Planning<Planned> {
        let mut all: Option<Planned> = None;
        for table in tables.iter().filter(|table| !self.is_empty(table)) {
            let planned = self.table_of(table, needed)?.only(needed).exact(self)?;
            all = Some(match all {
                None => planned,
                Some(all) => Planned {
                    plan: LogicalPlanBuilder::from(all.plan).union(planned.plan)?.build()?,
                    ordered: false,
                    ..all
                },
            });
        }
        match all {
            Some(all) => Ok(all),
            None => self.of_cells(&[], types),
        }
    }

    /// Whether a table has no rows, as is plain to see.
    fn is_empty(&self, table: &Table) -> bool {
        let is_source_empty = match &table.source {
            Source::Stored { name, .. } => matches!(self.tables.get(&**name), Some(None)),
            Source::Rows(rows) => rows.is_empty(),
            Source::Union(tables) => tables.iter().all(|table| self.is_empty(table)),
            _ => false,
        };
        let picks = |step: &Step| matches!(step.operator, Operator::Filter(_) | Operator::Project(_));
        is_source_empty && table.steps.iter().all(picks)
    }
}

fn types_of(columns: &Schema) -> Vec<ColumnType> {
    columns.iter().map(|column| column.column_type).collect()
}
