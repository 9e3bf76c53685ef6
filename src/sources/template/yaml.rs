//! YAML text to nodes that know their line, with anchors, aliases and merge keys, as PyYAML reads them.
//!
//! An alias shares its node, and what all aliases stand for is counted: a small text cannot become a large tree.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Number, Value as Json};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, options};

use super::mistake::Mistakes;

/// Deeper than any template.
const NESTING: usize = 32;

/// Nodes in one file, with everything that aliases repeat.
const MOST_NODES: usize = 200_000;

/// A value and the line where it, or its key, stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
    nodes: usize,
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
    fn new(line: usize, value: Value) -> Self {
        Self { line, value, nodes: 1 }
    }

    /// The value under a key of a map.
    pub(super) fn at(&self, key: &str) -> Option<&Self> {
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
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            _ => None,
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

/// Reads one document. What is not understood is told; then there is no tree.
pub(super) fn read(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    let options = options! { emit_comments: false, flow_nesting_limit: NESTING, block_nesting_limit: NESTING };
    let events = Parser::new_from_str_with_options(text.trim_start_matches('\u{feff}'), options);
    let before = mistakes.count();
    let mut walk = Walk { events, anchors: HashMap::new(), nodes: 0, mistakes };
    let node = walk.document();
    match node {
        Ok(node) if walk.mistakes.count() == before => Some(node),
        Ok(_) => None,
        Err(error) => {
            walk.mistakes.tell(error.marker().line(), "", format!("not valid YAML: {}", error.info()));
            None
        }
    }
}

struct Walk<'a, 'm> {
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    mistakes: &'m mut Mistakes,
}

impl<'a> Walk<'a, '_> {
    fn document(&mut self) -> Result<Node, ScanError> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    self.mistakes.tell(span.start.line(), "", "a second document begins");
                    break;
                }
                event => root = Some(self.node(event, span)?),
            }
        }
        Ok(root.unwrap_or_else(|| Node::new(1, Value::Null)))
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, ScanError> {
        self.events.next_event().transpose()
    }

    /// The value that an event begins. The parser limits how deep this goes.
    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, ScanError> {
        let line = span.start.line();
        let (value, nodes, anchor) = match event {
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    self.mistakes.tell(line, "", "an alias stands within its own anchor");
                    return Ok(Node::new(line, Value::Null));
                };
                self.count(line, node.nodes);
                // The place of the anchor: there the text is.
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, _) => (scalar(&text, style), 1, anchor),
            Event::SequenceStart(_, anchor, _) => {
                let items = self.list()?;
                let nodes = items.iter().map(|item| item.nodes).sum::<usize>() + 1;
                (Value::List(items), nodes, anchor)
            }
            Event::MappingStart(_, anchor, _) => {
                let entries = self.map()?;
                let nodes = entries.iter().map(|(_, node)| node.nodes).sum::<usize>() + 1;
                (Value::Map(Arc::new(entries)), nodes, anchor)
            }
            _ => (Value::Null, 1, 0),
        };
        self.count(line, 1);
        let node = Node { line, value, nodes };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// Counts nodes, and tells once when there are too many.
    fn count(&mut self, line: usize, nodes: usize) {
        let had_room = self.nodes <= MOST_NODES;
        self.nodes = self.nodes.saturating_add(nodes);
        if had_room && self.nodes > MOST_NODES {
            self.mistakes.tell(line, "", format!("the file has more than {MOST_NODES} values, aliases written out"));
        }
    }

    fn list(&mut self) -> Result<Vec<Node>, ScanError> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            let item = self.node(event, span)?;
            if self.nodes <= MOST_NODES {
                items.push(item);
            }
        }
        Ok(items)
    }

    fn map(&mut self) -> Result<Vec<(Arc<str>, Node)>, ScanError> {
        let mut entries: Vec<(Arc<str>, Node)> = Vec::new();
        let mut merged = Vec::new();
        while let Some((event, span)) = self.next()? {
            let line = span.start.line();
            let key: Arc<str> = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => text.into(),
                other => {
                    self.node(other, span)?;
                    self.mistakes.tell(line, "", "a key is not text");
                    Arc::default()
                }
            };
            let Some((event, span)) = self.next()? else { break };
            let is_alias = matches!(event, Event::Alias(_));
            let mut node = self.node(event, span)?;
            if self.nodes > MOST_NODES {
                continue;
            }
            if &*key == "<<" {
                merged.push(node);
                continue;
            }
            if !is_alias || !matches!(node.value, Value::Text { .. }) {
                // The line of the key: that is where one looks for it.
                node.line = line;
            }
            // As PyYAML does it: the last one counts.
            match entries.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = node,
                None => entries.push((key, node)),
            }
        }
        for node in merged {
            let sources =
                if let Value::List(items) = &node.value { items.as_slice() } else { std::slice::from_ref(&node) };
            for (key, node) in sources.iter().flat_map(Node::entries) {
                if !entries.iter().any(|(known, _)| known == key) {
                    entries.push((Arc::clone(key), node.clone()));
                }
            }
        }
        Ok(entries)
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        _ => Value::Text { text: text.into(), is_plain: style == ScalarStyle::Plain },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read_all(text: &str) -> (Option<Node>, Vec<String>) {
        let mut mistakes = Mistakes::new("f".into());
        let node = read(text, &mut mistakes);
        (node, mistakes.into_found().iter().map(ToString::to_string).collect())
    }

    fn json_of(text: &str) -> Json {
        read_all(text).0.unwrap().json()
    }

    #[test]
    fn scalars_are_what_they_look_like_unless_they_are_quoted() {
        assert_eq!(
            json_of("a: -7\nb: '-7'\nc: true\nd: ~\ne: 1.5\nf: text\ng: [x, 2]\nh: e"),
            json!({ "a": -7, "b": "-7", "c": true, "d": null, "e": 1.5, "f": "text", "g": ["x", 2], "h": "e" })
        );
    }

    #[test]
    fn anchors_aliases_and_merge_keys_are_followed() {
        assert_eq!(
            json_of("base: &b { x: 1, y: 2 }\nuse: *b\nmerged:\n  <<: *b\n  y: 3\ntwo: { <<: [*b, { z: 9 }] }"),
            json!({
                "base": { "x": 1, "y": 2 },
                "use": { "x": 1, "y": 2 },
                "merged": { "y": 3, "x": 1 },
                "two": { "x": 1, "y": 2, "z": 9 },
            })
        );
    }

    #[test]
    fn a_small_text_cannot_become_a_large_tree() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let before = level - 1;
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", ")));
        }
        let (node, mistakes) = read_all(&text);
        assert!(node.is_none());
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].contains("aliases written out"), "{mistakes:?}");
    }

    #[test]
    fn mistakes_have_a_line() {
        assert_eq!(read_all("a: 1\nb: [1").1.len(), 1);
        assert!(read_all("a: 1\n---\nb: 2").1[0].contains("line 3: a second document"));
        assert!(read_all("a: 1\n? [x]\n: 2").1[0].contains("line 2: a key is not text"));
        assert!(read_all("a: &x [*x]").1[0].contains("own anchor"));
    }

    proptest! {
        #[test]
        fn no_text_is_able_to_break_it(text in "[-a:,{}\\[\\]'\"\n ?&*!|#%<]{0,60}") {
            read_all(&text);
        }
    }
}
