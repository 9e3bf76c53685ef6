//! `extractjson`: a value by a path like `$.a[0]`.

use super::{Context, Key, RowFunction, arg, at_path, convert};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    (name == "extractjson").then_some(extract_json as RowFunction)
}

fn extract_json<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let path = arg(cells, 0).text();
    let json = arg(cells, 1).text();
    let Some(keys) = keys(&path) else { return Cell::Null };
    match at_path(&json, &keys) {
        Some(found) if found != "null" => {
            convert::to(context.result, &Cell::Dynamic(found.to_owned().into())).into_owned()
        }
        _ => Cell::Null,
    }
}

/// The steps of `$.a[0]['b c']`.
pub(crate) fn keys(path: &str) -> Option<Vec<Key>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut keys = Vec::new();
    while !rest.is_empty() {
        if let Some(dotted) = rest.strip_prefix('.') {
            let end = dotted.find(['.', '[']).unwrap_or(dotted.len());
            keys.push(Key::Name(dotted.get(..end)?.to_owned()));
            rest = dotted.get(end..)?;
        } else {
            let inner = rest.strip_prefix('[')?;
            let end = inner.find(']')?;
            let key = inner.get(..end)?;
            keys.push(match key.parse() {
                Ok(index) => Key::Index(index),
                Err(_) => Key::Name(key.trim_matches(['\'', '"']).to_owned()),
            });
            rest = inner.get(end + 1..)?;
        }
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_members_and_elements() {
        let name = |name: &str| Key::Name(name.to_owned());
        assert_eq!(keys("$.a[0]['b c'].d").unwrap(), [name("a"), Key::Index(0), name("b c"), name("d")]);
        assert_eq!(keys("a.b"), None);
        assert_eq!(keys("$["), None);
    }
}
