//! `/v1/domain/parse` and `/v1/url/parse`: what names and URLs are made of. Nothing is sent anywhere.

use actix_web::{HttpResponse, get, post};
use model::Outcome;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    problem::Problem,
    query_string::QueryString,
};
use crate::names::{DomainParts, UrlParts};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(parse_domains).service(parse_domain).service(parse_urls).service(parse_url);
}

/// Names to take apart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DomainsRequest {
    /// Names, defanged or not, in any script.
    #[schema(example = json!(["www.contoso.co.uk"]))]
    values: Vec<String>,
}

/// URLs to take apart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UrlsRequest {
    /// URLs, defanged or not, with or without a scheme.
    #[schema(example = json!(["hxxps://www.contoso[.]com:8443/a?b=c#d"]))]
    values: Vec<String>,
}

/// One value to take apart.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ParseQuery {
    /// The value, defanged or not.
    value: String,
}

/// The parts of names.
#[derive(Debug, Serialize, ToSchema)]
struct DomainItems {
    /// One item for each value, in the order sent.
    items: Vec<DomainItem>,
}

/// The parts of one name.
#[derive(Debug, Serialize, ToSchema)]
struct DomainItem {
    /// The value as sent.
    value: String,
    /// hit, or unsupported (not a name).
    outcome: Outcome,
    /// Why it is not a name, when it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Whether it is a name that can exist.
    is_valid: bool,
    /// Whether it is an address instead.
    is_ip: bool,
    /// The parts.
    #[serde(flatten)]
    #[schema(nullable = false)]
    parts: Option<DomainParts>,
}

/// The parts of URLs.
#[derive(Debug, Serialize, ToSchema)]
struct UrlItems {
    /// One item for each value, in the order sent.
    items: Vec<UrlItem>,
}

/// The parts of one URL.
#[derive(Debug, Serialize, ToSchema)]
struct UrlItem {
    /// The value as sent.
    value: String,
    /// hit, or unsupported (not a URL).
    outcome: Outcome,
    /// Why it is not a URL, when it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// The parts.
    #[serde(flatten)]
    #[schema(nullable = false)]
    parts: Option<UrlParts>,
}

/// Take names apart
///
/// Labels, subdomain, domain and public suffix after the Public Suffix List, its private part included; both spellings of
/// internationalised names.
#[utoipa::path(
    tag = "names",
    operation_id = "parse_domains",
    request_body = DomainsRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = DomainItems, description = "One item for each value.")),
)]
#[post("/v1/domain/parse")]
async fn parse_domains(
    _: Allowed<scope::Lookup>,
    limits: RequestLimits,
    request: Body<DomainsRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(DomainsRequest { values }) = request;
    limits.check_items("/values", values.len())?;
    Ok(HttpResponse::Ok().json(DomainItems { items: values.into_iter().map(domain_item).collect() }))
}

/// Take one name apart
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "names",
    operation_id = "parse_domain",
    extensions(("x-scope" = json!("lookup"))),
    params(ParseQuery),
    responses((status = OK, body = DomainItems, description = "One item.")),
)]
#[get("/v1/domain/parse")]
async fn parse_domain(_: Allowed<scope::Lookup>, query: QueryString<ParseQuery>) -> HttpResponse {
    HttpResponse::Ok().json(DomainItems { items: vec![domain_item(query.0.value)] })
}

/// Take URLs apart
///
/// Scheme, user information, host, port, path, query and fragment, the parameters one by one, and a spelling that nobody
/// clicks on.
#[utoipa::path(
    tag = "names",
    operation_id = "parse_urls",
    request_body = UrlsRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = UrlItems, description = "One item for each value.")),
)]
#[post("/v1/url/parse")]
async fn parse_urls(
    _: Allowed<scope::Lookup>,
    limits: RequestLimits,
    request: Body<UrlsRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(UrlsRequest { values }) = request;
    limits.check_items("/values", values.len())?;
    Ok(HttpResponse::Ok().json(UrlItems { items: values.into_iter().map(url_item).collect() }))
}

/// Take one URL apart
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "names",
    operation_id = "parse_url",
    extensions(("x-scope" = json!("lookup"))),
    params(ParseQuery),
    responses((status = OK, body = UrlItems, description = "One item.")),
)]
#[get("/v1/url/parse")]
async fn parse_url(_: Allowed<scope::Lookup>, query: QueryString<ParseQuery>) -> HttpResponse {
    HttpResponse::Ok().json(UrlItems { items: vec![url_item(query.0.value)] })
}

fn domain_item(value: String) -> DomainItem {
    match DomainParts::read(&value) {
        Ok(parts) => {
            DomainItem { value, outcome: Outcome::Hit, reason: None, is_valid: true, is_ip: false, parts: Some(parts) }
        }
        Err(rejection) => DomainItem {
            value,
            outcome: Outcome::Unsupported,
            reason: Some(rejection.to_string()),
            is_valid: false,
            is_ip: rejection == model::Rejection::IsAddress,
            parts: None,
        },
    }
}

fn url_item(value: String) -> UrlItem {
    match UrlParts::read(&value) {
        Ok(parts) => UrlItem { value, outcome: Outcome::Hit, reason: None, parts: Some(parts) },
        Err(rejection) => {
            UrlItem { value, outcome: Outcome::Unsupported, reason: Some(rejection.to_string()), parts: None }
        }
    }
}
