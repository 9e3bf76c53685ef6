//! `pivots`: functions of entities of the operator's own.

use std::collections::{BTreeMap, BTreeSet};

use model::EntityKind;

use super::{
    kinds::{self, Wrong, or},
    section::Section,
};

/// `pivots`
#[derive(Debug, Clone, Default)]
pub struct PivotSettings {
    /// Functions by name.
    pub custom: BTreeMap<String, CustomPivot>,
}

/// `pivots.custom.<name>`
#[derive(Debug, Clone)]
pub struct CustomPivot {
    /// The group that it belongs to.
    pub container: String,
    /// What it does.
    pub description: Option<String>,
    /// Kinds of entities, and the attribute of each that is asked about.
    pub entities: Vec<(EntityKind, String)>,
    /// Whom it asks.
    pub asks: Asks,
}

/// Whom a function asks.
#[derive(Debug, Clone)]
pub enum Asks {
    /// A provider, which may be one that a file describes.
    Provider {
        /// Its id.
        id: String,
        /// Which of its questions.
        query_type: Option<String>,
        /// The list in its evidence of which each entry makes a row.
        rows: Option<String>,
    },
    /// A query template.
    Query {
        /// Environment, family and name.
        address: (String, String, String),
        /// The parameter that is filled.
        parameter: String,
        /// Where it runs.
        source: Option<String>,
    },
}

impl PivotSettings {
    pub(super) fn read(section: &Section<'_>, providers: &BTreeSet<&str>) -> Option<Self> {
        let custom = section.named("custom", None, |section| CustomPivot::read(section, providers));
        Some(Self { custom: custom? })
    }
}

impl CustomPivot {
    fn read(section: &Section<'_>, providers: &BTreeSet<&str>) -> Option<Self> {
        let container = section.optional("container", kinds::name);
        let description = section.optional("description", |text| Ok(text.to_owned()));
        let entities = section.values("entities", |kind, attribute| Ok((entity(kind)?, attribute.to_owned())));
        let provider = section.optional("provider", kinds::known(providers));
        let query_type = section.optional("query_type", kinds::name);
        let rows = section.optional("rows", kinds::name);
        let query = section.optional("query", address);
        let parameter = section.optional("parameter", kinds::name);
        let source = section.optional("source", kinds::name);
        let entities: Vec<_> = entities?.into_iter().map(|(_, entity)| entity).collect();
        if section.is_missing("entities", entities.is_empty(), "kinds of entities, and the attribute of each") {
            return None;
        }
        let asks = match (provider?, query?) {
            (Some(id), None) => Asks::Provider { id, query_type: query_type?, rows: rows? },
            (None, Some(address)) => {
                let parameter = parameter?;
                if section.is_missing("parameter", parameter.is_none(), "the parameter of the query that is filled") {
                    return None;
                }
                Asks::Query { address, parameter: parameter.unwrap_or_default(), source: source? }
            }
            _ => {
                section.tell("provider", "either a provider or a query is asked", "provider, or query");
                return None;
            }
        };
        Some(Self {
            container: container?.unwrap_or_else(|| "custom".to_owned()),
            description: description?,
            entities,
            asks,
        })
    }
}

fn entity(text: &str) -> Result<EntityKind, Wrong> {
    text.parse().map_err(|_| Wrong::allowed(or(EntityKind::ALL.iter().map(|kind| kind.as_str()))))
}

/// `environment/family/name`
fn address(text: &str) -> Result<(String, String, String), Wrong> {
    match text.split('/').collect::<Vec<_>>().as_slice() {
        [environment, family, name] if ![environment, family, name].iter().any(|part| part.is_empty()) => {
            Ok(((*environment).to_owned(), (*family).to_owned(), (*name).to_owned()))
        }
        _ => Err(Wrong::allowed("environment/family/name of a query")),
    }
}
