//! The walk over the parser's events that makes the tree.

use std::{collections::HashMap, sync::Arc};

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, options};

use super::{MOST_NODES, Node, Value};
use crate::template::mistake::Mistakes;

/// Deeper than any template.
const NESTING: usize = 32;

/// Reads one document. What is not understood is told; then there is no tree.
pub(crate) fn read(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
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
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    self.mistakes.tell(line, "", "an alias stands within its own anchor");
                    return Ok(Node::new(line, Value::Null));
                };
                self.count(line, node.nodes);
                // The place of the anchor: there the text is.
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, _) => (scalar(&text, style), anchor),
            Event::SequenceStart(_, anchor, _) => (Value::List(self.list()?), anchor),
            Event::MappingStart(_, anchor, _) => (Value::Map(Arc::new(self.map()?)), anchor),
            _ => (Value::Null, 0),
        };
        let is_text = matches!(value, Value::Text { .. });
        let node = Node::new(line, value);
        // What is in lists and maps is counted already.
        self.count(line, if is_text { node.nodes } else { 1 });
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
