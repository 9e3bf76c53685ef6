//! A value that never prints, and the ways to say where it is.

use std::{fmt, path::Path};

use secrecy::{ExposeSecret, SecretString};

use super::{
    node::{Map, Node, Value},
    reader::Reader,
};

/// A secret: its text is read where it is sent, and nowhere else.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text. Never for logs, errors or answers.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Reads the text itself, or finds it where the settings say.
    pub(super) fn read(reader: &Reader<'_>, key: &str, node: &Node) -> Option<Self> {
        let found = match &node.value {
            Value::Text(text) => Ok(text.clone()),
            Value::Map(map) => find(reader, map),
            Value::Null | Value::List(_) => Err("not a secret".to_owned()),
        };
        let text = found.and_then(|text| if text.is_empty() { Err("empty".to_owned()) } else { Ok(text) });
        text.map(Self::new).map_err(|what| reader.tell(key, what, &node.origin, ALLOWED)).ok()
    }
}

const ALLOWED: &str = "a text, { env: NAME } or { file: PATH }";

fn find(reader: &Reader<'_>, map: &Map) -> Result<String, String> {
    let mut ways = map.iter().map(|(way, node)| (way.as_str(), node));
    let (Some((way, Node { value: Value::Text(name), .. })), None) = (ways.next(), ways.next()) else {
        return Err("not one way to a secret".to_owned());
    };
    match way {
        "env" => reader.environment.get(name).cloned().ok_or_else(|| format!("the variable {name:?} is not set")),
        "file" => reader
            .files
            .read(Path::new(name))
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| format!("the file {name:?} cannot be read: {error}")),
        "key_vault" => Err("key_vault is not supported by this version".to_owned()),
        _ => Err("not a way to a secret".to_owned()),
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
