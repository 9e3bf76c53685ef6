//! `/v1/context`: what the organisation itself knows about its assets and people. No verdicts: nothing is good or bad here.
//!
//! An observable is in the body or the query string, never in the path: paths end up in access logs.

use std::sync::Arc;

use actix_web::{HttpResponse, get, post, web::Data};
use model::{CacheUse, Evidence, Finding, Observable, Outcome};
use providers::Purpose;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    observables::{ObservableInput, SideEffectName, deadline, permission, read_all, unknown_provider},
    problem::Problem,
    query_string::QueryString,
};
use crate::{
    enrich::Rejected,
    lookups::{Ask, Item},
    services::Services,
};

/// Each observable is asked of every context provider: more of them belong into several calls.
const MAX_OBSERVABLES: usize = 1_000;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(look_up_contexts).service(look_up_context);
}

/// What to look up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContextRequest {
    /// Up to 1,000 observables: addresses and names of your own, e-mail addresses.
    observables: Vec<ObservableInput>,
    /// Ids of the providers to ask; every enabled context provider that answers for the kind when left out.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["servicenow"]))]
    providers: Option<Vec<String>>,
    /// Which of the providers' questions; the usual one when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "user")]
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
}

/// One observable to look up.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ContextQuery {
    /// The value, defanged or not.
    value: String,
    /// Its kind; inferred when left out.
    kind: Option<String>,
    /// Id of a provider to ask; may be given several times.
    #[serde(default)]
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
}

/// What the organisation knows about the observables.
#[derive(Debug, Serialize, ToSchema)]
struct ContextAnswer {
    /// One item for each observable that could be read, in the order sent.
    items: Vec<ContextItem>,
    /// What could not be read, and why.
    rejected: Vec<Rejected>,
    /// Whether every lookup ended before the deadline.
    complete: bool,
}

/// What the organisation knows about one observable.
#[derive(Debug, Serialize, ToSchema)]
struct ContextItem {
    /// The observable.
    observable: Observable,
    /// What each provider says.
    findings: Vec<ContextFinding>,
}

impl From<Item> for ContextItem {
    fn from(Item { observable, findings, .. }: Item) -> Self {
        Self { observable, findings: findings.into_iter().map(Into::into).collect() }
    }
}

/// What one context provider says about one observable.
#[derive(Debug, Serialize, ToSchema)]
struct ContextFinding {
    /// Id of the provider.
    #[schema(value_type = String, example = "servicenow")]
    provider: Arc<str>,
    /// How the lookup ended.
    outcome: Outcome,
    /// What is known.
    #[schema(value_type = Object)]
    evidence: Arc<Evidence>,
    /// Other observables that the provider connects with this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Observable>, nullable = false)]
    related: Option<Arc<[Observable]>>,
    /// A page for people about this observable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uri, nullable = false)]
    reference: Option<Arc<str>>,
    /// The provider's answer as received; only with `include_raw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    raw: Option<Value>,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    reason: Option<Arc<str>>,
    /// Seconds after which asking again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_s: Option<u64>,
    /// How the cache served it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cache: Option<CacheUse>,
    /// Time that the lookup took.
    elapsed_ms: u64,
}

impl From<Finding> for ContextFinding {
    fn from(finding: Finding) -> Self {
        let Finding {
            provider,
            outcome,
            evidence,
            related,
            reference,
            raw,
            reason,
            retry_after_s,
            cache,
            elapsed_ms,
            ..
        } = finding;
        Self { provider, outcome, evidence, related, reference, raw, reason, retry_after_s, cache, elapsed_ms }
    }
}

/// Look up what the organisation knows about assets and people
///
/// Asks the organisation's own systems and tables: whose a machine is, who a person is. Each answer is a finding with its
/// own outcome, without a verdict.
#[utoipa::path(
    tag = "context",
    operation_id = "look_up_contexts",
    request_body = ContextRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = ContextAnswer, description = "What is known, provider by provider.")),
)]
#[post("/v1/context/lookup")]
async fn look_up_contexts(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    request: Body<ContextRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    limits.check_items_up_to(MAX_OBSERVABLES, "/observables", request.observables.len())?;
    let (observables, rejected) = read_all(&request.observables);
    let ask = Ask {
        observables,
        purpose: Purpose::Context,
        providers: request.providers,
        query_type: request.query_type,
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), request.allow_side_effects)?,
        deadline: deadline(request.deadline_ms, started)?,
        refresh: request.refresh,
        include_raw: request.include_raw,
    };
    answer(&services, ask, rejected).await
}

/// Look up what the organisation knows about one observable
///
/// The same as the bulk operation, for people and simple tools. The value stays in the query string, which is not logged.
#[utoipa::path(
    tag = "context",
    operation_id = "look_up_context",
    extensions(("x-scope" = json!("lookup"))),
    params(ContextQuery),
    responses((status = OK, body = ContextAnswer, description = "What is known, provider by provider.")),
)]
#[get("/v1/context/lookup")]
async fn look_up_context(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<ContextQuery>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let QueryString(query) = query;
    let side_effects = (!query.allow_side_effects.is_empty()).then_some(query.allow_side_effects);
    let (observables, rejected) = read_all(&[ObservableInput { value: query.value, kind: query.kind }]);
    let ask = Ask {
        observables,
        purpose: Purpose::Context,
        providers: (!query.provider.is_empty()).then_some(query.provider),
        query_type: query.query_type,
        permission: permission(query.tlp.as_deref(), query.pap.as_deref(), side_effects)?,
        deadline: deadline(query.deadline_ms, started)?,
        refresh: query.refresh,
        include_raw: query.include_raw,
    };
    answer(&services, ask, rejected).await
}

async fn answer(services: &Services, ask: Ask, rejected: Vec<Rejected>) -> Result<HttpResponse, Problem> {
    let answered = services.lookups.look_up(ask).await.map_err(|error| unknown_provider(&error))?;
    Ok(HttpResponse::Ok().json(ContextAnswer {
        items: answered.items.into_iter().map(Into::into).collect(),
        rejected,
        complete: answered.complete,
    }))
}
