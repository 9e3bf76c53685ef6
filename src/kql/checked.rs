//! What a query means: names resolved, types known, `let` and functions put in their places. The contract with an engine.
//!
//! Columns are referred to by their places, so that no engine need look at names. What Kusto has in many forms is here in
//! one: `extend`, `project`, `project-away` and the like are all [`Operator::Project`]; `count` and `top-hitters` are
//! aggregates; `search` and `find` are unions of filtered tables; `getschema` is rows.

mod aggregate;
mod expression;
mod operator;
mod source;

use std::sync::Arc;

use model::ColumnType;

pub use self::{
    aggregate::Aggregate,
    expression::{Expr, ExprKind, PathStep},
    operator::{
        Argument, Evaluate, Expansion, Expansions, Join, JoinKind, MakeSeries, NestedLevel, Operator, ParseKv,
        ParseText, PatternPart, Plugin, Reduce, Scan, ScanStep, Series, SortKey, Step, TextParsing,
    },
    source::{External, ExternalForm, Shared, Source},
};
use crate::operator::Setting;

/// A column: name and type. Within a table no two have the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: Arc<str>,
    /// The type.
    pub column_type: ColumnType,
}

impl Column {
    /// A column of a name and a type.
    pub fn new(name: impl Into<Arc<str>>, column_type: ColumnType) -> Self {
        Self { name: name.into(), column_type }
    }
}

/// The columns of a table, in order.
pub type Schema = Arc<[Column]>;

/// A table: where rows come from and what is done with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Where they come from.
    pub source: Source,
    /// The columns that they have there.
    pub columns: Schema,
    /// What is done with them, in order.
    pub steps: Vec<Step>,
}

impl Table {
    /// The columns that come out.
    pub fn schema(&self) -> &Schema {
        self.steps.last().map_or(&self.columns, |step| &step.columns)
    }
}

/// What a query gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name, if `as` or `fork` gave it one.
    pub name: Option<Arc<str>>,
    /// The rows.
    pub table: Table,
    /// How `render` says that it is best shown.
    pub render: Option<Render>,
}

/// How rows are best shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Render {
    /// The kind of drawing.
    pub chart: Arc<str>,
    /// Its settings, as written.
    pub settings: Vec<Setting>,
}

/// A query that was checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Checked {
    /// It can be run: each of these is a result, in order. There is none if all statements only say what names mean.
    Ready(Vec<Output>),
    /// The columns that a plugin gives depend on the rows that it gets. Find out which they are, add them to
    /// [`crate::Context::discovered`], and check the query again.
    Discover(Box<Evaluate>),
}
