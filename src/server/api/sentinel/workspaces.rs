//! `/v1/sentinel/workspaces`: workspaces found by what people have of them, such as the address of a page of the portal.

use actix_web::{HttpResponse, post, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Patience, failed};
use crate::{
    api::{
        Operations, azure,
        body::Body,
        caller::{Allowed, scope},
        problem::Problem,
        query_string::QueryString,
    },
    sentinel::found::{Found, Search, find},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(find_workspaces);
}

/// The workspaces that were found.
#[derive(Debug, Serialize, ToSchema)]
struct FoundWorkspaces {
    /// Those that fit.
    items: Vec<Found>,
}

/// Find workspaces of Sentinel
///
/// By the address of a page of the portal, by name or by id; or all that the credential may see. What the address says is told even where Azure shows the
/// credential no such workspace: then `workspace_id` is left out.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "find_workspaces",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(Patience),
    request_body = Search,
    responses((status = OK, body = FoundWorkspaces, description = "The workspaces that fit.")),
)]
#[post("/v1/sentinel/workspaces/resolve")]
async fn find_workspaces(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    query: QueryString<Patience>,
    request: Body<Search>,
) -> Result<HttpResponse, Problem> {
    let asked = azure::asked(&services, query.0.until()?)?;
    let authority = azure::authority(&services, &asked)?;
    let items = find(&asked, &services.upstream, &authority, request.0).await.map_err(failed)?;
    Ok(HttpResponse::Ok().json(FoundWorkspaces { items }))
}
