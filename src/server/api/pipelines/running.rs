//! `POST /v1/pipelines/run`: a pipeline by name, as steps or as YAML, on values, on a table, or on what its first step finds.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpResponse, post, web::Data};
use model::{Column, ColumnSpec, ColumnType, Rows, Table, When};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::operations::Here;
use crate::{
    api::{
        caller::{Allowed, Caller, Refusal, scope},
        given,
        limits::RequestLimits,
        observables::{deadline, permission},
        pivots::{max_rows, profile},
        problem::{Kind, Problem},
        tables::{TableBody, TableForm, TakesRows},
    },
    lookups::elapsed_ms,
    pivots::{
        Manner,
        pipeline::{
            Course, Drawn, Means, Mistake, Planned, Run, StepDocument, StepReport, plan, read_yaml, settle,
            settle_steps,
        },
    },
    services::Services,
    settings::Scope,
};

/// A pipeline and what it is run on. One of `name`, `steps` and `yaml` is given; `name` also chooses among several of `yaml`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineRequest {
    /// The name of a pipeline.
    #[serde(default)]
    #[schema(nullable = false, example = "ip_triage")]
    pub(crate) name: Option<String>,
    /// The steps themselves.
    #[serde(default)]
    #[schema(value_type = Vec<StepDocument>, nullable = false)]
    pub(crate) steps: Option<Vec<Value>>,
    /// Pipelines in MSTICPy's YAML.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) yaml: Option<String>,
    /// A value: a table of one row, whose column is called `value`.
    #[serde(default)]
    #[schema(nullable = false, example = "8.8.8.8")]
    pub(crate) value: Option<String>,
    /// Values.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) values: Option<Vec<String>>,
    /// The table that the first step gets.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    pub(crate) rows: Option<Rows>,
    /// The columns of the table and their types; inferred when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) columns: Option<Vec<ColumnSpec>>,
    /// Values of the pipeline's parameters: `${name}` in a step stands for one.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    pub(crate) parameters: Option<Map<String, Value>>,
    /// When queries begin: RFC 3339, a number of days from now, or relative text; as the profile says when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d")]
    pub(crate) start: Option<When>,
    /// When queries end.
    #[serde(default)]
    #[schema(value_type = String, nullable = false)]
    pub(crate) end: Option<When>,
    /// The profile whose times count; `default` when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "default")]
    pub(crate) profile: Option<String>,
    /// When the answer is due, in milliseconds: the steps that are done then are in it. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    pub(crate) deadline_ms: Option<u64>,
    /// How far the values may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    pub(crate) tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    pub(crate) pap: Option<String>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    pub(crate) refresh: bool,
    /// More rows than these are not wanted, of any table in the answer.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
    pub(crate) max_rows: Option<usize>,
}

impl TakesRows for PipelineRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// What stands beside the rows.
#[derive(Debug, Serialize, ToSchema)]
struct PipelineBeside {
    /// How each step ended.
    steps: Vec<StepReport>,
    /// The tables that steps kept (`tee`, `display`), by name.
    tables: BTreeMap<String, Table>,
    /// What was drawn, as SVG.
    plots: Vec<Drawn>,
    /// Whether every step did all it had to do.
    complete: bool,
    /// Time that it took.
    elapsed_ms: u64,
}

/// What a pipeline leaves.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct PipelineAnswer {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows of the table that the last step left: values by the names of the columns, null where a cell is missing.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: PipelineBeside,
}

/// Run a pipeline
///
/// Each step gets the table that the one before left. What is wrong with any step is told before the first one runs; a step
/// that fails then is told in `steps`, and those after it are skipped unless it says `on_error: continue`. Steps that query
/// events need the scope `query`, plots `analyze`. The table can also be sent as NDJSON, CSV, Arrow or Parquet with the
/// parameters in the query string.
#[utoipa::path(
    tag = "pivots",
    operation_id = "run_pipeline",
    request_body(content((PipelineRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, content(
        (PipelineAnswer = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    ), description = "The table that the last step left, and how each step ended.")),
)]
#[post("/v1/pipelines/run")]
pub(super) async fn run_pipeline(
    allowed: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    limits: RequestLimits,
    request: TableBody<PipelineRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let TableBody(request) = request;
    let rows_wanted = max_rows(request.max_rows)?;
    let course = run(&services, &allowed.caller, limits, request, started).await?;
    let complete = course.is_complete();
    let Course { table, steps, tables, plots } = course;
    let wanted = |table: Arc<Table>| Arc::unwrap_or_clone(table).first(rows_wanted);
    let tables = tables.into_iter().map(|(name, table)| (name, wanted(table))).collect();
    let beside = PipelineBeside { steps, tables, plots, complete, elapsed_ms: elapsed_ms(started.elapsed()) };
    Ok(form.answer(wanted(table), &beside))
}

/// Runs a pipeline for a caller, who must be allowed what its steps do.
pub(crate) async fn run(
    services: &Services,
    caller: &Caller,
    limits: RequestLimits,
    mut request: PipelineRequest,
    started: Instant,
) -> Result<Course, Problem> {
    limits.check_items("/values", request.values.as_ref().map_or(0, Vec::len))?;
    let settings = services.settings().clone();
    let profile = profile(&settings.profiles, request.profile.as_deref())?;
    let manner = Manner {
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), None)?,
        deadline: deadline(request.deadline_ms, started)?,
        refresh: request.refresh,
        parameters: Map::new(),
        start: request.start.or(profile.start),
        end: request.end.or(profile.end),
        max_rows: max_rows(None)?,
        fills: None,
        by_value: false,
    };
    let steps = steps(services, &mut request)?;
    let table = table(services, request).await?;
    let here = Here(services);
    let (pivots, templates) = (services.pivots(), services.templates.shelf());
    let means = Means { pivots: &pivots, templates: &templates, operations: &here };
    let known = (!table.columns().is_empty()).then(|| table.take(&[]));
    let planned = plan(&steps, known, means).map_err(refused)?;
    for (scope, is_needed) in
        [(Scope::Query, planned.iter().any(Planned::queries)), (Scope::Analyze, planned.iter().any(Planned::draws))]
    {
        if is_needed && !caller.scopes.contains(scope) {
            return Err(Refusal::Scope(scope).into());
        }
    }
    let run = Run { world: services.world(&settings), operations: &here, manner };
    Ok(run.run(&planned, table).await)
}

/// The steps that are to be run, with the values of their parameters.
fn steps(services: &Services, request: &mut PipelineRequest) -> Result<Vec<Value>, Problem> {
    let given = request.parameters.take().unwrap_or_default();
    match (request.name.take(), request.steps.take(), request.yaml.take()) {
        (Some(name), None, None) => {
            let pipelines = services.pipelines();
            let pipeline = pipelines.find(&name).ok_or_else(|| {
                let known: Vec<&str> = pipelines.iter().map(|(name, _)| name).collect();
                Problem::invalid_at("/name", format!("no such pipeline; there are {}", known.join(", ")))
            })?;
            settle(&pipeline.document, &given).map_err(refused)
        }
        (None, Some(steps), None) => settle_steps(&steps, &given).map_err(refused),
        (name, None, Some(yaml)) => {
            let read = read_yaml(&yaml);
            let mut all = read.map_err(|mistake| Problem::invalid_at("/yaml", told(&mistake)))?;
            let place = match &name {
                Some(name) => all.iter().position(|(known, _)| known == name),
                None if all.len() > 1 => None,
                None => Some(0),
            };
            match place.filter(|place| *place < all.len()) {
                Some(place) => settle(&all.swap_remove(place).1, &given).map_err(refused),
                None => {
                    let known: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
                    Err(Problem::invalid_at("/name", format!("say which of {}", known.join(", "))))
                }
            }
        }
        _ => Err(Problem::invalid_at("", "exactly one of name, steps and yaml is needed")),
    }
}

/// The table that the first step gets.
async fn table(services: &Services, request: PipelineRequest) -> Result<Table, Problem> {
    let PipelineRequest { value, values, rows, columns, .. } = request;
    let of_values = |values: Vec<String>| -> Result<Table, Problem> {
        let column = Column::of("value", ColumnType::String, values).map_err(Problem::from)?;
        Ok(Table::new(vec![column])?)
    };
    match (value, values, rows) {
        (None, None, Some(rows)) => given::table(services, Some(rows), columns).await,
        (None, None, None) | (Some(_), None, None) | (None, Some(_), None) if columns.is_some() => {
            Err(Problem::invalid_at("/columns", "columns belong to rows"))
        }
        (Some(value), None, None) => of_values(vec![value]),
        (None, Some(values), None) => of_values(values),
        (None, None, None) => Ok(Table::default()),
        _ => Err(Problem::invalid_at("", "at most one of value, values and rows is possible")),
    }
}

/// Everything that is wrong, each at its place. Places of steps are places in the pipeline.
fn refused(mistakes: Vec<Mistake>) -> Problem {
    let details: Vec<String> = mistakes.iter().map(told).collect();
    let problem = Problem::new(Kind::Invalid).detail(details.join("; "));
    mistakes.into_iter().fold(problem, |problem, mistake| problem.at(mistake.pointer, mistake.what))
}

fn told(mistake: &Mistake) -> String {
    if mistake.pointer.is_empty() { mistake.what.clone() } else { format!("{}: {}", mistake.pointer, mistake.what) }
}
