//! `/v1/tls`: the certificates that servers show. Whoever is asked learns of it, so the settings must allow it.

use actix_web::{HttpResponse, get, post, web::Data};
use futures::{StreamExt as _, stream};
use model::Outcome;
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
    lookups::Permission,
    services::Services,
    tls::{Shown, Target},
};

/// Servers that one request contacts at once.
const AT_ONCE: usize = 16;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(fetch_certificates).service(fetch_certificate);
}

/// Servers whose certificates are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CertificatesRequest {
    /// Hosts, hosts with ports, or URLs, defanged or not. The port is 443 unless it is written.
    #[schema(example = json!(["contoso.com", "contoso.com:8443"]))]
    values: Vec<String>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// How far the values may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red. Servers are contacted under clear and green.
    #[serde(default)]
    #[schema(nullable = false, example = "green")]
    pap: Option<String>,
}

/// One server whose certificate is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CertificateQuery {
    /// A host, a host with a port, or a URL, defanged or not.
    value: String,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
    /// How far the value may travel.
    tlp: Option<String>,
    /// What may be noticed.
    pap: Option<String>,
}

/// What the servers showed.
#[derive(Debug, Serialize, ToSchema)]
struct CertificateItems {
    /// One item for each value, in the order sent.
    items: Vec<CertificateItem>,
    /// Whether every server answered or failed before the deadline.
    complete: bool,
}

/// What one server showed.
#[derive(Debug, Serialize, ToSchema)]
struct CertificateItem {
    /// The value as sent.
    value: String,
    /// What came of it.
    #[serde(flatten)]
    shown: Shown,
}

/// Fetch certificates
///
/// Connects to each server, takes down what it shows, trusted or not, and sends nothing. The servers learn of it: values
/// are skipped unless `policy.side_effects` has `active`. Only addresses that may be called are.
#[utoipa::path(
    tag = "tls",
    operation_id = "fetch_certificates",
    request_body = CertificatesRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = CertificateItems, description = "One item for each value.")),
)]
#[post("/v1/tls/certificate")]
async fn fetch_certificates(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<CertificatesRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    limits.check_items("/values", request.values.len())?;
    let permission = permission(request.tlp.as_deref(), request.pap.as_deref(), None)?;
    Ok(answer(&services, request.values, &permission, deadline(request.deadline_ms, started)?).await)
}

/// Fetch one certificate
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "tls",
    operation_id = "fetch_certificate",
    extensions(("x-scope" = json!("lookup"))),
    params(CertificateQuery),
    responses((status = OK, body = CertificateItems, description = "One item.")),
)]
#[get("/v1/tls/certificate")]
async fn fetch_certificate(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<CertificateQuery>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let QueryString(query) = query;
    let permission = permission(query.tlp.as_deref(), query.pap.as_deref(), None)?;
    Ok(answer(&services, vec![query.value], &permission, deadline(query.deadline_ms, started)?).await)
}

async fn answer(services: &Services, values: Vec<String>, permission: &Permission, deadline: Instant) -> HttpResponse {
    let settings = services.settings().clone();
    let tls = services.tls(&settings);
    let items = stream::iter(values).map(|value| async {
        let shown = match Target::read(&value) {
            Ok(target) => tls.look_at(target, permission, deadline).await,
            Err(rejection) => Shown::nothing(Outcome::Unsupported, rejection.to_string()),
        };
        CertificateItem { value, shown }
    });
    let items: Vec<CertificateItem> = items.buffered(AT_ONCE).collect().await;
    let complete = items.iter().all(|item| item.shown.outcome != Outcome::Timeout);
    HttpResponse::Ok().json(CertificateItems { items, complete })
}
