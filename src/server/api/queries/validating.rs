//! A file of templates that a caller sends to have it checked: in JSON, or by itself.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev, http::header};
use futures::FutureExt as _;
use serde::{Deserialize, Serialize};
use sources::{Mistake, read_file};
use utoipa::ToSchema;

use crate::api::{
    body::{self, Body},
    limits::RequestLimits,
    problem::Problem,
};

/// What a file is called that has no name.
const UNNAMED: &str = "templates.yaml";

/// A file of templates.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ValidateRequest {
    /// Its text, YAML.
    #[schema(
        example = "metadata: {data_environments: [Splunk], data_families: [Web]}\nsources:\n  q:\n    args: {query: 'search x'}"
    )]
    text: String,
    /// What mistakes call it.
    #[serde(default)]
    #[schema(nullable = false, example = "web.yaml")]
    file: Option<String>,
}

impl FromRequest for ValidateRequest {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        if !is_yaml(request) {
            return Body::from_request(request, payload).map(|body| body.map(|Body(request)| request)).boxed_local();
        }
        let bytes = body::read_bytes(request, payload, RequestLimits::of(request).body_bytes);
        async move {
            let text = String::from_utf8(bytes.await?).map_err(|_| Problem::invalid_at("", "the body is not UTF-8"))?;
            Ok(Self { text, file: None })
        }
        .boxed_local()
    }
}

/// A page in a browser cannot send these across origins without asking.
fn is_yaml(request: &HttpRequest) -> bool {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    ["application/yaml", "application/x-yaml", "text/yaml"].iter().any(|known| known.eq_ignore_ascii_case(essence))
}

/// What the file holds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ValidateAnswer {
    /// Whether nothing is wrong.
    valid: bool,
    /// How many queries the file declares.
    declared: usize,
    /// The queries that are right.
    queries: Vec<ValidQuery>,
    /// What is wrong, in the order of the file.
    mistakes: Vec<MistakeItem>,
}

/// A query that is right.
#[derive(Debug, Serialize, ToSchema)]
struct ValidQuery {
    /// Its name.
    name: String,
    /// The environments that it is for.
    environments: Vec<String>,
    /// The families that it belongs to.
    families: Vec<String>,
    /// The language of its text.
    #[schema(example = "kql")]
    dialect: &'static str,
    /// The parameters that are text of the query itself.
    raw: Vec<String>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct MistakeItem {
    /// The file.
    file: String,
    /// Its line, from 1.
    line: usize,
    /// The part of the file; empty for the file as a whole.
    #[schema(example = "sources.list_alerts.parameters.start.type")]
    path: String,
    /// What is wrong.
    detail: String,
}

impl ValidateAnswer {
    pub(super) fn of(request: &ValidateRequest) -> Self {
        let file = read_file(request.file.as_deref().unwrap_or(UNNAMED), &request.text);
        let queries = file.templates.iter().map(|template| ValidQuery {
            name: template.name.to_string(),
            environments: template.environments.iter().map(ToString::to_string).collect(),
            families: template.families.iter().map(ToString::to_string).collect(),
            dialect: template.dialect.name(),
            raw: template.parameters.iter().filter(|it| it.is_raw).map(|it| it.name.to_string()).collect(),
        });
        Self {
            valid: file.mistakes.is_empty(),
            declared: file.declared,
            queries: queries.collect(),
            mistakes: file.mistakes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Mistake> for MistakeItem {
    fn from(Mistake { file, line, path, what }: Mistake) -> Self {
        Self { file: file.to_string(), line, path, detail: what }
    }
}
