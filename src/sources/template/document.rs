//! Templates that are JSON documents (Cybereason, Elasticsearch): a string that is `{name}` becomes the parameter's value.
//!
//! Values are put into the tree, never into its text, so there is no literal that they could end.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{
    body::BodyMistake,
    parameter::{Argument, Item, Parameter},
    text::{Piece, split},
};
use crate::Dialect;

/// The parameter that Elasticsearch templates add filters with.
const ADDED: &str = "add_query_items";

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    dialect: Dialect,
    root: Node,
    names: Vec<Arc<str>>,
    used: Vec<bool>,
}

#[derive(Debug)]
enum Node {
    /// As it stands.
    Fixed(Json),
    /// One parameter, whole.
    Whole(usize),
    /// Parameters within a text.
    Mixed(Vec<Segment>),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

#[derive(Debug)]
enum Segment {
    Text(String),
    Gap(usize),
}

impl Document {
    pub(super) fn read(dialect: Dialect, text: &str, parameters: &[Parameter]) -> Result<Self, Vec<BodyMistake>> {
        let json: Json = serde_json::from_str(text).map_err(|error| vec![BodyMistake::NotJson(error.line())])?;
        let mut reader = Reader { parameters, used: vec![false; parameters.len()], mistakes: Vec::new() };
        let root = reader.node(json);
        let names = parameters.iter().map(|parameter| Arc::clone(&parameter.name)).collect();
        if reader.mistakes.is_empty() {
            Ok(Self { dialect, root, names, used: reader.used })
        } else {
            Err(reader.mistakes)
        }
    }

    /// Elasticsearch takes every parameter, in the text or beside it.
    pub(super) fn uses(&self, position: usize) -> bool {
        self.dialect == Dialect::ElasticJson || self.used.get(position).copied().unwrap_or_default()
    }

    /// Only filters that are added are part of the query.
    pub(super) fn is_open(&self, position: usize) -> bool {
        self.dialect == Dialect::ElasticJson && self.names.get(position).is_some_and(|name| &**name == ADDED)
    }

    /// The document with its parameters filled.
    pub(super) fn fill(&self, arguments: &[Argument]) -> String {
        let mut json = self.value(&self.root, arguments);
        if self.dialect == Dialect::ElasticJson {
            self.add_filters(&mut json, arguments);
        }
        json.to_string()
    }

    fn value(&self, node: &Node, arguments: &[Argument]) -> Json {
        match node {
            Node::Fixed(json) => json.clone(),
            Node::Whole(position) => arguments.get(*position).map_or(Json::Null, |argument| self.json(argument)),
            Node::Mixed(segments) => {
                let mut text = String::new();
                for segment in segments {
                    match segment {
                        Segment::Text(part) => text.push_str(part),
                        Segment::Gap(position) => match arguments.get(*position).map(|argument| self.json(argument)) {
                            Some(Json::String(part)) => text.push_str(&part),
                            Some(json) => text.push_str(&json.to_string()),
                            None => {}
                        },
                    }
                }
                Json::String(text)
            }
            Node::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    match self.value(item, arguments) {
                        // A list in the place of an item is its items.
                        Json::Array(items) if matches!(item, Node::Whole(_)) => list.extend(items),
                        json => list.push(json),
                    }
                }
                Json::Array(list)
            }
            Node::Map(entries) => {
                entries.iter().map(|(key, node)| (key.clone(), self.value(node, arguments))).collect()
            }
        }
    }

    fn json(&self, argument: &Argument) -> Json {
        match argument {
            Argument::Text(text) | Argument::Verbatim(text) => Json::from(text.as_str()),
            Argument::Word(word) => typed(word),
            Argument::Instant(instant) => {
                let mut text = String::new();
                self.dialect.write_instant(*instant, true, &mut text);
                if self.dialect == Dialect::CybereasonJson { typed(&text) } else { Json::from(text) }
            }
            Argument::List(items) => items
                .iter()
                .map(|item| match item {
                    Item::Text(text) => Json::from(text.as_str()),
                    Item::Word(word) => typed(word),
                })
                .collect(),
        }
    }

    /// What is not in the text becomes a filter: the times of `@timestamp`, and a phrase in the field of that name.
    fn add_filters(&self, json: &mut Json, arguments: &[Argument]) {
        let mut range = Map::new();
        let mut filters = Vec::new();
        let unused = self.names.iter().zip(arguments).zip(&self.used).filter(|(_, used)| !**used);
        for ((name, argument), _) in unused {
            match (&**name, argument) {
                ("start", argument) => drop(range.insert("gte".to_owned(), self.json(argument))),
                ("end", argument) => drop(range.insert("lte".to_owned(), self.json(argument))),
                (ADDED, Argument::Text(text) | Argument::Verbatim(text)) => match serde_json::from_str(text) {
                    Ok(Json::Array(items)) => filters.extend(items),
                    Ok(item @ Json::Object(_)) => filters.push(item),
                    _ => {}
                },
                (_, argument) => {
                    filters.push(json!({ "match_phrase": { (name.to_string()): self.json(argument) } }));
                }
            }
        }
        if !range.is_empty() {
            range.insert("format".to_owned(), Json::from("strict_date_optional_time"));
            filters.insert(0, json!({ "range": { "@timestamp": range } }));
        }
        if let Some(present) = json.pointer_mut("/query/bool/filter").and_then(Json::as_array_mut) {
            present.extend(filters);
        }
    }
}

/// A word as the JSON that it looks like.
fn typed(word: &str) -> Json {
    serde_json::from_str(word).unwrap_or_else(|_| Json::from(word))
}

struct Reader<'a> {
    parameters: &'a [Parameter],
    used: Vec<bool>,
    mistakes: Vec<BodyMistake>,
}

impl Reader<'_> {
    fn node(&mut self, json: Json) -> Node {
        match json {
            Json::String(text) => self.text(text),
            Json::Array(items) => Node::List(items.into_iter().map(|item| self.node(item)).collect()),
            Json::Object(entries) => {
                Node::Map(entries.into_iter().map(|(key, value)| (key, self.node(value))).collect())
            }
            json => Node::Fixed(json),
        }
    }

    fn text(&mut self, text: String) -> Node {
        // Braces that are not a gap mean themselves here.
        let Ok(pieces) = split(&text) else { return Node::Fixed(Json::String(text)) };
        let mut segments = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => segments.push(Segment::Text(text)),
                Piece::Gap(name) => match self.parameters.iter().position(|parameter| *parameter.name == *name) {
                    Some(position) => {
                        if let Some(used) = self.used.get_mut(position) {
                            *used = true;
                        }
                        segments.push(Segment::Gap(position));
                    }
                    None => self.mistakes.push(BodyMistake::Undeclared(name)),
                },
            }
        }
        match segments.as_slice() {
            [Segment::Gap(position)] => Node::Whole(*position),
            segments_ if segments_.iter().any(|segment| matches!(segment, Segment::Gap(_))) => Node::Mixed(segments),
            _ => Node::Fixed(Json::String(text)),
        }
    }
}
