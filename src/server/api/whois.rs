//! `/v1/ip/whois` and `/v1/domain/whois`: whose a network or a domain is, as the registries say.
//!
//! A value is in the body or the query string, never in the path: paths end up in access logs.

use actix_web::{HttpResponse, get, post, web::Data};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    observables::{deadline, permission},
    problem::Problem,
    query_string::QueryString,
};
use crate::{
    registries::{self, DomainOwner, Manner, NetworkOwner},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(look_up_network_owners)
        .service(look_up_network_owner)
        .service(look_up_domain_owners)
        .service(look_up_domain_owner);
}

/// Addresses or domains.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhoisRequest {
    /// The values, defanged or not: addresses, or domains and what lies in them.
    #[schema(example = json!(["8.8.8.8"]))]
    values: Vec<String>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// How far the values may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green (the thing may be contacted), amber (third parties may be asked) or red (nothing
    /// that anybody outside could notice).
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    pap: Option<String>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
    /// Pass on the registries' answers as received.
    #[serde(default)]
    include_raw: bool,
}

/// One address or domain.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WhoisQuery {
    /// The value, defanged or not.
    value: String,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
    /// How far the value may travel.
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red.
    pap: Option<String>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
    /// Pass on the registries' answers as received.
    #[serde(default)]
    include_raw: bool,
}

impl From<WhoisQuery> for WhoisRequest {
    fn from(WhoisQuery { value, deadline_ms, tlp, pap, refresh, include_raw }: WhoisQuery) -> Self {
        Self { values: vec![value], deadline_ms, tlp, pap, refresh, include_raw }
    }
}

impl WhoisRequest {
    fn manner(&self) -> Result<Manner, Problem> {
        Ok(Manner {
            permission: permission(self.tlp.as_deref(), self.pap.as_deref(), None)?,
            deadline: deadline(self.deadline_ms, Instant::now())?,
            refresh: self.refresh,
            include_raw: self.include_raw,
        })
    }
}

/// Whose the networks are.
#[derive(Debug, Serialize, ToSchema)]
struct NetworkOwners {
    /// One item for each value, in the order sent.
    items: Vec<NetworkOwner>,
    /// Whether everything was answered before the deadline.
    complete: bool,
}

/// Whose the domains are.
#[derive(Debug, Serialize, ToSchema)]
struct DomainOwners {
    /// One item for each value, in the order sent.
    items: Vec<DomainOwner>,
    /// Whether everything was answered before the deadline.
    complete: bool,
}

/// Look up whose networks addresses are in
///
/// Asks the registry (RDAP) whose the network is and Team Cymru who announces it; many addresses are asked about in bulk.
/// A provider that fails is data, and the other's answer stands. The columns are MSTICPy's.
#[utoipa::path(
    tag = "ip",
    operation_id = "look_up_network_owners",
    request_body = WhoisRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = NetworkOwners, description = "One item for each value.")),
)]
#[post("/v1/ip/whois")]
async fn look_up_network_owners(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<WhoisRequest>,
) -> Result<HttpResponse, Problem> {
    limits.check_items("/values", request.0.values.len())?;
    networks(&services, request.0).await
}

/// Look up whose network one address is in
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "ip",
    operation_id = "look_up_network_owner",
    extensions(("x-scope" = json!("lookup"))),
    params(WhoisQuery),
    responses((status = OK, body = NetworkOwners, description = "One item.")),
)]
#[get("/v1/ip/whois")]
async fn look_up_network_owner(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<WhoisQuery>,
) -> Result<HttpResponse, Problem> {
    networks(&services, query.0.into()).await
}

/// Look up whose domains are
///
/// Asks the registry of the part that can be registered: over RDAP, or over WHOIS where the registry has no RDAP. Values
/// may be domains, host names, URLs or e-mail addresses.
#[utoipa::path(
    tag = "domain",
    operation_id = "look_up_domain_owners",
    request_body = WhoisRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = DomainOwners, description = "One item for each value.")),
)]
#[post("/v1/domain/whois")]
async fn look_up_domain_owners(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<WhoisRequest>,
) -> Result<HttpResponse, Problem> {
    limits.check_items("/values", request.0.values.len())?;
    domains(&services, request.0).await
}

/// Look up whose one domain is
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "domain",
    operation_id = "look_up_domain_owner",
    extensions(("x-scope" = json!("lookup"))),
    params(WhoisQuery),
    responses((status = OK, body = DomainOwners, description = "One item.")),
)]
#[get("/v1/domain/whois")]
async fn look_up_domain_owner(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<WhoisQuery>,
) -> Result<HttpResponse, Problem> {
    domains(&services, query.0.into()).await
}

async fn networks(services: &Services, request: WhoisRequest) -> Result<HttpResponse, Problem> {
    let manner = request.manner()?;
    let (items, complete) = registries::network_owners(&services.lookups, request.values, &manner).await;
    Ok(HttpResponse::Ok().json(NetworkOwners { items, complete }))
}

async fn domains(services: &Services, request: WhoisRequest) -> Result<HttpResponse, Problem> {
    let manner = request.manner()?;
    let (items, complete) = registries::domain_owners(&services.lookups, request.values, &manner).await;
    Ok(HttpResponse::Ok().json(DomainOwners { items, complete }))
}
