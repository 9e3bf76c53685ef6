//! `/v1/sentinel/{workspace}/incidents/{id}/…`: what belongs to an incident.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use model::EntityGraph;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{OfObject, Patience, failed, space, tell};
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        problem::Problem,
        query_string::QueryString,
    },
    sentinel::{
        bookmarks::Bookmark,
        incidents::{
            Incident,
            comments::{self, Comment, fit},
            find,
            parts::{self, Alert, NewRelation, Relation, relate},
        },
        object::read,
    },
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_incident_comments)
        .service(comment_incident)
        .service(list_incident_entities)
        .service(list_incident_alerts)
        .service(list_incident_bookmarks)
        .service(list_incident_relations)
        .service(relate_incident);
}

/// Everything of a kind that belongs to an incident.
#[derive(Debug, Serialize, ToSchema)]
struct Items<T> {
    /// The items.
    items: Vec<T>,
}

/// A comment to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewComment {
    /// The text: Markdown or HTML. What is longer than Sentinel keeps (30,000 characters) is cut where a row of a table ends, or
    /// else a line.
    message: String,
}

/// A comment that was written.
#[derive(Debug, Serialize, ToSchema)]
struct WrittenComment {
    #[serde(flatten)]
    comment: Comment,
    /// Rows or lines that had no room.
    left_out: usize,
}

/// List the comments of an incident
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_incident_comments",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = Items<Comment>, description = "The comments, the newest last.")),
)]
#[get("/v1/sentinel/{workspace}/incidents/{id}/comments")]
async fn list_incident_comments(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let items = parts::comments(&space, &path.id).await.map_err(failed)?;
    Ok(HttpResponse::Ok().json(Items { items }))
}

/// Comment an incident
///
/// Sentinel keeps a hundred comments of an incident: one more is the problem `conflict`.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "comment_incident",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    request_body = NewComment,
    responses((status = CREATED, body = WrittenComment, description = "The comment.")),
)]
#[post("/v1/sentinel/{workspace}/incidents/{id}/comments")]
async fn comment_incident(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
    request: Body<NewComment>,
) -> Result<HttpResponse, Problem> {
    let Body(NewComment { message }) = request;
    if message.trim().is_empty() {
        return Err(Problem::invalid_at("/message", "is empty"));
    }
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let incident = find(&space, &path.id).await.map_err(failed)?;
    let incident: Incident = read(incident)?;
    let fitted = fit(&message);
    let comment = comments::write(&space, &incident, &fitted.text).await.map_err(failed)?;
    tell(&allowed.caller, "comment_incident", &space, &incident.id);
    Ok(HttpResponse::Created().json(WrittenComment { comment, left_out: fitted.left_out }))
}

/// List the entities of an incident
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_incident_entities",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = EntityGraph, description = "The entities, and how they refer to each other.")),
)]
#[get("/v1/sentinel/{workspace}/incidents/{id}/entities")]
async fn list_incident_entities(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(parts::entities(&space, &path.id).await.map_err(failed)?))
}

/// List the alerts of an incident
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_incident_alerts",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = Items<Alert>, description = "The alerts.")),
)]
#[get("/v1/sentinel/{workspace}/incidents/{id}/alerts")]
async fn list_incident_alerts(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let items = parts::alerts(&space, &path.id).await.map_err(failed)?;
    Ok(HttpResponse::Ok().json(Items { items }))
}

/// List the bookmarks of an incident
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_incident_bookmarks",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = Items<Bookmark>, description = "The bookmarks.")),
)]
#[get("/v1/sentinel/{workspace}/incidents/{id}/bookmarks")]
async fn list_incident_bookmarks(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let items = parts::bookmarks(&space, &path.id).await.map_err(failed)?;
    Ok(HttpResponse::Ok().json(Items { items }))
}

/// List what an incident is related to
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_incident_relations",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = Items<Relation>, description = "The relations.")),
)]
#[get("/v1/sentinel/{workspace}/incidents/{id}/relations")]
async fn list_incident_relations(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let items = parts::relations(&space, &path.id).await.map_err(failed)?;
    Ok(HttpResponse::Ok().json(Items { items }))
}

/// Attach a bookmark to an incident
///
/// Or another resource that incidents can be related to, by its id.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "relate_incident",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    request_body = NewRelation,
    responses((status = CREATED, body = Relation, description = "The relation.")),
)]
#[post("/v1/sentinel/{workspace}/incidents/{id}/relations")]
async fn relate_incident(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
    request: Body<NewRelation>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let relation = relate(&space, &path.id, request.0).await.map_err(failed)?;
    tell(&allowed.caller, "relate_incident", &space, &relation.id);
    Ok(HttpResponse::Created().json(relation))
}
