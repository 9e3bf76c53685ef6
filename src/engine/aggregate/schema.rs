//! `buildschema`: which types `dynamic` values have, member by member.

use model::ColumnType;
use serde_json::{Map, Value as Json};

use super::Fold;
use crate::{cell::Cell, function::arg};

#[derive(Debug, Clone)]
pub(super) struct Schema;

/// The key under which the types of elements stand.
const INDEXER: &str = "`indexer`";

/// One schema that allows what either does.
fn merged(a: Json, b: Json) -> Json {
    let mut all: Vec<Json> = Vec::new();
    let parts = |json: Json| match json {
        Json::Array(parts) => parts,
        Json::Null => Vec::new(),
        part => vec![part],
    };
    for part in parts(a).into_iter().chain(parts(b)) {
        match part {
            Json::Object(members) => match all.iter_mut().find_map(Json::as_object_mut) {
                Some(known) => {
                    for (key, value) in members {
                        let before = known.remove(&key).unwrap_or_default();
                        known.insert(key, merged(before, value));
                    }
                }
                None => all.push(Json::Object(members)),
            },
            name if all.contains(&name) => {}
            name => all.push(name),
        }
    }
    match (all.len(), all.pop()) {
        (0, _) | (_, None) => Json::Null,
        (1, Some(only)) => only,
        (_, Some(last)) => {
            all.push(last);
            Json::Array(all)
        }
    }
}

/// The schema of one value.
fn schema_of(json: &Json) -> Json {
    match json {
        Json::Null => Json::Null,
        Json::Bool(_) => "bool".into(),
        Json::Number(number) if number.is_f64() => "double".into(),
        Json::Number(_) => "long".into(),
        Json::String(_) => "string".into(),
        Json::Array(items) => {
            let of_items = items.iter().map(schema_of).fold(Json::Null, merged);
            Json::Object(Map::from_iter([(INDEXER.to_owned(), of_items)]))
        }
        Json::Object(members) => {
            Json::Object(members.iter().map(|(key, value)| (key.clone(), schema_of(value))).collect())
        }
    }
}

impl Fold for Schema {
    type State = Json;

    fn add(&self, state: &mut Json, cells: &[Cell<'_>]) -> usize {
        *state = merged(state.take(), schema_of(&arg(cells, 0).json()));
        0
    }

    fn save(&self, state: &Json) -> Vec<u8> {
        state.to_string().into_bytes()
    }

    fn merge(&self, state: &mut Json, saved: &[u8]) -> usize {
        *state = merged(state.take(), serde_json::from_slice(saved).unwrap_or_default());
        0
    }

    fn finish(&self, state: Json, _: ColumnType) -> Cell<'static> {
        Cell::of_json(&state)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_of_values_are_put_together() {
        let values = [json!({"x": 1, "y": 3.5}), json!({"x": "s", "z": [1, 2]}), json!({"y": {"w": "z"}, "z": ["f"]})];
        let schema = values.iter().map(schema_of).fold(Json::Null, merged);
        let expected =
            json!({"x": ["long", "string"], "y": ["double", {"w": "string"}], "z": {"`indexer`": ["long", "string"]}});
        assert_eq!(schema, expected);
    }
}
