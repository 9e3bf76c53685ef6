//! `/v1/azure/resources`: what there is, and everything about one resource.

use actix_web::{HttpResponse, get, post, web::Data};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::{asked, subscriptions};
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        observables::deadline,
        problem::Problem,
        query_string::QueryString,
        sentinel::{Listed, answer, failed, wanted},
        tables::TableForm,
    },
    azure::resources::{
        Resource, Wanted,
        details::{Details, Parts, details, is_resource_id},
        list,
    },
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_azure_resources).service(describe_azure_resource);
}

/// Which resources are meant. All that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResourceQuery {
    /// Ids of subscriptions; those of the settings, or all that the credential may see, when left out.
    #[serde(default)]
    subscription: Vec<String>,
    /// A resource group.
    #[param(example = "soc")]
    resource_group: Option<String>,
    /// A type.
    #[serde(rename = "type")]
    #[param(example = "Microsoft.Compute/virtualMachines")]
    kind: Option<String>,
    /// A name.
    #[param(example = "dc01")]
    name: Option<String>,
    /// Tags, each as its name or as `name:value`.
    #[serde(default)]
    #[param(example = json!(["owner:soc"]))]
    tag: Vec<String>,
    /// At most so many. Forms that are rows alone have all.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[param(minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// Which resource is meant: by its id, or by its parts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AzureResourceRequest)]
struct DetailsRequest {
    /// The id.
    #[serde(default)]
    #[schema(nullable = false)]
    resource_id: Option<String>,
    /// The parts of the id.
    #[serde(default)]
    #[schema(nullable = false)]
    resource: Option<Parts>,
    /// The version of its provider's interface; the newest that is no preview when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "2025-04-01")]
    api_version: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// List resources of Azure
#[utoipa::path(
    tag = "azure",
    operation_id = "list_azure_resources",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(ResourceQuery),
    responses((status = OK, content(
        (Listed<Resource> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The resources, without their properties.")),
)]
#[get("/v1/azure/resources")]
async fn list_azure_resources(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    form: TableForm,
    query: QueryString<ResourceQuery>,
) -> Result<HttpResponse, Problem> {
    let ResourceQuery { subscription, resource_group, kind, name, tag, limit, cursor, deadline_ms } = query.0;
    let part = wanted(limit, cursor.as_deref(), form)?;
    let azure = asked(&services, deadline(deadline_ms, Instant::now())?)?;
    let subscriptions = subscriptions(&services, &azure, subscription).await?;
    let wanted = Wanted { resource_group, kind_of: kind, name, tags: Wanted::tags(&tag) };
    answer(form, list(&azure, &subscriptions, &wanted, part).await.map_err(failed)?)
}

/// Describe a resource of Azure
///
/// In the newest version of its provider's interface that is no preview; of a virtual machine also how it is doing.
#[utoipa::path(
    tag = "azure",
    operation_id = "describe_azure_resource",
    extensions(("x-scope" = json!("sentinel.read"))),
    request_body = DetailsRequest,
    responses((status = OK, body = Details, description = "The resource with its properties.")),
)]
#[post("/v1/azure/resources/details")]
async fn describe_azure_resource(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    request: Body<DetailsRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(DetailsRequest { resource_id, resource, api_version, deadline_ms }) = request;
    let azure = asked(&services, deadline(deadline_ms, Instant::now())?)?;
    let (pointer, id) = match (resource_id, resource) {
        (Some(id), None) => ("/resource_id", id),
        (None, Some(parts)) => {
            let named = parts.subscription.clone().into_iter().collect();
            let known = subscriptions(&services, &azure, named).await?;
            match known.as_slice() {
                [subscription] => ("/resource", parts.resource_id(subscription)),
                _ => return Err(Problem::invalid_at("/resource/subscription", "say which subscription")),
            }
        }
        _ => return Err(Problem::invalid_at("", "exactly one of resource_id and resource is needed")),
    };
    if !is_resource_id(&id) {
        return Err(Problem::invalid_at(pointer, "not the id of a resource"));
    }
    let is_version = |version: &String| version.len() <= 40 && version.starts_with(|c: char| c.is_ascii_digit());
    if api_version.as_ref().is_some_and(|version| !is_version(version)) {
        return Err(Problem::invalid_at("/api_version", "a date such as 2025-04-01 is needed"));
    }
    let details = details(&azure, &services.api_versions, &id, api_version).await.map_err(failed)?;
    Ok(HttpResponse::Ok().json(details))
}
