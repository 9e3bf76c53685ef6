//! `/v1/azure/metrics`: what Azure measures about resources.

use actix_web::{HttpResponse, post, web::Data};
use chrono::Utc;
use model::ColumnSpec;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::asked;
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        limits::RequestLimits,
        observables::deadline,
        problem::Problem,
        sentinel::failed,
        tables::TableForm,
    },
    azure::metrics::{MetricsError, MetricsRequest, look},
    sentinel::object::table,
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_azure_metrics);
}

/// Metrics as a table.
#[derive(ToSchema)]
#[schema(as = AzureMetricsAnswer)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct MetricsAnswer {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows: `time`, `resource_id`, `metric`, `unit`, dimensions, and the aggregations that were asked for.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    /// Resources whose metrics are missing, and why.
    partial_errors: Vec<MetricsError>,
}

#[derive(Serialize)]
struct Beside {
    partial_errors: Vec<MetricsError>,
}

/// List metrics of resources in Azure
///
/// A row for each interval of each metric of each resource. Resources that have no such metrics are told in `partial_errors`.
#[utoipa::path(
    tag = "azure",
    operation_id = "list_azure_metrics",
    extensions(("x-scope" = json!("sentinel.read"))),
    request_body = MetricsRequest,
    responses((status = OK, content(
        (MetricsAnswer = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The values.")),
)]
#[post("/v1/azure/metrics")]
async fn list_azure_metrics(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    limits: RequestLimits,
    form: TableForm,
    request: Body<MetricsRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(request) = request;
    limits.check_items("/resource_ids", request.resource_ids.len())?;
    let azure = asked(&services, deadline(request.deadline_ms, Instant::now())?)?;
    let (rows, partial_errors) = look(&azure, &request, Utc::now()).await.map_err(failed)?;
    Ok(form.answer(table(&rows)?.with_instants(), &Beside { partial_errors }))
}
