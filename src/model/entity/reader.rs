//! Reads entities of every spelling into nodes and links between them, as they stand; `settle` does the rest.

use std::{
    collections::HashMap,
    fmt::{self, Write},
};

use serde_json::{Map, Value};

use super::{
    Entity, EntityKind, EntityRejection, RejectedEntity,
    catalogue::Holds,
    shape::{
        attribute_name, attributes, collections, in_snake_case, is_blank, is_entity, kind_of, member_text, nested_json,
        reference, says_what_it_is, unfolded,
    },
    spelling::snake_case,
};

/// Records of entities that are read; there may be many of one entity.
const MAX_NODES: usize = 5_000;
/// Levels of nesting in the input, JSON within strings included.
pub(super) const MAX_DEPTH: usize = 32;
const MAX_REJECTED: usize = 500;

/// Entities as they were sent, with the links between them.
#[derive(Default)]
pub(super) struct Reader {
    /// The id is the one that was sent, or empty.
    pub(super) nodes: Vec<Entity>,
    pub(super) links: Vec<Link>,
    pub(super) rejected: Vec<RejectedEntity>,
    /// Nodes by scope and id in lower case.
    known: HashMap<(usize, String), usize>,
    /// The scope around each scope but the first. `$id` counts anew in every alert.
    around: Vec<usize>,
    /// Whether entities were left out because there are too many.
    pub(super) is_full: bool,
}

/// A reference from a node to another, by the attribute that holds it.
pub(super) struct Link {
    /// Absent if the reference only stands in a list of entities.
    pub(super) source: Option<usize>,
    pub(super) attribute: String,
    /// Whether the attribute holds a list.
    pub(super) many: bool,
    pub(super) target: Target,
    pub(super) place: Place,
}

/// What a link leads to.
pub(super) enum Target {
    /// A node.
    Node(usize),
    /// The node with this id, wherever it is defined.
    Id(String),
    /// The node with this id, or else the thing that this text stands for.
    Text(String),
}

/// Where the reader is.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) pointer: String,
    pub(super) scope: usize,
    depth: usize,
    /// The kind of what stands here, if it doesn't say itself.
    pub(super) expected: Option<EntityKind>,
}

impl Place {
    /// The place of a member or item of what stands here.
    pub(super) fn at(&self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        let mut pointer = self.pointer.clone();
        // Writing to a string can't fail.
        let _ = write!(pointer, "/{step}");
        Self { pointer, depth: self.depth + 1, ..*self }
    }

    pub(super) fn expecting(self, kind: EntityKind) -> Self {
        Self { expected: Some(kind).filter(|kind| *kind != EntityKind::Unknown), ..self }
    }
}

impl Reader {
    /// Reads whatever holds entities.
    pub(super) fn read(&mut self, input: &Value, place: &Place) {
        if place.depth > MAX_DEPTH {
            return self.reject(place, EntityRejection::TooDeep);
        }
        match input {
            Value::Null => {}
            Value::Array(items) => self.read_list(items, place),
            Value::Object(object) if says_what_it_is(object) || place.expected.is_some() => {
                self.read_entity(object, place);
            }
            Value::Object(object) if collections(object).next().is_some() => {
                for (name, kind, value) in collections(object) {
                    self.read(value, &place.at(name).expecting(kind));
                }
            }
            Value::Object(object) if object.values().all(Value::is_object) => {
                for (id, entity) in object {
                    if let Value::Object(entity) = entity {
                        self.read_entity_called(id, entity, &place.at(id));
                    }
                }
            }
            Value::Object(object) => {
                self.read_entity(object, place);
            }
            Value::String(text) => match nested_json(text) {
                Some(inner) => {
                    let scope = self.open_scope(place.scope);
                    self.read(&inner, &Place { scope, depth: place.depth + 1, ..place.clone() });
                }
                None => self.reject(place, EntityRejection::NotAnEntity),
            },
            Value::Bool(_) | Value::Number(_) => self.reject(place, EntityRejection::NotAnEntity),
        }
    }

    fn read_list(&mut self, items: &[Value], place: &Place) {
        // MSTICPy writes pairs of kind and properties.
        if let [Value::String(kind), item @ Value::Object(_)] = items
            && let Ok(kind) = kind.parse()
        {
            return self.read(item, &place.at(1).expecting(kind));
        }
        for (index, item) in items.iter().enumerate() {
            let place = place.at(index);
            match item {
                Value::Object(object) if collections(object).next().is_none() => {
                    self.read_entity(object, &place);
                }
                item => self.read(item, &place),
            }
        }
    }

    /// Begins a new count of `$id`. Ids of the scope around it stay known.
    pub(super) fn open_scope(&mut self, around: usize) -> usize {
        self.around.push(around);
        self.around.len()
    }

    /// The node with this id, in this scope or one around it.
    pub(super) fn find(&self, id: &str, mut scope: usize) -> Option<usize> {
        let id = id.to_lowercase();
        loop {
            if let Some(node) = self.known.get(&(scope, id.clone())) {
                return Some(*node);
            }
            scope = *self.around.get(scope.checked_sub(1)?)?;
        }
    }

    pub(super) fn reject(&mut self, place: &Place, reason: EntityRejection) {
        if self.rejected.len() < MAX_REJECTED {
            self.rejected.push(RejectedEntity { pointer: place.pointer.clone(), reason });
        }
    }

    /// A new node, unless there are too many.
    pub(super) fn add(&mut self, id: String, kind: EntityKind) -> Option<usize> {
        if self.nodes.len() >= MAX_NODES {
            self.is_full = true;
            return None;
        }
        self.nodes.push(Entity { id, kind, name: String::new(), properties: Map::new() });
        Some(self.nodes.len() - 1)
    }

    fn read_entity(&mut self, object: &Map<String, Value>, place: &Place) -> Option<usize> {
        self.read_entity_called("", object, place)
    }

    /// Reads one entity; `called` is its id if it doesn't say one itself.
    fn read_entity_called(&mut self, called: &str, object: &Map<String, Value>, place: &Place) -> Option<usize> {
        if place.depth > MAX_DEPTH {
            self.reject(place, EntityRejection::TooDeep);
            return None;
        }
        if let Some(id) = reference(object) {
            let (attribute, target) = (String::new(), Target::Id(id));
            self.links.push(Link { source: None, attribute, many: true, target, place: place.clone() });
            return None;
        }
        let (said, type_name) = kind_of(object);
        let is_known = said.is_some_and(|kind| kind != EntityKind::Unknown);
        let kind = said.filter(|_| is_known).or(place.expected).unwrap_or(EntityKind::Unknown);
        // Resource ids hold everywhere, `$id` only in its own alert.
        let (id, scope) = match (member_text(object, "id"), member_text(object, "$id")) {
            (Some(id), _) => (id, 0),
            (None, Some(id)) => (id, place.scope),
            (None, None) => (called.to_owned(), place.scope),
        };
        let key = (scope, id.to_lowercase());
        let known = self.known.get(&key).copied();
        let node = match known.filter(|known| self.nodes.get(*known).is_some_and(|node| node.kind == kind)) {
            Some(node) => node,
            None => self.add(id.clone(), kind)?,
        };
        if !id.is_empty() {
            self.known.entry(key).or_insert(node);
        }
        if let Some(type_name) = type_name.filter(|name| !is_known && !EntityKind::Unknown.class().is_called(name)) {
            self.set(node, "type", "type", type_name.into());
        }
        let place = Place { expected: None, ..place.clone() };
        for (inside, name, value) in attributes(object) {
            let place = inside.map_or_else(|| place.clone(), |inside| place.at(inside));
            self.read_attribute(node, kind, attribute_name(name), value, place.at(name));
        }
        Some(node)
    }

    fn read_attribute(&mut self, node: usize, kind: EntityKind, name: &str, value: &Value, mut place: Place) {
        if is_blank(value) {
            return;
        }
        let Some(attribute) = kind.class().attribute(name) else {
            return self.read_unknown_attribute(node, name, value, &place);
        };
        match attribute.holds {
            Holds::Entity(other) | Holds::Entities(other) => {
                if kind == EntityKind::Alert {
                    place.scope = self.open_scope(place.scope);
                }
                let many = matches!(attribute.holds, Holds::Entities(_));
                let place = place.expecting(other);
                self.link(node, attribute.name, many, value, &place, attribute.is_reference(name));
            }
            Holds::Object => self.set(node, attribute.name, name, in_snake_case(&unfolded(value))),
            Holds::List => self.set(node, attribute.name, name, unfolded(value).into_owned()),
            _ if is_entity(value) => self.link(node, attribute.name, false, value, &place, false),
            _ => self.set(node, attribute.name, name, value.clone()),
        }
    }

    fn read_unknown_attribute(&mut self, node: usize, name: &str, value: &Value, place: &Place) {
        let lower = name.to_ascii_lowercase();
        let ids = [("entityid", false), ("entityids", true)];
        let of_ids = ids.iter().find_map(|(end, many)| Some((name.get(..lower.strip_suffix(end)?.len())?, *many)));
        if let Some((stem, many)) = of_ids.filter(|(stem, _)| !stem.is_empty()) {
            self.link(node, &snake_case(stem), many, value, place, true);
        } else if is_entity(value) {
            self.link(node, &snake_case(name), false, value, place, false);
        } else if value.as_array().is_some_and(|items| items.iter().all(is_entity)) {
            self.link(node, &snake_case(name), true, value, place, false);
        } else {
            self.set(node, &snake_case(name), name, value.clone());
        }
    }

    /// Sets a property. If it is there already with another value, the new one is kept under the name that was sent.
    fn set(&mut self, node: usize, attribute: &str, sent_as: &str, value: Value) {
        let Some(node) = self.nodes.get_mut(node) else { return };
        let is_taken = node.properties.get(attribute).is_some_and(|known| *known != value);
        let name = if is_taken { snake_case(sent_as) } else { attribute.to_owned() };
        node.properties.entry(name).or_insert(value);
    }

    /// Links a node to whatever stands here: entities, references, or texts that stand for entities.
    fn link(&mut self, source: usize, attribute: &str, many: bool, value: &Value, place: &Place, are_ids: bool) {
        if place.depth > MAX_DEPTH {
            return self.reject(place, EntityRejection::TooDeep);
        }
        let target = match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.link(source, attribute, true, item, &place.at(index), are_ids);
                }
                return;
            }
            Value::Object(object) => match reference(object) {
                Some(id) => Target::Id(id),
                None => match self.read_entity(object, place) {
                    Some(node) => Target::Node(node),
                    None => return,
                },
            },
            Value::String(text) => match nested_json(text) {
                Some(inner) => {
                    let scope = self.open_scope(place.scope);
                    let place = Place { scope, depth: place.depth + 1, ..place.clone() };
                    return self.link(source, attribute, many, &inner, &place, are_ids);
                }
                None if text.trim().is_empty() => return,
                None if are_ids || text.to_lowercase().contains("/entities/") => Target::Id(text.clone()),
                None => Target::Text(text.clone()),
            },
            Value::Null => return,
            Value::Bool(_) | Value::Number(_) => return self.set(source, attribute, attribute, value.clone()),
        };
        // Keeps the place of the property among the others.
        self.set(source, attribute, attribute, Value::Null);
        let (attribute, place) = (attribute.to_owned(), place.clone());
        self.links.push(Link { source: Some(source), attribute, many, target, place });
    }
}
