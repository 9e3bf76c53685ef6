//! Typed reading of the combined layers. It never stops at a mistake: all are collected, and a value is given only where
//! there was none.

use std::{cell::RefCell, collections::BTreeMap, io, path::Path};

use super::{
    kinds::{Wrong, or},
    mistake::{Mistake, Mistakes, Origin, nearest},
    node::{Map, Node, Value},
    section::Section,
};

/// Reads the text of a file that a secret is in.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// What reading needs, and what it found wrong so far.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) read_file: ReadFile<'a>,
    mistakes: RefCell<Vec<Mistake>>,
}

static NOTHING: Map = Map::new();

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a BTreeMap<String, String>, read_file: ReadFile<'a>) -> Self {
        Self { environment, read_file, mistakes: RefCell::default() }
    }

    /// Reads everything: either the value, or what is wrong.
    pub(super) fn read<T>(self, root: &Node, read: impl FnOnce(&Section<'_>) -> Option<T>) -> Result<T, Mistakes> {
        let value = self.section(String::new(), root, read);
        match (value, self.mistakes.into_inner()) {
            (Some(value), mistakes) if mistakes.is_empty() => Ok(value),
            (_, mistakes) => Err(Mistakes(mistakes)),
        }
    }

    pub(super) fn section<T>(
        &self,
        path: String,
        node: &Node,
        read: impl FnOnce(&Section<'_>) -> Option<T>,
    ) -> Option<T> {
        let map = match &node.value {
            Value::Map(map) => map,
            Value::Null => &NOTHING,
            _ => {
                self.tell(&path, "not a section", &node.origin, "a section with keys");
                return None;
            }
        };
        let section = Section::new(self, path, &node.origin, map);
        let value = read(&section);
        section.tell_unknown();
        value
    }

    pub(super) fn tell(&self, key: &str, what: impl Into<String>, origin: &Origin, allowed: impl Into<String>) {
        let mistake =
            Mistake { key: key.to_owned(), what: what.into(), origin: origin.clone(), allowed: allowed.into() };
        self.mistakes.borrow_mut().push(mistake);
    }

    pub(super) fn told<T>(&self, key: &str, node: &Node, read: Result<T, Wrong>) -> Option<T> {
        read.map_err(|wrong| {
            let what = match &node.value {
                Value::Text(text) if !wrong.hidden => format!("{text:?} is not allowed"),
                _ => "what is set is not allowed".to_owned(),
            };
            self.tell(key, what, &node.origin, wrong.allowed);
        })
        .ok()
    }

    pub(super) fn scalar<T>(
        &self,
        key: &str,
        node: &Node,
        mut kind: impl FnMut(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        match &node.value {
            Value::Text(text) => self.told(key, node, kind(text)),
            Value::Null => {
                self.tell(key, "empty", &node.origin, "a value");
                None
            }
            Value::List(_) | Value::Map(_) => {
                self.tell(key, "not a single value", &node.origin, "a single value");
                None
            }
        }
    }

    /// The nodes of a list. In a variable a list may be text with commas.
    pub(super) fn nodes(&self, key: &str, node: &Node) -> Option<Vec<Node>> {
        match (&node.value, &node.origin) {
            (Value::List(items), _) => Some(items.clone()),
            (Value::Null, _) => Some(Vec::new()),
            (Value::Text(text), origin @ Origin::Environment(_)) => {
                let item = |item: &str| Node { value: Value::Text(item.trim().to_owned()), origin: origin.clone() };
                Some(text.split(',').map(item).collect())
            }
            _ => {
                self.tell(key, "not a list", &node.origin, "a list, such as [a, b]");
                None
            }
        }
    }

    /// Never with the value: it may be a secret under a misspelt key.
    pub(super) fn tell_stranger<'k>(
        &self,
        path: &str,
        name: &str,
        node: &Node,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let what = match nearest(name, known.clone()) {
            Some(nearest) => format!("not a known key; did you mean {nearest}?"),
            None => "not a known key".to_owned(),
        };
        self.tell(path, what, &node.origin, or(known));
    }
}
