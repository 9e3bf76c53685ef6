//! `/v1/sentinel/{workspace}/bookmarks`: events that hunters kept.

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
    sentinel::bookmarks::{Bookmark, NewBookmark, create},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_bookmarks).service(read_bookmark).service(create_bookmark).service(delete_bookmark);
}

/// List the bookmarks of a workspace
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_bookmarks",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<Bookmark> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The bookmarks.")),
)]
#[get("/v1/sentinel/{workspace}/bookmarks")]
async fn list_bookmarks(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<Bookmark>(query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read a bookmark
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_bookmark",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = Bookmark, description = "The bookmark.")),
)]
#[get("/v1/sentinel/{workspace}/bookmarks/{id}")]
async fn read_bookmark(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(space.find::<Bookmark>(&path.id).await.map_err(failed)?))
}

/// Create a bookmark
#[utoipa::path(
    tag = "sentinel",
    operation_id = "create_bookmark",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace, Patience),
    request_body = NewBookmark,
    responses((status = CREATED, body = Bookmark, description = "The bookmark.")),
)]
#[post("/v1/sentinel/{workspace}/bookmarks")]
async fn create_bookmark(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    query: QueryString<Patience>,
    request: Body<NewBookmark>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let bookmark = create(&space, request.0, Utc::now()).await.map_err(failed)?;
    tell(&allowed.caller, "create_bookmark", &space, &bookmark.id);
    Ok(HttpResponse::Created().json(bookmark))
}

/// Delete a bookmark
#[utoipa::path(
    tag = "sentinel",
    operation_id = "delete_bookmark",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    responses((status = NO_CONTENT, description = "It is deleted.")),
)]
#[delete("/v1/sentinel/{workspace}/bookmarks/{id}")]
async fn delete_bookmark(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let id = space.delete::<Bookmark>(&path.id).await.map_err(failed)?;
    tell(&allowed.caller, "delete_bookmark", &space, &id);
    Ok(HttpResponse::NoContent().finish())
}
