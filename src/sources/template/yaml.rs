//! YAML text to nodes that know their line, with anchors, aliases and merge keys, as PyYAML reads them.
//!
//! An alias shares its node, and what all aliases stand for is counted: a small text cannot become a large tree.

mod walk;

use std::sync::Arc;

use serde_json::{Number, Value as Json};
pub(crate) use walk::read;

/// Nodes in one file, with everything that aliases repeat. A long text counts for several.
pub(super) const MOST_NODES: usize = 200_000;

/// Bytes of text that count for one node.
const NODE_BYTES: usize = 100;

/// A value and the line where it, or its key, stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(super) value: Value,
    /// How many nodes it is.
    pub(super) nodes: usize,
}

/// What it is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    /// A scalar as written; plain ones may be numbers and truth values.
    Text {
        text: Arc<str>,
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Map),
}

/// Values by key, in the order of the file.
pub(super) type Map = Arc<Vec<(Arc<str>, Node)>>;

impl Node {
    pub(super) fn new(line: usize, value: Value) -> Self {
        let nodes = match &value {
            Value::Null => 1,
            Value::Text { text, .. } => 1 + text.len() / NODE_BYTES,
            Value::List(items) => items.iter().fold(1, |sum, item| item.nodes.saturating_add(sum)),
            Value::Map(entries) => entries.iter().fold(1, |sum, (_, node)| node.nodes.saturating_add(sum)),
        };
        Self { line, value, nodes }
    }

    /// The value under a key of a map.
    pub(crate) fn at(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(known, _)| &**known == key).map(|(_, node)| node).filter(|node| !node.is_null())
    }

    /// The entries of a map; of anything else none.
    pub(super) fn entries(&self) -> &[(Arc<str>, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The items of a list; of anything else none.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The texts of a list, or of one scalar that stands for a list.
    pub(super) fn texts(&self) -> Option<Vec<&str>> {
        match &self.value {
            Value::Text { text, .. } => Some(vec![text]),
            Value::List(items) => items.iter().map(Self::text).collect(),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Nothing, or a map or a text without anything in it.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Text { text, .. } => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
        }
    }

    /// As JSON: plain scalars become what they look like (YAML 1.1, without octals and sexagesimals).
    pub(super) fn json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Text { text, is_plain: false } => Json::from(&**text),
            Value::Text { text, .. } => plain(text),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(entries) => entries.iter().map(|(key, node)| (key.to_string(), node.json())).collect(),
        }
    }

    /// This node with another laid over it: maps key by key, everything else whole. Nothing laid over is nothing.
    pub(super) fn overlaid(&self, over: &Self) -> Self {
        let (base, over_entries) = match (&self.value, &over.value) {
            (_, Value::Null) => return self.clone(),
            (Value::Map(base), Value::Map(over)) => (base, over),
            _ => return over.clone(),
        };
        if over_entries.is_empty() {
            return self.clone();
        }
        if base.is_empty() {
            return over.clone();
        }
        let mut merged: Vec<(Arc<str>, Self)> = base.to_vec();
        for (key, node) in over_entries.iter() {
            match merged.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => *known = known.overlaid(node),
                None => merged.push((Arc::clone(key), node.clone())),
            }
        }
        Self::new(over.line, Value::Map(Arc::new(merged)))
    }
}

fn plain(text: &str) -> Json {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "on" | "On" => return Json::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "off" | "Off" => return Json::Bool(false),
        _ => {}
    }
    let is_number = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if !is_number {
        return Json::from(text);
    }
    let integer = text.strip_prefix('+').unwrap_or(text).parse::<i64>().ok().map(Number::from);
    let number = integer.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64));
    number.map_or_else(|| Json::from(text), Json::Number)
}

#[cfg(test)]
mod tests;
