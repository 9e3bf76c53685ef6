//! `/v1/ti`: what the providers know about observables, and who the providers are.
//!
//! An observable is in the body or the query string, never in the path: paths end up in access logs.

mod dbot;
mod flat;
mod format;
mod found;
mod misp;
mod msticpy;
mod providers;
mod search;
mod stix;
#[cfg(test)]
mod tests;

use ::providers::Purpose;
use actix_web::{HttpRequest, HttpResponse, get, post, web::Data};
use chrono::Utc;
use model::{Finding, Observable, Verdict};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use self::{
    format::{Form, Format},
    found::Found,
};
use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    observables::{ObservableInput, SideEffectName, deadline, permission, read_all, unknown_provider},
    openapi::ProviderId,
    problem::Problem,
    query_string::QueryString,
};
use crate::{
    enrich::Rejected,
    lookups::{Ask, Item},
    services::Services,
};

/// Each observable is asked of every provider: more of them belong into several calls.
const MAX_OBSERVABLES: usize = 1_000;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(look_up_observables)
        .service(look_up_observable)
        .configure(providers::routes)
        .configure(search::routes);
}

/// What to look up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LookupRequest {
    /// Up to 1,000 observables.
    observables: Vec<ObservableInput>,
    /// Ids of the providers to ask; every enabled one that answers for the kind when left out.
    #[serde(default)]
    #[schema(value_type = Vec<ProviderId>, inline, nullable = false, example = json!(["abuseipdb", "virustotal"]))]
    providers: Option<Vec<String>>,
    /// Which of the providers' questions; the usual one when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "passivedns")]
    query_type: Option<String>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// How far the observables may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green (the thing may be contacted), amber (third parties may be asked) or red (nothing
    /// that anybody outside could notice).
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    pap: Option<String>,
    /// The side effects that asking may have, of those that the settings allow; all of these when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    allow_side_effects: Option<Vec<SideEffectName>>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
    /// Pass on the providers' answers as received.
    #[serde(default)]
    include_raw: bool,
    /// The format of the answer; without one, `Accept` decides.
    #[serde(default)]
    #[schema(nullable = false)]
    format: Option<Format>,
}

/// One observable to look up.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LookupQuery {
    /// The value, defanged or not.
    value: String,
    /// Its kind; inferred when left out.
    kind: Option<String>,
    /// Id of a provider to ask; may be given several times.
    #[serde(default)]
    #[param(value_type = Vec<ProviderId>, inline)]
    provider: Vec<String>,
    /// Which of the providers' questions.
    query_type: Option<String>,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
    /// How far the observable may travel.
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red.
    pap: Option<String>,
    /// A side effect that asking may have, of those that the settings allow; may be given several times.
    #[serde(default)]
    allow_side_effects: Vec<SideEffectName>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
    /// Pass on the providers' answers as received.
    #[serde(default)]
    include_raw: bool,
    /// The format of the answer; without one, `Accept` decides.
    #[param(inline)]
    format: Option<Format>,
}

/// What is known about the observables.
#[derive(Debug, Serialize, ToSchema)]
struct LookupAnswer {
    /// One item for each observable that could be read, in the order sent.
    items: Vec<LookupItem>,
    /// What could not be read, and why.
    rejected: Vec<Rejected>,
    /// Whether every lookup ended before the deadline.
    complete: bool,
}

/// What is known about one observable.
#[derive(Debug, Serialize, ToSchema)]
struct LookupItem {
    /// The observable.
    observable: Observable,
    /// The worst verdict that a provider gives.
    verdict: Verdict,
    /// The highest score among those who give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100, nullable = false)]
    score: Option<u8>,
    /// What each provider says.
    findings: Vec<Finding>,
}

impl From<Found> for LookupAnswer {
    fn from(Found { items, rejected, complete, .. }: Found) -> Self {
        Self { items: items.into_iter().map(Into::into).collect(), rejected, complete }
    }
}

impl From<Item> for LookupItem {
    fn from(Item { observable, verdict, score, findings }: Item) -> Self {
        Self { observable, verdict, score, findings }
    }
}

/// Look up observables with many providers at once
///
/// Each provider's answer is a finding with its own outcome: a provider that fails, is rate-limited or may not see the
/// observable is data, and the others stand.
///
/// `format` gives the answer in the formats of other systems: `flat` (a table, one row for each observable: found, verdict,
/// score, risk, Cortex's level and taxonomies, CTIM's disposition) and `msticpy` (a table, one row for each observable and
/// provider), which `Accept` also turns into `application/x-ndjson` or `text/csv`; `dbot` (XSOAR's `DBotScore`), `misp` (an
/// event in the core format) and `stix` (a 2.1 bundle). The schema below is that of the default format.
#[utoipa::path(
    tag = "ti",
    operation_id = "look_up_observables",
    request_body = LookupRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, description = "What is known, provider by provider.", content(
        (LookupAnswer = "application/json"), (stix::Bundle = "application/stix+json"), (String = "application/x-ndjson"),
        (String = "text/csv"),
    ))),
)]
#[post("/v1/ti/lookup")]
async fn look_up_observables(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    http: HttpRequest,
    request: Body<LookupRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    let form = Form::wanted(&http, request.format)?;
    limits.check_items_up_to(MAX_OBSERVABLES, "/observables", request.observables.len())?;
    let (observables, rejected) = read_all(&request.observables);
    let ask = Ask {
        observables,
        purpose: Purpose::ThreatIntelligence,
        providers: request.providers,
        query_type: request.query_type,
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), request.allow_side_effects)?,
        deadline: deadline(request.deadline_ms, started)?,
        refresh: request.refresh,
        include_raw: request.include_raw,
    };
    answer(&services, ask, rejected, form).await
}

/// Look up one observable
///
/// The same as the bulk operation, for people and simple tools. The value stays in the query string, which is not logged.
#[utoipa::path(
    tag = "ti",
    operation_id = "look_up_observable",
    extensions(("x-scope" = json!("lookup"))),
    params(LookupQuery),
    responses((status = OK, description = "What is known, provider by provider.", content(
        (LookupAnswer = "application/json"), (stix::Bundle = "application/stix+json"), (String = "application/x-ndjson"),
        (String = "text/csv"),
    ))),
)]
#[get("/v1/ti/lookup")]
async fn look_up_observable(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    http: HttpRequest,
    query: QueryString<LookupQuery>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let QueryString(query) = query;
    let form = Form::wanted(&http, query.format)?;
    let side_effects = (!query.allow_side_effects.is_empty()).then_some(query.allow_side_effects);
    let (observables, rejected) = read_all(&[ObservableInput { value: query.value, kind: query.kind }]);
    let ask = Ask {
        observables,
        purpose: Purpose::ThreatIntelligence,
        providers: (!query.provider.is_empty()).then_some(query.provider),
        query_type: query.query_type,
        permission: permission(query.tlp.as_deref(), query.pap.as_deref(), side_effects)?,
        deadline: deadline(query.deadline_ms, started)?,
        refresh: query.refresh,
        include_raw: query.include_raw,
    };
    answer(&services, ask, rejected, form).await
}

async fn answer(services: &Services, ask: Ask, rejected: Vec<Rejected>, form: Form) -> Result<HttpResponse, Problem> {
    let lookups = &services.lookups;
    let (query_type, permission) = (ask.query_type.clone(), ask.permission.clone());
    let answered = lookups.look_up(ask).await.map_err(|error| unknown_provider(&error))?;
    let found = Found {
        items: answered.items,
        rejected,
        complete: answered.complete,
        query_type,
        tlp: permission.tlp.unwrap_or_else(|| lookups.default_tlp()),
        pap: permission.pap,
        titles: lookups.members().iter().map(|member| (member.id.clone(), member.facts().title)).collect(),
        at: Utc::now(),
        id: Uuid::new_v4(),
    };
    format::answer(form, found)
}
