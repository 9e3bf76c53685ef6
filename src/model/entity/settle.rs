//! Makes a graph of what was read: resolves references, makes one of records of the same thing, gives ids and names.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Edge, Entity, EntityGraph, EntityRejection,
    naming::name,
    reader::{Link, Reader, Target},
};

/// Merging may show that two others are the same: hosts, then their accounts, then the sessions of those. No identity
/// reaches further than this.
const MAX_ROUNDS: usize = 8;

/// A link whose other end is known: a node, or the text of a reference that leads nowhere.
struct Resolved {
    source: usize,
    attribute: String,
    many: bool,
    target: Result<usize, String>,
}

impl Reader {
    /// The graph of what was read.
    pub(super) fn finish(mut self) -> EntityGraph {
        let links = self.resolve();
        let into = merge(&mut self.nodes, &links);
        name_ids(&mut self.nodes, &into);
        write_references(&mut self.nodes, &links, &into, |node| node.id.clone());

        let edges = edges(&self.nodes, &links, &into);
        let is_kept = |index: usize| into.get(index) == Some(&index);
        let mut entities: Vec<_> =
            self.nodes.into_iter().enumerate().filter(|(index, _)| is_kept(*index)).map(|(_, node)| node).collect();
        for entity in &mut entities {
            entity.properties.retain(|_, value| !value.is_null());
        }
        let names: Vec<_> = {
            let by_id: HashMap<_, _> = entities.iter().map(|entity| (entity.id.as_str(), entity)).collect();
            entities.iter().map(|entity| name(entity, &|id| by_id.get(id).copied())).collect()
        };
        for (entity, name) in entities.iter_mut().zip(names) {
            entity.name = name;
        }
        EntityGraph { entities, edges, rejected: self.rejected }
    }

    fn resolve(&mut self) -> Vec<Resolved> {
        let mut seen = HashSet::new();
        let mut resolved = Vec::new();
        for Link { source, attribute, many, target, place } in std::mem::take(&mut self.links) {
            let target = match target {
                Target::Node(node) => Ok(node),
                Target::Id(id) => self.find(&id, place.scope).ok_or_else(|| {
                    self.reject(&place, EntityRejection::Dangling);
                    id
                }),
                Target::Text(text) => self.find(&text, place.scope).map_or_else(
                    || {
                        let main = place.expected.map(|kind| (kind, kind.class().main));
                        let Some((kind, main)) = main.filter(|(_, main)| !main.is_empty()) else {
                            return Err(text.clone());
                        };
                        let node = self.add(String::new(), kind, &place).ok_or_else(|| text.clone())?;
                        if let Some(entity) = self.nodes.get_mut(node) {
                            entity.properties.insert(main.to_owned(), text.clone().into());
                        }
                        Ok(node)
                    },
                    Ok,
                ),
            };
            if let Some(source) = source
                && seen.insert((source, attribute.clone(), target.clone()))
            {
                resolved.push(Resolved { source, attribute, many, target });
            }
        }
        resolved
    }
}

/// Makes one of the nodes that are the same thing. Says for each node which one it has become.
fn merge(nodes: &mut [Entity], links: &[Resolved]) -> Vec<usize> {
    let mut into: Vec<usize> = (0..nodes.len()).collect();
    for _ in 0..MAX_ROUNDS {
        write_references(nodes, links, &into, |_| String::new());
        let mut first = HashMap::new();
        let mut merges = Vec::new();
        for (index, node) in nodes.iter().enumerate().filter(|(index, _)| into.get(*index) == Some(index)) {
            let keys = node.keys();
            let same = keys.iter().find_map(|key| {
                let other: usize = *first.get(&(node.kind, key.clone()))?;
                nodes.get(other).is_some_and(|other| other.can_merge(node)).then_some(other)
            });
            match same {
                Some(other) => merges.push((index, other)),
                None => keys.into_iter().for_each(|key| {
                    first.entry((node.kind, key)).or_insert(index);
                }),
            }
        }
        if merges.is_empty() {
            break;
        }
        for (index, other) in merges {
            let merged = nodes.get_mut(index).map(|node| std::mem::take(&mut node.properties));
            if let (Some(properties), Some(other)) = (merged, nodes.get_mut(other)) {
                other.merge(Entity::new("", other.kind, properties));
            }
            into.iter_mut().filter(|target| **target == index).for_each(|target| *target = other);
        }
    }
    into
}

/// Writes what nodes refer to into their properties. Nodes without an id are called by their number.
fn write_references(nodes: &mut [Entity], links: &[Resolved], into: &[usize], id: impl Fn(&Entity) -> String) {
    let survivor = |index: &usize| into.get(*index).copied().unwrap_or(*index);
    for link in links {
        if let Some(node) = nodes.get_mut(survivor(&link.source)) {
            node.properties.insert(link.attribute.clone(), Value::Null);
        }
    }
    let mut written = HashSet::new();
    for Resolved { source, attribute, many, target } in links {
        let source = survivor(source);
        let text = match target {
            Ok(node) => {
                let node = survivor(node);
                let id = nodes.get(node).map(&id).unwrap_or_default();
                if id.is_empty() { format!("#{node}") } else { id }
            }
            Err(text) => text.clone(),
        };
        if !written.insert((source, attribute, text.clone())) {
            continue;
        }
        let Some(property) = nodes.get_mut(source).and_then(|node| node.properties.get_mut(attribute)) else {
            continue;
        };
        match property {
            Value::Array(texts) => texts.push(text.into()),
            Value::Null if *many => *property = vec![text].into(),
            Value::Null => *property = text.into(),
            // Two records of one thing disagree: the property keeps the first, the edges tell both.
            _ => {}
        }
    }
}

/// Gives ids to the nodes that have none, and new ones to those whose id is taken.
fn name_ids(nodes: &mut [Entity], into: &[usize]) {
    let mut taken = HashSet::new();
    for (index, node) in nodes.iter_mut().enumerate() {
        if into.get(index) != Some(&index) || !taken.insert(node.id.clone()) {
            node.id.clear();
        }
    }
    let mut counts = HashMap::new();
    for (index, node) in nodes.iter_mut().enumerate() {
        if into.get(index) != Some(&index) || !node.id.is_empty() {
            continue;
        }
        let count = counts.entry(node.kind).or_insert(0_usize);
        while node.id.is_empty() {
            *count += 1;
            let id = format!("{}-{count}", node.kind);
            if taken.insert(id.clone()) {
                node.id = id;
            }
        }
    }
}

fn edges(nodes: &[Entity], links: &[Resolved], into: &[usize]) -> Vec<Edge> {
    let id = |index: &usize| Some(nodes.get(*into.get(*index)?)?.id.clone());
    let edge = |link: &Resolved| {
        let (source, target) = (id(&link.source)?, id(link.target.as_ref().ok()?)?);
        Some(Edge { source, target, name: link.attribute.clone() }).filter(|edge| edge.source != edge.target)
    };
    let mut seen = HashSet::new();
    links.iter().filter_map(edge).filter(|edge| seen.insert(edge.clone())).collect()
}
