//! `/v1/sentinel/{workspace}/ti-indicators/query` and `/upload`: many indicators found, and many objects of STIX sent.

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use tokio::time::Instant;
use url::Url;
use utoipa::ToSchema;

use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        limits::RequestLimits,
        observables::deadline,
        problem::{Kind, Problem},
        query_string::QueryString,
        sentinel::{ListQuery, Listed, OfWorkspace, answer, failed, space, tell},
        tables::TableForm,
    },
    credentials::Endpoints,
    sentinel::indicators::{
        Indicator, IndicatorInput, IndicatorQuery, SOURCE, query as find,
        stix::{faults, object},
        upload::{PUBLIC, Upload, upload},
    },
    sentinel::space::Space,
    services::Services,
    settings::Cloud,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(query_ti_indicators).service(upload_ti_objects);
}

/// What to upload.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UploadRequest {
    /// Who the objects are from, as Sentinel will show it.
    #[serde(default)]
    #[schema(nullable = false, default = "pivotd", example = "Hunt team")]
    source: Option<String>,
    /// Objects of STIX 2.0 or 2.1: indicators, attack patterns, threat actors, identities, relationships.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    objects: Vec<Map<String, Json>>,
    /// What was seen, of which indicators are made; after the objects.
    #[serde(default)]
    indicators: Vec<IndicatorInput>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// Find threat intelligence indicators of a workspace
#[utoipa::path(
    tag = "sentinel",
    operation_id = "query_ti_indicators",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    request_body = IndicatorQuery,
    responses((status = OK, content(
        (Listed<Indicator> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The indicators that fit.")),
)]
#[post("/v1/sentinel/{workspace}/ti-indicators/query")]
async fn query_ti_indicators(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
    request: Body<IndicatorQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, find(&space, request.0, query.0.wanted(form)?, Utc::now()).await.map_err(failed)?)
}

/// Upload threat intelligence in the form of STIX
///
/// A hundred objects in a request to Sentinel, and as many requests as are needed. Uploading the same object again changes
/// it. Objects that are not taken are data, not a failure.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "upload_ti_objects",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace),
    request_body = UploadRequest,
    responses((status = OK, body = Upload, description = "How many were taken, and why the others were not.")),
)]
#[post("/v1/sentinel/{workspace}/ti-indicators/upload")]
async fn upload_ti_objects(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    limits: RequestLimits,
    request: Body<UploadRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(UploadRequest { source, objects, indicators, deadline_ms }) = request;
    limits.check_items("/objects", objects.len() + indicators.len())?;
    if objects.is_empty() && indicators.is_empty() {
        return Err(Problem::invalid_at("/objects", "at least one object or indicator is needed"));
    }
    let space = space(&services, &path.workspace, deadline(deadline_ms, Instant::now())?)?;
    let (source, now) = (source.unwrap_or_else(|| SOURCE.to_owned()), Utc::now());
    let given = objects.into_iter().map(|object| match faults(&object) {
        faults if faults.is_empty() => Ok(Json::Object(object)),
        faults => Err(faults),
    });
    let made = indicators.into_iter().map(|new| object(new, &source, now).map_err(|mistake| vec![mistake.to_string()]));
    let server = server(&services, &space)?;
    let uploaded = upload(&space, &server, &source, given.chain(made).collect()).await.map_err(failed)?;
    tell(&allowed.caller, "upload_ti_objects", &space, &format!("{} objects", uploaded.accepted));
    Ok(HttpResponse::Ok().json(uploaded))
}

/// Where threat intelligence is uploaded: where the settings say, or where Azure Resource Manager is if they name that, or the
/// public cloud's own server. A token of another cloud goes nowhere else.
fn server(services: &Services, space: &Space) -> Result<Url, Problem> {
    let workspace = &space.workspace;
    if let Some(url) = workspace.ti_url.as_ref().or(workspace.account.arm_url.as_ref()) {
        return Ok(url.clone());
    }
    if services.credentials.endpoints(&workspace.account.credential)? == Endpoints::of(Cloud::Public) {
        return PUBLIC.parse().map_err(|_| Problem::new(Kind::Internal).caused_by("the public server has no address"));
    }
    Err(Problem::new(Kind::Unsupported)
        .detail("the settings lack ti_url for this workspace, which is not in the public cloud"))
}
