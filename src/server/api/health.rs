//! For those who run the service: is it alive, is it ready, which version is it, how is it doing.

use actix_web::{
    HttpResponse, get,
    http::header,
    web::{Data, Json, Redirect},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Kind, Problem};
use crate::api::Operations;
use crate::telemetry::Metrics;

/// What `/readyz` and `/metrics` ask.
#[derive(Default)]
pub struct Health {
    checks: Vec<Check>,
    metrics: Option<Metrics>,
}

/// Something that must be ready.
struct Check {
    name: &'static str,
    is_ready: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Health {
    /// Adds something that must be ready. The check is asked often: it looks at what is known and waits for nothing.
    #[must_use]
    pub fn check(mut self, name: &'static str, is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.checks.push(Check { name, is_ready: Box::new(is_ready) });
        self
    }

    /// Shows the metrics.
    #[must_use]
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }
}

/// Whether the service is alive.
#[derive(Serialize, ToSchema)]
struct Liveness {
    /// Always true: a service that is not alive does not answer.
    alive: bool,
}

/// Whether the service can do its work.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// Whether everything is.
    ready: bool,
    /// What was looked at.
    checks: Vec<&'static str>,
}

/// Which version of the service this is.
#[derive(Serialize, ToSchema)]
struct Version {
    /// The name of the service.
    #[schema(example = "pivotd")]
    name: &'static str,
    /// Its version, after semantic versioning.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Tell whether the service is alive.
#[utoipa::path(operation_id = "check_liveness", tag = "operations", responses((status = OK, body = Liveness, description = "It is.")))]
#[get("/livez")]
async fn check_liveness() -> Json<Liveness> {
    Json(Liveness { alive: true })
}

/// Tell whether the service can do its work, or what is not ready.
#[utoipa::path(operation_id = "check_readiness", tag = "operations", responses((status = OK, body = Readiness, description = "Everything is ready.")))]
#[get("/readyz")]
async fn check_readiness(health: Data<Health>) -> Result<Json<Readiness>, Problem> {
    let away: Vec<_> = health.checks.iter().filter(|check| !(check.is_ready)()).collect();
    if away.is_empty() {
        return Ok(Json(Readiness { ready: true, checks: health.checks.iter().map(|check| check.name).collect() }));
    }
    let problem = Problem::new(Kind::Unavailable).retry_after(5);
    Err(away.iter().fold(problem, |problem, check| problem.at(format!("/{}", check.name), "not ready")))
}

/// Tell the version.
#[utoipa::path(operation_id = "read_version", tag = "operations", responses((status = OK, body = Version, description = "Name and version.")))]
#[get("/version")]
async fn read_version() -> Json<Version> {
    Json(Version { name: "pivotd", version: env!("CARGO_PKG_VERSION") })
}

/// Tell how the service is doing, in Prometheus' text format.
#[utoipa::path(
    operation_id = "read_metrics",
    tag = "operations",
    responses((status = OK, body = String, content_type = "text/plain", description = "All metrics."))
)]
#[get("/metrics")]
async fn read_metrics(health: Data<Health>) -> Result<HttpResponse, Problem> {
    let metrics = health.metrics.as_ref().ok_or_else(|| Problem::new(Kind::Missing))?.render_prometheus()?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(metrics))
}

/// Lead people to the documentation.
#[get("/")]
async fn lead_to_docs() -> Redirect {
    Redirect::to("docs/").see_other()
}

/// The operations of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(check_liveness).service(check_readiness).service(read_version).service(read_metrics);
}

/// What leads elsewhere and needs no documentation.
pub(crate) fn redirects(config: &mut actix_web::web::ServiceConfig) {
    config.service(lead_to_docs);
}
