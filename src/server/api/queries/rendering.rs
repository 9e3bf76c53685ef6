//! What a caller gives a template, what comes of it, and how it is told that something stands against it.

use chrono::{DateTime, Utc};
use model::When;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sources::{Dialect, Refusal, Rendered};
use utoipa::ToSchema;

use crate::api::problem::{Kind, Problem};

/// What a template is filled with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RenderRequest {
    /// Values by the names or aliases of parameters: texts, numbers, lists, times.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "host_name": "web01" }))]
    pub(super) parameters: Map<String, Value>,
    /// When the query begins: RFC 3339, a number of days from now, or relative text.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d@d")]
    pub(super) start: Option<When>,
    /// When it ends; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2024-05-02T00:00:00Z")]
    pub(super) end: Option<When>,
}

/// A query, ready to be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RenderAnswer {
    /// Its text.
    #[schema(example = "SecurityEvent | where Computer has \"web01\"")]
    query: String,
    /// The language of the text.
    #[schema(example = "kql")]
    dialect: &'static str,
    /// When it begins, if it speaks of a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    start: Option<DateTime<Utc>>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    end: Option<DateTime<Utc>>,
}

impl RenderAnswer {
    pub(super) fn of(rendered: Rendered, dialect: Dialect) -> Self {
        Self {
            query: rendered.query,
            dialect: dialect.name(),
            start: rendered.span.map(|span| span.start()),
            end: rendered.span.map(|span| span.end()),
        }
    }
}

/// Everything that stands against a rendering, each at its place.
pub(crate) fn refused(refusals: &[Refusal], given: &Map<String, Value>) -> Problem {
    let is_raw = refusals.iter().any(|refusal| matches!(refusal, Refusal::Raw { .. }));
    let details: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let problem = Problem::new(if is_raw { Kind::Denied } else { Kind::Invalid }).detail(details.join("; "));
    refusals.iter().zip(details).fold(problem, |problem, (refusal, detail)| {
        let name = refusal.parameter();
        let is_of_request = matches!(refusal, Refusal::Time { .. }) && !given.contains_key(name);
        let parent = if is_of_request { "" } else { "/parameters" };
        problem.at(format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1")), detail)
    })
}
