//! What is told of a query template, in short and in full.

use serde::Serialize;
use serde_json::Value;
use sources::{PARAMETER_ENTITIES, Parameter};
use utoipa::ToSchema;

use crate::templates::Shelved;

/// A query in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuerySummary {
    /// Its environment.
    #[schema(example = "MSSentinel")]
    environment: String,
    /// Its family.
    #[schema(example = "WindowsSecurity")]
    family: String,
    /// Its name.
    #[schema(example = "list_host_logons")]
    name: String,
    /// What it finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// The language of its text.
    #[schema(example = "kql")]
    dialect: &'static str,
    /// The tables that it reads, as far as they are known.
    tables: Vec<String>,
    /// The parameters that have to be given. Times never do.
    required: Vec<String>,
    /// All parameters.
    parameters: Vec<String>,
    /// The kinds of entities that it can be asked about.
    entities: Vec<String>,
    /// Whose it is: pack, or custom.
    origin: &'static str,
}

impl QuerySummary {
    pub(super) fn of(environment: &str, family: &str, shelved: &Shelved) -> Self {
        let template = &shelved.template;
        let names = |fits: fn(&&Parameter) -> bool| {
            template.parameters.iter().filter(fits).map(|parameter| parameter.name.to_string()).collect()
        };
        Self {
            environment: environment.to_owned(),
            family: family.to_owned(),
            name: template.name.to_string(),
            description: template.description.as_ref().map(ToString::to_string),
            dialect: template.dialect.name(),
            tables: template.tables.iter().map(ToString::to_string).collect(),
            required: names(|parameter| is_required(parameter)),
            parameters: names(|_| true),
            entities: template.entities().into_iter().map(str::to_owned).collect(),
            origin: origin(shelved),
        }
    }

    /// Its place in a list.
    pub(super) fn cursor(&self) -> String {
        format!("{}/{}/{}", self.environment, self.family, self.name)
    }

    /// Whether it stands behind that place.
    pub(super) fn comes_after(&self, cursor: &str) -> bool {
        let mut parts = cursor.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        (self.environment.as_str(), self.family.as_str(), self.name.as_str()) > (part(), part(), part())
    }
}

fn origin(shelved: &Shelved) -> &'static str {
    if shelved.is_of_pack { "pack" } else { "custom" }
}

fn is_required(parameter: &Parameter) -> bool {
    parameter.default.is_none() && !matches!(&*parameter.name, "start" | "end")
}

/// A query in full.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QueryDetails {
    #[serde(flatten)]
    summary: QueryHead,
    /// Its text: `{name}` is the place of a parameter, and a brace that means itself is written twice.
    query: String,
    /// Its parameters.
    parameters: Vec<ParameterDetails>,
    /// The functions of entities that it is.
    pivots: Vec<PivotDetails>,
    /// Every environment that it is written for.
    environments: Vec<String>,
    /// Every family that it belongs to.
    families: Vec<String>,
    /// Words that it can be found by.
    tags: Vec<String>,
    /// Where more is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    uri: Option<String>,
    /// The kind of data that it reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    data_source: Option<String>,
    /// The database that it goes to (Kusto).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    database: Option<String>,
    /// The cluster that it goes to (Kusto).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cluster: Option<String>,
    /// The clusters that it can go to (Kusto).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clusters: Vec<String>,
    /// The groups of clusters that it can go to (Kusto).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cluster_groups: Vec<String>,
}

/// What a description begins with.
#[derive(Debug, Serialize, ToSchema)]
struct QueryHead {
    /// Its environment.
    #[schema(example = "MSSentinel")]
    environment: String,
    /// Its family.
    #[schema(example = "WindowsSecurity")]
    family: String,
    /// Its name.
    #[schema(example = "list_host_logons")]
    name: String,
    /// What it finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// The language of its text.
    #[schema(example = "kql")]
    dialect: &'static str,
    /// The tables that it reads, as far as they are known.
    tables: Vec<String>,
    /// Whose it is: pack, or custom.
    origin: &'static str,
}

/// A parameter.
#[derive(Debug, Serialize, ToSchema)]
struct ParameterDetails {
    /// Its name.
    #[schema(example = "host_name")]
    name: String,
    /// What it takes: str, int, float, bool, datetime, list, timespan, identifier, or as its author wrote.
    #[serde(rename = "type")]
    #[schema(example = "str")]
    kind: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// Whether it has to be given.
    required: bool,
    /// What holds when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    default: Option<Value>,
    /// Other names.
    aliases: Vec<String>,
    /// The only values that it takes; left out: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
    /// Whether it is text of the query itself. Giving it needs the setting `templates.allow_raw`.
    raw: bool,
}

/// A function of entities.
#[derive(Debug, Serialize, ToSchema)]
struct PivotDetails {
    /// The kind of entity.
    #[schema(example = "Host")]
    entity: &'static str,
    /// The name of the function.
    #[schema(example = "logons")]
    function: String,
    /// The parameter that the entity fills.
    #[schema(example = "host_name")]
    parameter: &'static str,
    /// The attribute that fills it.
    #[schema(example = "fqdn")]
    attribute: &'static str,
    /// Whether entities of this kind show it first.
    direct: bool,
}

impl QueryDetails {
    pub(super) fn of(environment: &str, family: &str, shelved: &Shelved) -> Self {
        let template = &shelved.template;
        let texts = |list: &[std::sync::Arc<str>]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let text = |text: &Option<std::sync::Arc<str>>| text.as_ref().map(ToString::to_string);
        let function = template.pivot.short_name.as_ref().unwrap_or(&template.name);
        let pivots = PARAMETER_ENTITIES
            .iter()
            .filter(|(parameter, ..)| template.parameters.iter().any(|known| &*known.name == *parameter))
            .map(|(parameter, entity, attribute)| PivotDetails {
                entity,
                function: function.to_string(),
                parameter,
                attribute,
                direct: template.pivot.direct_entities.iter().any(|direct| **direct == **entity),
            });
        Self {
            summary: QueryHead {
                environment: environment.to_owned(),
                family: family.to_owned(),
                name: template.name.to_string(),
                description: text(&template.description),
                dialect: template.dialect.name(),
                tables: texts(&template.tables),
                origin: origin(shelved),
            },
            query: template.text.to_string(),
            parameters: template.parameters.iter().map(Into::into).collect(),
            pivots: pivots.collect(),
            environments: template.environments.iter().map(ToString::to_string).collect(),
            families: texts(&template.families),
            tags: texts(&template.tags),
            uri: text(&template.uri),
            data_source: text(&template.data_source),
            database: text(&template.routing.database),
            cluster: text(&template.routing.cluster),
            clusters: texts(&template.routing.clusters),
            cluster_groups: texts(&template.routing.cluster_groups),
        }
    }
}

impl From<&Parameter> for ParameterDetails {
    fn from(parameter: &Parameter) -> Self {
        Self {
            name: parameter.name.to_string(),
            kind: parameter.type_name.to_string(),
            description: parameter.description.as_ref().map(ToString::to_string),
            required: is_required(parameter),
            default: parameter.default.clone(),
            aliases: parameter.aliases.iter().map(ToString::to_string).collect(),
            values: parameter.values.iter().map(ToString::to_string).collect(),
            raw: parameter.is_raw,
        }
    }
}
