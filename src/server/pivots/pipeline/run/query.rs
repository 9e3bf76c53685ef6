//! A step that runs a query template: its rows take the place of the table, whose columns can fill parameters.

use std::{collections::HashSet, sync::Arc};

use chrono::Utc;
use model::{Column, Table};
use serde_json::{Map, Value};
use sources::{Arguments, Environment, ParameterType, Template};

use super::{
    super::{super::Manner, plan::column_of, step::QueryStep},
    Done, Failed, Run, StepOutcome, failed,
};
use crate::queries::{Collected, Filled, Query, QueryOutcome};

impl Run<'_> {
    /// Fills the template and runs it.
    pub(super) async fn query(&self, step: &QueryStep, template: &Template, given: &Table) -> Result<Done, Failed> {
        let [environment, ..] = &step.address;
        let environment = Environment::named(environment);
        let source = self.world.queries.choose(template, environment.name(), step.source.as_deref())?;
        let mut parameters = Map::new();
        for (name, value) in &step.parameters {
            let value = match column_of(value) {
                Some(column) => {
                    let is_list = template.parameter(name).is_some_and(|known| known.kind == ParameterType::List);
                    values_of(given, name, column, is_list)?
                }
                None => value.clone(),
            };
            parameters.insert(name.clone(), value);
        }
        let allow_raw = self.world.settings.templates.allow_raw;
        let Manner { start, end, deadline, max_rows, .. } = &self.manner;
        let arguments = Arguments { parameters: &parameters, start: *start, end: *end, allow_raw };
        let filled = Filled { template, given: arguments, now: Utc::now() };
        let whole = filled.render()?;
        let parts = filled.parts(&source, &source.routed(template)?, &whole, None)?;
        let query = Query { parts, max_rows: None, until: *deadline, ends_at: *deadline };
        let rows = u64::try_from(*max_rows).unwrap_or(u64::MAX);
        let collected = Collected::of(source.start(query), Some(rows)).await;
        let reason = collected.partial_errors.first().map(|error| error.message.clone());
        let outcome = match collected.outcome() {
            QueryOutcome::Complete => StepOutcome::Ok,
            QueryOutcome::Partial => StepOutcome::Partial,
            outcome => {
                let is_late = outcome == QueryOutcome::Timeout;
                let outcome_of_step = if is_late { StepOutcome::Timeout } else { StepOutcome::Error };
                let reason = reason.unwrap_or_else(|| outcome.as_str().to_owned());
                return Err(Failed { outcome: outcome_of_step, reason });
            }
        };
        Ok(Done { outcome, reason, ..Done::well(Arc::new(collected.table)) })
    }
}

/// The values of a column, for a parameter of a query.
fn values_of(given: &Table, parameter: &str, column: &str, is_list: bool) -> Result<Value, Failed> {
    let Some(column) = given.column(column) else { return Err(failed(format!("there is no column {column:?}"))) };
    let mut values = distinct(column);
    match (is_list, values.len()) {
        (_, 0) => Err(failed(format!("column {:?} has no values for {parameter}", column.name()))),
        (true, _) => Ok(values.into()),
        (false, 1) => Ok(values.swap_remove(0).into()),
        (false, many) => Err(failed(format!("{parameter} takes one value, and the column has {many}"))),
    }
}

/// The distinct values of a column, in their order.
fn distinct(column: &Column) -> Vec<String> {
    let mut seen = HashSet::new();
    let texts = column.values().map(|value| value.to_text().trim().to_owned());
    texts.filter(|text| !text.is_empty() && seen.insert(text.clone())).collect()
}
