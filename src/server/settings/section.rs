//! One map of settings while it is read: what may stand in it is what is asked for.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Secret,
    kinds::Wrong,
    mistake::Origin,
    node::{Map, Node, Value},
    reader::Reader,
};

/// A map of settings that is being read. What nobody asked for by the end is a mistake.
pub(super) struct Section<'a> {
    reader: &'a Reader<'a>,
    path: String,
    origin: &'a Origin,
    map: &'a Map,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Section<'a> {
    /// A section at a path; what is missing in it is missing at `origin`.
    pub(super) fn new(reader: &'a Reader<'a>, path: String, origin: &'a Origin, map: &'a Map) -> Self {
        Self { reader, path, origin, map, asked: RefCell::default() }
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn node(&self, key: &'static str) -> Option<&'a Node> {
        self.asked.borrow_mut().insert(key);
        self.map.get(key).filter(|node| !matches!(node.value, Value::Null))
    }

    /// Tells a mistake that only shows when several settings are seen together.
    pub(super) fn tell(&self, key: &'static str, what: &str, allowed: &str) {
        let origin = self.map.get(key).map_or(self.origin, |node| &node.origin);
        self.reader.tell(&self.key(key), what, origin, allowed);
    }

    /// A value that may be absent.
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        kind: impl FnMut(&str) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        match self.node(key) {
            None => Some(None),
            Some(node) => self.reader.scalar(&self.key(key), node, kind).map(Some),
        }
    }

    /// A value that has to be there.
    pub(super) fn required<T>(&self, key: &'static str, mut kind: impl FnMut(&str) -> Result<T, Wrong>) -> Option<T> {
        let value = self.optional(key, &mut kind)?;
        if value.is_none() {
            // What the kind says of an empty text is what would be allowed.
            let allowed = kind("").err().map_or_else(|| "a value".to_owned(), |wrong| wrong.allowed);
            self.tell(key, "missing", &allowed);
        }
        value
    }

    /// A list of values; absent, it is empty.
    pub(super) fn list<T>(&self, key: &'static str, mut kind: impl FnMut(&str) -> Result<T, Wrong>) -> Option<Vec<T>> {
        self.each(key, |reader, path, node| reader.scalar(path, node, &mut kind))
    }

    /// A list of sections; absent, it is empty.
    pub(super) fn items<T>(
        &self,
        key: &'static str,
        mut read: impl FnMut(&Section<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.each(key, |reader, path, node| reader.section(path.to_owned(), node, &mut read))
    }

    /// A list of sections that may be absent.
    pub(super) fn optional_items<T>(
        &self,
        key: &'static str,
        read: impl FnMut(&Section<'_>) -> Option<T>,
    ) -> Option<Option<Vec<T>>> {
        let items = self.items(key, read)?;
        Some(self.node(key).map(|_| items))
    }

    /// A list of secrets of a certain form; absent, it is empty.
    pub(super) fn formed_secrets(
        &self,
        key: &'static str,
        form: impl Fn(Secret) -> Result<Secret, Wrong>,
    ) -> Option<Vec<Secret>> {
        self.each(key, |reader, path, node| match Secret::read(reader, path, node)? {
            secret if secret.is_away() => Some(secret),
            secret => reader.told(path, node, form(secret)),
        })
    }

    fn each<T>(
        &self,
        key: &'static str,
        mut read: impl FnMut(&Reader<'_>, &str, &Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(node) = self.node(key) else { return Some(Vec::new()) };
        let key = self.key(key);
        let nodes = self.reader.nodes(&key, node)?;
        // All are read before any mistake counts.
        let items: Vec<_> =
            nodes.iter().enumerate().map(|(place, node)| read(self.reader, &format!("{key}[{place}]"), node)).collect();
        items.into_iter().collect()
    }

    /// A secret that may be absent.
    pub(super) fn secret(&self, key: &'static str) -> Option<Option<Secret>> {
        match self.node(key) {
            None => Some(None),
            Some(node) => Secret::read(self.reader, &self.key(key), node).map(Some),
        }
    }

    /// A secret of a certain form that may be absent.
    pub(super) fn formed_secret(
        &self,
        key: &'static str,
        form: impl Fn(Secret) -> Result<Secret, Wrong>,
    ) -> Option<Option<Secret>> {
        match (self.secret(key)?, self.node(key)) {
            // What lies in a vault shows its form when it arrives.
            (Some(secret), _) if secret.is_away() => Some(Some(secret)),
            (Some(secret), Some(node)) => self.reader.told(&self.key(key), node, form(secret)).map(Some),
            _ => Some(None),
        }
    }

    /// A section within this one; absent, nothing is set in it.
    pub(super) fn section<T>(&self, key: &'static str, read: impl FnOnce(&Section<'_>) -> Option<T>) -> Option<T> {
        let absent = Node { value: Value::Null, origin: self.origin.clone() };
        self.reader.section(self.key(key), self.node(key).unwrap_or(&absent), read)
    }

    /// Sections by names that the operator chooses, or by some that are known.
    pub(super) fn named<T>(
        &self,
        key: &'static str,
        known: Option<&BTreeSet<&str>>,
        read: impl Fn(&Section<'_>) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        self.entries(key, |reader, path, name, node| match known {
            Some(known) if !known.contains(name) => {
                reader.tell_stranger(path, name, node, known.iter().copied());
                None
            }
            _ => reader.section(path.to_owned(), node, &read),
        })
    }

    /// Values by names that the operator chooses.
    pub(super) fn values<T>(
        &self,
        key: &'static str,
        kind: impl Fn(&str, &str) -> Result<T, Wrong>,
    ) -> Option<Vec<(String, T)>> {
        let values =
            self.entries(key, |reader, path, name, node| reader.scalar(path, node, |text| kind(name, text)))?;
        Some(values.into_iter().collect())
    }

    /// The names that the operator chose there, whatever stands under them.
    pub(super) fn names(&self, key: &'static str) -> impl Iterator<Item = String> + use<'a> {
        let map = match self.node(key).map(|node| &node.value) {
            Some(Value::Map(map)) => Some(map),
            _ => None,
        };
        map.into_iter().flat_map(|map| map.keys().cloned())
    }

    /// Whether anything is said here.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.node(key).is_some()
    }

    /// Tells that something has to be there, if it is not.
    pub(super) fn is_missing(&self, key: &'static str, is_missing: bool, allowed: &str) -> bool {
        if is_missing {
            self.tell(key, "missing", allowed);
        }
        is_missing
    }

    /// A variable of the environment that the platform sets, not we.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.reader.environment.get(name).filter(|text| !text.is_empty()).cloned()
    }

    /// What reads it.
    pub(super) fn reader(&self) -> &'a Reader<'a> {
        self.reader
    }

    /// Lists by names that the operator chooses.
    pub(super) fn lists<T>(
        &self,
        key: &'static str,
        kind: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<BTreeMap<String, Vec<T>>> {
        self.entries(key, |reader, path, _, node| {
            let items: Vec<_> = reader.nodes(path, node)?.iter().map(|node| reader.scalar(path, node, &kind)).collect();
            items.into_iter().collect()
        })
    }

    fn entries<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Reader<'_>, &str, &str, &Node) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let Some(node) = self.node(key) else { return Some(BTreeMap::new()) };
        let key = self.key(key);
        let Value::Map(map) = &node.value else {
            self.reader.tell(&key, "not a map", &node.origin, "names, and under each its settings");
            return None;
        };
        let entries: Vec<_> = map
            .iter()
            .map(|(name, node)| Some((name.clone(), read(self.reader, &format!("{key}.{name}"), name, node)?)))
            .collect();
        entries.into_iter().collect()
    }

    /// Tells every key that nobody asked for.
    pub(super) fn tell_unknown(&self) {
        let asked = self.asked.borrow();
        for (key, node) in self.map.iter().filter(|(key, _)| !asked.contains(key.as_str())) {
            self.reader.tell_stranger(&self.key(key), key, node, asked.iter().copied());
        }
    }
}
