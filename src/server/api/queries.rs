//! `/v1/queries`: the catalogue of query templates, what they render to, and files of templates checked.
//!
//! Nothing here is sent to a source.

mod described;
mod rendering;
mod validating;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use chrono::Utc;
use model::EntityKind;
use serde::{Deserialize, Serialize};
use sources::{Arguments, Environment, Template};
use utoipa::{IntoParams, ToSchema};

pub(crate) use self::rendering::refused;
use self::{
    described::{QueryDetails, QuerySummary},
    rendering::{RenderAnswer, RenderRequest},
    validating::{ValidateAnswer, ValidateRequest},
};
use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    etag::Tagged,
    page,
    problem::{Kind, Problem},
    query_string::QueryString,
};
use crate::{queries::SourceHere, services::Services};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_queries).service(validate_queries).service(describe_query).service(render_query);
}

/// Which queries are meant. All that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// A source of the settings that runs the query, or an environment such as MSSentinel or Splunk, or one of its aliases.
    #[param(example = "MSSentinel")]
    source: Option<String>,
    /// A family.
    #[param(example = "WindowsSecurity")]
    family: Option<String>,
    /// A kind of entity that the query can be asked about.
    #[param(example = "host")]
    entity: Option<String>,
    /// A table that the query reads, in any case.
    #[param(example = "SecurityEvent")]
    table: Option<String>,
    /// The name or alias of a parameter.
    #[param(example = "host_name")]
    parameter: Option<String>,
    /// Words that all stand in its name, description, parameters, tables, tags or text, in any case.
    #[param(example = "logon failures")]
    search: Option<String>,
    /// At most so many queries.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

/// The queries that fit.
#[derive(Debug, Serialize, ToSchema)]
struct QueryPage {
    /// By environment, family and name.
    items: Vec<QuerySummary>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// List the query templates
///
/// A query stands once for each environment and family that it belongs to. The pack of this service holds MSTICPy's
/// queries; templates of your own (`templates.paths`) replace those with the same address.
#[utoipa::path(
    tag = "queries",
    operation_id = "list_queries",
    extensions(("x-scope" = json!("query"))),
    params(ListQuery),
    responses(
        (status = OK, body = QueryPage, description = "The queries that fit."),
        (status = NOT_MODIFIED, description = "As the caller knows it."),
    ),
)]
#[get("/v1/queries")]
async fn list_queries(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    http: HttpRequest,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let QueryString(query) = query;
    let length = page::length(query.limit)?;
    let wanted = Wanted::read(&query, &services)?;
    let shelf = services.templates.shelf();
    let after = query.cursor.unwrap_or_default();
    let fitting =
        shelf.iter().filter(|(environment, family, shelved)| wanted.fits(environment, family, &shelved.template));
    let items = fitting
        .map(|(environment, family, shelved)| QuerySummary::of(environment, family, shelved))
        .skip_while(|item| !after.is_empty() && !item.comes_after(&after));
    let (items, next) = page::page(items, length, QuerySummary::cursor);
    answer(&http, &QueryPage { items, next })
}

/// What a list is filtered by.
struct Wanted {
    asked: Option<Asked>,
    family: Option<String>,
    entity: Option<EntityKind>,
    table: Option<String>,
    parameter: Option<String>,
    words: Vec<String>,
}

/// Who is to run the queries.
enum Asked {
    Source(Arc<SourceHere>),
    Environment(Environment),
}

impl Asked {
    fn runs(&self, environment: &str) -> bool {
        match self {
            Self::Source(source) => source.runs(environment),
            Self::Environment(wanted) => wanted.name() == environment,
        }
    }
}

impl Wanted {
    fn read(query: &ListQuery, services: &Services) -> Result<Self, Problem> {
        let entity = query.entity.as_deref().map(str::parse).transpose().map_err(|_| {
            let known: Vec<&str> = EntityKind::ALL.iter().map(|kind| kind.as_str()).collect();
            Problem::invalid_at("/entity", format!("no such kind of entity; there are {}", known.join(", ")))
        })?;
        Ok(Self {
            asked: query.source.as_deref().map(|source| {
                let here = services.queries.source(source).map(Asked::Source);
                here.unwrap_or_else(|| Asked::Environment(Environment::named(source)))
            }),
            family: query.family.clone(),
            entity,
            table: query.table.clone(),
            parameter: query.parameter.clone(),
            words: query.search.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect(),
        })
    }

    fn fits(&self, environment: &str, family: &str, template: &Template) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.runs(environment))
            && self.family.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(family))
            && self.entity.is_none_or(|wanted| template.entities().iter().any(|entity| entity.parse() == Ok(wanted)))
            && self
                .table
                .as_ref()
                .is_none_or(|wanted| template.tables.iter().any(|table| table.eq_ignore_ascii_case(wanted)))
            && self.parameter.as_ref().is_none_or(|wanted| template.parameter(wanted).is_some())
            && self.holds_words(template)
    }

    fn holds_words(&self, template: &Template) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let parameters = template.parameters.iter().map(|parameter| &*parameter.name);
        let lists = template.tables.iter().chain(&template.tags).map(|text| &**text);
        let texts = [&*template.name, template.description.as_deref().unwrap_or_default(), &*template.text];
        let all = texts.into_iter().chain(parameters).chain(lists).collect::<Vec<_>>().join("\n").to_lowercase();
        self.words.iter().all(|word| all.contains(word))
    }
}

/// Describe a query template
///
/// Its parameters, with types, defaults and aliases, and its text. Parameters that are `raw` are text of the query itself.
#[utoipa::path(
    tag = "queries",
    operation_id = "describe_query",
    extensions(("x-scope" = json!("query"))),
    params(
        ("environment" = String, Path, description = "An environment or one of its aliases.", example = "MSSentinel"),
        ("family" = String, Path, description = "A family.", example = "WindowsSecurity"),
        ("name" = String, Path, description = "The name of the query.", example = "list_host_logons"),
    ),
    responses(
        (status = OK, body = QueryDetails, description = "The query."),
        (status = NOT_MODIFIED, description = "As the caller knows it."),
    ),
)]
#[get("/v1/queries/{environment}/{family}/{name}")]
async fn describe_query(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    http: HttpRequest,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (environment, family, name) = path.into_inner();
    let shelf = services.templates.shelf();
    let shelved = shelf.find(&environment, &family, &name).ok_or_else(no_such_query)?;
    answer(&http, &QueryDetails::of(Environment::named(&environment).name(), &family, shelved))
}

/// Render a query template
///
/// The text of the query with its parameters filled in; nothing is sent. Values are escaped for the language of the query
/// and cannot end the literals that they stand in. Without times the query is about the last day.
#[utoipa::path(
    tag = "queries",
    operation_id = "render_query",
    request_body = RenderRequest,
    extensions(("x-scope" = json!("query"))),
    params(
        ("environment" = String, Path, description = "An environment or one of its aliases.", example = "MSSentinel"),
        ("family" = String, Path, description = "A family.", example = "WindowsSecurity"),
        ("name" = String, Path, description = "The name of the query.", example = "list_host_logons"),
    ),
    responses((status = OK, body = RenderAnswer, description = "The query's text.")),
)]
#[post("/v1/queries/{environment}/{family}/{name}/render")]
async fn render_query(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    path: Path<(String, String, String)>,
    request: Body<RenderRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(RenderRequest { parameters, start, end }) = request;
    let template = find(&services, &path)?;
    let allow_raw = services.settings().templates.allow_raw;
    let given = Arguments { parameters: &parameters, start, end, allow_raw };
    let rendered = template.render(given, Utc::now()).map_err(|refusals| refused(&refusals, &parameters))?;
    Ok(HttpResponse::Ok().json(RenderAnswer::of(rendered, template.dialect)))
}

/// Check a file of query templates
///
/// Everything that is wrong, with its line and its place; nothing is kept. The file can also be sent by itself, as
/// `application/yaml`. One bad query does not take the others down.
#[utoipa::path(
    tag = "queries",
    operation_id = "validate_queries",
    request_body(content((ValidateRequest = "application/json"), (String = "application/yaml"))),
    extensions(("x-scope" = json!("query"))),
    responses((status = OK, body = ValidateAnswer, description = "What the file holds, and what is wrong with it.")),
)]
#[post("/v1/queries/validate")]
async fn validate_queries(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    request: ValidateRequest,
) -> Result<HttpResponse, Problem> {
    let answer = services.work.run(move || ValidateAnswer::of(&request)).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// The template that a path names.
pub(crate) fn find(services: &Services, path: &(String, String, String)) -> Result<Arc<Template>, Problem> {
    let (environment, family, name) = path;
    services.templates.find(environment, family, name).ok_or_else(no_such_query)
}

fn no_such_query() -> Problem {
    Problem::new(Kind::Missing)
        .detail("there is no query with this environment, family and name; GET /v1/queries lists those that there are")
}

fn answer<T: Serialize>(http: &HttpRequest, answer: &T) -> Result<HttpResponse, Problem> {
    let json = serde_json::to_vec(answer).map_err(|error| Problem::new(Kind::Internal).caused_by(error.to_string()))?;
    Ok(Tagged::new(json).answer(http))
}
