//! `/v1/tls`: the certificates that servers show. Whoever is asked learns of it, so the settings must allow it.

use std::time::SystemTime;

use actix_web::{HttpResponse, get, post, web::Data};
use chrono::Utc;
use futures::{StreamExt as _, stream};
use model::{KindHint, Observable, ObservableKind, Outcome, SkipReason};
use providers::Listing;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
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
    tls::{Certificate, Target},
    upstream::{Handshake, SendError},
};

/// Servers that one request contacts at once.
const AT_ONCE: usize = 16;

/// The list of certificates that malware uses, by its provider's id.
const ABUSE_CH_LIST: &str = "sslbl";

/// The routes of this file.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(fetch_certificates).service(fetch_certificate);
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
    /// hit, unsupported (no host), skipped, timeout or error (not reached, no TLS).
    outcome: Outcome,
    /// Why there is no certificate, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// The host that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    host: Option<String>,
    /// The port that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    port: Option<u16>,
    /// The address at which the host was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<String>,
    /// The version of TLS; absent if the server broke off after it showed its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "TLSv1.3")]
    protocol: Option<&'static str>,
    /// The cipher suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "TLS13_AES_256_GCM_SHA384")]
    cipher_suite: Option<&'static str>,
    /// Whether a trusted authority vouches for the certificate, for this host and this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    is_trusted: Option<bool>,
    /// Why it is not trusted: expired, not_yet_valid, unknown_issuer, wrong_host, revoked, bad_signature or unusable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "unknown_issuer")]
    distrust: Option<&'static str>,
    /// Whether the certificate is for the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hostname_matches: Option<bool>,
    /// The server's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    certificate: Option<Certificate>,
    /// The certificates that it sent along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<Certificate>,
    /// Whether the certificate is on abuse.ch's list of those that malware uses; absent while there is no copy of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_abuse_list: Option<bool>,
    /// Why it is on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    abuse_reason: Option<String>,
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
    let items = stream::iter(values).map(|value| fetch(services, value, permission, deadline)).buffered(AT_ONCE);
    let items: Vec<CertificateItem> = items.collect().await;
    let complete = items.iter().all(|item| item.outcome != Outcome::Timeout);
    HttpResponse::Ok().json(CertificateItems { items, complete })
}

async fn fetch(services: &Services, value: String, permission: &Permission, deadline: Instant) -> CertificateItem {
    let target = match Target::read(&value) {
        Ok(target) => target,
        Err(rejection) => return CertificateItem::without(value, Outcome::Unsupported, rejection.to_string()),
    };
    let settings = services.settings().clone();
    if let Some(reason) = target.closed(permission, &settings.dns, &settings.policy) {
        return CertificateItem::without(value, Outcome::Skipped, reason.as_str()).of(target);
    }
    match services.upstream.certificates(&target.host, target.port, deadline).await {
        Ok(handshake) => CertificateItem::seen(value, &handshake, services).of(target),
        Err(error) => {
            let (outcome, reason) = match error {
                SendError::Denied => (Outcome::Skipped, SkipReason::NotGlobal.as_str().to_owned()),
                SendError::Timeout => (Outcome::Timeout, error.to_string()),
                _ => (Outcome::Error, error.to_string()),
            };
            CertificateItem::without(value, outcome, reason).of(target)
        }
    }
}

impl CertificateItem {
    fn without(value: String, outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            value,
            outcome,
            reason: Some(reason.into()),
            host: None,
            port: None,
            address: None,
            protocol: None,
            cipher_suite: None,
            is_trusted: None,
            distrust: None,
            hostname_matches: None,
            certificate: None,
            chain: Vec::new(),
            on_abuse_list: None,
            abuse_reason: None,
        }
    }

    fn of(self, target: Target) -> Self {
        Self { host: Some(target.host), port: Some(target.port), ..self }
    }

    fn seen(value: String, handshake: &Handshake, services: &Services) -> Self {
        let now = Utc::now();
        let mut certificates = handshake.chain.iter().map(|der| Certificate::read(der, now));
        let certificate = certificates.next();
        let (on_abuse_list, abuse_reason) =
            certificate.as_ref().and_then(|certificate| listed(services, &certificate.sha1)).unzip();
        Self {
            value,
            outcome: Outcome::Hit,
            reason: None,
            host: None,
            port: None,
            address: Some(handshake.address.to_string()),
            protocol: handshake.protocol,
            cipher_suite: handshake.cipher_suite,
            is_trusted: Some(handshake.distrust.is_none()),
            distrust: handshake.distrust.map(crate::upstream::Distrust::as_str),
            hostname_matches: Some(handshake.names_host),
            certificate,
            chain: certificates.collect(),
            on_abuse_list,
            abuse_reason: abuse_reason.flatten(),
        }
    }
}

/// Whether abuse.ch lists a certificate, and why; `None` while there is no copy of the list to look into.
fn listed(services: &Services, sha1: &str) -> Option<(bool, Option<String>)> {
    let member =
        services.lookups.members().into_iter().find(|member| member.enabled && *member.id == *ABUSE_CH_LIST)?;
    let digest = Observable::parse(sha1, Some(KindHint::Exactly(ObservableKind::Sha1))).ok()?;
    match services.lookups.runner().lists().find(&member, &digest, SystemTime::now()) {
        Listing::Present(evidence) => {
            Some((true, evidence.get("reason").and_then(|reason| reason.as_str()).map(str::to_owned)))
        }
        Listing::Absent => Some((false, None)),
        Listing::Unavailable(_) => None,
    }
}
