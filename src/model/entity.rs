//! What analysts reason about: accounts, hosts, addresses, files and the like, in any of Sentinel's spellings.
//!
//! The `catalogue` holds what is known about each kind; everything else follows from it. Reading never fails as a whole:
//! what can't be read is reported beside the rest.

mod alert;
mod catalogue;
mod description;
mod fields;
mod graph;
mod identity;
mod incident;
mod kind;
mod location;
mod naming;
mod reader;
mod settle;
mod shape;
mod sightings;
mod spelling;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use self::{
    alert::{AlertFacts, AlertLink},
    description::{AttributeDescription, AttributeType, EntityDescription},
    graph::{Edge, EntityGraph, EntityRejection, RejectedEntity},
    incident::IncidentFacts,
    kind::{EntityKind, UnknownEntityKind},
};

/// Something that analysts reason about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Entity {
    /// The id as sent (`$id` or the resource id), or one made here (`ip-1`). Unique among the entities of an answer.
    #[schema(example = "ip-1")]
    id: String,
    /// What kind of thing it is.
    kind: EntityKind,
    /// What a person calls it.
    #[schema(example = "185.220.101.46")]
    name: String,
    /// Its attributes, by their names in snake_case. A reference to another entity is the id of that entity.
    #[schema(value_type = Object)]
    properties: Map<String, Value>,
}

impl Entity {
    /// An entity with these attributes, named as in the catalogue.
    pub fn new(id: impl Into<String>, kind: EntityKind, properties: Map<String, Value>) -> Self {
        let mut entity = Self { id: id.into(), kind, name: String::new(), properties };
        entity.name = naming::name(&entity, &|_| None);
        entity
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What kind of thing it is.
    pub const fn kind(&self) -> EntityKind {
        self.kind
    }

    /// What a person calls it: `DOMAIN\name` of an account, the full name of a host, the path of a file or of the file
    /// that a process runs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its attributes, by their names in snake_case.
    pub const fn properties(&self) -> &Map<String, Value> {
        &self.properties
    }

    /// The text of an attribute, if it has one. Numbers count as text.
    pub fn text(&self, attribute: &str) -> Option<String> {
        text_of(self.properties.get(attribute)?)
    }

    /// The texts of an attribute that holds a list, or its one text.
    fn texts(&self, attribute: &str) -> Vec<String> {
        match self.properties.get(attribute) {
            Some(Value::Array(values)) => values.iter().filter_map(text_of).collect(),
            Some(value) => text_of(value).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

/// The text of a value that is a text that is not blank, or a number.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
