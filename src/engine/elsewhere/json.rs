//! JSON objects, one after the other or in arrays, whose members are columns by their names or by paths.

use std::sync::Arc;

use kql::checked::Schema;
use serde_json::value::RawValue;

use super::{ElsewhereError, read::Rows};
use crate::{
    cell::Cell,
    function::{Key, at_path, keys_of_path, tidy},
};

/// How deep arrays of arrays are looked into.
const MAX_DEPTH: usize = 8;

/// Reads objects. What is no object is left out.
pub(super) fn read(
    text: &[u8],
    paths: &[Option<Arc<str>>],
    columns: &Schema,
    rows: &mut Rows,
) -> Result<(), ElsewhereError> {
    let keys: Vec<Option<Vec<Key>>> = columns
        .iter()
        .zip(paths)
        .map(|(column, path)| match path {
            Some(path) => keys_of_path(path),
            None => Some(vec![Key::Name(column.name.to_string())]),
        })
        .collect();
    for value in serde_json::Deserializer::from_slice(text).into_iter::<&RawValue>() {
        let value = value.map_err(|_| malformed())?;
        add(value.get(), &keys, rows, MAX_DEPTH)?;
    }
    Ok(())
}

fn add(json: &str, keys: &[Option<Vec<Key>>], rows: &mut Rows, depth: usize) -> Result<(), ElsewhereError> {
    if json.starts_with('[') && depth > 0 {
        let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| malformed())?;
        return items.into_iter().try_for_each(|item| add(item.get(), keys, rows, depth - 1));
    }
    if !json.starts_with('{') {
        return Ok(());
    }
    let cell = |keys: &Option<Vec<Key>>| match keys.as_ref().and_then(|keys| at_path(json, keys)) {
        Some(found) if found != "null" => Cell::Dynamic(tidy(found)),
        _ => Cell::Null,
    };
    rows.add(keys.iter().map(cell))
}

const fn malformed() -> ElsewhereError {
    ElsewhereError::Malformed("JSON")
}
