//! A query or a pipeline by name in place of the rows of a plot: it is run, and what is missing from its rows is told with the
//! picture.

use std::sync::Arc;

use actix_web::HttpResponse;
use model::{Table, When};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::{Caller, Refusal},
        limits::RequestLimits,
        pipelines::{self, PipelineRequest},
        pivots::max_rows,
        problem::{Kind, Problem},
        sources::{RunRequest, Told, collect, tell_in_headers},
    },
    pivots::pipeline::{StepOutcome, StepReport},
    queries::{PartialError, QueryOutcome},
    services::Services,
    settings::Scope,
};

/// A query template whose rows are drawn. Running it needs the scope `query`, too.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PlotQuery)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryInput {
    /// An environment or one of its aliases.
    #[schema(example = "MSSentinel")]
    environment: String,
    /// A family.
    #[schema(example = "WindowsSecurity")]
    family: String,
    /// The name of the query.
    #[schema(example = "list_host_logons")]
    name: String,
    /// Values by the names or aliases of parameters.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "host_name": "web01" }))]
    parameters: Map<String, Value>,
    /// The name of the source; not needed where only one runs such queries.
    #[serde(default)]
    #[schema(nullable = false)]
    source: Option<String>,
    /// When the query begins; a day before the end when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d@d")]
    start: Option<When>,
    /// When it ends; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2026-05-02T00:00:00Z")]
    end: Option<When>,
    /// More rows than these are not drawn.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, example = 1000)]
    max_rows: Option<u64>,
    /// When the rows are due, in milliseconds: what is there then is drawn. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// A pipeline whose last table is drawn. Running it needs the scope `lookup`, too, and what its steps need.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PlotPipeline)]
#[serde(deny_unknown_fields)]
pub(super) struct PipelineInput {
    /// The name of the pipeline.
    #[schema(example = "ip_triage")]
    name: String,
    /// Values of its parameters.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    parameters: Option<Map<String, Value>>,
    /// The values that the first step gets.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["8.8.8.8"]))]
    values: Option<Vec<String>>,
    /// When queries begin; as the profile says when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d")]
    start: Option<When>,
    /// When queries end.
    #[serde(default)]
    #[schema(value_type = String, nullable = false)]
    end: Option<When>,
    /// More rows than these are not drawn.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
    max_rows: Option<usize>,
    /// When the rows are due, in milliseconds: the steps that are done then count. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// How that ended which found the rows.
pub(super) struct Ended {
    outcome: QueryOutcome,
    /// What is missing, and why.
    pub(super) missing: Missing,
}

/// What is missing from the rows, as data.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missing {
    /// From those of a query.
    PartialErrors(Vec<PartialError>),
    /// From those of a pipeline: how each step ended.
    Steps(Vec<StepReport>),
}

impl QueryInput {
    /// Runs it for a caller. A query that fails and brings nothing is a problem: there is nothing to draw.
    pub(super) async fn ask(self, services: &Services, caller: &Caller) -> Result<(Table, Ended), Problem> {
        need(caller, Scope::Query)?;
        let path = (self.environment, self.family, self.name);
        let request = RunRequest {
            parameters: self.parameters,
            source: self.source,
            start: self.start,
            end: self.end,
            max_rows: self.max_rows,
            deadline_ms: self.deadline_ms,
            ..RunRequest::default()
        };
        let kept = collect(services, &path, &request, Instant::now()).await;
        let collected = kept.map_err(|problem| problem.below("/query"))?.answer;
        let (outcome, errors) = (collected.outcome(), collected.partial_errors.clone());
        match errors.first() {
            Some(first) if collected.table.row_count() == 0 => {
                let problem = nothing("query", first.outcome, &first.message);
                Err(first.retry_after_s.into_iter().fold(problem, Problem::retry_after))
            }
            _ => {
                let ended = Ended { outcome, missing: Missing::PartialErrors(errors) };
                Ok((Arc::unwrap_or_clone(collected).table, ended))
            }
        }
    }
}

impl PipelineInput {
    /// Runs it for a caller. A pipeline of which a step fails and that leaves nothing is a problem.
    pub(super) async fn ask(
        self,
        services: &Services,
        caller: &Caller,
        limits: RequestLimits,
    ) -> Result<(Table, Ended), Problem> {
        need(caller, Scope::Lookup)?;
        let most = max_rows(self.max_rows).map_err(|problem| problem.below("/pipeline"))?;
        let request = PipelineRequest {
            name: Some(self.name),
            parameters: self.parameters,
            values: self.values,
            start: self.start,
            end: self.end,
            deadline_ms: self.deadline_ms,
            ..PipelineRequest::default()
        };
        let course = pipelines::run(services, caller, limits, request, Instant::now()).await;
        let course = course.map_err(|problem| problem.below("/pipeline"))?;
        let failed = course.steps.iter().find(|step| step.outcome != StepOutcome::Ok);
        let outcome = match failed.map(|step| step.outcome) {
            None => QueryOutcome::Complete,
            Some(StepOutcome::Timeout) => QueryOutcome::Timeout,
            Some(_) => QueryOutcome::Partial,
        };
        match failed {
            Some(step) if course.table.row_count() == 0 => Err(nothing("pipeline", outcome, &words(step))),
            _ => {
                let ended = Ended { outcome, missing: Missing::Steps(course.steps) };
                Ok((Arc::unwrap_or_clone(course.table).first(most), ended))
            }
        }
    }
}

fn need(caller: &Caller, scope: Scope) -> Result<(), Problem> {
    if caller.scopes.contains(scope) { Ok(()) } else { Err(Refusal::Scope(scope).into()) }
}

/// Says that there is nothing to draw, and why.
fn nothing(what: &str, outcome: QueryOutcome, why: &str) -> Problem {
    let words = format!("the {what} brought nothing to draw ({}): {why}", outcome.as_str());
    match outcome {
        QueryOutcome::Rejected => Problem::invalid_at(format!("/{what}"), words),
        QueryOutcome::Timeout => Problem::new(Kind::from(model::Fault::Timeout)).detail(words),
        _ => Problem::new(Kind::Upstream).detail(words),
    }
}

fn words(step: &StepReport) -> String {
    format!("{}: {}", step.name, step.reason.as_deref().unwrap_or("something is missing"))
}

impl Ended {
    /// Tells how it ended in the headers of a picture that has no other place for it.
    pub(super) fn tell(&self, response: &mut HttpResponse) {
        match &self.missing {
            Missing::PartialErrors(errors) => tell_in_headers(response, self.outcome, errors.first().map(Told::of)),
            Missing::Steps(steps) => {
                let failed = steps.iter().find(|step| step.outcome != StepOutcome::Ok).map(words);
                let told = failed.as_ref().map(|reason| Told { reason, retry_after_s: None });
                tell_in_headers(response, self.outcome, told);
            }
        }
    }
}
