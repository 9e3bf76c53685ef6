//! `/v1/sentinel/{workspace}/saved-searches` and `/hunting-queries`: queries that people saved.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};

use super::{ListQuery, Listed, OfObject, OfWorkspace, Patience, answer, failed, space};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        problem::Problem,
        query_string::QueryString,
        tables::TableForm,
    },
    sentinel::saved_searches::{SavedSearch, read_hunting},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_saved_searches)
        .service(read_saved_search)
        .service(list_hunting_queries)
        .service(read_hunting_query);
}

/// List the saved searches of a workspace
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_saved_searches",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<SavedSearch> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The saved searches.")),
)]
#[get("/v1/sentinel/{workspace}/saved-searches")]
async fn list_saved_searches(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<SavedSearch>(query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read a saved search
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_saved_search",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = SavedSearch, description = "The saved search.")),
)]
#[get("/v1/sentinel/{workspace}/saved-searches/{id}")]
async fn read_saved_search(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(space.find::<SavedSearch>(&path.id).await.map_err(failed)?))
}

/// List the hunting queries of a workspace
///
/// They are the saved searches of one category.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_hunting_queries",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<SavedSearch> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The hunting queries.")),
)]
#[get("/v1/sentinel/{workspace}/hunting-queries")]
async fn list_hunting_queries(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list_some(query.0.wanted(form)?, SavedSearch::is_for_hunting).await.map_err(failed)?)
}

/// Read a hunting query
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_hunting_query",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = SavedSearch, description = "The hunting query.")),
)]
#[get("/v1/sentinel/{workspace}/hunting-queries/{id}")]
async fn read_hunting_query(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(read_hunting(&space, &path.id).await.map_err(failed)?))
}
