//! A value that never prints, and the ways to say where it is.

use std::{
    fmt,
    path::Path,
    sync::{Arc, OnceLock},
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    key_vault,
    node::{Map, Node, Value},
    reader::Reader,
};

/// A secret: its text is read where it is sent, and nowhere else.
#[derive(Clone)]
pub struct Secret(Custody);

#[derive(Clone)]
enum Custody {
    Here(SecretString),
    /// Fetched from a vault before anything is sent. Clones wait together.
    Vault(Arc<OnceLock<SecretString>>),
}

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Custody::Here(SecretString::from(text.into())))
    }

    /// The text. Never for logs, errors or answers.
    pub fn expose(&self) -> &str {
        match &self.0 {
            Custody::Here(text) => text.expose_secret(),
            Custody::Vault(slot) => slot.get().map_or("", ExposeSecret::expose_secret),
        }
    }

    /// Gives the text to a secret that waits for a vault. One that has a text keeps it.
    pub fn arrive(&self, text: String) {
        if let Custody::Vault(slot) = &self.0 {
            // Who came first, wins.
            let _ = slot.set(SecretString::from(text));
        }
    }

    /// Whether its text lies in a vault and has not been fetched.
    pub(super) fn is_away(&self) -> bool {
        matches!(&self.0, Custody::Vault(slot) if slot.get().is_none())
    }

    /// Reads the text itself, or finds it where the settings say.
    pub(super) fn read(reader: &Reader<'_>, key: &str, node: &Node) -> Option<Self> {
        let found = match &node.value {
            Value::Text(text) => Ok(Self::new(text.clone())),
            Value::Map(map) => find(reader, map),
            Value::Null | Value::List(_) => Err("not a secret".to_owned()),
        };
        let secret = found.and_then(|secret| {
            let is_empty = secret.expose().is_empty() && !secret.is_away();
            if is_empty { Err("empty".to_owned()) } else { Ok(secret) }
        });
        let secret = secret.map_err(|what| reader.tell(key, what, &node.origin, ALLOWED)).ok()?;
        if let Value::Map(map) = &node.value
            && let Some(Node { value: Value::Text(name), .. }) = map.get(KEY_VAULT)
        {
            reader.wait_for_vault(key, name, &secret, &node.origin);
        }
        Some(secret)
    }
}

const KEY_VAULT: &str = "key_vault";
const ALLOWED: &str = "a text, { env: NAME }, { file: PATH } or { key_vault: NAME }";

fn find(reader: &Reader<'_>, map: &Map) -> Result<Secret, String> {
    let mut ways = map.iter().map(|(way, node)| (way.as_str(), node));
    let (Some((way, Node { value: Value::Text(name), .. })), None) = (ways.next(), ways.next()) else {
        return Err("not one way to a secret".to_owned());
    };
    match way {
        "env" => {
            reader.environment.get(name).map(Secret::new).ok_or_else(|| format!("the variable {name:?} is not set"))
        }
        "file" => reader
            .files
            .read(Path::new(name))
            .map(|text| Secret::new(text.trim_end_matches(['\r', '\n'])))
            .map_err(|error| format!("the file {name:?} cannot be read: {error}")),
        KEY_VAULT => key_vault::name(name)
            .map(|_| Secret(Custody::Vault(Arc::default())))
            .map_err(|wrong| format!("{name:?} is not {}", wrong.allowed)),
        _ => Err("not a way to a secret".to_owned()),
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
