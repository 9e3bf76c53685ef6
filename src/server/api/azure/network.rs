//! `/v1/azure/network`: the interfaces of machines, and the security rules that hold for them.

use actix_web::{HttpResponse, post, web::Data};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::asked;
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        limits::RequestLimits,
        observables::deadline,
        problem::Problem,
        sentinel::failed,
    },
    azure::network::looked::{Network, look},
    services::Services,
};

/// As many machines and interfaces as one call takes: each costs several questions.
const MOST: usize = 50;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(describe_azure_network);
}

/// Which machines and interfaces.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AzureNetworkRequest)]
struct NetworkRequest {
    /// Ids of virtual machines and of network interfaces.
    #[schema(min_items = 1, max_items = 50)]
    resource_ids: Vec<String>,
    /// Whether the rules that hold are wanted, too. Azure reckons them for machines that run, within seconds.
    #[serde(default = "yes")]
    #[schema(default = true)]
    effective_rules: bool,
    /// When the answer is due, in milliseconds. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

fn yes() -> bool {
    true
}

/// Describe the network of machines in Azure
///
/// Interfaces with their private and public addresses, subnets and security groups; the rules that the groups have, and the
/// rules that hold. What could not be learnt is told in `partial_errors`.
#[utoipa::path(
    tag = "azure",
    operation_id = "describe_azure_network",
    extensions(("x-scope" = json!("sentinel.read"))),
    request_body = NetworkRequest,
    responses((status = OK, body = Network, description = "What is known of the network.")),
)]
#[post("/v1/azure/network")]
async fn describe_azure_network(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<NetworkRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(NetworkRequest { resource_ids, effective_rules, deadline_ms }) = request;
    limits.check_items_up_to(MOST, "/resource_ids", resource_ids.len())?;
    let azure = asked(&services, deadline(deadline_ms, Instant::now())?)?;
    Ok(HttpResponse::Ok().json(look(&azure, &resource_ids, effective_rules).await.map_err(failed)?))
}
