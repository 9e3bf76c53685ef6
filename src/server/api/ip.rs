//! `/v1/ip`: what an address is and where it is, from memory.

use actix_web::{HttpResponse, get, post, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    problem::Problem,
    query_string::QueryString,
};
use crate::{
    addresses::{GeoItem, TypeItem, classify, locate},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(locate_addresses).service(locate_address).service(classify_addresses).service(classify_address);
}

/// Addresses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressesRequest {
    /// IPv4 or IPv6 addresses, defanged or not.
    #[schema(example = json!(["8.8.8.8", "2001:4860:4860::8888"]))]
    values: Vec<String>,
}

/// One address.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AddressQuery {
    /// An IPv4 or IPv6 address, defanged or not.
    value: String,
}

/// Where the addresses are.
#[derive(Debug, Serialize, ToSchema)]
struct GeoAnswer {
    /// One item for each value, in the order sent.
    items: Vec<GeoItem>,
}

/// What the addresses are.
#[derive(Debug, Serialize, ToSchema)]
struct TypeAnswer {
    /// One item for each value, in the order sent.
    items: Vec<TypeItem>,
}

/// Locate addresses
///
/// Country, city, network: what the geolocation databases in memory know. Nothing is sent anywhere.
#[utoipa::path(
    tag = "ip",
    operation_id = "locate_addresses",
    request_body = AddressesRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = GeoAnswer, description = "One item for each value.")),
)]
#[post("/v1/ip/geo")]
async fn locate_addresses(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<AddressesRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(AddressesRequest { values }) = request;
    limits.check_items("/values", values.len())?;
    let items = values.into_iter().map(|value| locate(&services.geo, value)).collect();
    Ok(HttpResponse::Ok().json(GeoAnswer { items }))
}

/// Locate one address
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "ip",
    operation_id = "locate_address",
    extensions(("x-scope" = json!("lookup"))),
    params(AddressQuery),
    responses((status = OK, body = GeoAnswer, description = "One item.")),
)]
#[get("/v1/ip/geo")]
async fn locate_address(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<AddressQuery>,
) -> HttpResponse {
    HttpResponse::Ok().json(GeoAnswer { items: vec![locate(&services.geo, query.0.value)] })
}

/// Tell what kind of address each value is
///
/// Public, private, loopback, link-local and so on, after the IANA special-purpose registries.
#[utoipa::path(
    tag = "ip",
    operation_id = "classify_addresses",
    request_body = AddressesRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = TypeAnswer, description = "One item for each value.")),
)]
#[post("/v1/ip/type")]
async fn classify_addresses(
    _: Allowed<scope::Lookup>,
    limits: RequestLimits,
    request: Body<AddressesRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(AddressesRequest { values }) = request;
    limits.check_items("/values", values.len())?;
    Ok(HttpResponse::Ok().json(TypeAnswer { items: values.into_iter().map(classify).collect() }))
}

/// Tell what kind of address one value is
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "ip",
    operation_id = "classify_address",
    extensions(("x-scope" = json!("lookup"))),
    params(AddressQuery),
    responses((status = OK, body = TypeAnswer, description = "One item.")),
)]
#[get("/v1/ip/type")]
async fn classify_address(_: Allowed<scope::Lookup>, query: QueryString<AddressQuery>) -> HttpResponse {
    HttpResponse::Ok().json(TypeAnswer { items: vec![classify(query.0.value)] })
}
