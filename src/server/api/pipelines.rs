//! `/v1/pipelines`: steps of which each gets the table that the one before left. Those that have a name, and running them.

mod operations;
mod running;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

pub(crate) use self::running::{PipelineRequest, run};
use super::{
    Operations,
    caller::{Allowed, scope},
    etag::Tagged,
    page,
    problem::{Kind, Problem},
    query_string::QueryString,
};
use crate::{
    pivots::pipeline::{ParameterDocument, ShelvedPipeline},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_pipelines).service(running::run_pipeline).service(show_pipeline);
}

/// Which pipelines are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PipelineQuery {
    /// Words that all stand in the name, the description or the steps, in any case.
    #[param(example = "sign")]
    search: Option<String>,
    /// At most so many pipelines.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

/// The pipelines that fit.
#[derive(Debug, Serialize, ToSchema)]
struct PipelinePage {
    /// By name.
    items: Vec<PipelineItem>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// A pipeline that has a name.
#[derive(Debug, Serialize, ToSchema)]
struct PipelineItem {
    /// Its name.
    #[schema(example = "ip_triage")]
    name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// Whether it came with the service.
    shipped: bool,
    /// What it can be told. Those without a default must be given.
    parameters: BTreeMap<String, ParameterDocument>,
    /// Its steps, as they are written: `${name}` stands for a parameter.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Value>,
}

impl PipelineItem {
    fn of(name: &str, pipeline: &ShelvedPipeline) -> Self {
        let ShelvedPipeline { document, is_shipped } = pipeline;
        Self {
            name: name.to_owned(),
            description: document.description.clone(),
            shipped: *is_shipped,
            parameters: document.parameters.clone(),
            steps: document.steps.iter().map(without_nulls).collect(),
        }
    }

    fn holds(&self, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let steps = serde_json::to_string(&self.steps).unwrap_or_default();
        let description = self.description.as_deref().unwrap_or_default();
        let all = format!("{}\n{description}\n{steps}", self.name).to_lowercase();
        words.iter().all(|word| all.contains(word))
    }
}

/// MSTICPy writes `null` where a step has no function.
fn without_nulls(step: &Value) -> Value {
    let members = step.as_object().into_iter().flatten().filter(|(_, member)| !member.is_null());
    Value::Object(members.map(|(name, member)| (name.clone(), member.clone())).collect::<Map<_, _>>())
}

/// List the pipelines
///
/// Those that came with the service and those of the settings (`pipelines.paths`), with what each can be told and the steps
/// that it takes.
#[utoipa::path(
    tag = "pivots",
    operation_id = "list_pipelines",
    extensions(("x-scope" = json!("lookup"))),
    params(PipelineQuery),
    responses(
        (status = OK, body = PipelinePage, description = "The pipelines that fit."),
        (status = NOT_MODIFIED, description = "As the caller knows it."),
    ),
)]
#[get("/v1/pipelines")]
async fn list_pipelines(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    http: HttpRequest,
    query: QueryString<PipelineQuery>,
) -> Result<HttpResponse, Problem> {
    let QueryString(query) = query;
    let length = page::length(query.limit)?;
    let words: Vec<String> =
        query.search.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
    let after = query.cursor.unwrap_or_default();
    let pipelines = services.pipelines();
    let items = pipelines.iter().filter(|(name, _)| after.is_empty() || *name > after.as_str());
    let items = items.map(|(name, pipeline)| PipelineItem::of(name, pipeline)).filter(|item| item.holds(&words));
    let (items, next) = page::page(items, length, |item| item.name.clone());
    tagged(&PipelinePage { items, next }, &http)
}

/// Show a pipeline
///
/// What it is for, what it can be told, and its steps.
#[utoipa::path(
    tag = "pivots",
    operation_id = "show_pipeline",
    params(("name" = String, Path, description = "Its name.", example = "ip_triage")),
    extensions(("x-scope" = json!("lookup"))),
    responses(
        (status = OK, body = PipelineItem, description = "The pipeline."),
        (status = NOT_MODIFIED, description = "As the caller knows it."),
    ),
)]
#[get("/v1/pipelines/{name}")]
async fn show_pipeline(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    http: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let pipelines = services.pipelines();
    let pipeline = pipelines.find(&name).ok_or_else(|| {
        let known: Vec<&str> = pipelines.iter().map(|(name, _)| name).collect();
        Problem::new(Kind::Missing).detail(format!("no such pipeline; there are {}", known.join(", ")))
    })?;
    tagged(&PipelineItem::of(&name, pipeline), &http)
}

fn tagged(answer: &impl Serialize, http: &HttpRequest) -> Result<HttpResponse, Problem> {
    let json = serde_json::to_vec(answer).map_err(|error| Problem::new(Kind::Internal).caused_by(error.to_string()))?;
    Ok(Tagged::new(json).answer(http))
}
