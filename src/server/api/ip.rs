//! `/v1/ip`: what an address is and where it is, from memory.

use std::net::IpAddr;

use actix_web::{HttpResponse, get, post, web::Data};
use model::{Geo, IpType, KindHint, Observable, Outcome, SkipReason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    problem::Problem,
    query_string::QueryString,
};
use crate::services::Services;

/// The routes of this file.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(locate_addresses).service(locate_address).service(classify_addresses).service(classify_address);
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

/// Where one address is.
#[derive(Debug, Serialize, ToSchema)]
struct GeoItem {
    /// The value as sent.
    value: String,
    /// hit, not_found, skipped (not a global address) or unsupported (not an address).
    outcome: Outcome,
    /// Why there is no place, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// What kind of address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ip_type: Option<IpType>,
    /// The place.
    #[serde(flatten)]
    geo: Geo,
}

/// What the addresses are.
#[derive(Debug, Serialize, ToSchema)]
struct TypeAnswer {
    /// One item for each value, in the order sent.
    items: Vec<TypeItem>,
}

/// What one address is.
#[derive(Debug, Serialize, ToSchema)]
struct TypeItem {
    /// The value as sent.
    value: String,
    /// hit, or unsupported (not an address).
    outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// What kind of address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ip_type: Option<IpType>,
    /// MSTICPy's word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Public")]
    msticpy_type: Option<&'static str>,
    /// Whether it is globally reachable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    is_global: Option<bool>,
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
    let items = values.into_iter().map(|value| locate(&services, value)).collect();
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
    HttpResponse::Ok().json(GeoAnswer { items: vec![locate(&services, query.0.value)] })
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

fn address(value: &str) -> Result<IpAddr, String> {
    let observable = Observable::parse(value, Some(KindHint::Address)).map_err(|rejection| rejection.to_string())?;
    observable.address().ok_or_else(|| "not an IP address".to_owned())
}

fn locate(services: &Services, value: String) -> GeoItem {
    let (outcome, reason, ip_type, geo) = match address(&value) {
        Err(reason) => (Outcome::Unsupported, Some(reason), None, Geo::default()),
        Ok(address) if !model::is_global(address) => {
            let reason = SkipReason::NotGlobal.as_str().to_owned();
            (Outcome::Skipped, Some(reason), Some(model::ip_type(address)), Geo::default())
        }
        Ok(address) => {
            let geo = services.geo.find(address);
            let outcome = if geo.is_empty() { Outcome::NotFound } else { Outcome::Hit };
            let reason = geo.is_empty().then(|| "in none of the databases".to_owned());
            (outcome, reason, Some(model::ip_type(address)), geo)
        }
    };
    GeoItem { value, outcome, reason, ip_type, geo }
}

fn classify(value: String) -> TypeItem {
    match address(&value) {
        Err(reason) => TypeItem {
            value,
            outcome: Outcome::Unsupported,
            reason: Some(reason),
            ip_type: None,
            msticpy_type: None,
            is_global: None,
        },
        Ok(address) => {
            let ip_type = model::ip_type(address);
            TypeItem {
                value,
                outcome: Outcome::Hit,
                reason: None,
                ip_type: Some(ip_type),
                msticpy_type: Some(ip_type.msticpy_label()),
                is_global: Some(model::is_global(address)),
            }
        }
    }
}
