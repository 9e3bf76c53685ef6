//! A query by name in place of the rows of a plot: it is run, and what is missing from its rows is told with the picture.

use actix_web::HttpResponse;
use model::{Table, When};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::{Caller, Refusal},
        problem::{Kind, Problem},
        sources::{RunRequest, collect, tell_in_headers},
    },
    queries::{PartialError, QueryOutcome},
    services::Services,
    settings::Scope,
};

/// A query template whose rows are drawn. Running it needs the scope `query`, too.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PlotQuery)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryInput {
    /// An environment or one of its aliases.
    #[schema(example = "MSSentinel")]
    environment: String,
    /// A family.
    #[schema(example = "WindowsSecurity")]
    family: String,
    /// The name of the query.
    #[schema(example = "list_host_logons")]
    name: String,
    /// Values by the names or aliases of parameters.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "host_name": "web01" }))]
    parameters: Map<String, Value>,
    /// The name of the source; not needed where only one runs such queries.
    #[serde(default)]
    #[schema(nullable = false)]
    source: Option<String>,
    /// When the query begins; a day before the end when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d@d")]
    start: Option<When>,
    /// When it ends; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2026-05-02T00:00:00Z")]
    end: Option<When>,
    /// More rows than these are not drawn.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, example = 1000)]
    max_rows: Option<u64>,
    /// When the rows are due, in milliseconds: what is there then is drawn. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// How a query ended.
pub(super) struct Ended {
    outcome: QueryOutcome,
    /// What is missing, and why.
    pub(super) partial_errors: Vec<PartialError>,
}

impl QueryInput {
    /// Runs it for a caller. A query that fails and brings nothing is a problem: there is nothing to draw.
    pub(super) async fn ask(self, services: &Services, caller: &Caller) -> Result<(Table, Ended), Problem> {
        if !caller.scopes.contains(Scope::Query) {
            return Err(Refusal::Scope(Scope::Query).into());
        }
        let path = (self.environment, self.family, self.name);
        let request = RunRequest {
            parameters: self.parameters,
            source: self.source,
            start: self.start,
            end: self.end,
            max_rows: self.max_rows,
            deadline_ms: self.deadline_ms,
            ..RunRequest::default()
        };
        let kept = collect(services, &path, &request, Instant::now()).await;
        let collected = kept.map_err(|problem| problem.below("/query"))?.answer;
        let ended = Ended { outcome: collected.outcome(), partial_errors: collected.partial_errors.clone() };
        match ended.partial_errors.first() {
            Some(first) if collected.table.row_count() == 0 => Err(failed(first)),
            _ => Ok((std::sync::Arc::unwrap_or_clone(collected).table, ended)),
        }
    }
}

/// Says that the query brought nothing, and why.
fn failed(first: &PartialError) -> Problem {
    let words = format!("the query brought nothing to draw ({}): {}", first.outcome.as_str(), first.message);
    let problem = match first.outcome {
        QueryOutcome::Rejected => Problem::invalid_at("/query", words),
        QueryOutcome::Timeout => Problem::new(Kind::from(model::Fault::Timeout)).detail(words),
        _ => Problem::new(Kind::Upstream).detail(words),
    };
    first.retry_after_s.into_iter().fold(problem, Problem::retry_after)
}

impl Ended {
    /// Tells how it ended in the headers of a picture that has no other place for it.
    pub(super) fn tell(&self, response: &mut HttpResponse) {
        tell_in_headers(response, self.outcome, self.partial_errors.first());
    }
}
