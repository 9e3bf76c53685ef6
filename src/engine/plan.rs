//! From checked tree to logical plan. One file for each operator, named as in the language.
//!
//! Columns have names of their own inside a plan (`c1`, `c2` …), so that no name of a query meets another. What can't be
//! known before something was run stops planning with a [`Need`]; whoever plans runs it and plans again.

mod adapt;
mod constant;
mod distinct;
mod evaluate;
mod expansion;
mod expression;
mod filter;
mod join;
mod make_series;
mod mv_apply;
mod mv_expand;
mod needed;
mod parse_kv;
mod parse_text;
mod partition;
mod project;
mod reduce;
mod scan;
mod sort;
mod source;
mod stage;
mod summarize;
mod take;
mod top_nested;
mod window;

use std::{cell, collections::HashMap};

use datafusion::{
    arrow::datatypes::DataType,
    common::Column,
    error::DataFusionError,
    execution::SessionState,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder},
};
use kql::checked::{Operator, Schema, Step, Table};
use model::ColumnType;

pub(crate) use self::evaluate::columns_of as plugin_columns;
use self::needed::{Needed, is_unread, unread};
use crate::{catalog::Stored, cell::Cell, elsewhere::Fetched};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error("not supported: {0}")]
    Unsupported(String),
    #[error("a value that makes no sense: {0}")]
    Senseless(&'static str),
    #[error("something must be run first")]
    Needs(Box<Need>),
    #[error(transparent)]
    DataFusion(#[from] DataFusionError),
}

impl From<datafusion::arrow::error::ArrowError> for PlanError {
    fn from(error: datafusion::arrow::error::ArrowError) -> Self {
        Self::DataFusion(error.into())
    }
}

/// A table that must be run before planning can go on; its cells become known under a key.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) key: usize,
    pub(crate) plan: Planned,
    /// More rows are not needed.
    pub(crate) rows: usize,
}

pub(crate) type Planning<T> = Result<T, PlanError>;

/// The rows of something that was run, each a cell for each column.
pub(crate) type Known = Vec<Vec<Cell<'static>>>;

/// A plan and where in it the columns of the query are.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) plan: LogicalPlan,
    /// For each column of the query one of the plan.
    pub(crate) columns: Vec<Column>,
    pub(crate) types: Vec<ColumnType>,
    /// Columns that rows must have in common to belong together: in `mv-apply` and `partition`.
    pub(crate) keys: Vec<Column>,
    /// Whether the order of rows was asked for.
    pub(crate) ordered: bool,
}

/// Plans the tables of one query.
pub(crate) struct Planner<'p> {
    pub(crate) state: &'p SessionState,
    pub(crate) tables: &'p HashMap<String, Option<Stored>>,
    /// What was fetched for `externaldata`.
    pub(crate) outside: &'p [Fetched],
    /// What was run, by key.
    pub(crate) known: &'p HashMap<usize, Known>,
    /// The instant that is now for the whole query, in ticks.
    pub(crate) now: i64,
    /// More rows than this are not made out of nothing.
    pub(crate) max_rows: usize,
    names: cell::Cell<usize>,
    in_order: cell::Cell<bool>,
    /// Columns of files by the names of what they became.
    natives: cell::RefCell<HashMap<String, (Column, DataType)>>,
    inputs: cell::RefCell<Vec<Planned>>,
}

impl<'p> Planner<'p> {
    pub(crate) fn new(
        state: &'p SessionState,
        (tables, outside): (&'p HashMap<String, Option<Stored>>, &'p [Fetched]),
        known: &'p HashMap<usize, Known>,
        now: i64,
        max_rows: usize,
    ) -> Self {
        Self {
            state,
            tables,
            outside,
            known,
            now,
            max_rows,
            names: cell::Cell::new(0),
            in_order: cell::Cell::new(false),
            natives: cell::RefCell::default(),
            inputs: cell::RefCell::default(),
        }
    }

    /// Whether the plan must run in one stream, since the order of rows counts.
    pub(crate) const fn is_in_order(&self) -> bool {
        self.in_order.get()
    }

    /// The plan of a table.
    pub(crate) fn table(&self, table: &Table) -> Planning<Planned> {
        self.table_of(table, &Needed::all(table.schema()))
    }

    /// The plan of a table of which only some columns are needed.
    fn table_of(&self, table: &Table, needed: &Needed) -> Planning<Planned> {
        let needed = needed::along(table, needed);
        let all = Needed::all(&table.columns);
        let mut planned = self.source(&table.source, &table.columns, needed.first().unwrap_or(&all))?;
        for ((index, step), needed) in table.steps.iter().enumerate().zip(needed.iter().skip(1)) {
            let in_before =
                table.steps.get(..index).and_then(<[Step]>::last).map_or(&table.columns, |step| &step.columns);
            if let (Operator::Join(join), Some(Step { operator: Operator::Filter(condition), .. })) =
                (&step.operator, table.steps.get(index + 1))
            {
                planned = self.filter_before(join, condition, planned)?;
            }
            planned = self.step(step, planned, in_before, needed)?;
        }
        Ok(planned)
    }

    /// The plan of a result.
    pub(crate) fn result(&self, table: &Table) -> Planning<Planned> {
        self.table(table)?.exact(self)
    }

    fn step(&self, step: &Step, input: Planned, columns: &Schema, needed: &Needed) -> Planning<Planned> {
        let types: Vec<ColumnType> = step.columns.iter().map(|column| column.column_type).collect();
        match &step.operator {
            Operator::Filter(condition) => self.filter(condition, input),
            Operator::Project(exprs) => self.project(exprs, input, needed),
            Operator::Distinct => self.distinct(input),
            Operator::Summarize { by, aggregates } => self.summarize(by, aggregates, input),
            Operator::Sort(keys) => self.sort(keys, None, input),
            Operator::Top { count, keys } => self.sort(keys, Some(count), input),
            Operator::Take(count) | Operator::Sample(count) => self.take(count, input),
            Operator::Serialize => Ok(Planned { ordered: true, ..input }),
            Operator::Join(join) => self.join(join, input, needed),
            Operator::MvExpand(expansions) => self.mv_expand(expansions, &types, input),
            Operator::MvApply { expansions, input: inner, table, outputs } => {
                self.mv_apply(expansions, inner, table, outputs, input)
            }
            Operator::MakeSeries(series) => self.make_series(series, input),
            Operator::ParseText(parse) => self.parse_text(parse, &types, input),
            Operator::ParseKv(parse) => self.parse_kv(parse, &types, input),
            Operator::Partition { by, table } => self.partition(by, table, input),
            Operator::Reduce(reduce) => self.reduce(reduce, &types, input),
            Operator::TopNested(levels) => self.top_nested(levels, &types, input),
            Operator::Scan(scan) => self.scan(scan, &types, input),
            Operator::Evaluate(evaluate) => self.evaluate(evaluate, &types, columns, &step.columns, input),
        }
    }

    /// A column name that no other column has.
    fn fresh(&self) -> String {
        let number = self.names.get() + 1;
        self.names.set(number);
        format!("c{number}")
    }

    /// What was run under a key, or that it must be run.
    fn known(&self, key: usize, rows: usize, plan: impl FnOnce() -> Planning<Planned>) -> Planning<&'p Known> {
        match self.known.get(&key) {
            Some(known) => Ok(known),
            None => Err(PlanError::Needs(Box::new(Need { key, plan: plan()?, rows }))),
        }
    }
}

impl Planned {
    /// The plan reduced to the columns of the query, in their order.
    pub(crate) fn laid_out(self) -> Planning<LogicalPlan> {
        let mut seen = std::collections::HashSet::new();
        let mut exprs: Vec<Expr> = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let expr = Expr::Column(column.clone());
            exprs.push(if seen.insert(&column.name) { expr } else { expr.alias(format!("again{at}")) });
        }
        if exprs.is_empty() {
            exprs.push(datafusion::logical_expr::lit(0_i64).alias("nothing"));
        }
        Ok(LogicalPlanBuilder::from(self.plan).project(exprs)?.build()?)
    }

    /// The expression of a column.
    fn column(&self, index: usize) -> Planning<Expr> {
        let column = self.columns.get(index).ok_or(PlanError::Senseless("a column that is not there"))?;
        Ok(Expr::Column(column.clone()))
    }

    /// The same plan with other columns of it, in this order.
    fn select(self, columns: Vec<(Column, ColumnType)>) -> Self {
        let (columns, types) = columns.into_iter().unzip();
        Self { columns, types, ..self }
    }

    /// The plan reduced to the columns of the query under names of their own, then the keys; with the numbers of the keys.
    fn exact(self, planner: &Planner<'_>) -> Planning<Self> {
        let mut exprs = Vec::new();
        let mut columns = Vec::new();
        for column in &self.columns {
            if is_unread(column) {
                columns.push(unread());
                continue;
            }
            let name = planner.fresh();
            exprs.push(Expr::Column(column.clone()).alias(&name));
            columns.push(Column::new_unqualified(name));
        }
        let mut keys = Vec::new();
        for key in &self.keys {
            let name = planner.fresh();
            exprs.push(Expr::Column(key.clone()).alias(&name));
            keys.push(Column::new_unqualified(name));
        }
        if exprs.is_empty() {
            exprs.push(datafusion::logical_expr::lit(0_i64).alias(planner.fresh()));
        }
        let plan = LogicalPlanBuilder::from(self.plan).project(exprs)?.build()?;
        Ok(Self { plan, columns, types: self.types, keys, ordered: self.ordered })
    }

    /// The plan with further columns; gives their names.
    fn with(self, exprs: Vec<Expr>, planner: &Planner<'_>) -> Planning<(Self, Vec<Column>)> {
        let mut all = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let natives = planner.natives.borrow();
        for column in self.columns.iter().chain(&self.keys).filter(|column| !is_unread(column)) {
            if seen.insert(column.name.clone()) {
                all.push(Expr::Column(column.clone()));
            }
            // What it was in the file stays at hand for filters.
            if let Some((native, _)) = natives.get(&column.name)
                && self.plan.schema().has_column(native)
                && seen.insert(native.name.clone())
            {
                all.push(Expr::Column(native.clone()));
            }
        }
        drop(natives);
        let mut added = Vec::new();
        for expr in exprs {
            if let Expr::Column(column) = &expr {
                if !is_unread(column) && seen.insert(column.name.clone()) {
                    all.push(expr.clone());
                }
                added.push(column.clone());
            } else {
                let name = planner.fresh();
                all.push(expr.alias(&name));
                added.push(Column::new_unqualified(name));
            }
        }
        if added.iter().all(|column| is_unread(column) || self.plan.schema().has_column(column)) {
            return Ok((self, added));
        }
        let plan = LogicalPlanBuilder::from(self.plan).project(all)?.build()?;
        Ok((Self { plan, ..self }, added))
    }
}

/// The key of something at an address: the tree does not move while a query is planned.
fn address<T: ?Sized>(of: &T) -> usize {
    std::ptr::from_ref(of).cast::<()>().addr()
}
