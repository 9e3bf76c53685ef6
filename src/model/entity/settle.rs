//! Makes a graph of what was read: resolves references, makes one of records of the same thing, gives ids and names.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use serde_json::Value;

use super::{
    Edge, Entity, EntityGraph, EntityRejection,
    naming::name,
    reader::{Link, Place, Reader, Target},
};

/// Sentinel's own limit for an alert.
pub(super) const MAX_ENTITIES: usize = 500;
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

/// What has become of each node: it stays, or it is the same as another that stays, or it is left out.
struct Fates(Vec<Option<usize>>);

impl Reader {
    /// The graph of what was read.
    pub(super) fn finish(mut self) -> EntityGraph {
        let links = self.resolve();
        let mut fates = merge(&mut self.nodes, &links);
        if fates.leave_out_after(MAX_ENTITIES) || self.is_full {
            self.reject(&Place::default(), EntityRejection::TooMany);
        }
        give_ids(&mut self.nodes, &fates);
        write_references(&mut self.nodes, &links, &fates, |_, node| node.id.clone());

        let edges = edges(&self.nodes, &links, &fates);
        let nodes = self.nodes.into_iter().enumerate();
        let mut entities: Vec<_> = nodes.filter(|(index, _)| fates.stays(*index)).map(|(_, node)| node).collect();
        for entity in &mut entities {
            entity.properties.retain(|_, value| !value.is_null());
        }
        let by_id: HashMap<_, _> = entities.iter().map(|entity| (entity.id.as_str(), entity)).collect();
        let names: Vec<_> = entities.iter().map(|entity| name(entity, &|id| by_id.get(id).copied())).collect();
        for (entity, name) in entities.iter_mut().zip(names) {
            entity.name = name;
        }
        EntityGraph { entities, edges, rejected: self.rejected }
    }

    fn resolve(&mut self) -> Vec<Resolved> {
        let mut seen = HashSet::new();
        let mut resolved = Vec::new();
        for Link { source, attribute, many, target, place } in mem::take(&mut self.links) {
            let target = match target {
                Target::Node(node) => Ok(node),
                Target::Id(id) => self.find(&id, place.scope).ok_or_else(|| {
                    self.reject(&place, EntityRejection::Dangling);
                    id
                }),
                Target::Text(text) => {
                    let known = self.find(&text, place.scope);
                    known.or_else(|| self.add_text(&text, &place)).ok_or(text)
                }
            };
            if let Some(source) = source
                && seen.insert((source, attribute.clone(), target.clone()))
            {
                resolved.push(Resolved { source, attribute, many, target });
            }
        }
        resolved
    }

    /// The thing that a text stands for where an entity is expected.
    fn add_text(&mut self, text: &str, place: &Place) -> Option<usize> {
        let kind = place.expected?;
        let main = Some(kind.class().main).filter(|main| !main.is_empty())?;
        let node = self.add(String::new(), kind)?;
        self.nodes.get_mut(node)?.properties.insert(main.to_owned(), text.into());
        Some(node)
    }
}

impl Fates {
    /// The node that stays for this one.
    fn of(&self, node: usize) -> Option<usize> {
        self.0.get(node).copied().flatten()
    }

    fn stays(&self, node: usize) -> bool {
        self.of(node) == Some(node)
    }

    fn merge(&mut self, node: usize, into: usize) {
        self.0.iter_mut().filter(|fate| **fate == Some(node)).for_each(|fate| *fate = Some(into));
    }

    /// Leaves out the nodes that stay beyond this many. Whether there are any.
    fn leave_out_after(&mut self, limit: usize) -> bool {
        let staying: Vec<_> = (0..self.0.len()).filter(|node| self.stays(*node)).collect();
        let left_out: HashSet<_> = staying.into_iter().skip(limit).collect();
        self.0
            .iter_mut()
            .filter(|fate| fate.is_some_and(|node| left_out.contains(&node)))
            .for_each(|fate| *fate = None);
        !left_out.is_empty()
    }
}

/// Makes one of the nodes that are the same thing.
fn merge(nodes: &mut [Entity], links: &[Resolved]) -> Fates {
    let mut fates = Fates((0..nodes.len()).map(Some).collect());
    for _ in 0..MAX_ROUNDS {
        write_references(nodes, links, &fates, |index, _| format!("#{index}"));
        let mut first = HashMap::new();
        let mut merges = Vec::new();
        for (index, node) in nodes.iter().enumerate().filter(|(index, _)| fates.stays(*index)) {
            let keys: Vec<_> = node.keys().into_iter().map(|key| (node.kind, key)).collect();
            let same = keys.iter().find_map(|key| {
                let other: usize = *first.get(key)?;
                nodes.get(other)?.can_merge(node).then_some(other)
            });
            match same {
                Some(other) => merges.push((index, other)),
                None => keys.into_iter().for_each(|key| {
                    first.entry(key).or_insert(index);
                }),
            }
        }
        if merges.is_empty() {
            break;
        }
        for (index, other) in merges {
            let merged = nodes.get_mut(index).map(|node| mem::take(&mut node.properties)).unwrap_or_default();
            if let Some(other) = nodes.get_mut(other) {
                other.merge(Entity::new("", other.kind, merged));
            }
            fates.merge(index, other);
        }
    }
    fates
}

/// Writes into the properties of nodes what they refer to, each by what `id` calls it.
fn write_references(nodes: &mut [Entity], links: &[Resolved], fates: &Fates, id: impl Fn(usize, &Entity) -> String) {
    for link in links {
        if let Some(node) = fates.of(link.source).and_then(|source| nodes.get_mut(source)) {
            node.properties.insert(link.attribute.clone(), Value::Null);
        }
    }
    let mut written = HashSet::new();
    for Resolved { source, attribute, many, target } in links {
        let text = match target {
            Ok(node) => fates.of(*node).and_then(|node| Some(id(node, nodes.get(node)?))),
            Err(text) => Some(text.clone()),
        };
        let (Some(source), Some(text)) = (fates.of(*source), text) else { continue };
        if !written.insert((source, attribute, text.clone())) {
            continue;
        }
        match nodes.get_mut(source).and_then(|node| node.properties.get_mut(attribute)) {
            Some(Value::Array(texts)) => texts.push(text.into()),
            Some(property) if property.is_null() => *property = if *many { vec![text].into() } else { text.into() },
            // Two records of one thing disagree: the property keeps the first, the edges tell both.
            _ => {}
        }
    }
}

/// Gives ids to the nodes that have none, and new ones to those whose id is taken.
fn give_ids(nodes: &mut [Entity], fates: &Fates) {
    let mut staying: Vec<_> =
        nodes.iter_mut().enumerate().filter(|(index, _)| fates.stays(*index)).map(|(_, node)| node).collect();
    let mut taken = HashSet::new();
    for node in &mut staying {
        if !taken.insert(node.id.clone()) {
            node.id.clear();
        }
    }
    let mut counts = HashMap::new();
    for node in staying.into_iter().filter(|node| node.id.is_empty()) {
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

fn edges(nodes: &[Entity], links: &[Resolved], fates: &Fates) -> Vec<Edge> {
    let id = |node: usize| Some(nodes.get(fates.of(node)?)?.id.clone());
    let edge = |link: &Resolved| {
        let (source, target) = (id(link.source)?, id(*link.target.as_ref().ok()?)?);
        Some(Edge { source, target, name: link.attribute.clone() }).filter(|edge| edge.source != edge.target)
    };
    let mut seen = HashSet::new();
    links.iter().filter_map(edge).filter(|edge| seen.insert(edge.clone())).collect()
}
