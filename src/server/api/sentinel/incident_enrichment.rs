//! `POST /v1/sentinel/{workspace}/incidents/{id}/enrich`: an incident enriched where it is.

use std::time::Duration;

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use model::When;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{OfObject, failed, incidents::FailedPart, mistaken, space, tell};
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, Refusal, scope},
        enrich::{Choices, ContextName, Render, draw, plan, report},
        limits::RequestLimits,
        observables::{SideEffectName, deadline, permission, unknown_provider},
        openapi::ProviderId,
        problem::Problem,
    },
    enrich::{
        self, Drawable, Incoming, Rendered, Report,
        incident::{Fetched, NewSeverity, WriteBack, Written, fetch, write_back},
    },
    sentinel::{incidents::Incident, input, object::read},
    services::Services,
    settings::Scope,
    telemetry::TraceId,
};

/// Time that is kept for writing back: a quarter of what there is, but no more than this.
const LONGEST_RESERVE: Duration = Duration::from_secs(2);

/// The word for a severity that follows the verdict.
const OF_VERDICT: &str = "verdict";

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(enrich_sentinel_incident);
}

/// How an incident is to be enriched, and what is to be written back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IncidentEnrichRequest {
    /// Whether the report becomes a comment. What the last such comment says already is not written again.
    #[serde(default)]
    comment: bool,
    /// Labels to add.
    #[serde(default)]
    #[schema(example = json!(["enriched"]))]
    tags: Vec<String>,
    /// Whether a label names the verdict: `pivotd:malicious`, `pivotd:suspicious`, `pivotd:benign` or `pivotd:unknown`.
    #[serde(default)]
    tag_verdict: bool,
    /// The severity that it is to have: `High`, `Medium`, `Low`, `Informational`; or `verdict`, which raises it to High if something
    /// is malicious and to Medium if something is suspicious.
    #[schema(nullable = false, example = "verdict")]
    severity: Option<String>,
    /// A named set of lookups and pivots from the settings.
    #[schema(nullable = false, default = "default")]
    profile: Option<String>,
    /// Ids of the providers to ask; those of the profile when left out.
    #[schema(value_type = Vec<ProviderId>, inline, nullable = false)]
    providers: Option<Vec<String>>,
    /// What else is asked about addresses and names; what the profile says when left out.
    #[schema(nullable = false)]
    context: Option<Vec<ContextName>>,
    /// How far the observables may travel: clear, green, amber, amber+strict or red.
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red.
    #[schema(nullable = false, example = "amber")]
    pap: Option<String>,
    /// The side effects that asking may have, of those that the settings allow; all of these when left out.
    #[schema(nullable = false)]
    allow_side_effects: Option<Vec<SideEffectName>>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
    /// Pass on the providers' answers as received.
    #[serde(default)]
    include_raw: bool,
    /// The report as text and in pictures, too.
    #[serde(default)]
    render: Vec<Render>,
    /// Pivots to run, as `container.function`; those of the profile when left out.
    #[schema(nullable = false)]
    pivots: Option<Vec<String>>,
    /// When queries of pivots begin; a day before what the incident is about when left out.
    #[schema(value_type = String, nullable = false, example = "-1d")]
    start: Option<When>,
    /// When they end.
    #[schema(value_type = String, nullable = false)]
    end: Option<When>,
}

/// What is known about an incident, and what was written back.
#[derive(Debug, Serialize, ToSchema)]
struct IncidentReport {
    #[serde(flatten)]
    report: Report,
    /// The incident as it is now.
    incident: Incident,
    /// What was written.
    written: Vec<Written>,
    /// Whether nothing had to be written, because all of it was there.
    unchanged: bool,
    /// What could not be written, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<FailedPart>,
}

/// Enrich an incident of a workspace
///
/// Fetches the incident by its id, number or title, with its entities and comments; enriches as `POST /v1/enrich` does; and writes
/// back what is asked for: a comment, labels, a severity. Called again with the same findings it writes nothing. What cannot be
/// written is named in `failed`, with the permission that is missing, and does not hold up the answer.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "enrich_sentinel_incident",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject),
    request_body = IncidentEnrichRequest,
    responses((status = OK, body = IncidentReport, description = "Everything that is known, and what was written.")),
)]
#[post("/v1/sentinel/{workspace}/incidents/{id}/enrich")]
async fn enrich_sentinel_incident(
    allowed: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    limits: RequestLimits,
    trace_id: TraceId,
    path: Path<OfObject>,
    request: Body<IncidentEnrichRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    let due = deadline(request.deadline_ms, started)?;
    let wanted = WriteBack {
        comment: request.comment,
        tags: request.tags,
        tag_verdict: request.tag_verdict,
        severity: request.severity.as_deref().map(severity).transpose()?,
    };
    let mut needed = vec![Scope::Lookup];
    needed.extend(wanted.is_wanted().then_some(Scope::SentinelWrite));
    if let Some(scope) = needed.into_iter().find(|scope| !allowed.caller.scopes.contains(*scope)) {
        return Err(Refusal::Scope(scope).into());
    }
    let choices = Choices {
        profile: request.profile,
        providers: request.providers,
        context: request.context,
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), request.allow_side_effects)?,
        refresh: request.refresh,
        include_raw: request.include_raw,
        pivots: request.pivots,
        start: request.start,
        end: request.end,
    };
    let space = space(&services, &path.workspace, due)?;
    let has_pictures = request.render.iter().any(|render| render.is_picture());
    let fetched = fetch(&space, &path.id, has_pictures).await.map_err(failed)?;
    let incoming = Incoming { incident: Some(fetched.incident.clone()), ..Incoming::default() };
    let plan = plan(&services, incoming, limits.items).await?;
    let reserve =
        if wanted.is_wanted() { (due.duration_since(started) / 4).min(LONGEST_RESERVE) } else { Duration::ZERO };
    let manner = choices.manner(&services, &allowed.caller, &plan, due - reserve)?;
    let settings = services.settings().clone();
    let (world, pivots) = (services.world(&settings), services.pivots());
    let enriched = enrich::enrich(plan, manner, world, &pivots).await.map_err(|error| unknown_provider(&error))?;
    let done = write_back(&space, &fetched, &enriched, &wanted).await;
    let Fetched { incident, .. } = fetched;
    let id = incident.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
    // Labels and severity are one write.
    let changed = done.incident.as_ref().map(|_| id);
    for object in changed.into_iter().chain(done.written.iter().filter_map(|written| written.id.as_deref())) {
        tell(&allowed.caller, "enrich_sentinel_incident", &space, object);
    }
    let pictures = if has_pictures {
        draw(&services, Drawable::read(Some(&incident), None, None), &enriched, request.render.clone()).await?
    } else {
        Rendered::default()
    };
    Ok(HttpResponse::Ok().json(IncidentReport {
        report: report(trace_id, enriched, &request.render, pictures, started),
        incident: read(done.incident.unwrap_or(incident))?,
        unchanged: wanted.is_wanted() && done.written.is_empty() && done.failed.is_empty(),
        written: done.written,
        failed: done.failed.iter().map(|(part, error)| FailedPart::new(*part, error)).collect(),
    }))
}

fn severity(text: &str) -> Result<NewSeverity, Problem> {
    if text.eq_ignore_ascii_case(OF_VERDICT) {
        return Ok(NewSeverity::OfVerdict);
    }
    input::word("/severity", text, input::SEVERITIES).map(NewSeverity::Fixed).map_err(mistaken)
}
