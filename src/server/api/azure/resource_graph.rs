//! `/v1/azure/resource-graph`: queries over all resources.

use actix_web::{HttpResponse, post, web::Data};
use model::ColumnSpec;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::asked;
use crate::{
    api::{
        Operations,
        arm::problem,
        body::Body,
        caller::{Allowed, scope},
        observables::deadline,
        problem::Problem,
        tables::TableForm,
    },
    azure::graph::{Rows, Where, query},
    sentinel::object::table,
    services::Services,
};

/// Rows of an answer that does not say how many it wants.
const USUAL_ROWS: usize = 10_000;

/// The most rows of an answer.
const MOST_ROWS: usize = 100_000;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(query_azure_resources);
}

/// A query of Azure Resource Graph.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResourceGraphRequest)]
struct GraphRequest {
    /// The text, in KQL.
    #[schema(example = "Resources | where type =~ 'microsoft.compute/virtualmachines' | project name, location")]
    query: String,
    /// Ids of subscriptions; those of the settings, or all that the credential may see, when left out.
    #[serde(default)]
    subscriptions: Vec<String>,
    /// Names of management groups instead.
    #[serde(default)]
    management_groups: Vec<String>,
    /// More rows than these are not wanted; `truncated` says whether there were more.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 10_000)]
    max_rows: Option<usize>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// The rows that a query found.
#[derive(ToSchema)]
#[schema(as = ResourceGraphAnswer)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct GraphAnswer {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows: values by the names of the columns, null where a cell is missing.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
}

/// Query the resources of Azure
///
/// In the language of Azure Resource Graph, as the credential of the settings. Sources of the kind resource_graph can also be
/// queried as other sources are, and stream what they find.
#[utoipa::path(
    tag = "azure",
    operation_id = "query_azure_resources",
    extensions(("x-scope" = json!("query"))),
    request_body = GraphRequest,
    responses((status = OK, content(
        (GraphAnswer = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The rows.")),
)]
#[post("/v1/azure/resource-graph")]
async fn query_azure_resources(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    form: TableForm,
    request: Body<GraphRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(GraphRequest { query: text, subscriptions, management_groups, max_rows, deadline_ms }) = request;
    if text.trim().is_empty() {
        return Err(Problem::invalid_at("/query", "a query is needed"));
    }
    let most = max_rows.unwrap_or(USUAL_ROWS);
    if !(1..=MOST_ROWS).contains(&most) {
        return Err(Problem::invalid_at("/max_rows", format!("must be from 1 to {MOST_ROWS}")));
    }
    let azure = asked(&services, deadline(deadline_ms, Instant::now())?)?;
    let subscriptions = if subscriptions.is_empty() && management_groups.is_empty() {
        services.settings().azure.subscriptions.clone()
    } else {
        subscriptions
    };
    let place = Where { subscriptions, management_groups };
    let Rows { rows, is_truncated } = query(&azure, &text, &place, most).await.map_err(|error| problem(&error))?;
    let mut found = table(&rows)?;
    if is_truncated {
        found.mark_truncated();
    }
    Ok(form.answer(found, &serde_json::json!({})))
}
