//! `/v1/sentinel/{workspace}/ti-indicators`: threat intelligence that the workspace keeps.

mod many;

use actix_web::{
    HttpResponse, delete, get, patch, post,
    web::{Data, Path},
};
use chrono::Utc;
use model::ColumnSpec;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ListQuery, Listed, OfObject, OfWorkspace, Patience, answer, failed, space, tell};
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        problem::Problem,
        query_string::QueryString,
        tables::TableForm,
    },
    sentinel::{
        indicators::{Indicator, IndicatorInput, change, create, metrics, tag},
        object::table,
    },
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(count_ti_indicators)
        .service(list_ti_indicators)
        .service(read_ti_indicator)
        .service(create_ti_indicator)
        .service(change_ti_indicator)
        .service(tag_ti_indicator)
        .service(delete_ti_indicator)
        .configure(many::routes);
}

/// Tags of an indicator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagRequest {
    /// The tags.
    #[schema(min_items = 1, example = json!(["hunt-7"]))]
    tags: Vec<String>,
    /// Whether they take the place of those that it has.
    #[serde(default)]
    replace: bool,
}

/// How many indicators there are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct MetricsAnswer {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows: `by` (threat_type, pattern_type or source), `value` and `count`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
}

/// List the threat intelligence indicators of a workspace
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_ti_indicators",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<Indicator> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The indicators.")),
)]
#[get("/v1/sentinel/{workspace}/ti-indicators")]
async fn list_ti_indicators(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<Indicator>(query.0.wanted(form)?).await.map_err(failed)?)
}

/// Count the threat intelligence indicators of a workspace
///
/// By what they threaten with, by what their patterns are about, and by who they are from.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "count_ti_indicators",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, Patience),
    responses((status = OK, content(
        (MetricsAnswer = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "A row for each number.")),
)]
#[get("/v1/sentinel/{workspace}/ti-indicators/metrics")]
async fn count_ti_indicators(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let rows = metrics(&space).await.map_err(failed)?;
    Ok(form.answer(table(&rows)?, &()))
}

/// Read a threat intelligence indicator
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_ti_indicator",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = Indicator, description = "The indicator.")),
)]
#[get("/v1/sentinel/{workspace}/ti-indicators/{id}")]
async fn read_ti_indicator(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(space.find::<Indicator>(&path.id).await.map_err(failed)?))
}

/// Create a threat intelligence indicator
///
/// It holds for ever unless it says until when.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "create_ti_indicator",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace, Patience),
    request_body = IndicatorInput,
    responses((status = CREATED, body = Indicator, description = "The indicator.")),
)]
#[post("/v1/sentinel/{workspace}/ti-indicators")]
async fn create_ti_indicator(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    query: QueryString<Patience>,
    request: Body<IndicatorInput>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let indicator = create(&space, request.0, Utc::now()).await.map_err(failed)?;
    tell(&allowed.caller, "create_ti_indicator", &space, &indicator.id);
    Ok(HttpResponse::Created().json(indicator))
}

/// Change a threat intelligence indicator
///
/// What is not given stays as it is.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "change_ti_indicator",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    request_body = IndicatorInput,
    responses((status = OK, body = Indicator, description = "The indicator as it is now.")),
)]
#[patch("/v1/sentinel/{workspace}/ti-indicators/{id}")]
async fn change_ti_indicator(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
    request: Body<IndicatorInput>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let indicator = change(&space, &path.id, request.0, Utc::now()).await.map_err(failed)?;
    tell(&allowed.caller, "change_ti_indicator", &space, &indicator.id);
    Ok(HttpResponse::Ok().json(indicator))
}

/// Tag a threat intelligence indicator
#[utoipa::path(
    tag = "sentinel",
    operation_id = "tag_ti_indicator",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    request_body = TagRequest,
    responses((status = OK, body = Indicator, description = "The indicator as it is now.")),
)]
#[post("/v1/sentinel/{workspace}/ti-indicators/{id}/tags")]
async fn tag_ti_indicator(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
    request: Body<TagRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(TagRequest { tags, replace }) = request;
    if tags.is_empty() && !replace {
        return Err(Problem::invalid_at("/tags", "at least one tag is needed"));
    }
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let indicator = tag(&space, &path.id, tags, replace).await.map_err(failed)?;
    tell(&allowed.caller, "tag_ti_indicator", &space, &indicator.id);
    Ok(HttpResponse::Ok().json(indicator))
}

/// Delete a threat intelligence indicator
#[utoipa::path(
    tag = "sentinel",
    operation_id = "delete_ti_indicator",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    responses((status = NO_CONTENT, description = "It is deleted.")),
)]
#[delete("/v1/sentinel/{workspace}/ti-indicators/{id}")]
async fn delete_ti_indicator(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let id = space.delete::<Indicator>(&path.id).await.map_err(failed)?;
    tell(&allowed.caller, "delete_ti_indicator", &space, &id);
    Ok(HttpResponse::NoContent().finish())
}
