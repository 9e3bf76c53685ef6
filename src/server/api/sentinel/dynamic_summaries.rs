//! `/v1/sentinel/{workspace}/dynamic-summaries`: findings that are kept with the events.

use actix_web::{
    HttpResponse, delete, get, patch, post,
    web::{Data, Path},
};
use chrono::Utc;
use model::ColumnSpec;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ListQuery, Listed, OfObject, OfWorkspace, Patience, answer, failed, space, tell};
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        problem::{Kind, Problem},
        query_string::QueryString,
        tables::TableForm,
    },
    queries::{Collected, PartialError, Query, QueryOutcome},
    sentinel::summaries::{DynamicSummary, DynamicSummaryInput, change, create, items_query},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_dynamic_summaries)
        .service(read_dynamic_summary)
        .service(list_dynamic_summary_items)
        .service(create_dynamic_summary)
        .service(change_dynamic_summary)
        .service(delete_dynamic_summary);
}

/// The items of a summary.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct SummaryItemsAnswer {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows, as the table DynamicSummary has them.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    /// The id of the summary.
    summary: String,
    /// How the query for them ended.
    outcome: QueryOutcome,
    /// What is missing, and why.
    partial_errors: Vec<PartialError>,
}

#[derive(Serialize)]
struct Beside {
    summary: String,
    outcome: QueryOutcome,
    partial_errors: Vec<PartialError>,
}

/// List the dynamic summaries of a workspace
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_dynamic_summaries",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<DynamicSummary> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The summaries, without their items.")),
)]
#[get("/v1/sentinel/{workspace}/dynamic-summaries")]
async fn list_dynamic_summaries(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<DynamicSummary>(query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read a dynamic summary
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_dynamic_summary",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = DynamicSummary, description = "The summary, without its items.")),
)]
#[get("/v1/sentinel/{workspace}/dynamic-summaries/{id}")]
async fn read_dynamic_summary(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(space.find::<DynamicSummary>(&path.id).await.map_err(failed)?))
}

/// List the items of a dynamic summary
///
/// They are kept with the events and queried there, through the source of the workspace.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_dynamic_summary_items",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, content(
        (SummaryItemsAnswer = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The items, and what is missing from them.")),
)]
#[get("/v1/sentinel/{workspace}/dynamic-summaries/{id}/items")]
async fn list_dynamic_summary_items(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    form: TableForm,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let until = query.0.until()?;
    let space = space(&services, &path.workspace, until)?;
    let summary = space.id_of::<DynamicSummary>(&path.id).await.map_err(failed)?;
    let text = items_query(&summary).ok_or_else(|| Problem::invalid_at("/id", "not the id of a summary"))?;
    let workspace = &space.workspace;
    let source = services.queries.source(&workspace.source);
    let connection = source.as_ref().and_then(|source| {
        let mut all = source.connections.iter();
        all.find(|connection| connection.name == workspace.name || connection.is_called(&workspace.name)).cloned()
    });
    let (Some(source), Some(connection)) = (source, connection) else { return Err(Problem::new(Kind::Missing)) };
    let collected = Collected::of(source.start(Query::everywhere(&[connection], &text, None, until)), None).await;
    let (outcome, partial_errors) = (collected.outcome(), collected.partial_errors);
    Ok(form.answer(collected.table, &Beside { summary, outcome, partial_errors }))
}

/// Create a dynamic summary
#[utoipa::path(
    tag = "sentinel",
    operation_id = "create_dynamic_summary",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace, Patience),
    request_body = DynamicSummaryInput,
    responses((status = CREATED, body = DynamicSummary, description = "The summary.")),
)]
#[post("/v1/sentinel/{workspace}/dynamic-summaries")]
async fn create_dynamic_summary(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    query: QueryString<Patience>,
    request: Body<DynamicSummaryInput>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let summary = create(&space, request.0, Utc::now()).await.map_err(failed)?;
    tell(&allowed.caller, "create_dynamic_summary", &space, &summary.id);
    Ok(HttpResponse::Created().json(summary))
}

/// Change a dynamic summary
///
/// What is not given stays as it is; items are added to those that it has.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "change_dynamic_summary",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    request_body = DynamicSummaryInput,
    responses((status = OK, body = DynamicSummary, description = "The summary as it is now.")),
)]
#[patch("/v1/sentinel/{workspace}/dynamic-summaries/{id}")]
async fn change_dynamic_summary(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
    request: Body<DynamicSummaryInput>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let summary = change(&space, &path.id, request.0, Utc::now()).await.map_err(failed)?;
    tell(&allowed.caller, "change_dynamic_summary", &space, &summary.id);
    Ok(HttpResponse::Ok().json(summary))
}

/// Delete a dynamic summary
#[utoipa::path(
    tag = "sentinel",
    operation_id = "delete_dynamic_summary",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    responses((status = NO_CONTENT, description = "It is deleted.")),
)]
#[delete("/v1/sentinel/{workspace}/dynamic-summaries/{id}")]
async fn delete_dynamic_summary(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let id = space.delete::<DynamicSummary>(&path.id).await.map_err(failed)?;
    tell(&allowed.caller, "delete_dynamic_summary", &space, &id);
    Ok(HttpResponse::NoContent().finish())
}
