//! `/v1/ip/asn`: which autonomous system an address belongs to. From memory, unless Team Cymru is to be asked.

use std::sync::Arc;

use actix_web::{HttpResponse, get, post, web::Data};
use model::{Observable, Outcome, SkipReason};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        limits::RequestLimits,
        observables::{deadline, permission},
        problem::Problem,
        query_string::QueryString,
    },
    registries::{self, Manner, address, overall, together},
    services::Services,
};

/// The routes of this file.
pub(super) fn routes(operations: &mut Operations<'_>) {
    operations.service(look_up_systems_of_addresses).service(look_up_system_of_address);
}

/// Who is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AsnSource {
    /// The database in memory: nothing is sent anywhere.
    #[default]
    Bundled,
    /// Team Cymru: as the world announces it today.
    Cymru,
}

/// Addresses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SystemsRequest {
    /// IPv4 or IPv6 addresses, defanged or not.
    #[schema(example = json!(["8.8.8.8"]))]
    values: Vec<String>,
    /// Who is asked: `bundled`, the database in memory, or `cymru`.
    #[serde(default)]
    source: AsnSource,
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
}

/// One address.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SystemQuery {
    /// An IPv4 or IPv6 address, defanged or not.
    value: String,
    /// Who is asked: `bundled`, the database in memory, or `cymru`.
    #[serde(default)]
    #[param(inline)]
    source: AsnSource,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
    /// How far the value may travel.
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red.
    pap: Option<String>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
}

/// The systems of the addresses.
#[derive(Debug, Serialize, ToSchema)]
struct SystemsAnswer {
    /// One item for each value, in the order sent.
    items: Vec<SystemOfAddress>,
    /// Whether everything was answered before the deadline.
    complete: bool,
}

/// The system of one address.
#[derive(Debug, Serialize, ToSchema)]
struct SystemOfAddress {
    /// The value as sent.
    value: String,
    /// How the lookup ended.
    outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    reason: Option<Arc<str>>,
    /// Who said so.
    source: AsnSource,
    /// The system.
    #[serde(flatten)]
    columns: AsnColumns,
}

/// Which system announces an address, under the names of MSTICPy's columns.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct AsnColumns {
    /// Number of the autonomous system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 15169)]
    asn: Option<u32>,
    /// All numbers, when several announce it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asns: Vec<u32>,
    /// The network as it is announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "8.8.8.0/24")]
    asn_cidr: Option<String>,
    /// Country in which it was allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "US")]
    asn_country_code: Option<String>,
    /// The registry that allocated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "arin")]
    asn_registry: Option<String>,
    /// When it was allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2023-12-28")]
    asn_date: Option<String>,
    /// Name of the system or of its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "GOOGLE, US")]
    asn_description: Option<String>,
}

/// Look up the autonomous systems of addresses
///
/// From the database in memory, unless `source` says that Team Cymru is to be asked; many addresses are then asked about in
/// bulk.
#[utoipa::path(
    tag = "ip",
    operation_id = "look_up_systems_of_addresses",
    request_body = SystemsRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = SystemsAnswer, description = "One item for each value.")),
)]
#[post("/v1/ip/asn")]
async fn look_up_systems_of_addresses(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<SystemsRequest>,
) -> Result<HttpResponse, Problem> {
    limits.check_items("/values", request.0.values.len())?;
    systems_of(&services, request.0).await
}

/// Look up the autonomous system of one address
///
/// The same for one value in the query string.
#[utoipa::path(
    tag = "ip",
    operation_id = "look_up_system_of_address",
    extensions(("x-scope" = json!("lookup"))),
    params(SystemQuery),
    responses((status = OK, body = SystemsAnswer, description = "One item.")),
)]
#[get("/v1/ip/asn")]
async fn look_up_system_of_address(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<SystemQuery>,
) -> Result<HttpResponse, Problem> {
    let SystemQuery { value, source, deadline_ms, tlp, pap, refresh } = query.0;
    systems_of(&services, SystemsRequest { values: vec![value], source, deadline_ms, tlp, pap, refresh }).await
}

async fn systems_of(services: &Services, request: SystemsRequest) -> Result<HttpResponse, Problem> {
    let manner = Manner {
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), None)?,
        deadline: deadline(request.deadline_ms, Instant::now())?,
        refresh: request.refresh,
        include_raw: false,
    };
    let read: Vec<Result<Observable, String>> = request.values.iter().map(|value| address(value)).collect();
    let mut complete = true;
    let mut answers = Vec::new();
    if request.source == AsnSource::Cymru {
        let addresses = read.iter().flatten().cloned().collect();
        let (findings, in_time) = registries::announcements(&services.lookups, addresses, &manner).await;
        complete = in_time;
        answers.extend(findings.iter().map(|findings| {
            let (outcome, reason) = overall(findings);
            (outcome, reason, together(findings))
        }));
    } else {
        answers.extend(read.iter().flatten().map(|observable| bundled(services, observable)));
    }
    let mut answers = answers.into_iter();
    let items = request.values.into_iter().zip(read).map(|(value, read)| {
        let (outcome, reason, columns) = match read {
            Err(reason) => (Outcome::Unsupported, Some(reason.into()), AsnColumns::default()),
            Ok(_) => answers.next().unwrap_or((Outcome::Error, None, AsnColumns::default())),
        };
        SystemOfAddress { value, outcome, reason, source: request.source, columns }
    });
    Ok(HttpResponse::Ok().json(SystemsAnswer { items: items.collect(), complete }))
}

/// What the databases in memory know.
fn bundled(services: &Services, observable: &Observable) -> (Outcome, Option<Arc<str>>, AsnColumns) {
    let Some(address) = observable.address() else { return (Outcome::Unsupported, None, AsnColumns::default()) };
    if !model::is_global(address) {
        return (Outcome::Skipped, Some(SkipReason::NotGlobal.as_str().into()), AsnColumns::default());
    }
    let geo = services.geo.find(address);
    if geo.asn.is_none() {
        return (Outcome::NotFound, Some("in none of the databases".into()), AsnColumns::default());
    }
    let columns = AsnColumns {
        asn: geo.asn,
        asn_cidr: services.geo.announced_network(address),
        asn_description: geo.organization,
        ..AsnColumns::default()
    };
    (Outcome::Hit, None, columns)
}
