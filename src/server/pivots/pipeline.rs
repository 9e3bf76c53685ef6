//! Pipelines: steps of which each gets the table that the one before left. Pivots, queries, steps over tables, operations
//! and plots, in MSTICPy's YAML or as JSON; every mistake is told before the first step runs.

mod accessor;
mod document;
mod mistake;
mod parameters;
mod plan;
mod run;
mod shelf;
mod step;
#[cfg(test)]
mod tests;

use futures::future::BoxFuture;
use model::Table;
use plots::Kind;
use serde_json::{Map, Value};

pub use self::{
    document::{ParameterDocument, PipelineDocument, StepDocument, read_yaml},
    mistake::Mistake,
    plan::{Means, Planned},
    run::{Course, Drawn, Run, StepOutcome, StepReport},
    shelf::{Pipelines, ShelvedPipeline},
    step::OPERATIONS,
};

/// What is done to tables elsewhere: operations and plots.
pub trait Operations: Send + Sync {
    /// What is wrong with the parameters of an operation; pointers begin at the parameters.
    fn check(&self, operation: &str, parameters: &Map<String, Value>) -> Vec<Mistake>;

    /// What is wrong with the options of a plot.
    fn check_plot(&self, kind: Kind, options: &Map<String, Value>) -> Vec<Mistake>;

    /// Puts a table through an operation, or says why not.
    fn operate<'a>(
        &'a self,
        operation: &'a str,
        parameters: &'a Map<String, Value>,
        table: Table,
    ) -> BoxFuture<'a, Result<Table, String>>;

    /// Draws a table.
    fn draw<'a>(
        &'a self,
        kind: Kind,
        options: &'a Map<String, Value>,
        table: Table,
    ) -> BoxFuture<'a, Result<Drawing, String>>;
}

/// A plot of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// What it is called.
    pub title: String,
    /// The picture.
    pub svg: String,
}

/// The steps of a pipeline with values in place of the names of parameters. What is given must be declared.
pub fn settle(document: &PipelineDocument, given: &Map<String, Value>) -> Result<Vec<Value>, Vec<Mistake>> {
    parameters::fill(&document.steps, &parameters::settle(&document.parameters, given)?)
}

/// The same for steps that declare nothing: whatever is given can stand in them.
pub fn settle_steps(steps: &[Value], given: &Map<String, Value>) -> Result<Vec<Value>, Vec<Mistake>> {
    parameters::fill(steps, given)
}

/// Steps that can be run, or everything that is wrong with them. `columns` are those of the table that comes in, without
/// rows, if they are known.
pub fn plan(steps: &[Value], columns: Option<Table>, means: Means<'_>) -> Result<Vec<Planned>, Vec<Mistake>> {
    plan::plan(steps, columns, means)
}
