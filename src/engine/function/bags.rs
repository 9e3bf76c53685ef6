//! Objects in `dynamic`: Kusto's property bags.

use serde_json::{Map, Value as Json};

use super::{Context, RowFunction, arg, arrays::list, text::len};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "bag_keys" => |_, cells| match arg(cells, 0).json() {
            Json::Object(members) => Cell::of_list(members.keys().map(|key| Json::from(key.as_str())).collect()),
            _ => Cell::Null,
        },
        "bag_pack" => |_, cells| pack(cells, false),
        // The first argument says whether empty values are left out; names stand before their columns.
        "pack_all" => |_, cells| match cells.split_first() {
            Some((ignore_empty, pairs)) => pack(pairs, ignore_empty.bool() == Some(true)),
            None => Cell::Null,
        },
        "bag_merge" => merge,
        "bag_remove_keys" => remove_keys,
        "bag_has_key" => has_key,
        "bag_set_key" => set_key,
        "bag_zip" => zip,
        "treepath" => |_, cells| {
            let mut paths = Vec::new();
            tree_paths(&arg(cells, 0).json(), "", &mut paths);
            Cell::of_list(paths)
        },
        _ => return None,
    })
}

fn pack<'a>(cells: &[Cell<'a>], ignore_empty: bool) -> Cell<'a> {
    let mut members = Map::new();
    for pair in cells.chunks(2) {
        let [key, value] = pair else { continue };
        if !(ignore_empty && value.text().is_empty()) {
            members.insert(key.text().into_owned(), value.json());
        }
    }
    Cell::of_json(&Json::Object(members))
}

/// Of equal keys the first wins.
fn merge<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let mut merged = Map::new();
    for cell in cells {
        if let Json::Object(members) = cell.json() {
            for (key, value) in members {
                merged.entry(key).or_insert(value);
            }
        }
    }
    Cell::of_json(&Json::Object(merged))
}

/// The steps of `$.a.b['c']`, or the name itself.
pub(super) fn key_path(key: &str) -> Vec<String> {
    match key.strip_prefix('$') {
        Some(path) if path.starts_with(['.', '[']) => path
            .split(['.', '['])
            .map(|part| part.trim_end_matches(']').trim_matches(['\'', '"']))
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        _ => vec![key.to_owned()],
    }
}

fn remove_keys<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let mut json = arg(cells, 0).json();
    if !json.is_object() {
        return Cell::Null;
    }
    for key in list(cells, 1).unwrap_or_default().iter().filter_map(Json::as_str) {
        remove(&mut json, &key_path(key));
    }
    Cell::of_json(&json)
}

fn remove(json: &mut Json, path: &[String]) {
    let Some(members) = json.as_object_mut() else { return };
    match path {
        [] => {}
        [key] => {
            members.shift_remove(key);
        }
        [key, rest @ ..] => {
            if let Some(inner) = members.get_mut(key) {
                remove(inner, rest);
            }
        }
    }
}

fn has_key<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let json = arg(cells, 0).json();
    if !json.is_object() {
        return Cell::Null;
    }
    let path = key_path(&arg(cells, 1).text());
    let found = path.iter().try_fold(&json, |json, key| json.as_object()?.get(key));
    Cell::Bool(found.is_some())
}

fn set_key<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let mut json = match arg(cells, 0).json() {
        Json::Null => Json::Object(Map::new()),
        json => json,
    };
    let mut at = &mut json;
    for key in key_path(&arg(cells, 1).text()) {
        let Some(members) = at.as_object_mut() else { return Cell::Null };
        at = members.entry(key).or_insert_with(|| Json::Object(Map::new()));
    }
    *at = arg(cells, 2).json();
    Cell::of_json(&json)
}

fn zip<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(keys) = list(cells, 0) else { return Cell::Null };
    let values = list(cells, 1).unwrap_or_default();
    // Keys that are no texts are left out with their values.
    let members = keys
        .iter()
        .enumerate()
        .filter_map(|(at, key)| Some((key.as_str()?.to_owned(), values.get(at).cloned().unwrap_or(Json::Null))));
    Cell::of_json(&Json::Object(members.collect()))
}

fn tree_paths(json: &Json, path: &str, out: &mut Vec<Json>) {
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                let path = format!("{path}['{key}']");
                out.push(Json::from(path.as_str()));
                tree_paths(value, &path, out);
            }
        }
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let path = format!("{path}[{}]", len(at));
                out.push(Json::from(path.as_str()));
                tree_paths(item, &path, out);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn keys_may_be_paths() {
        let bag = Cell::Dynamic(r#"{"a":{"b":1,"c":2},"d":3}"#.into());
        let removed =
            run("bag_remove_keys", ColumnType::Dynamic, &[bag.clone(), Cell::Dynamic(r#"["$.a.b","d"]"#.into())]);
        assert_eq!(removed.text(), r#"{"a":{"c":2}}"#);
        assert_eq!(run("bag_has_key", ColumnType::Bool, &[bag.clone(), Cell::of("$.a.c")]), Cell::Bool(true));
        assert_eq!(run("bag_has_key", ColumnType::Bool, &[bag, Cell::of("c")]), Cell::Bool(false));
    }

    #[test]
    fn the_first_of_equal_keys_wins() {
        let merged = run(
            "bag_merge",
            ColumnType::Dynamic,
            &[Cell::Dynamic(r#"{"a":1}"#.into()), Cell::Dynamic(r#"{"a":2,"b":3}"#.into())],
        );
        assert_eq!(merged.text(), r#"{"a":1,"b":3}"#);
    }
}
