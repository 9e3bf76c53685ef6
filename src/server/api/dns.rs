//! `/v1/dns`: what the name servers know about names and addresses.

use actix_web::{HttpResponse, get, post, web::Data};
use futures::{StreamExt as _, stream};
use model::{Outcome, Rejection};
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
    dns::{Dns, Resolved, Subject},
    lookups::Permission,
    services::Services,
    upstream::{DnsRecord, RecordType, record_type},
};

/// Questions of one request that wait for a name server at once.
const AT_ONCE: usize = 64;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(resolve_names).service(resolve_name).service(reverse_addresses).service(reverse_address);
}

/// Names to resolve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResolveRequest {
    /// Host names, or URLs for the names in them, defanged or not.
    #[schema(example = json!(["example.com"]))]
    values: Vec<String>,
    /// The type of record, such as A, AAAA, CNAME, MX, NS, SOA, SRV, TXT or CAA; A when left out.
    #[serde(default, rename = "type")]
    #[schema(nullable = false, example = "MX", default = "A")]
    record_type: Option<String>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// How far the values may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red. Name servers are asked under clear and green.
    #[serde(default)]
    #[schema(nullable = false, example = "green")]
    pap: Option<String>,
}

/// One name to resolve.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResolveQuery {
    /// A host name, or a URL for the name in it, defanged or not.
    value: String,
    /// The type of record; A when left out.
    #[serde(rename = "type")]
    record_type: Option<String>,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
    /// How far the value may travel.
    tlp: Option<String>,
    /// What may be noticed.
    pap: Option<String>,
}

/// Addresses of which the names are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReverseRequest {
    /// IPv4 or IPv6 addresses, defanged or not.
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
    /// What may be noticed: clear, green, amber or red. Name servers are asked under clear and green.
    #[serde(default)]
    #[schema(nullable = false, example = "green")]
    pap: Option<String>,
}

/// One address of which the names are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReverseQuery {
    /// An IPv4 or IPv6 address, defanged or not.
    value: String,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
    /// How far the value may travel.
    tlp: Option<String>,
    /// What may be noticed.
    pap: Option<String>,
}

/// What the name servers said.
#[derive(Debug, Serialize, ToSchema)]
struct DnsItems {
    /// One item for each value, in the order sent.
    items: Vec<DnsItem>,
    /// Whether every question ended before the deadline.
    complete: bool,
}

/// What a name server said about one value.
#[derive(Debug, Serialize, ToSchema)]
struct DnsItem {
    /// The value as sent.
    value: String,
    /// hit, not_found, unsupported (no such name can be asked), skipped, timeout or error (refused, failed, not reached).
    outcome: Outcome,
    /// Why there is no record, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// The type of record that was asked for.
    #[serde(rename = "type")]
    #[schema(example = "A")]
    record_type: String,
    /// The records, aliases on the way to them first.
    records: Vec<RecordItem>,
    /// The name at the end of the aliases.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    canonical_name: Option<String>,
    /// Address and port of the name server that said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "9.9.9.9:53")]
    name_server: Option<String>,
}

/// One record.
#[derive(Debug, Serialize, ToSchema)]
struct RecordItem {
    /// Whose record it is.
    name: String,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "A")]
    record_type: String,
    /// Seconds for which it may still be kept.
    ttl_s: u32,
    /// What it says, as in a zone file. Names are ASCII, without the dot at the end; the strings of TXT are joined.
    data: String,
}

impl From<DnsRecord> for RecordItem {
    fn from(DnsRecord { name, record_type, ttl_s, data }: DnsRecord) -> Self {
        Self { name, record_type, ttl_s, data }
    }
}

/// Resolve names
///
/// Records of any type, with their time to live and the name server that told them. Answers are kept as long as their
/// owners allow. Internal domains and names without a public suffix are skipped unless `dns.ask_internal` is set.
#[utoipa::path(
    tag = "dns",
    operation_id = "resolve_names",
    request_body = ResolveRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = DnsItems, description = "One item for each value.")),
)]
#[post("/v1/dns/resolve")]
async fn resolve_names(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<ResolveRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    limits.check_items("/values", request.values.len())?;
    let record_type = asked_type(request.record_type.as_deref())?;
    let question = Question {
        record_type,
        read: Subject::name,
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), None)?,
        deadline: deadline(request.deadline_ms, started)?,
    };
    Ok(question.answer(&services, request.values).await)
}

/// Resolve one name
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "dns",
    operation_id = "resolve_name",
    extensions(("x-scope" = json!("lookup"))),
    params(ResolveQuery),
    responses((status = OK, body = DnsItems, description = "One item.")),
)]
#[get("/v1/dns/resolve")]
async fn resolve_name(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<ResolveQuery>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let QueryString(query) = query;
    let record_type = asked_type(query.record_type.as_deref())?;
    let question = Question {
        record_type,
        read: Subject::name,
        permission: permission(query.tlp.as_deref(), query.pap.as_deref(), None)?,
        deadline: deadline(query.deadline_ms, started)?,
    };
    Ok(question.answer(&services, vec![query.value]).await)
}

/// Find the names of addresses
///
/// Their PTR records. Private addresses are skipped unless `dns.ask_internal` is set.
#[utoipa::path(
    tag = "dns",
    operation_id = "reverse_addresses",
    request_body = ReverseRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = DnsItems, description = "One item for each value.")),
)]
#[post("/v1/dns/reverse")]
async fn reverse_addresses(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<ReverseRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    limits.check_items("/values", request.values.len())?;
    let question = Question {
        record_type: RecordType::PTR,
        read: Subject::address,
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), None)?,
        deadline: deadline(request.deadline_ms, started)?,
    };
    Ok(question.answer(&services, request.values).await)
}

/// Find the names of one address
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "dns",
    operation_id = "reverse_address",
    extensions(("x-scope" = json!("lookup"))),
    params(ReverseQuery),
    responses((status = OK, body = DnsItems, description = "One item.")),
)]
#[get("/v1/dns/reverse")]
async fn reverse_address(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<ReverseQuery>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let QueryString(query) = query;
    let question = Question {
        record_type: RecordType::PTR,
        read: Subject::address,
        permission: permission(query.tlp.as_deref(), query.pap.as_deref(), None)?,
        deadline: deadline(query.deadline_ms, started)?,
    };
    Ok(question.answer(&services, vec![query.value]).await)
}

fn asked_type(text: Option<&str>) -> Result<RecordType, Problem> {
    let Some(text) = text else { return Ok(RecordType::A) };
    record_type(text).ok_or_else(|| Problem::invalid_at("/type", "not a type of record that can be asked"))
}

/// What is asked about every value of a request.
struct Question {
    record_type: RecordType,
    read: fn(&str) -> Result<Subject, Rejection>,
    permission: Permission,
    deadline: Instant,
}

impl Question {
    async fn answer(&self, services: &Services, values: Vec<String>) -> HttpResponse {
        let settings = services.settings().clone();
        let dns = services.dns(&settings);
        let items = stream::iter(values).map(|value| self.ask(dns, value)).buffered(AT_ONCE);
        let items: Vec<DnsItem> = items.collect().await;
        let complete = items.iter().all(|item| item.outcome != Outcome::Timeout);
        HttpResponse::Ok().json(DnsItems { items, complete })
    }

    async fn ask(&self, dns: Dns<'_>, value: String) -> DnsItem {
        let resolved = match (self.read)(&value) {
            Ok(subject) => dns.resolve(&subject, self.record_type, &self.permission, self.deadline).await,
            Err(rejection) => Resolved::without_answer(Outcome::Unsupported, rejection.to_string()),
        };
        let Resolved { outcome, reason, answer } = resolved;
        let name_server = answer.as_ref().map(|answer| answer.name_server.to_string());
        let (records, canonical_name) = answer.map(|answer| (answer.records, answer.canonical_name)).unzip();
        DnsItem {
            value,
            outcome,
            reason,
            record_type: self.record_type.to_string(),
            records: records.unwrap_or_default().into_iter().map(Into::into).collect(),
            canonical_name,
            name_server,
        }
    }
}
