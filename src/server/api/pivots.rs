//! `/v1/pivots`: from entities to what is known about them; every function that entities have, and running one.

mod running;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use model::{ColumnSpec, EntityKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(super) use running::{max_rows, profile};

use super::{
    Operations,
    caller::{Allowed, scope},
    etag::Tagged,
    page,
    problem::{Kind, Problem},
    query_string::QueryString,
};
use crate::{
    pivots::{Parameter, Pivot},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_pivots).service(running::run_pivot);
}

/// Which pivots are meant. All that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PivotQuery {
    /// A kind of entity, in any of its names.
    #[param(example = "IpAddress")]
    entity: Option<String>,
    /// A container.
    #[param(example = "util")]
    container: Option<String>,
    /// Words that all stand in the names, the description or the parameters, in any case.
    #[param(example = "logon")]
    search: Option<String>,
    /// At most so many pivots.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

/// The pivots that fit.
#[derive(Debug, Serialize, ToSchema)]
struct PivotPage {
    /// By kind of entity, container and name.
    items: Vec<PivotItem>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// A function that entities of a kind have.
#[derive(Debug, Serialize, ToSchema)]
struct PivotItem {
    /// The kind of entity.
    entity: EntityKind,
    /// The group that it belongs to.
    #[schema(example = "util")]
    container: String,
    /// Its name.
    #[schema(example = "whois")]
    name: String,
    /// Other names, those of MSTICPy's first version among them.
    aliases: Vec<String>,
    /// What it does.
    description: String,
    /// What it takes.
    input: PivotInput,
    /// What it can be told besides.
    parameters: Vec<Parameter>,
    /// The columns of its answer; of queries, only those that every answer has.
    columns: Vec<ColumnSpec>,
    /// Whether it can be run.
    ready: bool,
    /// What is missing if not.
    needs: Vec<String>,
    /// The permission that running it takes.
    #[schema(example = "lookup")]
    scope: &'static str,
}

/// What a pivot takes.
#[derive(Debug, Serialize, ToSchema)]
struct PivotInput {
    /// The attribute of the entity that is asked about.
    #[schema(example = "address")]
    attribute: String,
    /// The parameter that it fills, of a query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ip_address")]
    parameter: Option<String>,
}

impl PivotItem {
    fn of(pivot: &Pivot) -> Self {
        let function = &pivot.function;
        let takes = pivot.takes();
        let text = |name: &str| ColumnSpec { name: name.to_owned(), kind: model::ColumnType::String };
        Self {
            entity: pivot.entity,
            container: function.container.to_string(),
            name: function.name.to_string(),
            aliases: function.aliases.iter().map(ToString::to_string).collect(),
            description: function.description.to_string(),
            input: PivotInput {
                attribute: takes.map(|takes| takes.attribute.to_string()).unwrap_or_default(),
                parameter: takes.and_then(|takes| takes.parameter.as_ref()).map(ToString::to_string),
            },
            parameters: function.parameters.clone(),
            columns: ["value", "outcome", "reason"].map(text).into_iter().chain(function.columns.clone()).collect(),
            ready: function.needs.is_empty(),
            needs: function.needs.clone(),
            scope: if function.is_query { "query" } else { "lookup" },
        }
    }
}

/// What orders pivots and says where a list goes on.
fn cursor(key: (&str, &str, &str)) -> String {
    format!("{}/{}/{}", key.0, key.1, key.2)
}

/// List the pivots
///
/// Every lookup, every question to registries and name servers, every function of texts, and every query one of whose
/// parameters an entity fills: found by itself from the providers, the templates and the settings. Names are MSTICPy's.
#[utoipa::path(
    tag = "pivots",
    operation_id = "list_pivots",
    extensions(("x-scope" = json!("lookup"))),
    params(PivotQuery),
    responses(
        (status = OK, body = PivotPage, description = "The pivots that fit."),
        (status = NOT_MODIFIED, description = "As the caller knows it."),
    ),
)]
#[get("/v1/pivots")]
async fn list_pivots(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    http: HttpRequest,
    query: QueryString<PivotQuery>,
) -> Result<HttpResponse, Problem> {
    let QueryString(query) = query;
    let length = page::length(query.limit)?;
    let entity = query.entity.as_deref().map(|text| entity(text, "/entity")).transpose()?;
    let words: Vec<String> =
        query.search.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
    let after = query.cursor.unwrap_or_default();
    let fits = |pivot: &Pivot| {
        entity.is_none_or(|entity| pivot.entity == entity)
            && query.container.as_ref().is_none_or(|wanted| pivot.function.container.eq_ignore_ascii_case(wanted))
            && holds(pivot, &words)
            && (after.is_empty() || cursor(pivot.key()) > after)
    };
    let pivots = services.pivots().all();
    let (items, next) = page::page(pivots.iter().filter(|pivot| fits(pivot)), length, |pivot| cursor(pivot.key()));
    let page = PivotPage { items: items.into_iter().map(PivotItem::of).collect(), next };
    let json = serde_json::to_vec(&page).map_err(|error| Problem::new(Kind::Internal).caused_by(error.to_string()))?;
    Ok(Tagged::new(json).answer(&http))
}

/// Whether a pivot holds all words.
fn holds(pivot: &Pivot, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let function = &pivot.function;
    let parameters = function.parameters.iter().map(|parameter| &*parameter.name);
    let texts = [pivot.entity.as_str(), &function.container, &function.name, &function.description];
    let aliases = function.aliases.iter().map(|alias| &**alias);
    let all = texts.into_iter().chain(aliases).chain(parameters).collect::<Vec<_>>().join("\n").to_lowercase();
    words.iter().all(|word| all.contains(word))
}

/// A kind of entity in any of its names.
fn entity(text: &str, pointer: &str) -> Result<EntityKind, Problem> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = EntityKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Problem::invalid_at(pointer, format!("no such kind of entity; there are {}", known.join(", ")))
    })
}
