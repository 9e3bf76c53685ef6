//! `POST /v1/queries/{environment}/{family}/{name}/run`: a template filled in and sent to a source, whole or split by time.

use std::sync::Arc;

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use model::{Span, When};
use serde::Deserialize;
use serde_json::{Map, Value};
use sources::{Arguments, Endpoint, Environment, Rendered, Template};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{QueryAnswer, Wanted, answer, connections, due, find as find_source};
use crate::{
    api::{
        body::Body,
        caller::{Allowed, scope},
        problem::{Kind, Problem},
        queries::{find, refused},
        tables::TableForm,
    },
    queries::{Connection, Part, Query, SourceHere, split},
    services::Services,
};

/// A template filled in, and where it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRequest {
    /// Values by the names or aliases of parameters: texts, numbers, lists, times.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "host_name": "web01" }))]
    parameters: Map<String, Value>,
    /// When the query begins: RFC 3339, a number of days from now, or relative text; a day before the end when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d@d")]
    start: Option<When>,
    /// When it ends; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2026-05-02T00:00:00Z")]
    end: Option<When>,
    /// The name of the source; not needed where only one runs such queries.
    #[serde(default)]
    #[schema(nullable = false, example = "soc")]
    source: Option<String>,
    /// The connections of the source to ask, by name, workspace or address; all that the template allows when left out.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["east"]))]
    workspaces: Option<Vec<String>>,
    /// Asks about spans of this length one by one, some at once: 1d, 6h, 30min.
    #[serde(default)]
    #[schema(nullable = false, example = "1d")]
    split_by: Option<String>,
    /// More rows than these are not wanted; `truncated` says whether there were more.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, example = 1000)]
    max_rows: Option<u64>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// An answer to the same query may be so many seconds old. Relative times count from a moment as old.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 3600, default = 0)]
    cache_s: Option<u64>,
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
    let wanted = Wanted { max_rows: request.max_rows, deadline_ms: request.deadline_ms, cache_s: request.cache_s };
    let template = find(&services, &path)?;
    let now = wanted.now(Utc::now());
    let filled =
        Filled { template: &template, request: &request, allow_raw: services.settings().templates.allow_raw, now };
    let whole = filled.render(None)?;
    let source = choose(&services, &template, Environment::named(&path.0).name(), request.source.as_deref())?;
    let until = due(&source, wanted.deadline_ms, started)?;
    let connections = match &request.workspaces {
        Some(named) => connections(&source, "/workspaces", named)?,
        None => routed(&source, &template)?,
    };
    let parts = filled.parts(&source, &connections, &whole)?;
    let query = Query { parts, max_rows: None, until, ends_at: until };
    answer::run(&services.queries, source, query, &wanted, form, Some(&whole.query), started).await
}

/// A template and what it is filled with.
struct Filled<'a> {
    template: &'a Template,
    request: &'a RunRequest,
    allow_raw: bool,
    now: DateTime<Utc>,
}

impl Filled<'_> {
    /// The text; about a part of its time, if one is given.
    fn render(&self, chunk: Option<Span>) -> Result<Rendered, Problem> {
        let RunRequest { parameters, start, end, .. } = self.request;
        let whole = Arguments { parameters, start: *start, end: *end, allow_raw: self.allow_raw };
        let Some(chunk) = chunk else {
            return self.template.render(whole, self.now).map_err(|refusals| refused(&refusals, parameters));
        };
        // The time of the part takes the place of the whole's, however that was given.
        let is_time = |name: &str| {
            self.template.parameter(name).is_some_and(|parameter| matches!(&*parameter.name, "start" | "end"))
        };
        let others: Map<String, Value> = parameters
            .iter()
            .filter(|(name, _)| !is_time(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let (start, end) = (Some(When::at(chunk.start())), Some(When::at(chunk.end())));
        let part = Arguments { parameters: &others, start, end, allow_raw: self.allow_raw };
        self.template.render(part, self.now).map_err(|refusals| refused(&refusals, parameters))
    }

    /// What is asked of each connection, and about which time.
    fn parts(
        &self,
        source: &SourceHere,
        connections: &[Arc<Connection>],
        whole: &Rendered,
    ) -> Result<Vec<Part>, Problem> {
        let chunks = match &self.request.split_by {
            None => vec![(None, whole.clone())],
            Some(by) => {
                let span = whole.span.ok_or_else(|| {
                    Problem::invalid_at("/split_by", "the query speaks of no time, so that it cannot be split by it")
                })?;
                let spans = split(span, by).map_err(|error| Problem::invalid_at("/split_by", error.to_string()))?;
                let chunk = |span| self.render(Some(span)).map(|rendered| (Some(span), rendered));
                spans.into_iter().map(chunk).collect::<Result<_, _>>()?
            }
        };
        // In Log Analytics the text says it all, and a second time beside it hides what the text looks back at.
        let beside = source.facts().endpoint != Endpoint::LogAnalytics || source.facts().id == "sentinel_search";
        let database = self.template.routing.database.as_ref().map(|database| vec![database.as_ref().to_owned()]);
        let is_kusto = source.facts().id == "kusto";
        let part = |connection: &Arc<Connection>, (chunk, rendered): &(Option<Span>, Rendered)| Part {
            connection: Arc::clone(connection),
            place: database.clone().filter(|_| is_kusto),
            query: rendered.query.clone(),
            span: rendered.span.filter(|_| beside),
            chunk: *chunk,
        };
        let of_all = connections.iter().flat_map(|connection| chunks.iter().map(move |chunk| part(connection, chunk)));
        Ok(of_all.collect())
    }
}

/// The source that is named, or the only one that runs queries of the environment.
fn choose(
    services: &Services,
    template: &Template,
    environment: &str,
    named: Option<&str>,
) -> Result<Arc<SourceHere>, Problem> {
    let runs = |source: &SourceHere| {
        source.runs(environment) || template.environments.iter().any(|environment| source.runs(environment.name()))
    };
    if let Some(name) = named {
        let source = find_source(services, name)
            .map_err(|_| Problem::invalid_at("/source", "there is no source of this name"))?;
        return if runs(&source) {
            Ok(source)
        } else {
            let own = source.facts().environments.join(", ");
            Err(Problem::invalid_at("/source", format!("the source runs queries of {own}, not of {environment}")))
        };
    }
    let all = services.queries.all();
    // Those of the environment that was named come first: a query may be for several.
    let exact: Vec<_> = all.values().filter(|source| source.runs(environment)).collect();
    let fitting = if exact.is_empty() { all.values().filter(|source| runs(source)).collect() } else { exact };
    match fitting.as_slice() {
        [only] => Ok(Arc::clone(only)),
        [] => {
            Err(Problem::new(Kind::Unsupported)
                .detail(format!("no source of the settings runs queries of {environment}")))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|source| source.id.as_str()).collect();
            let detail = format!("several sources run such queries: one of {} is needed", names.join(", "));
            Err(Problem::invalid_at("/source", detail))
        }
    }
}

/// The connections that a template allows: those of its clusters and groups, or all.
fn routed(source: &SourceHere, template: &Template) -> Result<Vec<Arc<Connection>>, Problem> {
    let routing = &template.routing;
    let clusters = || routing.cluster.iter().chain(&routing.clusters);
    if clusters().next().is_none() && routing.cluster_groups.is_empty() {
        return Ok(source.connections.clone());
    }
    let fits = |connection: &&Arc<Connection>| {
        let in_group = |group: &Arc<str>| connection.groups.iter().any(|own| own.eq_ignore_ascii_case(group));
        clusters().any(|cluster| connection.is_called(cluster)) || routing.cluster_groups.iter().any(in_group)
    };
    let fitting: Vec<_> = source.connections.iter().filter(fits).cloned().collect();
    if fitting.is_empty() {
        let detail = "the query is for other clusters than those of the source; `workspaces` names them all the same";
        return Err(Problem::new(Kind::Unsupported).detail(detail));
    }
    Ok(fitting)
}
