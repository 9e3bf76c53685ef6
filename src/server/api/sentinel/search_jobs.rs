//! `/v1/sentinel/{workspace}/search-jobs`: queries over a long time that run by themselves.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};
use chrono::Utc;

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
    sentinel::search_jobs::{NewSearchJob, SearchJob, delete as delete_job, find, list, start},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_search_jobs).service(read_search_job).service(start_search_job).service(delete_search_job);
}

/// List the search jobs of a workspace
///
/// Those whose tables are still there.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_search_jobs",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<SearchJob> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The jobs.")),
)]
#[get("/v1/sentinel/{workspace}/search-jobs")]
async fn list_search_jobs(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, list(&space, query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read how far a search job is
///
/// When it has succeeded, its `table` can be queried through the source of the workspace.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_search_job",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = SearchJob, description = "The job.")),
)]
#[get("/v1/sentinel/{workspace}/search-jobs/{id}")]
async fn read_search_job(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(find(&space, &path.id).await.map_err(failed)?))
}

/// Start a search job
///
/// It runs by itself, for minutes or hours, and leaves its rows in a table of its own. A job costs what it looks at.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "start_search_job",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace, Patience),
    request_body = NewSearchJob,
    responses((status = CREATED, body = SearchJob, description = "The job, which runs.")),
)]
#[post("/v1/sentinel/{workspace}/search-jobs")]
async fn start_search_job(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    query: QueryString<Patience>,
    request: Body<NewSearchJob>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let made = start(&space, request.0, Utc::now()).await.map_err(failed)?;
    tell(&allowed.caller, "start_search_job", &space, &made.name);
    Ok(HttpResponse::Created().json(made))
}

/// Delete a search job
///
/// Its table with the rows is deleted, too.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "delete_search_job",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    responses((status = NO_CONTENT, description = "It is deleted.")),
)]
#[delete("/v1/sentinel/{workspace}/search-jobs/{id}")]
async fn delete_search_job(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let id = delete_job(&space, &path.id).await.map_err(failed)?;
    tell(&allowed.caller, "delete_search_job", &space, &id);
    Ok(HttpResponse::NoContent().finish())
}
