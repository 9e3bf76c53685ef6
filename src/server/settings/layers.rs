//! The layers of the settings: compiled-in defaults, then the file, then the environment. Each leaf keeps its origin.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    environment,
    mistake::{Mistake, Mistakes, Origin},
    node::{Map, Node, Value},
    yaml,
};

/// Every setting with its default and what it means: the reference.
const DEFAULTS: &str = include_str!("defaults.yaml");

/// A file's name and text.
pub type FileText<'a> = (&'a str, &'a str);

/// Puts the layers over each other. When one cannot be read at all, nothing can be said of the whole.
pub(super) fn combine(file: Option<FileText<'_>>, environment: &BTreeMap<String, String>) -> Result<Node, Mistakes> {
    let mut layers = vec![yaml::read(DEFAULTS, &|_| Origin::Defaults)];
    if let Some((name, text)) = file {
        let name: Arc<str> = name.into();
        layers.push(yaml::read(text, &|line| Origin::File { name: Arc::clone(&name), line }));
    }
    layers.push(environment::read(environment));

    let mut combined = Node { value: Value::Map(Map::new()), origin: Origin::Defaults };
    let mut mistakes = Vec::new();
    for layer in layers {
        match layer {
            Ok(Node { value: Value::Text(_) | Value::List(_), origin }) => mistakes.push(Mistake {
                key: "the text".to_owned(),
                what: "not a map of sections".to_owned(),
                origin,
                allowed: "sections with keys, such as \"server: { drain_s: 25 }\"".to_owned(),
            }),
            Ok(layer) => combined.override_with(layer),
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() { Ok(combined) } else { Err(Mistakes(mistakes)) }
}
