//! Entities and how they refer to each other, read from anything that carries Sentinel entities.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Entity,
    reader::{MAX_DEPTH, Place, Reader},
    settle::MAX_ENTITIES,
};

/// Entities, the references between them, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct EntityGraph {
    /// The entities, each once, in the order in which they were met.
    pub entities: Vec<Entity>,
    /// The references between them.
    pub edges: Vec<Edge>,
    /// What could not be read; at most 500.
    pub rejected: Vec<RejectedEntity>,
}

/// A reference from one entity to another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Edge {
    /// Id of the entity that refers.
    #[schema(example = "process-1")]
    pub source: String,
    /// Id of the entity that it refers to.
    #[schema(example = "file-1")]
    pub target: String,
    /// The attribute that holds the reference.
    #[schema(example = "image_file")]
    pub name: String,
}

/// A part of the input that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RejectedEntity {
    /// Where it stands in the input: a JSON pointer, which goes on into JSON that stands in a string.
    #[schema(example = "/relatedEntities/3/properties/hostEntityId")]
    pub pointer: String,
    /// Why it could not be read.
    #[schema(value_type = String, example = "refers to an entity that is not there")]
    pub reason: EntityRejection,
}

/// Why a part of the input could not be read. Never names a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityRejection {
    /// Neither an object nor JSON text.
    NotAnEntity,
    /// A reference that leads nowhere.
    Dangling,
    /// Nested too deeply.
    TooDeep,
    /// More entities than are taken; the later ones are left out.
    TooMany,
}

impl fmt::Display for EntityRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEntity => f.write_str("is no entity"),
            Self::Dangling => f.write_str("refers to an entity that is not there"),
            Self::TooDeep => write!(f, "is nested more than {MAX_DEPTH} levels deep"),
            Self::TooMany => write!(f, "has more than {MAX_ENTITIES} entities; the later ones are left out"),
        }
    }
}

impl Serialize for EntityRejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl EntityGraph {
    /// Reads entities in any spelling: a list, one entity, a map from ids to entities, the outputs of the Sentinel connector
    /// (`{"IPs": […]}`), or any of these as JSON text, as in the column `Entities` of `SecurityAlert`.
    ///
    /// References are resolved wherever they stand, entities within entities become entities of their own, and records
    /// of the same thing become one.
    pub fn from_entities(input: &Value) -> Self {
        let mut reader = Reader::default();
        reader.read(input, &Place::default());
        reader.finish()
    }

    /// The entity with this id.
    pub fn entity(&self, id: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.id() == id)
    }
}
