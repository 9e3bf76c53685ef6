//! `/v1/azure/subscriptions`

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};

use super::asked;
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        problem::Problem,
        query_string::QueryString,
        sentinel::{ListQuery, Listed, Patience, answer, failed},
        tables::TableForm,
    },
    azure::subscriptions::{Subscription, find, list},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_azure_subscriptions).service(read_azure_subscription);
}

/// List the subscriptions of Azure
///
/// Those that the credential of the settings may see.
#[utoipa::path(
    tag = "azure",
    operation_id = "list_azure_subscriptions",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(ListQuery),
    responses((status = OK, content(
        (Listed<Subscription> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The subscriptions.")),
)]
#[get("/v1/azure/subscriptions")]
async fn list_azure_subscriptions(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let azure = asked(&services, query.0.until()?)?;
    answer(form, list(&azure, query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read a subscription of Azure
#[utoipa::path(
    tag = "azure",
    operation_id = "read_azure_subscription",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(
        ("id" = String, Path, description = "The id.", example = "d1d8779d-38d7-4f06-91db-9cbc8de0176f"),
        Patience,
    ),
    responses((status = OK, body = Subscription, description = "The subscription.")),
)]
#[get("/v1/azure/subscriptions/{id}")]
async fn read_azure_subscription(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    id: Path<String>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let azure = asked(&services, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(find(&azure, &id).await.map_err(failed)?))
}
