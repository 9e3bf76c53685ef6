//! The order of the rows.

use std::{cmp::Ordering, fmt};

use model::{Column, Table, Value};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::{
    StepError,
    compare::{order, scalar},
    names::regex,
};

/// Sorts rows. Those that are equal keep their order; missing cells come last in either direction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// By which columns, the weightiest first.
    #[serde(alias = "cols")]
    columns: Keys,
    /// The direction of all, whatever they say themselves.
    #[serde(default)]
    ascending: Option<bool>,
}

/// Names of columns, each with its direction: `"a:desc, b"`, `["a:desc", "b"]` or `{"a": false, "b": true}`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Keys(Vec<Key>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    name: String,
    ascends: bool,
    pointer: String,
}

impl Key {
    fn read(text: &str, pointer: String) -> Self {
        let (name, direction) =
            text.rsplit_once(':').map_or((text, "asc"), |(name, direction)| (name, direction.trim()));
        let (name, ascends) = match direction.to_ascii_lowercase().as_str() {
            "desc" => (name, false),
            "asc" => (name, true),
            _ => (text, true),
        };
        Self { name: name.trim().to_owned(), ascends, pointer }
    }

    /// The columns of this name: as it stands, in any case, or as a regular expression that fits their beginning.
    fn columns<'t>(&self, table: &'t Table) -> Result<Vec<&'t Column>, StepError> {
        let all = || table.columns().iter();
        let in_any_case = || all().find(|column| column.name().to_lowercase() == self.name.to_lowercase());
        if let Some(column) = table.column(&self.name).or_else(in_any_case) {
            return Ok(vec![column]);
        }
        let missing = StepError::NoSuchColumn { pointer: self.pointer.clone(), column: self.name.clone() };
        let Ok(pattern) = regex(&format!(r"\A(?:{})", self.name), false, &self.pointer) else { return Err(missing) };
        let found: Vec<_> = all().filter(|column| pattern.is_match(column.name())).collect();
        if found.is_empty() { Err(missing) } else { Ok(found) }
    }
}

impl Sort {
    pub(super) fn apply(&self, table: &Table) -> Result<Table, StepError> {
        let mut keys = Vec::new();
        for key in &self.columns.0 {
            for column in key.columns(table)? {
                let cells: Vec<_> = column.iter().map(scalar).collect();
                keys.push((cells, self.ascending.unwrap_or(key.ascends)));
            }
        }
        let mut rows: Vec<_> = (0..table.row_count()).collect();
        rows.sort_by(|one, other| {
            let by = |(cells, ascends): &(Vec<Value<'_>>, bool)| match (cells.get(*one), cells.get(*other)) {
                (Some(one), Some(other)) => in_direction(one, other, *ascends),
                _ => Ordering::Equal,
            };
            keys.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        Ok(table.take(&rows))
    }
}

fn in_direction(one: &Value<'_>, other: &Value<'_>, ascends: bool) -> Ordering {
    let missing = one.is_null().cmp(&other.is_null());
    missing.then_with(|| if ascends { order(one, other) } else { order(other, one) })
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names of columns, each with :desc if it descends")
            }

            fn visit_str<E: Error>(self, names: &str) -> Result<Keys, E> {
                Ok(Keys(names.split(',').map(|name| Key::read(name, "/columns".to_owned())).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some(name) = seq.next_element::<String>()? {
                    keys.push(Key::read(&name, format!("/columns/{}", keys.len())));
                }
                if keys.is_empty() {
                    return Err(A::Error::invalid_length(0, &self));
                }
                Ok(Keys(keys))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((name, ascends)) = map.next_entry::<String, bool>()? {
                    keys.push(Key { name, ascends, pointer: "/columns".to_owned() });
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_any(AnyForm)
    }
}
