//! A step of a pipeline, understood: what it does, to which table, and what happens when it fails.

mod reading;

use extract::steps::Step as TableStep;
use model::EntityKind;
use plots::Kind;
use serde_json::{Map, Value};

use super::super::run::Joining;

/// Operations that a table can go through.
pub const OPERATIONS: &[&str] = &["iocs/extract", "decode/base64", "process-tree", "mask", "analysis/timeseries"];

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What reports call it.
    pub name: String,
    /// Its type, in our words.
    pub kind: String,
    /// The kept table that it works on; the current one if none is named.
    pub input: Option<String>,
    /// Whether the steps after it run when it fails.
    pub goes_on: bool,
    /// What it does.
    pub action: Action,
    /// Where its parameters stand in the document: below this pointer.
    pub parameters_at: String,
    /// What of it was left out.
    pub note: Option<String>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Asks a function of entities about a column.
    Pivot(PivotStep),
    /// Runs a query template; its rows take the place of the table.
    Query(QueryStep),
    /// Makes one table of another.
    Table(TableStep),
    /// Puts a table through an operation.
    Operation {
        /// Which.
        name: &'static str,
        /// What it is told.
        parameters: Map<String, Value>,
    },
    /// Draws the table and leaves it as it is.
    Plot {
        /// What is drawn.
        kind: Kind,
        /// How.
        options: Map<String, Value>,
    },
    /// Keeps the table, or what steps make of it, under a name and leaves it as it is.
    Keep {
        /// The name.
        table: String,
        /// Whether there may be a table of this name already.
        overwrites: bool,
        /// The steps.
        steps: Vec<TableStep>,
    },
}

/// A function of entities and how it is asked.
#[derive(Debug, Clone)]
pub struct PivotStep {
    /// The kind of entity.
    pub entity: EntityKind,
    /// The group of the function.
    pub container: String,
    /// Its name.
    pub function: String,
    /// The column that is asked about, if it is said.
    pub column: Option<String>,
    /// How the answer is joined.
    pub join: Option<Joining>,
    /// Parameters of the function.
    pub parameters: Map<String, Value>,
}

/// A query template and how it is filled.
#[derive(Debug, Clone)]
pub struct QueryStep {
    /// Environment, family and name.
    pub address: [String; 3],
    /// Where it runs.
    pub source: Option<String>,
    /// Parameters by name; `{"column": "…"}` is the values of a column.
    pub parameters: Map<String, Value>,
}
