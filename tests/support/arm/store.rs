//! What the fake ARM holds: resources by their paths, in any case.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Resources by path.
#[derive(Default)]
pub(super) struct Store {
    resources: BTreeMap<String, Value>,
    changes: u32,
}

impl Store {
    /// Puts a resource there with its id, name, type and a new etag. Says what was kept.
    pub(super) fn hold(&mut self, path: &str, mut resource: Value) -> Value {
        self.changes += 1;
        let name = path.rsplit('/').next().unwrap_or_default();
        let members = resource.as_object_mut().expect("a resource is an object");
        for (key, value) in [("id", json!(path)), ("name", json!(name)), ("type", json!(resource_type(path)))] {
            members.entry(key).or_insert(value);
        }
        members.insert("etag".to_owned(), json!(format!("\"etag-{}\"", self.changes)));
        self.resources.insert(path.to_lowercase(), resource.clone());
        resource
    }

    pub(super) fn find(&self, path: &str) -> Option<&Value> {
        self.resources.get(&path.to_lowercase())
    }

    /// The resources directly below a path.
    pub(super) fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let begin = format!("{}/", path.to_lowercase());
        let length = begin.len();
        self.resources
            .range(begin.clone()..)
            .take_while(move |(path, _)| path.starts_with(&begin))
            .filter(move |(path, _)| !path[length..].contains('/'))
            .map(|(_, resource)| resource)
    }

    /// Removes a resource and what is below it. Says whether it was there.
    pub(super) fn remove(&mut self, path: &str) -> bool {
        let path = path.to_lowercase();
        let below = format!("{path}/");
        self.resources.retain(|known, _| !known.starts_with(&below));
        self.resources.remove(&path).is_some()
    }
}

/// The type of a resource: the last provider's name, and each second segment after it.
pub(super) fn resource_type(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let provider = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let (namespace, rest) = match provider {
        Some(at) => (segments.get(at + 1).copied().unwrap_or_default(), segments.get(at + 2..).unwrap_or_default()),
        None => ("Microsoft.Resources", segments.as_slice()),
    };
    let kinds = rest.iter().step_by(2).copied();
    std::iter::once(namespace).chain(kinds).collect::<Vec<_>>().join("/")
}
