//! `/v1/sources`: where the team's own events are, what tables they have, and queries in their own languages.

mod answer;
mod catalogue;
mod running;

use actix_web::{HttpResponse, get, post, web::Data, web::Path};
use answer::{QueryAnswer, Wanted};
use chrono::{TimeDelta, Utc};
use model::{NotATime, Span, When};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use self::catalogue::{SchemaAnswer, SourceList};
pub(crate) use self::{
    answer::{Told, tell_in_headers},
    running::{RunRequest, collect},
};
use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    observables::MAX_DEADLINE_MS,
    problem::{Kind, Problem},
    query_string::QueryString,
    tables::TableForm,
};
use crate::{
    queries::{Connection, Query, SourceHere},
    services::Services,
};

/// How far back a query goes of which only the end is said.
const WINDOW: TimeDelta = TimeDelta::days(1);

/// A query without a text would be a mistake, and one of more bytes than this too.
const LONGEST_QUERY: usize = 1 << 20;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_sources).service(list_source_tables).service(query_source).service(running::run_query);
}

/// List the data sources
///
/// Each with its kind, whether it can be queried, and the settings that are missing if not.
#[utoipa::path(
    tag = "sources",
    operation_id = "list_sources",
    extensions(("x-scope" = json!("query"))),
    responses((status = OK, body = SourceList, description = "Every source of the settings.")),
)]
#[get("/v1/sources")]
async fn list_sources(_: Allowed<scope::Query>, services: Data<Services>) -> HttpResponse {
    HttpResponse::Ok().json(SourceList::of(&services.queries))
}

/// Which of the source's connections is asked.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SchemaQuery {
    /// The name of a connection; the first when left out.
    connection: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[param(minimum = 1, maximum = 100_000)]
    deadline_ms: Option<u64>,
}

/// List the tables of a source
///
/// Tables, their columns and the types of these, as the source tells them now. Not every kind of source can.
#[utoipa::path(
    tag = "sources",
    operation_id = "list_source_tables",
    params(("source" = String, Path, description = "The name of the source in the settings.", example = "soc"), SchemaQuery),
    extensions(("x-scope" = json!("query"))),
    responses((status = OK, body = SchemaAnswer, description = "The tables, or why they are not known.")),
)]
#[get("/v1/sources/{source}/schema")]
async fn list_source_tables(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    source: Path<String>,
    query: QueryString<SchemaQuery>,
) -> Result<HttpResponse, Problem> {
    let QueryString(SchemaQuery { connection, deadline_ms }) = query;
    let source = find(&services, &source)?;
    let named: Vec<String> = connection.into_iter().collect();
    let connections = connections(&source, "/connection", &named)?;
    let connection = connections.first().ok_or_else(|| Problem::new(Kind::Missing))?;
    let until = due(&source, deadline_ms, Instant::now())?;
    let Some(listed) = source.schema(connection, until).await else {
        let detail = format!("a source of kind {} cannot say which tables it has", source.facts().id);
        return Err(Problem::new(Kind::Unsupported).detail(detail));
    };
    Ok(HttpResponse::Ok().json(SchemaAnswer::of(&source, connection, listed)))
}

/// A query in the source's own language.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QueryRequest {
    /// The text: KQL, SPL, SQL or what else the source speaks.
    #[schema(example = "SecurityAlert | where AlertSeverity == 'High' | take 10")]
    query: String,
    /// Beginning of the time that it is about, for sources that take it beside the text: RFC 3339, days from now, or
    /// relative text such as -6h. Sources that cannot do without one are asked about the last day.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d")]
    start: Option<When>,
    /// End of that time; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2026-05-01T12:00:00Z")]
    end: Option<When>,
    /// The connections to ask, by name, workspace or address; all when left out.
    #[serde(default, alias = "workspaces")]
    #[schema(nullable = false, example = json!(["east"]))]
    connections: Option<Vec<String>>,
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

/// Query a source
///
/// The text goes to the source as it is. Rows are held and answered as one table, or passed on as they come with
/// `Accept: application/x-ndjson`: then memory does not grow with their number, and `deadline_ms` is for the first row. A
/// source that fails is no failure of the call: `outcome` and `partial_errors` say in its own words what is missing; a
/// stream of rows says so in the headers `x-outcome` and `x-reason` before its first row, and breaks off after it; the
/// other forms of rows have these headers, too.
#[utoipa::path(
    tag = "sources",
    operation_id = "query_source",
    params(("source" = String, Path, description = "The name of the source in the settings.", example = "soc")),
    request_body = QueryRequest,
    extensions(("x-scope" = json!("query"))),
    responses((status = OK, content(
        (QueryAnswer = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    ), description = "The rows, and what is missing from them.")),
)]
#[post("/v1/sources/{source}/query")]
async fn query_source(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    source: Path<String>,
    form: TableForm,
    request: Body<QueryRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    if request.query.trim().is_empty() || request.query.len() > LONGEST_QUERY {
        return Err(Problem::invalid_at("/query", format!("a text of 1 to {LONGEST_QUERY} bytes is needed")));
    }
    let wanted = Wanted { max_rows: request.max_rows, deadline_ms: request.deadline_ms, cache_s: request.cache_s };
    let source = find(&services, &source)?;
    let connections = connections(&source, "/connections", request.connections.as_deref().unwrap_or_default())?;
    let span = match (request.start, request.end) {
        (None, None) if !source.facts().needs_time => None,
        (start, end) => {
            let now = wanted.now(Utc::now());
            Some(Span::resolve(start, end, WINDOW, now).map_err(|error| bad_time(start.as_ref(), &error))?)
        }
    };
    let until = due(&source, wanted.deadline_ms, started)?;
    let query = Query::everywhere(&connections, &request.query, span, until);
    answer::run(&services.queries, source, query, &wanted, form, None, started).await
}

/// The source of this name.
fn find(services: &Services, id: &str) -> Result<std::sync::Arc<SourceHere>, Problem> {
    services.queries.source(id).ok_or_else(|| {
        let known = services.queries.all();
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let names = if names.is_empty() {
            "the settings have none".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        Problem::new(Kind::Missing).detail(format!("there is no source of this name; {names}"))
    })
}

/// The connections that are named, or all.
fn connections(
    source: &SourceHere,
    pointer: &str,
    named: &[String],
) -> Result<Vec<std::sync::Arc<Connection>>, Problem> {
    if named.is_empty() {
        return Ok(source.connections.clone());
    }
    let find = |(place, name): (usize, &String)| {
        let found = source.connections.iter().find(|connection| connection.is_called(name));
        found.cloned().ok_or_else(|| {
            let known: Vec<&str> = source.connections.iter().map(|connection| connection.name.as_str()).collect();
            let pointer = if pointer.ends_with('s') { format!("{pointer}/{place}") } else { pointer.to_owned() };
            Problem::invalid_at(pointer, format!("the source has no such connection; it has {}", known.join(", ")))
        })
    };
    named.iter().enumerate().map(find).collect()
}

/// When the answer is due.
fn due(source: &SourceHere, deadline_ms: Option<u64>, started: Instant) -> Result<Instant, Problem> {
    match deadline_ms {
        Some(_) => super::observables::deadline(deadline_ms, started),
        None => Ok(started + source.timeout().min(std::time::Duration::from_millis(MAX_DEADLINE_MS))),
    }
}

fn bad_time(start: Option<&When>, error: &NotATime) -> Problem {
    Problem::invalid_at(if start.is_some() { "/start" } else { "/end" }, error.to_string())
}
