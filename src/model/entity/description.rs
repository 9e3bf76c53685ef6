//! The catalogue for callers: kinds, their names, their attributes and what identifies them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    EntityKind,
    catalogue::{Attribute, COMMON, Holds},
};

/// A kind of entity.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntityDescription {
    /// The kind.
    pub kind: EntityKind,
    /// Its name for people.
    #[schema(example = "IP address")]
    pub title: &'static str,
    /// `Type` in the entities of Sentinel's alerts.
    #[schema(example = "ip")]
    pub alert_type: &'static str,
    /// `kind` in the management API.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Ip", nullable = false)]
    pub arm_kind: Option<&'static str>,
    /// Further names that are understood.
    pub aliases: &'static [&'static str],
    /// The attribute that a bare text stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "address", nullable = false)]
    pub main_attribute: Option<&'static str>,
    /// The attributes that take part in identifying it.
    pub identity: Vec<&'static str>,
    /// Sets of attributes, each of which identifies it fully.
    #[schema(value_type = Vec<Vec<String>>)]
    pub identifiers: &'static [&'static [&'static str]],
    /// Its attributes.
    pub attributes: Vec<AttributeDescription>,
}

/// An attribute of a kind of entity.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttributeDescription {
    /// Its name in answers.
    #[schema(example = "nt_domain")]
    pub name: &'static str,
    /// Its name in the entities of Sentinel's alerts, or MSTICPy's where those have none.
    #[schema(example = "NTDomain")]
    pub alert_name: &'static str,
    /// Its name in the management API.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ntDomain", nullable = false)]
    pub arm_name: Option<&'static str>,
    /// Further names that are understood.
    pub aliases: &'static [&'static str],
    /// What it holds.
    #[serde(rename = "type")]
    pub holds: AttributeType,
    /// For references: the kind of the other entity; absent if it may be of any kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub entity: Option<EntityKind>,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// An instant.
    Datetime,
    /// A list of values.
    List,
    /// Values by name.
    Object,
    /// Another entity.
    Entity,
    /// Other entities.
    Entities,
}

impl EntityKind {
    /// What entities of this kind are called, have, and are identified by.
    pub fn describe(self) -> EntityDescription {
        let class = self.class();
        EntityDescription {
            kind: self,
            title: class.title,
            alert_type: class.alert,
            arm_kind: given(class.arm),
            aliases: class.aliases,
            main_attribute: given(class.main),
            identity: class.identity().map(|attribute| attribute.name).collect(),
            identifiers: class.identifiers,
            attributes: class.attributes.iter().chain(COMMON).map(describe).collect(),
        }
    }
}

fn describe(attribute: &'static Attribute) -> AttributeDescription {
    let (holds, entity) = match attribute.holds {
        Holds::Text => (AttributeType::Text, None),
        Holds::Integer => (AttributeType::Integer, None),
        Holds::Number => (AttributeType::Number, None),
        Holds::Bool => (AttributeType::Bool, None),
        Holds::Datetime => (AttributeType::Datetime, None),
        Holds::List => (AttributeType::List, None),
        Holds::Object => (AttributeType::Object, None),
        Holds::Entity(kind) => (AttributeType::Entity, Some(kind)),
        Holds::Entities(kind) => (AttributeType::Entities, Some(kind)),
    };
    AttributeDescription {
        name: attribute.name,
        alert_name: attribute.alert,
        arm_name: given(attribute.arm),
        aliases: attribute.aliases,
        holds,
        entity: entity.filter(|kind| *kind != EntityKind::Unknown),
    }
}

/// Empty in the catalogue means none.
fn given(name: &'static str) -> Option<&'static str> {
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_described() {
        let lines: Vec<_> = EntityKind::ALL
            .iter()
            .map(|kind| {
                let EntityDescription { alert_type, arm_kind, main_attribute, identity, .. } = kind.describe();
                let (arm_kind, main) = (arm_kind.unwrap_or("-"), main_attribute.unwrap_or("-"));
                format!("{kind} | {alert_type} | {arm_kind} | {main} | {}", identity.join(", "))
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn attributes_are_described_in_every_spelling_and_without_nulls() {
        let account = serde_json::to_value(EntityKind::Account.describe()).unwrap();
        assert_eq!(
            account["attributes"][5],
            serde_json::json!({
                "name": "host", "alert_name": "Host", "arm_name": "hostEntityId", "aliases": [], "type": "entity", "entity": "host"
            })
        );
        let all: Vec<_> = EntityKind::ALL.iter().map(|kind| kind.describe()).collect();
        assert!(!serde_json::to_string(&all).unwrap().contains(":null"));
    }
}
