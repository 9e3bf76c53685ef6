//! `/v1/ti/search`: what a provider has that matches a query in its own language.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web::Data};
use model::Outcome;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::LookupItem;
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        observables::{deadline, permission},
        problem::Problem,
    },
    lookups::{SearchAsk, Searched},
    services::Services,
};

/// How many observables come when the request does not say.
const USUAL: usize = 20;

/// The most that a request may ask for.
const MOST: usize = 100;

/// The longest query, in characters.
const LONGEST_QUERY: usize = 4_096;

/// The routes of this file.
pub(super) fn routes(operations: &mut Operations<'_>) {
    operations.service(search_provider);
}

/// What is searched for, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SearchRequest {
    /// Id of the provider: one that the list of providers calls searchable.
    #[serde(default = "virustotal")]
    #[schema(default = "virustotal")]
    provider: String,
    /// The query, in the provider's language.
    #[schema(example = "type:peexe p:10+ fs:2026-01-01+", min_length = 1, max_length = 4096)]
    query: String,
    /// How many observables may come.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<usize>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// How far the query may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber (third parties may be asked) or red (nothing that anybody outside could notice).
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    pap: Option<String>,
}

fn virustotal() -> String {
    "virustotal".to_owned()
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct SearchAnswer {
    /// Id of the provider.
    #[schema(value_type = String, example = "virustotal")]
    provider: Arc<str>,
    /// How the search ended: a hit if anything was found.
    outcome: Outcome,
    /// Why nothing was found, when nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    reason: Option<Arc<str>>,
    /// Seconds after which asking again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_s: Option<u64>,
    /// One item for each observable, in the provider's order.
    items: Vec<LookupItem>,
    /// How many there are, if the provider says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    total: Option<u64>,
    /// Whether there are more than are here.
    has_more: bool,
    /// Time that it took.
    elapsed_ms: u64,
}

impl From<Searched> for SearchAnswer {
    fn from(Searched { finding, found }: Searched) -> Self {
        let items = found.into_iter().map(|(observable, finding)| LookupItem {
            observable,
            verdict: finding.verdict,
            score: finding.score,
            findings: vec![finding],
        });
        Self {
            provider: finding.provider,
            outcome: finding.outcome,
            reason: finding.reason,
            retry_after_s: finding.retry_after_s,
            items: items.collect(),
            total: finding.evidence.get("total").and_then(serde_json::Value::as_u64),
            has_more: finding.evidence.get("has_more").and_then(serde_json::Value::as_bool).unwrap_or_default(),
            elapsed_ms: finding.elapsed_ms,
        }
    }
}

/// Search a provider in its own language
///
/// VirusTotal's intelligence search, with a premium key: files, addresses, domains and URLs that match a query, each with what
/// the provider says about it. A search costs the provider's budget for every twenty observables, and is not kept. No query
/// with an internal domain in it is sent. A provider that fails is data.
#[utoipa::path(
    tag = "ti",
    operation_id = "search_provider",
    request_body = SearchRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = SearchAnswer, description = "What matches.")),
)]
#[post("/v1/ti/search")]
async fn search_provider(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    request: Body<SearchRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(request) = request;
    let query = request.query.trim();
    if query.is_empty() || query.chars().count() > LONGEST_QUERY {
        return Err(Problem::invalid_at("/query", format!("must have between 1 and {LONGEST_QUERY} characters")));
    }
    let limit = request.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid_at("/limit", format!("must be between 1 and {MOST}")));
    }
    let ask = SearchAsk {
        query: query.to_owned(),
        limit,
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), None)?,
        deadline: deadline(request.deadline_ms, started)?,
        provider: request.provider,
    };
    let searched = services.lookups.search(ask).await;
    let searched = searched.map_err(|error| Problem::invalid_at("/provider", error.to_string()))?;
    Ok(HttpResponse::Ok().json(SearchAnswer::from(searched)))
}
