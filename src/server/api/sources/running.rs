//! `POST /v1/queries/{environment}/{family}/{name}/run`: a template filled in and sent to a source, whole or split by time.

use std::sync::Arc;

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use chrono::Utc;
use model::When;
use serde::Deserialize;
use serde_json::{Map, Value};
use sources::{Arguments, Environment};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    QueryAnswer, Wanted,
    answer::{self, Kept},
    connections, due,
};
use crate::{
    api::{
        body::Body,
        caller::{Allowed, scope},
        problem::{Kind, Problem},
        queries::{find, refused},
        tables::TableForm,
    },
    queries::{ChoiceError, FillError, Filled, Query, SourceHere},
    services::Services,
};

/// A template filled in, and where it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunRequest {
    /// Values by the names or aliases of parameters: texts, numbers, lists, times.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "host_name": "web01" }))]
    pub(crate) parameters: Map<String, Value>,
    /// When the query begins: RFC 3339, a number of days from now, or relative text; a day before the end when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d@d")]
    pub(crate) start: Option<When>,
    /// When it ends; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2026-05-02T00:00:00Z")]
    pub(crate) end: Option<When>,
    /// The name of the source; not needed where only one runs such queries.
    #[serde(default)]
    #[schema(nullable = false, example = "soc")]
    pub(crate) source: Option<String>,
    /// The connections of the source to ask, by name, workspace or address; all that the template allows when left out.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["east"]))]
    pub(crate) workspaces: Option<Vec<String>>,
    /// Asks about spans of this length one by one, some at once: 1d, 6h, 30min.
    #[serde(default)]
    #[schema(nullable = false, example = "1d")]
    pub(crate) split_by: Option<String>,
    /// More rows than these are not wanted; `truncated` says whether there were more.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, example = 1000)]
    pub(crate) max_rows: Option<u64>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    pub(crate) deadline_ms: Option<u64>,
    /// An answer to the same query may be so many seconds old. Relative times count from a moment as old.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 3600, default = 0)]
    pub(crate) cache_s: Option<u64>,
}

/// Run a query template
///
/// The template is filled in as for rendering and sent to a source. Rows of several connections say in a column of their
/// own where they are from. With `split_by`, a part that fails takes no other down: `partial_errors` names its time. The
/// forms of the answer are those of `POST /v1/sources/{source}/query`.
#[utoipa::path(
    tag = "queries",
    operation_id = "run_query",
    params(
        ("environment" = String, Path, description = "An environment or one of its aliases.", example = "MSSentinel"),
        ("family" = String, Path, description = "A family.", example = "WindowsSecurity"),
        ("name" = String, Path, description = "The name of the query.", example = "list_host_logons"),
    ),
    request_body = RunRequest,
    extensions(("x-scope" = json!("query"))),
    responses((status = OK, content(
        (QueryAnswer = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    ), description = "The rows, and what is missing from them.")),
)]
#[post("/v1/queries/{environment}/{family}/{name}/run")]
pub(super) async fn run_query(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    path: Path<(String, String, String)>,
    form: TableForm,
    request: Body<RunRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    let wanted = request.wanted();
    let Ready { source, query, text } = ready(&services, &path, &request, started)?;
    answer::run(&services.queries, source, query, &wanted, form, Some(&text), started).await
}

/// Runs a template as [`run_query`] does, and holds all that it finds.
pub(crate) async fn collect(
    services: &Services,
    path: &(String, String, String),
    request: &RunRequest,
    started: Instant,
) -> Result<Kept, Problem> {
    let Ready { source, query, .. } = ready(services, path, request, started)?;
    answer::collect(&services.queries, &source, query, &request.wanted()).await
}

impl RunRequest {
    fn wanted(&self) -> Wanted {
        Wanted { max_rows: self.max_rows, deadline_ms: self.deadline_ms, cache_s: self.cache_s }
    }
}

/// A template filled in, and who runs it.
struct Ready {
    source: Arc<SourceHere>,
    query: Query,
    text: String,
}

fn ready(
    services: &Services,
    path: &(String, String, String),
    request: &RunRequest,
    started: Instant,
) -> Result<Ready, Problem> {
    let wanted = request.wanted();
    let template = find(services, path)?;
    let now = wanted.now(Utc::now());
    let RunRequest { parameters, start, end, .. } = request;
    let allow_raw = services.settings().templates.allow_raw;
    let filled =
        Filled { template: &template, given: Arguments { parameters, start: *start, end: *end, allow_raw }, now };
    let whole = filled.render().map_err(|error| unfilled(&error, parameters))?;
    let environment = Environment::named(&path.0);
    let source = services
        .queries
        .choose(&template, environment.name(), request.source.as_deref())
        .map_err(|error| no_source(&error))?;
    let until = due(&source, wanted.deadline_ms, started)?;
    let connections = match &request.workspaces {
        Some(named) => connections(&source, "/workspaces", named)?,
        None => source.routed(&template).map_err(|error| unfilled(&error, parameters))?,
    };
    let parts = filled
        .parts(&source, &connections, &whole, request.split_by.as_deref())
        .map_err(|error| unfilled(&error, parameters))?;
    Ok(Ready { source, query: Query { parts, max_rows: None, until, ends_at: until }, text: whole.query })
}

/// Why there is no source for a template, in the words of a request.
fn no_source(error: &ChoiceError) -> Problem {
    match error {
        ChoiceError::None(_) => Problem::new(Kind::Unsupported).detail(error.to_string()),
        _ => Problem::invalid_at("/source", error.to_string()),
    }
}

/// Why a template cannot be sent, in the words of a request.
fn unfilled(error: &FillError, parameters: &Map<String, Value>) -> Problem {
    match error {
        FillError::Refused(refusals) => refused(refusals, parameters),
        FillError::NoTime | FillError::Split(_) => Problem::invalid_at("/split_by", error.to_string()),
        FillError::OtherClusters => {
            Problem::new(Kind::Unsupported).detail(format!("{error}; `workspaces` names them all the same"))
        }
    }
}
