//! A value before it is read, with the place where it was set; and how a later layer overrides an earlier one.
//!
//! Not printable: it may hold secrets.

use std::collections::BTreeMap;

use super::mistake::Origin;

/// A value and where it was set.
#[derive(Clone, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// What it is. A scalar stays text until a setting says what it has to be, so that no `yes` becomes a boolean and no key
/// of digits a number.
#[derive(Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

/// Values by key.
pub(super) type Map = BTreeMap<String, Node>;

impl Node {
    /// Overrides this value: maps leaf by leaf, everything else whole.
    pub(super) fn override_with(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            // A section whose keys are all commented out.
            (Value::Map(_), Value::Null) if self.origin == Origin::Defaults => {}
            (Value::Map(base), Value::Map(over)) if !is_secret_reference(base) || !is_secret_reference(&over) => {
                for (key, node) in over {
                    let key = same_key(base, key, &node.origin);
                    match base.get_mut(&key) {
                        Some(base) => base.override_with(node),
                        None => {
                            base.insert(key, node);
                        }
                    }
                }
            }
            (base, over_value) => {
                *base = over_value;
                self.origin = over.origin;
            }
        }
    }
}

/// Variables have no case of their own: theirs is that of the key that is already there.
fn same_key(base: &Map, key: String, origin: &Origin) -> String {
    match origin {
        Origin::Environment(_) => base.keys().find(|known| known.eq_ignore_ascii_case(&key)).cloned().unwrap_or(key),
        _ => key,
    }
}

/// Two ways to a secret are not one way with two parts: the later replaces the earlier.
fn is_secret_reference(map: &Map) -> bool {
    !map.is_empty() && map.keys().all(|key| matches!(key.as_str(), "env" | "file" | "key_vault"))
}
